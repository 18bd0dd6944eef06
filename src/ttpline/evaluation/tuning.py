"""The best parameters of a family by grid search: every point trained and scored on the same folds."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ttpline.datasets.dataset import with_count
from ttpline.datasets.split import Split, check_leakage, grouped_folds
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError, UsageError
from ttpline.evaluation.fold_scores import SCORES, fold_score
from ttpline.evaluation.grid import Grid
from ttpline.evaluation.stratified import stratified_folds
from ttpline.models._grid import GridScores
from ttpline.models.base import CommandClassifier

FOLDS = 3
"""The study's."""

SEED = 42
WAYS = ("grouped", "stratified")

_DIGITS = 12
"""Means that differ by less are rounding, and the first of equals is the best."""

Progress = Callable[[int, int, str], None]
"""Takes trainings done, trainings in all, and what comes next."""


@dataclass(frozen=True, slots=True)
class TuningOptions:
    """``by``: ``grouped`` folds part no group and no near-duplicates; ``stratified`` ones are scikit-learn's
    ``StratifiedKFold`` as the study's search had them, and leak. ``score``: one of ``SCORES``. ``counts``: a row weighs
    in training as often as it was seen; scores are of rows unless their name says otherwise.
    """

    folds: int = FOLDS
    by: str = "grouped"
    score: str = "weighted_f1"
    counts: bool = True
    seed: int = SEED

    def __post_init__(self) -> None:
        if self.by not in WAYS:
            raise UsageError(f"no folds are called {self.by!r}", remedy=f"there are: {', '.join(WAYS)}")
        if self.score not in SCORES:
            raise UsageError(f"no score is called {self.score!r}", remedy=f"there are: {', '.join(SCORES)}")
        if self.folds < 2:
            raise UsageError(f"{self.folds} folds leave nothing to test on", remedy="use at least 2")


@dataclass(frozen=True, slots=True)
class GridPoint:
    """What a point changes, its score in each fold, and the seconds that each fold's training took of its own.

    ``notes`` say what happened in how many folds. ``refused``: why there is no such model; then there are no scores.
    """

    parameters: Mapping[str, Any]
    scores: tuple[float, ...]
    fit_s: tuple[float, ...]
    notes: tuple[str, ...] = ()
    refused: str | None = None

    @property
    def mean(self) -> float:
        return float(np.mean(self.scores)) if self.scores else float("nan")

    @property
    def std(self) -> float:
        """Over the folds, as scikit-learn has it (divided by their number)."""
        return float(np.std(self.scores)) if self.scores else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Without the seconds, which differ each time."""
        found: dict[str, Any] = {"parameters": dict(self.parameters)}
        if self.refused is not None:
            return {**found, "refused": self.refused}
        found |= {"mean": round(self.mean, 6), "std": round(self.std, 6)}
        return {**found, "scores": [round(score, 6) for score in self.scores], "notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class Tuning:
    """All points in the order of the grid; ``params`` are those of the best one, the first of equals."""

    family: str
    options: TuningOptions
    split: str
    rows: int
    points: tuple[GridPoint, ...]
    best: int
    params: Any
    seconds: float

    def ranked(self) -> list[GridPoint]:
        """The best first, equals in the order of the grid; points that make no model come last."""
        return [self.points[place] for place in sorted(range(len(self.points)), key=lambda at: _rank(self.points, at))]

    def to_dict(self, most: int | None = None) -> dict[str, Any]:
        """The same for the same rows, grid and versions. With ``most`` only so many points, the best ones."""
        points = self.points if most is None else self.ranked()[:most]
        best = self.points[self.best]
        options = self.options
        return {
            "folds": self.split,
            "seed": options.seed,
            "rows": self.rows,
            "counts_are_weights": options.counts,
            "score": options.score,
            "best": {"parameters": dict(best.parameters), "mean": round(best.mean, 6), "std": round(best.std, 6)},
            "tried": len(self.points),
            "points": [point.to_dict() for point in points],
        }


def tune(
    family: type[CommandClassifier],
    grid: Grid,
    rows: Sequence[LabelledCommand],
    options: TuningOptions,
    progress: Progress | None = None,
) -> Tuning:
    """Train and score every point of ``grid`` on folds of ``rows``; deterministic but for the seconds.

    ``UsageError`` if no point makes a model, ``DatasetError`` if a fold cannot be trained on or scored.
    """
    start = time.perf_counter()
    weighed = rows if options.counts else [with_count(row, 1.0) for row in rows]
    split = _folds(weighed, options)
    params = grid.params()
    answers = _Answers(len(params), options.score, weighed)
    total = len(params) * len(split.folds)
    for number, fold in enumerate(split.folds, 1):
        if progress:
            progress(answers.done, total, f"fold {number} of {len(split.folds)}")
        train, test = ([weighed[at] for at in part.tolist()] for part in (fold.train, fold.test))
        if len({row.label for row in train}) < 2:
            raise DatasetError(f"{split.name}, {fold.name} would train on a single label", remedy="use fewer folds")
        for scores in family.score_grid(params, train, [row.command_line for row in test], options.seed):
            answers.take(scores, test)
            if progress:
                progress(answers.done, total, f"fold {number} of {len(split.folds)}")
    points = answers.points(grid, len(split.folds))
    best = _best(points)
    seconds = time.perf_counter() - start
    return Tuning(family.family, options, split.name, len(rows), points, best, params[best], seconds)


def _folds(rows: Sequence[LabelledCommand], options: TuningOptions) -> Split:
    if options.by == "stratified":
        return stratified_folds(rows, options.folds)
    split = grouped_folds(rows, options.folds, options.seed)
    check_leakage(rows, split)
    return split


def _best(points: Sequence[GridPoint]) -> int:
    best = min(range(len(points)), key=lambda place: _rank(points, place))
    if points[best].refused is not None:
        raise UsageError(f"no point of the grid makes a model; the first: {points[0].refused}")
    return best


def _rank(points: Sequence[GridPoint], place: int) -> tuple[bool, float, int]:
    """What points are sorted by."""
    is_refused = points[place].refused is not None
    return is_refused, 0.0 if is_refused else -round(points[place].mean, _DIGITS), place


class _Answers:
    """What came back so far, by point."""

    def __init__(self, points: int, score: str, rows: Sequence[LabelledCommand]) -> None:
        self._score, self._labels = score, sorted({row.label for row in rows})
        self._scores: list[list[float]] = [[] for _ in range(points)]
        self._seconds: list[list[float]] = [[] for _ in range(points)]
        self._notes: list[list[str]] = [[] for _ in range(points)]
        self._refused: dict[int, str] = {}
        self.done = 0

    def take(self, answer: GridScores, test: Sequence[LabelledCommand]) -> None:
        self.done += 1
        if answer.refused is not None:
            self._refused.setdefault(answer.point, answer.refused)
            return
        self._scores[answer.point].append(fold_score(self._score, test, answer.scores, answer.labels, self._labels))
        self._seconds[answer.point].append(answer.fit_s)
        self._notes[answer.point] += answer.notes

    def points(self, grid: Grid, folds: int) -> tuple[GridPoint, ...]:
        return tuple(self._point(place, point, folds) for place, point in enumerate(grid.points()))

    def _point(self, place: int, parameters: Mapping[str, Any], folds: int) -> GridPoint:
        if place in self._refused:
            return GridPoint(parameters, (), (), refused=self._refused[place])
        said = self._notes[place]
        notes = tuple(f"{note} ({said.count(note)} of {folds} folds)" for note in dict.fromkeys(said))
        return GridPoint(parameters, tuple(self._scores[place]), tuple(self._seconds[place]), notes)
