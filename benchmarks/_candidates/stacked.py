"""Stacking: out-of-fold margins of text and of meaning and the knowledge's votes, weighed once for all techniques.

One conditional logistic regression over the techniques of a command, with shared weights, so that it can rank
techniques that no row shows: for those it has only the votes, and a feature that says so.
"""

from collections.abc import Sequence

import numpy as np

from benchmarks._candidates.linear import margins_of, svm_margins
from benchmarks._candidates.sample import (
    MeaningMatrix,
    Places,
    Sample,
    Scores,
    TextFeatures,
    known_techniques,
    places_of,
    votes_of,
)
from ttpline.datasets.split import grouped_folds
from ttpline.models._hybrid_params import HybridParams

INNER_FOLDS = 3
RIDGE = 1.0
_NO_DATA = -1.3  # where the hybrid starts a technique without data


class _Margins:
    """Both SVMs of one fold."""

    def __init__(self, train: Sequence[Sample], params: HybridParams, seed: int) -> None:
        labels = [one.label for one in train]
        text, meaning = TextFeatures([one.text for one in train], params), MeaningMatrix(train, params.meaning_min_df)
        self._blocks: tuple[TextFeatures | MeaningMatrix, ...] = (text, meaning)
        self._machines = [svm_margins(block.matrix, labels, params, seed) for block in self._blocks]
        self._often = {label: labels.count(label) for label in set(labels)}

    def features(self, samples: Sequence[Sample], labels: Sequence[str]) -> Scores:
        """``[samples, labels, features]``."""
        votes = votes_of(samples, labels)
        has_data = np.array([label in self._often for label in labels])
        often = np.log1p(np.array([self._often.get(label, 0) for label in labels], np.float64))
        parts = [votes, (votes > 0) & (votes == votes.max(axis=1, keepdims=True)), votes > 0]
        for machine, block in zip(self._machines, self._blocks, strict=True):
            margins = np.full(votes.shape, _NO_DATA)
            margins[:, places_of(labels, machine.classes_.tolist())] = margins_of(machine, block.of(samples))
            parts += [margins, margins == margins.max(axis=1, keepdims=True)]
        wide = np.ones(votes.shape)
        parts += [wide * ~has_data, wide * often, ~has_data * votes, parts[3] * votes]
        return np.stack([np.asarray(part, np.float64) for part in parts], axis=2)


class Stacked:
    name = "stacking: text margins, meaning margins and votes, shared weights"

    def __init__(self, params: HybridParams) -> None:
        self._params = params
        self.labels: tuple[str, ...] = ()

    def fit(self, train: Sequence[Sample], seed: int) -> None:
        self.labels = tuple(sorted({one.label for one in train} | known_techniques()))
        tables, truths = [], []
        for fold in grouped_folds([one.row for one in train], INNER_FOLDS, seed).folds:
            margins = _Margins([train[at] for at in fold.train.tolist()], self._params, seed)
            held = [train[at] for at in fold.test.tolist()]
            tables.append(margins.features(held, self.labels))
            truths.append(places_of(self.labels, (one.label for one in held)))
        self._weights = _conditional_logit(np.concatenate(tables), np.concatenate(truths))
        self._margins = _Margins(train, self._params, seed)

    def scores(self, test: Sequence[Sample]) -> Scores:
        return np.asarray(self._margins.features(test, self.labels) @ self._weights, np.float64)

    def reading_s(self, understanding_s: float) -> float:
        return understanding_s


def _conditional_logit(table: Scores, truth: Places) -> Scores:
    """The weights under which the right technique of each command is likeliest among all, a softmax over them."""
    from scipy.optimize import minimize

    rows = np.arange(len(truth))
    right = table[rows, truth].sum(axis=0)

    def loss(weights: Scores) -> tuple[float, Scores]:
        logits = table @ weights
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        sums = shares.sum(axis=1, keepdims=True)
        shares /= sums
        value = float(np.log(sums).sum() - logits[rows, truth].sum()) + RIDGE * float(weights @ weights)
        slope = np.tensordot(shares, table, axes=2) - right + 2 * RIDGE * weights
        return value, np.asarray(slope, np.float64)

    found = minimize(loss, np.zeros(table.shape[2]), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x, np.float64)
