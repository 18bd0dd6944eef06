"""Why a hybrid model says what it says: the facts behind a technique, and the words of the text that look like it.

A fact's weight is by how much it moves the technique's logit away from the mean of all techniques': what its strength
in the knowledge adds, and its features' learned weights. A vote that several facts share is divided among them. The
weights of words are those of ``_linear_evidence.py``.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ttpline.commands.facts import Fact
from ttpline.domain.prediction import NORMAL, Evidence
from ttpline.models._block import Block
from ttpline.models._hybrid_params import HybridParams
from ttpline.models._hybrid_parts import HybridParts
from ttpline.models._linear_evidence import LEAST_SHARE, MOST_PARTS, evidence_rows
from ttpline.models._meaning_block import MeaningBlock
from ttpline.models._meaning_features import Read

_KINDS = {"use": "semantic", "object": "semantic", "text": "semantic", "combination": "rule", "layer": "context"}


_WeighedFact = tuple[Fact, list[tuple[int, float]]]
"""A fact and its features: ``(place, its share of the value)``."""


class HybridEvidence:
    """Reads the evidence of commands out of one model."""

    def __init__(
        self, parts: HybridParts, text: Block, meaning: MeaningBlock, params: HybridParams, temperature: float
    ) -> None:
        self._techniques = parts.techniques
        self._text = text
        self._meaning = meaning
        self._params = params
        self._scale = params.sharpness / temperature
        self._column = {name: at for at, name in enumerate(parts.techniques)}
        self._means = meaning.means(len(parts.techniques))

    def rows(self, found: Sequence[Read], labels: Sequence[Sequence[str]]) -> list[list[tuple[Evidence, ...]]]:
        """For each command and each of its labels, at most ``MOST_PARTS`` parts, strongest first."""
        texts = [one.text for one in found]
        columns = [[self._column.get(label.partition(".")[0], -1) for label in row] for row in labels]
        places = np.array([[max(column, 0) for column in row] for row in columns], np.intp).reshape(len(found), -1)
        names = [*self._techniques, NORMAL]
        words = evidence_rows([self._text], 1.0 / self._scale, names, texts, places)
        return [
            self._of_command(one, row_labels, row_columns, row_words)
            for one, row_labels, row_columns, row_words in zip(found, labels, columns, words, strict=True)
        ]

    def _of_command(
        self,
        found: Read,
        labels: Sequence[str],
        columns: Sequence[int],
        words: Sequence[tuple[Evidence, ...]],
    ) -> list[tuple[Evidence, ...]]:
        """``columns`` are -1 for Normal, and for techniques that only the knowledge knows: no word speaks for them."""
        facts = self._weighed_facts(found)
        return [
            self._ordinary(found)
            if label == NORMAL
            else self._strongest(facts, label.partition(".")[0], column, parts if column >= 0 else (), found.text)
            for label, column, parts in zip(labels, columns, words, strict=True)
        ]

    def _weighed_facts(self, found: Read) -> list[_WeighedFact]:
        values = dict(self._meaning.weighed(found.features))
        named = [(fact, _features(fact)) for fact in found.understanding.facts]
        shared = Counter(name for _, names in named for name in names)
        place = self._meaning.place
        return [
            (fact, [(at, values[at] / shared[name]) for name in names if (at := place.get(name, -1)) in values])
            for fact, names in named
        ]

    def _strongest(
        self, facts: Sequence[_WeighedFact], technique: str, column: int, words: tuple[Evidence, ...], text: str
    ) -> tuple[Evidence, ...]:
        best: dict[tuple[tuple[int, int], str], Evidence] = {}
        for fact, features in facts:
            weight = self._weight(fact, features, technique, column)
            if weight <= 0:
                continue
            known = best.get((fact.span, fact.why))
            if known is None or known.weight < weight:
                start, end = fact.span
                best[fact.span, fact.why] = Evidence(_KINDS[fact.kind], fact.span, text[start:end], fact.why, weight)
        ordered = sorted([*best.values(), *words], key=lambda part: (-part.weight, part.span))
        least = LEAST_SHARE * ordered[0].weight if ordered else 0.0
        return tuple(part for part in ordered if part.weight > least)[:MOST_PARTS]

    def _weight(self, fact: Fact, features: Sequence[tuple[int, float]], technique: str, column: int) -> float:
        strengths = [vote for name, vote in fact.speaks.items() if name.startswith(technique)]
        believed = self._params.vote_weight if column >= 0 else self._params.unseen_vote_weight
        margin = believed * max(strengths, default=0)
        if column >= 0:
            weights, means = self._meaning.coefficients, self._means
            for at, value in features:
                margin += value * (float(weights[at, column]) - float(means[at]))
        return float(margin * self._scale)

    def _ordinary(self, found: Read) -> tuple[Evidence, ...]:
        """Facts that speak for ordinary work."""
        parts = [
            Evidence(_KINDS[fact.kind], fact.span, found.text[fact.span[0] : fact.span[1]], fact.why, float(weight))
            for fact in found.understanding.facts
            if (weight := fact.speaks.get("normal", 0)) > 0
        ]
        return tuple(sorted(parts, key=lambda part: (-part.weight, part.span))[:MOST_PARTS])


def _features(fact: Fact) -> list[str]:
    parents = {f"tp:{name.partition('.')[0]}" for name in fact.speaks}
    return [f"u:{fact.entry}", *(f"m:{one}" for one in fact.means), *(f"t:{name}" for name in fact.speaks), *parents]
