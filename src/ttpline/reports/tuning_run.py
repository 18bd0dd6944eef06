"""From CSV files to the best parameters and a model with them: what ``ttpline tune`` does, as one function."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ttpline.datasets.dataset import Dataset, with_count
from ttpline.errors import UsageError
from ttpline.evaluation.grid import parse_grid
from ttpline.evaluation.training import TrainingOptions, check_trainable, chosen_split
from ttpline.evaluation.tuning import GridPoint, Progress, Tuning, TuningOptions, tune
from ttpline.reports.run_progress import Tell
from ttpline.reports.training_run import SavedRun, TrainingJob, check_target, chosen_params, fit_and_save, load_rows

STUDY_PRESETS = "study"
"""Presets whose names begin with it are for comparison with the study, so their folds are the study's too."""

BY_STUDY = "study"

HEADER = ("", "parameters", "mean", "std", "folds", "fit s", "notes")

_CHOSEN_ON_THE_SAME_ROWS = (
    "the parameters were chosen on the rows of the folds that calibration uses: figures from those folds flatter a "
    "little; a held-out test does not"
)


@dataclass(frozen=True, slots=True)
class SavedTuning:
    """The search, and the model that was trained with its best parameters."""

    tuning: Tuning
    saved: SavedRun

    def table(self) -> list[tuple[str, ...]]:
        """One row a point under ``HEADER``; ``*`` marks the best."""
        return [_row(point, place == self.tuning.best) for place, point in enumerate(self.tuning.points)]

    def summary(self) -> list[str]:
        """Lines for the terminal: what was found, then those of the training."""
        tuning = self.tuning
        best = tuning.points[tuning.best]
        return [
            f"best of {len(tuning.points)}: {_named(best)}",
            f"{tuning.options.score} {best.mean:.4f} ± {best.std:.4f}, {tuning.split}, {tuning.seconds:.1f} s",
            *self.saved.summary(),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Everything, with the seconds that were measured."""
        tuning = self.tuning
        found = tuning.to_dict()
        for entry, point in zip(found["points"], tuning.points, strict=True):
            entry["fit_s"] = [round(seconds, 3) for seconds in point.fit_s]
        model = {"folder": str(self.saved.folder), "digest": self.saved.reference.digest}
        return {"family": tuning.family, **found, "search_s": round(tuning.seconds, 3), "model": model}


def folds_by(by: str | None, preset: str | None, split: str | None) -> tuple[str, str | None]:
    """``(by, split)`` for what was asked: ``--by study`` is the study's split and its folds.

    Without ``by``, folds are grouped unless the run is one of the study's (its split, or a preset of its name).
    """
    if by == BY_STUDY:
        if split not in (None, BY_STUDY):
            raise UsageError(f"--by study is on the study's split, not {split}", remedy="leave --split out")
        return "stratified", BY_STUDY
    if by is not None:
        return by, split
    is_study = split == BY_STUDY or (preset or "").startswith(STUDY_PRESETS)
    return ("stratified" if is_study else "grouped"), split


def run_tuning(
    job: TrainingJob,
    axes: Sequence[str],
    search: TuningOptions,
    options: TrainingOptions,
    out: Path,
    *,
    searching: AbstractContextManager[Progress | None] | None = None,
    training: AbstractContextManager[Tell | None] | None = None,
) -> SavedTuning:
    """Read, search, train with the best parameters, save. The test part of ``options.split`` is not searched on.

    ``axes`` are ``NAME=VALUE,VALUE``; without any, the family's usual grid. ``searching`` and ``training`` show how
    far it is, each while that goes on. Nothing is written unless everything worked.
    """
    check_target(out)
    grid = parse_grid(chosen_params(job), axes, job.family.grid)
    grid.params()  # refuses impossible values before anything is read
    dataset = _weighed(load_rows(job), search.counts)
    check_trainable(dataset.rows)
    split = chosen_split(dataset.rows, options)
    rows = dataset.select(split.folds[0].train) if split else list(dataset.rows)
    with searching or nullcontext() as progress:
        tuning = tune(job.family, grid, rows, search, progress)
    notes = [_CHOSEN_ON_THE_SAME_ROWS] if options.calibrate else []
    with training or nullcontext() as tell:
        saved = fit_and_save(job, tuning.params, dataset, options, out, tell=tell, tuning=tuning, notes=notes)
    return SavedTuning(tuning, saved)


def _weighed(dataset: Dataset, counts: bool) -> Dataset:
    """The same rows, each seen once if counts are not wanted; the manifest is that of the data as it was read."""
    return dataset if counts else replace(dataset, rows=tuple(with_count(row, 1.0) for row in dataset.rows))


def _row(point: GridPoint, is_best: bool) -> tuple[str, ...]:
    mark, parameters = "*" if is_best else "", _named(point)
    if point.refused is not None:
        return mark, parameters, "–", "–", "–", "–", point.refused
    scores = " ".join(f"{score:.4f}" for score in point.scores)
    seconds = f"{sum(point.fit_s):.2f}"
    return mark, parameters, f"{point.mean:.4f}", f"{point.std:.4f}", scores, seconds, "; ".join(point.notes)


def _named(point: GridPoint) -> str:
    return ", ".join(f"{name}={value}" for name, value in point.parameters.items())
