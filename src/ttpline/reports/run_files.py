"""What a training run leaves beside the weights: predictions, pictures, and (unlisted) what it cost."""

from collections.abc import Sequence
from pathlib import Path

from ttpline.errors import MissingExtraError
from ttpline.evaluation.cost import Cost, machine, peak_memory_mib, write_cost
from ttpline.evaluation.predictions import PREDICTIONS_FILE, write_predictions
from ttpline.evaluation.scoring_cost import measure_scoring
from ttpline.evaluation.training import TRAINING_KEYS_FILE, TrainingRun
from ttpline.reports.run_pictures import draw_pictures


def run_files(run: TrainingRun) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """File name -> content, the same for the same run; and why a file is missing."""
    files = {TRAINING_KEYS_FILE: run.training_keys}
    if run.predictions is None:
        return files, ()
    files[PREDICTIONS_FILE] = write_predictions(run.predictions)
    try:
        drawn = draw_pictures(run.results[-1])
    except MissingExtraError as error:  # the model is trained; ``evaluate`` draws its pictures later
        return files, (f"no pictures were drawn: {error}",)
    return files | {name: picture.encode() for name, picture in drawn.items()}, ()


def leave_cost(folder: Path, run: TrainingRun, commands: Sequence[str], run_seconds: float) -> None:
    """Measure the saved model in ``folder`` on ``commands`` and write ``cost.json`` there."""
    trained = Cost(
        training_seconds=run.fit_seconds,
        run_seconds=run_seconds,
        peak_memory_mib=peak_memory_mib(),
        training_machine=machine(),
    )
    write_cost(measure_scoring(folder, commands).or_else(trained), folder)
