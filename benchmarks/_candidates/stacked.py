"""Stacking: out-of-fold margins of text and of meaning and the knowledge's votes, weighed once for all techniques.

One logistic regression over pairs of command and technique, with shared weights, so that it can rank techniques that
no row shows: for those it has only the votes, and a feature that says so.
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
HARDEST = 15
"""Wrong techniques a command that are learned from: those that either margin or the votes rank highest."""
_NO_DATA = -1.3  # where the hybrid starts a technique without data


class _Margins:
    """Both SVMs of one fold."""

    def __init__(self, train: Sequence[Sample], params: HybridParams, seed: int) -> None:
        labels = [one.label for one in train]
        self._text = TextFeatures([one.text for one in train], params)
        self._meaning = MeaningMatrix(train, params.meaning_min_df)
        self._machines = [svm_margins(block.matrix, labels, params, seed) for block in (self._text, self._meaning)]
        self._often = {label: labels.count(label) for label in set(labels)}

    def pairs(self, samples: Sequence[Sample], labels: Sequence[str]) -> Scores:
        """``[samples, labels, features]``."""
        votes = votes_of(samples, labels)
        has_data = np.array([label in self._often for label in labels])
        often = np.log1p(np.array([self._often.get(label, 0) for label in labels], np.float64))
        parts = [votes, (votes > 0) & (votes == votes.max(axis=1, keepdims=True)), votes > 0]
        for machine, block in zip(self._machines, (self._text, self._meaning), strict=True):
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
        from sklearn.linear_model import LogisticRegression

        self.labels = tuple(sorted({one.label for one in train} | known_techniques()))
        tables, truths = [], []
        for fold in grouped_folds([one.row for one in train], INNER_FOLDS, seed).folds:
            margins = _Margins([train[at] for at in fold.train.tolist()], self._params, seed)
            held = [train[at] for at in fold.test.tolist()]
            table, truth = _hardest(margins.pairs(held, self.labels), places_of(self.labels, (s.label for s in held)))
            tables.append(table)
            truths.append(truth)
        table = np.vstack(tables)
        self._scale = table.std(axis=0) + 1e-9
        self._machine = LogisticRegression(C=1.0, max_iter=1_000, random_state=seed)
        self._machine.fit(table / self._scale, np.concatenate(truths))
        self._margins = _Margins(train, self._params, seed)

    def scores(self, test: Sequence[Sample]) -> Scores:
        table = self._margins.pairs(test, self.labels)
        return np.asarray(table / self._scale @ self._machine.coef_[0], np.float64)

    def reading_s(self, understanding_s: float) -> float:
        return understanding_s


def _hardest(table: Scores, truth: Places) -> tuple[Scores, Places]:
    """The pairs of each command with its technique and with the ``HARDEST`` others, and which of them are right."""
    nearness = table[:, :, 0] + table[:, :, 3] + table[:, :, 5]
    nearness[np.arange(len(truth)), truth] = np.inf
    chosen = np.argsort(-nearness, axis=1, kind="stable")[:, : HARDEST + 1]
    pairs = np.take_along_axis(table, chosen[:, :, None], axis=1)
    return pairs.reshape(-1, table.shape[2]), (chosen == truth[:, None]).astype(np.int64).ravel()
