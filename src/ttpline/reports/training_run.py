"""From CSV files to a model folder on disk: what ``ttpline train`` does, as one function."""

import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttpline.datasets.consolidate import rare_to_other
from ttpline.datasets.dataset import Dataset
from ttpline.datasets.load import USUAL_COLUMNS, Columns, load_csvs
from ttpline.domain.prediction import ModelRef
from ttpline.errors import SinkError, UsageError
from ttpline.evaluation.params import parse_params
from ttpline.evaluation.result import EvaluationResult
from ttpline.evaluation.training import TrainingOptions, TrainingRun, train
from ttpline.evaluation.tuning import Tuning
from ttpline.models._folder import is_model_folder
from ttpline.models.base import CommandClassifier
from ttpline.reports.model_card import save_with_card
from ttpline.reports.run_files import leave_cost, run_files
from ttpline.reports.run_progress import Tell, WatchedModels, check_checkpoints

_POINTS_IN_CARD = 20

_SUMMARY = (
    "top1",
    "top3",
    "macro_f1",
    "accuracy",
    "weighted_f1_all_by_count",
    "verdict_recall",
    "false_alarms",
    "ece_equal_mass",
)


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What to train on what. ``parameters`` are flags as written; labels with fewer than ``min_rows`` become Z999.

    ``checkpoints`` and ``resume`` are for the model that is kept (``TrainsInEpochs``).
    """

    family: type[CommandClassifier]
    parameters: tuple[str, ...]
    preset: str | None
    data: tuple[Path, ...]
    normal: tuple[Path, ...] = ()
    columns: Columns = USUAL_COLUMNS
    attack_version: str = "auto"
    min_rows: int = 1
    checkpoints: Path | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A model on disk and what is to be said about it."""

    folder: Path
    reference: ModelRef
    run: TrainingRun
    warnings: tuple[str, ...]

    def summary(self) -> list[str]:
        """Lines for the terminal: the model, and the figures of the last evaluation."""
        model = self.run.model
        lines = [f"{self.folder}: {len(model.labels)} labels, ATT&CK {model.attack_version}, {self.reference.digest}"]
        if self.run.results:
            last: EvaluationResult = self.run.results[-1]
            lines.append(
                f"{last.name}: {last.whole.rows} rows, {last.whole.groups} groups (95 % intervals over groups)"
            )
            lines += [f"  {name:<24} {last.whole.figures[name]}" for name in _SUMMARY if name in last.whole.figures]
        return lines


def check_target(out: Path) -> None:
    """Refuse before minutes of training what saving would refuse after them."""
    if out.exists() and not is_model_folder(out) and not (out.is_dir() and not any(out.iterdir())):
        raise SinkError("is there already and is no model", where=str(out), remedy="choose another folder")
    parent = next(folder for folder in (out.absolute().parent, *out.absolute().parents) if folder.exists())
    try:
        # Tried, as permission bits say nothing to root, nor of /proc.
        Path(tempfile.mkdtemp(prefix=".ttpline-", dir=parent)).rmdir()
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise SinkError(reason, where=str(out), remedy="choose another folder") from error


def chosen_params(job: TrainingJob) -> Any:
    """The family's ``Params`` as flags and preset have them; ``UsageError`` names the presets there are."""
    presets = job.family.presets
    if job.preset is not None and job.preset not in presets:
        raise UsageError(
            f"no preset of {job.family.family} is called {job.preset!r}",
            remedy=f"there are: {', '.join(sorted(presets))}" if presets else "it has none; leave --preset out",
        )
    return parse_params(job.family.Params, job.parameters, presets[job.preset] if job.preset else None)


def load_rows(job: TrainingJob) -> Dataset:
    """The rows to train on, rare labels put together."""
    dataset = load_csvs(job.data, job.normal, columns=job.columns, attack_version=job.attack_version)
    return rare_to_other(dataset, job.min_rows) if job.min_rows > 1 else dataset


def run_training(job: TrainingJob, options: TrainingOptions, out: Path, *, tell: Tell | None = None) -> SavedRun:
    """Read, train, save. Nothing is written unless everything worked; a folder that is no model is never replaced."""
    check_target(out)
    check_checkpoints(job.family, out, job.checkpoints, job.resume)
    params = chosen_params(job)
    return fit_and_save(job, params, load_rows(job), options, out, tell=tell)


def fit_and_save(
    job: TrainingJob,
    params: Any,
    dataset: Dataset,
    options: TrainingOptions,
    out: Path,
    *,
    tell: Tell | None = None,
    tuning: Tuning | None = None,
    notes: Sequence[str] = (),
) -> SavedRun:
    """Train with ``params``, and save. ``tuning`` is how they were found: ``metrics.json`` gets all of it, the model's
    manifest and card its best points. ``notes`` are added to what is warned of."""
    started = time.perf_counter()
    models = WatchedModels(job.family, params, tell, checkpoints=job.checkpoints, resume=job.resume)
    with warnings.catch_warnings(record=True) as caught:  # "did not converge" is for the user, not for a log
        warnings.simplefilter("always")
        run = train(models.fold_model, dataset, options, make_final=models.final_model, stage=models.stage)
    files, missing = run_files(run)
    said = tuple(dict.fromkeys([*notes, *run.warnings, *(str(warning.message) for warning in caught), *missing]))
    run.model.manifest["warnings"] = list(said)
    metrics = run.metrics()
    if tuning is not None:
        run.model.manifest["tuning"] = tuning.to_dict(most=_POINTS_IN_CARD)
        metrics["tuning"] = tuning.to_dict()
    reference = save_with_card(run.model, out, files, metrics)
    leave_cost(out, run, dataset.commands(), time.perf_counter() - started)
    return SavedRun(out, reference, run, said)
