"""Trees over the most frequent features of meaning and the knowledge's votes."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks._candidates.sample import MeaningMatrix, Sample, Scores, votes_of

MOST_FEATURES = 300
EXTRA_TREES = 500
LEAF_RIDGE = 1.0
"""Without it the leaves of rare techniques grow without bound, and the answers are worse than chance."""
_LEAST = 1e-6


class Trees:
    """``kind`` is ``boosted`` (histogram gradient boosting) or ``extra`` (extremely randomised trees)."""

    def __init__(self, name: str, kind: str, trees: int = EXTRA_TREES) -> None:
        self.name, self._kind, self._trees = name, kind, trees
        self.labels: tuple[str, ...] = ()

    def fit(self, train: Sequence[Sample], seed: int) -> None:
        self.labels = tuple(sorted({one.label for one in train}))
        self._meaning = MeaningMatrix(train, 3, most=MOST_FEATURES)
        self._machine = self._make(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of labels with few rows
            self._machine.fit(self._table(train), np.array([one.label for one in train]))
        self.labels = tuple(self._machine.classes_.tolist())

    def _make(self, seed: int) -> Any:
        from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier

        if self._kind == "extra":
            return ExtraTreesClassifier(self._trees, max_features="sqrt", random_state=seed)
        return HistGradientBoostingClassifier(
            max_iter=20,
            learning_rate=0.15,
            max_leaf_nodes=8,
            min_samples_leaf=4,
            l2_regularization=LEAF_RIDGE,
            max_bins=16,
            random_state=seed,
        )

    def _table(self, samples: Sequence[Sample]) -> Any:
        votes = votes_of(samples, self.labels)
        return np.hstack([self._meaning.of(samples).toarray(), votes]).astype(np.float32)

    def scores(self, test: Sequence[Sample]) -> Scores:
        return np.asarray(np.log(np.maximum(self._machine.predict_proba(self._table(test)), _LEAST)), np.float64)

    def reading_s(self, understanding_s: float) -> float:
        return understanding_s
