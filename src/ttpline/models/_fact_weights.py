"""How strongly each fact of many commands speaks for each of some techniques."""

import itertools
from collections.abc import Sequence

import numpy as np

from ttpline.commands.facts import Fact
from ttpline.models._block import Values
from ttpline.models._hybrid_params import HybridParams
from ttpline.models._meaning_block import MeaningBlock, MeaningRows
from ttpline.models._text_shares import Places
from ttpline.models.base import LabelIndices


class FactWeights:
    """``techniques[i]`` is the technique of label ``i``, ``columns[i]`` where its learned weights are, or -1."""

    def __init__(self, techniques: Sequence[str], columns: Places, meaning: MeaningBlock, params: HybridParams) -> None:
        self._number = {name: at for at, name in enumerate(dict.fromkeys(techniques))}
        self._numbers = np.array([self._number[name] for name in techniques], np.int64)
        self._columns = columns
        self._meaning = meaning
        self._believed = np.where(columns >= 0, params.vote_weight, params.unseen_vote_weight)

    def of(self, facts: Sequence[Fact], row_of: Places, rows: MeaningRows, labels: LabelIndices) -> Values:
        """``[places, facts]``: the weight of each fact for the label at each place of ``labels``' row ``row_of``."""
        reader = self._meaning.reader
        keys = [reader.of_fact(fact) for fact in facts]
        fact_of = np.repeat(np.arange(len(facts)), [len(one.places) for one in keys])
        features = np.fromiter(itertools.chain.from_iterable(one.places for one in keys), np.int64, fact_of.size)
        values = _shared_values(rows, row_of[fact_of], features, len(self._meaning.coefficients))
        means = self._meaning.means[features]
        weights = self._votes([one.strongest for one in keys], row_of, labels)
        for of_facts, wanted in zip(weights, labels.T, strict=True):
            column = self._columns[wanted[row_of]]
            learned = self._meaning.coefficients[features, column[fact_of]].astype(np.float64) - means
            sums = np.bincount(fact_of, weights=values * learned, minlength=len(facts))
            of_facts += np.where(column >= 0, sums, 0.0)
        return weights

    def _votes(self, strongest: Sequence[Sequence[tuple[str, int]]], row_of: Places, labels: LabelIndices) -> Values:
        """What the strength in the knowledge adds."""
        number = self._number
        votes = [
            (at, number[technique], strength)
            for at, of_fact in enumerate(strongest)
            for technique, strength in of_fact
            if technique in number
        ]
        found = np.zeros((labels.shape[1], len(strongest)))
        fact, technique, strength = np.array(votes, np.int64).reshape(-1, 3).T
        for of_facts, wanted in zip(found, labels.T, strict=True):
            label = wanted[row_of[fact]]
            met = np.flatnonzero(self._numbers[label] == technique)
            of_facts[fact[met]] = strength[met] * self._believed[label[met]]
        return found


def _shared_values(rows: MeaningRows, row_of: Places, features: Places, width: int) -> Values:
    """The value that each of ``features`` has in its row, divided among those that name it."""
    if not rows.places.size:
        return np.zeros(features.size)
    known = np.repeat(np.arange(rows.indptr.size - 1) * width, np.diff(rows.indptr)) + rows.places
    wanted = row_of * width + features
    at = np.minimum(np.searchsorted(known, wanted), known.size - 1)
    is_known = known[at] == wanted
    named = np.bincount(at[is_known], minlength=known.size)
    values: Values = np.where(is_known, rows.values[at] / np.maximum(named, 1)[at], 0.0)
    return values
