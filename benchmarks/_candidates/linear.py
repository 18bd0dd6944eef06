"""Linear candidates over the hybrid's features: its ablations, and logistic regression instead of its SVMs."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks._candidates.sample import MeaningMatrix, Sample, Scores, TextFeatures, places_of, votes_of
from ttpline.models._hybrid_params import HybridParams

PARSED_KINDS = frozenset({"p", "po", "pw", "w", "n"})
"""Features that parsing gives without any knowledge: programs, options, words, wrappers, number of parts."""


def svm_margins(matrix: Any, labels: Sequence[str], params: HybridParams, seed: int) -> Any:
    """The hybrid's technique head: one linear SVM a label against all others."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=params.C, max_iter=params.max_iter, random_state=seed)
    machine.fit(matrix, np.array(labels))
    return machine


def margins_of(machine: Any, matrix: Any) -> Scores:
    """``[rows, machine.classes_]``, also where there are two labels only."""
    found = np.asarray(machine.decision_function(matrix), np.float64)
    return np.column_stack([-found, found]) if found.ndim == 1 else found


@dataclass(frozen=True, slots=True)
class Reads:
    """Which features a linear candidate has, and whether the knowledge's votes are added to its margins."""

    text: bool = True
    meaning: bool = True
    knowledge: bool = True
    """Without it only what parsing gives is left of the meaning."""


class Blocks:
    """The features that ``reads`` names, side by side."""

    def __init__(self, train: Sequence[Sample], reads: Reads, params: HybridParams) -> None:
        self._text = TextFeatures([one.text for one in train], params) if reads.text else None
        kinds = None if reads.knowledge else PARSED_KINDS
        self._meaning = MeaningMatrix(train, params.meaning_min_df, kinds) if reads.meaning else None
        self.matrix = self.of(train)

    def of(self, samples: Sequence[Sample]) -> Any:
        from scipy.sparse import hstack

        return hstack([block.of(samples) for block in (self._text, self._meaning) if block is not None], format="csr")


class LinearSvm:
    """The hybrid's technique head with some of its features taken away; only techniques with data."""

    def __init__(self, name: str, reads: Reads, params: HybridParams) -> None:
        self.name = name
        self._reads, self._params = reads, params
        self.labels: tuple[str, ...] = ()

    def fit(self, train: Sequence[Sample], seed: int) -> None:
        self._blocks = Blocks(train, self._reads, self._params)
        self._machine = svm_margins(self._blocks.matrix, [one.label for one in train], self._params, seed)
        self.labels = tuple(self._machine.classes_.tolist())

    def scores(self, test: Sequence[Sample]) -> Scores:
        found = margins_of(self._machine, self._blocks.of(test))
        if self._reads.knowledge:
            found += self._params.vote_weight * votes_of(test, self.labels)
        return found * self._params.sharpness

    def reading_s(self, understanding_s: float) -> float:
        return understanding_s


class Multinomial:
    """Multinomial logistic regression over the hybrid's text and meaning."""

    def __init__(self, name: str, params: HybridParams, C: float, vote_weight: float) -> None:
        self.name = name
        self._params, self._C, self._vote_weight = params, C, vote_weight
        self.labels: tuple[str, ...] = ()

    def fit(self, train: Sequence[Sample], seed: int) -> None:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        self._blocks = Blocks(train, Reads(), self._params)
        self._machine = LogisticRegression(C=self._C, max_iter=300, tol=1e-3, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._machine.fit(self._blocks.matrix, np.array([one.label for one in train]))
        self.labels = tuple(self._machine.classes_.tolist())

    def scores(self, test: Sequence[Sample]) -> Scores:
        found = np.log(np.maximum(self._machine.predict_proba(self._blocks.of(test)), 1e-30))
        return np.asarray(found + self._vote_weight * votes_of(test, self.labels), np.float64)

    def reading_s(self, understanding_s: float) -> float:
        return understanding_s


def one_hot(labels: Sequence[str], of: Sequence[str]) -> Scores:
    """``[of, labels]`` with a 1 where the label is."""
    found = np.zeros((len(of), len(labels)))
    found[np.arange(len(of)), places_of(labels, of)] = 1.0
    return found
