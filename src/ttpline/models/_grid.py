"""What a model family gives to a grid search: its answers to held-out commands, one set for each point of the grid."""

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import UsageError

if TYPE_CHECKING:
    from ttpline.models.base import CommandClassifier


@dataclass(frozen=True, slots=True)
class GridScores:
    """How the model of one point (a place in the grid) rates commands that it has not seen.

    ``scores`` ``[commands, labels]`` rank the labels of a command as probabilities do; they need not be some.
    ``fit_s``: seconds of this point's own training, without what it shares with others. ``notes``: what is to be said
    of it. ``refused``: why there is no such model; then there are no scores.
    """

    point: int
    labels: tuple[str, ...]
    scores: npt.NDArray[np.floating[Any]]
    fit_s: float
    notes: tuple[str, ...] = ()
    refused: str | None = None


def refusal(point: int, error: UsageError) -> GridScores:
    """A point whose parameters make no model."""
    return GridScores(point, (), np.empty((0, 0)), 0.0, refused=str(error))


def score_each(
    make: Callable[[Any], "CommandClassifier"],
    grid: Sequence[Any],
    train: Sequence[LabelledCommand],
    held: Sequence[str],
    seed: int,
) -> Iterator[GridScores]:
    """One model after another, each trained from the start: right for any family, and nothing is shared."""
    for point, params in enumerate(grid):
        start = time.perf_counter()
        try:
            model = make(params)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                model.fit(train, [], seed)
        except UsageError as error:
            yield refusal(point, error)
            continue
        seconds = time.perf_counter() - start
        notes = tuple(dict.fromkeys(str(warning.message) for warning in caught))
        yield GridScores(point, model.labels, model.probabilities(held), seconds, notes)
