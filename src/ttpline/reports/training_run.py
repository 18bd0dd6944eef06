"""From CSV files to a model folder on disk: what ``ttpline train`` does, as one function."""

import os
import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ttpline.datasets.consolidate import rare_to_other
from ttpline.datasets.load import USUAL_COLUMNS, Columns, load_csvs
from ttpline.domain.prediction import ModelRef
from ttpline.errors import ModelError, UsageError
from ttpline.evaluation.params import parse_params
from ttpline.evaluation.result import EvaluationResult
from ttpline.evaluation.training import TRAINING_KEYS_FILE, TrainingOptions, TrainingRun, train
from ttpline.models._folder import is_model_folder
from ttpline.models.base import CommandClassifier
from ttpline.reports.model_card import save_with_card

PRESETS: dict[str, dict[str, Any]] = {
    # The best of the study's grid search.
    "study": {"analyzer": "word", "max_features": 5_000, "C": 10.0, "max_iter": 1_000},
    # The built-in model's features without its limits on size.
    "builtin": {
        "analyzer": "char_wb",
        "char_max_features": 20_000,
        "char_min_df": 2,
        "C": 10.0,
        "tol": 1e-3,
    },
}
"""Parameters of ``tfidf-lr`` under a name; flags override them."""

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
    """What to train on what. ``parameters`` are flags as written; labels with fewer than ``min_rows`` become Z999."""

    family: type[CommandClassifier]
    parameters: tuple[str, ...]
    preset: str | None
    data: tuple[Path, ...]
    normal: tuple[Path, ...] = ()
    columns: Columns = USUAL_COLUMNS
    attack_version: str = "auto"
    min_rows: int = 1


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


def _check_target(out: Path) -> None:
    """Refuse before minutes of training what saving would refuse after them."""
    if out.exists() and not is_model_folder(out) and not (out.is_dir() and not any(out.iterdir())):
        raise ModelError("is there already and is no model", where=str(out), remedy="choose another folder")
    parent = next(folder for folder in (out.absolute().parent, *out.absolute().parents) if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise ModelError("cannot be written", where=str(out), remedy="choose another folder")


def run_training(job: TrainingJob, options: TrainingOptions, out: Path) -> SavedRun:
    """Read, train, save. Nothing is written unless everything worked; a folder that is no model is never replaced."""
    _check_target(out)
    if job.preset is not None and job.preset not in PRESETS:
        raise UsageError(f"no preset is called {job.preset!r}", remedy=f"there are: {', '.join(sorted(PRESETS))}")
    params = parse_params(job.family.Params, job.parameters, PRESETS[job.preset] if job.preset else None)
    dataset = load_csvs(job.data, job.normal, columns=job.columns, attack_version=job.attack_version)
    if job.min_rows > 1:
        dataset = rare_to_other(dataset, job.min_rows)
    with warnings.catch_warnings(record=True) as caught:  # "did not converge" is for the user, not for a log
        warnings.simplefilter("always")
        run = train(partial(job.family, params), dataset, options)
    said = tuple(dict.fromkeys([*run.warnings, *(str(warning.message) for warning in caught)]))
    run.model.manifest["warnings"] = list(said)
    reference = save_with_card(run.model, out, {TRAINING_KEYS_FILE: run.training_keys}, run.metrics())
    return SavedRun(out, reference, run, said)
