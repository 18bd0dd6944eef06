"""A model and CSV files -> an ``EvaluationResult``, with a warning where the data is not new to the model."""

from dataclasses import dataclass
from pathlib import Path

from ttpline.datasets.consolidate import rare_to_other
from ttpline.datasets.load import USUAL_COLUMNS, Columns, load_csvs
from ttpline.evaluation.result import EvaluationResult
from ttpline.evaluation.training import TRAINING_KEYS_FILE, TrainingOptions, evaluate_model
from ttpline.models._folder import load_folder
from ttpline.models._load import find_model


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """What to measure on what; ``attack_version`` ``auto`` reads the labels in the model's version."""

    model: str
    data: tuple[Path, ...]
    normal: tuple[Path, ...] = ()
    columns: Columns = USUAL_COLUMNS
    attack_version: str = "auto"
    min_rows: int = 1
    label_space: str = "technique"


def run_evaluation(
    job: EvaluationJob, options: TrainingOptions, *, plugins: bool = True
) -> tuple[EvaluationResult, tuple[str, ...]]:
    """The result and what to warn of."""
    name, folder = find_model(job.model)
    model = load_folder(folder, name=name, plugins=plugins)
    keys_file = folder / TRAINING_KEYS_FILE
    keys = keys_file.read_bytes() if keys_file.is_file() else None
    dataset = load_csvs(
        job.data, job.normal, columns=job.columns, attack_version=job.attack_version, into=model.attack_version
    )
    if job.min_rows > 1:
        dataset = rare_to_other(dataset, job.min_rows)
    result = evaluate_model(
        model, dataset, split=options.split, options=options, training_keys=keys, label_space=job.label_space
    )
    warnings = [
        f"{item.rows} rows: {item.written} read as {item.used} ({item.reason})" for item in dataset.manifest.conversions
    ]
    trained_on = model.manifest.get("dataset", {}).get("sha256")
    if trained_on == dataset.manifest.sha256 and options.split == "none":
        warnings.append("this is the data the model was trained on: the figures say nothing about new commands")
    elif result.overlap_rows:
        share = result.overlap_rows / result.whole.rows
        warnings.append(
            f"{result.overlap_rows} of {result.whole.rows} rows ({share:.0%}) are near-duplicates of training data; "
            "the figures flatter"
        )
    if keys is None:
        warnings.append("the model does not say what it was trained on: overlap with this data is not known")
    return result, tuple(warnings)
