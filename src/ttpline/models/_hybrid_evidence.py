"""Why a hybrid model says what it says: the facts behind a technique, and the words of the text that look like it.

A fact's weight is by how much it moves the technique's logit away from the mean of all techniques': what its strength
in the knowledge adds, and its features' learned weights (``_fact_weights.py``). The weights of words are those of
``_linear_evidence.py``.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ttpline.commands.facts import Fact
from ttpline.domain.prediction import NORMAL, Evidence
from ttpline.models._block import Block, Values
from ttpline.models._fact_weights import FactWeights
from ttpline.models._hybrid_params import HybridParams
from ttpline.models._hybrid_read import Read
from ttpline.models._linear_evidence import LEAST_SHARE, MOST_PARTS, rank_in_group, strongest_parts, text_evidence
from ttpline.models._meaning_block import MeaningBlock
from ttpline.models._text_shares import Places, Shares
from ttpline.models.base import LabelIndices

_KINDS = {"use": "semantic", "object": "semantic", "text": "semantic", "combination": "rule", "layer": "context"}
_WORDS = -1
"""In place of the number of a fact."""


class _Parts(NamedTuple):
    """What may be shown: group ``row * places + place`` is of the label at ``place`` of command ``row``."""

    groups: Places
    starts: Places
    ends: Places
    weights: Values
    facts: Places
    """The number of the fact, or ``_WORDS``."""

    def at(self, order: npt.NDArray[np.intp]) -> "_Parts":
        return _Parts(self.groups[order], self.starts[order], self.ends[order], self.weights[order], self.facts[order])

    def joined(self, other: "_Parts") -> "_Parts":
        return _Parts(
            np.concatenate([self.groups, other.groups]),
            np.concatenate([self.starts, other.starts]),
            np.concatenate([self.ends, other.ends]),
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.facts, other.facts]),
        )


class HybridEvidence:
    """Reads the evidence of commands out of a model with these ``labels``; its first columns are ``techniques``."""

    def __init__(
        self, labels: Sequence[str], techniques: Sequence[str], text: Block, meaning: MeaningBlock, params: HybridParams
    ) -> None:
        self._text = text
        self._sharpness = params.sharpness
        self._names = [label.partition(".")[0] for label in labels]
        column = {name: at for at, name in enumerate(techniques)}
        self._column_of = np.array([column.get(name, -1) for name in self._names], np.int64)
        """-1 for Normal, and for techniques that only the knowledge knows: no word speaks for them."""
        self._weights = FactWeights(self._names, self._column_of, meaning, params)

    def rows(self, read: Read, labels: LabelIndices, temperature: float) -> list[list[tuple[Evidence, ...]]]:
        """For each command and each of its labels, at most ``MOST_PARTS`` parts, strongest first."""
        if not labels.size:
            return [[] for _ in read.texts]
        scale = self._sharpness / temperature
        facts = [fact for one in read.found for fact in one.facts]
        parts = self._words_of(read, labels, scale)
        if facts:
            parts = parts.joined(self._facts_of(read, facts, labels, scale))
        places = labels.shape[1]
        found: list[list[Evidence]] = [[] for _ in range(labels.size)]
        names = [self._names[label] for label in labels.ravel().tolist()]
        for group, start, end, weight, number in zip(*(each.tolist() for each in _ordered(parts)), strict=True):
            chosen = found[group]
            if len(chosen) == MOST_PARTS:
                continue
            text = read.texts[group // places]
            if number == _WORDS:
                chosen.append(text_evidence(text, start, end, names[group], weight))
            elif not _is_said(facts[number], chosen):
                chosen.append(_evidence(facts[number], text, weight))
        for group, name in enumerate(names):
            if name == NORMAL:
                found[group] = _ordinary(read.found[group // places].facts, read.texts[group // places])
        return [list(map(tuple, found[at : at + places])) for at in range(0, len(found), places)]

    def _words_of(self, read: Read, labels: LabelIndices, scale: float) -> _Parts:
        columns = self._column_of[labels]
        weighed = [(read.occurrences, read.counted)]
        parts = strongest_parts(Shares([self._text], 1.0 / scale, read.texts, np.maximum(columns, 0), weighed))
        found = _Parts(parts.groups, parts.starts, parts.ends, parts.weights, np.full(parts.groups.size, _WORDS))
        return found.at(np.flatnonzero(columns.ravel()[parts.groups] >= 0))

    def _facts_of(self, read: Read, facts: Sequence[Fact], labels: LabelIndices, scale: float) -> _Parts:
        row_of = np.repeat(np.arange(len(read.found)), [len(one.facts) for one in read.found])
        weights = self._weights.of(facts, row_of, read.meaning, labels) * scale
        place, number = np.nonzero(weights > 0.0)
        spans = np.array([fact.span for fact in facts], np.int64)[number]
        groups = row_of[number] * labels.shape[1] + place
        return _Parts(groups, spans[:, 0], spans[:, 1], weights[place, number], number)


def _ordered(parts: _Parts) -> _Parts:
    """Group by group the strongest first, without those that explain nothing."""
    order = np.lexsort((parts.ends, parts.starts, -parts.weights, parts.groups))
    groups, weights = parts.groups[order], parts.weights[order]
    firsts = np.arange(order.size) - rank_in_group(groups)
    return parts.at(order[weights > LEAST_SHARE * weights[firsts]])


def _is_said(fact: Fact, chosen: Sequence[Evidence]) -> bool:
    """Whether another fact says the same of the same place."""
    return any(part.span == fact.span and part.why == fact.why for part in chosen)


def _evidence(fact: Fact, text: str, weight: float) -> Evidence:
    start, end = fact.span
    return Evidence(_KINDS[fact.kind], fact.span, text[start:end], fact.why, weight)


def _ordinary(facts: Sequence[Fact], text: str) -> list[Evidence]:
    """Facts that speak for ordinary work."""
    votes = [(fact, fact.speaks.get("normal", 0)) for fact in facts]
    parts = [_evidence(fact, text, float(weight)) for fact, weight in votes if weight > 0]
    return sorted(parts, key=lambda part: (-part.weight, part.span))[:MOST_PARTS]
