"""The nearest commands by the cosine of decoded text; how many of them is chosen on inner folds."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks._candidates.linear import one_hot
from benchmarks._candidates.sample import Sample, Scores, TextFeatures, places_of
from ttpline.datasets.split import grouped_folds
from ttpline.models._hybrid_params import HybridParams

NUMBERS = (1, 3, 5, 10, 20, 40)
INNER_FOLDS = 3
BEYOND = 1e-3
"""Weight of a label's nearest command whether it is among the ``k`` or not: ranks the labels that have none there."""


class Neighbours:
    """A label's score is the sum of the similarities of those of the ``k`` nearest commands that have it."""

    name = "nearest neighbours: TF-IDF cosine of decoded text, k by inner folds"

    def __init__(self, params: HybridParams) -> None:
        self._params = params
        self.labels: tuple[str, ...] = ()
        self.k = 0

    def fit(self, train: Sequence[Sample], seed: int) -> None:
        self.labels = tuple(sorted({one.label for one in train}))
        self.k = self._choose(train, seed)
        self._take(train)

    def _take(self, train: Sequence[Sample]) -> None:
        self._text = TextFeatures([one.text for one in train], self._params)
        self._known = one_hot(self.labels, [one.label for one in train])

    def _choose(self, train: Sequence[Sample], seed: int) -> int:
        right = dict.fromkeys(NUMBERS, 0)
        for fold in grouped_folds([one.row for one in train], INNER_FOLDS, seed).folds:
            self._take([train[at] for at in fold.train.tolist()])
            held = [train[at] for at in fold.test.tolist()]
            truth = places_of(self.labels, (one.label for one in held))
            near = self._similarities(held)
            for k in NUMBERS:
                right[k] += int((self._votes(near, k).argmax(axis=1) == truth).sum())
        return max(NUMBERS, key=lambda k: (right[k], -k))

    def _similarities(self, samples: Sequence[Sample]) -> Any:
        return (self._text.of(samples) @ self._text.matrix.T).toarray()

    def _votes(self, near: Any, k: int) -> Scores:
        k = min(k, near.shape[1])
        order = np.argsort(-near, axis=1, kind="stable")[:, :k]
        weights = np.take_along_axis(near, order, axis=1)
        found = np.einsum("nk,nkl->nl", weights, self._known[order])
        nearest = np.array([np.where(label > 0, near, 0.0).max(axis=1) for label in self._known.T]).T
        return np.asarray(found + BEYOND * nearest, np.float64)

    def scores(self, test: Sequence[Sample]) -> Scores:
        return self._votes(self._similarities(test), self.k)

    def reading_s(self, understanding_s: float) -> float:
        return understanding_s
