"""Candidates that are families of ``ttpline`` with parameters, and the knowledge without any learning."""

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks._candidates.sample import Sample, Scores, known_techniques, places_of
from ttpline.domain.labelled import LabelledCommand
from ttpline.models.base import CommandClassifier

SILENT = 0.0
_LEAST = 1e-30


class Family:
    """A model family as it is, which learns from ``more`` too; it reads commands itself, so its own times are whole."""

    def __init__(self, name: str, make: Callable[[], CommandClassifier], more: Sequence[LabelledCommand] = ()) -> None:
        self.name = name
        self._make, self._more = make, more
        self.labels: tuple[str, ...] = ()

    def fit(self, train: Sequence[Sample], seed: int) -> None:
        self._model = self._make()
        self._model.fit([*(one.row for one in train), *self._more], [], seed)
        self.labels = self._model.labels

    def scores(self, test: Sequence[Sample]) -> Scores:
        found = self._model.probabilities([one.row.command_line for one in test])
        return np.log(np.maximum(found.astype(np.float64), _LEAST))

    def reading_s(self, understanding_s: float) -> float:
        return 0.0


class KnowledgeAlone:
    """Techniques in the order of the knowledge's votes; where it says nothing no technique is preferred."""

    name = "knowledge alone: votes ranked, nothing learned"

    def __init__(self) -> None:
        self.labels: tuple[str, ...] = ()

    def fit(self, train: Sequence[Sample], seed: int) -> None:
        self.labels = tuple(sorted({one.label for one in train} | known_techniques()))

    def scores(self, test: Sequence[Sample]) -> Scores:
        found = np.full((len(test), len(self.labels)), SILENT)
        for row, one in enumerate(test):
            places = places_of(self.labels, (name for name in one.order if name in self.labels))
            found[row, places] = np.arange(len(places), 0, -1)
        return found

    def reading_s(self, understanding_s: float) -> float:
        return understanding_s
