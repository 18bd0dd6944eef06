"""The evidence of a model as sentences: what the part does, and how strongly it speaks for a technique."""

from collections.abc import Iterable, Sequence
from typing import Final

from ttpline.domain.prediction import NORMAL, Evidence
from ttpline.explain.explanation import Reason, Share
from ttpline.explain.meaning import FactMeaning
from ttpline.explain.words import named, quoted

STRONG: Final = 2.0
"""Log-odds: the odds are seven times those without it."""
WEAK: Final = 0.5
"""And less than twice."""
MOST_DIFFERENCES: Final = 3
LEAST_DIFFERENCE: Final = 0.05
"""Log-odds; two labels that a part tells apart by less are not told apart by it."""


class Reasons:
    """Sentences for evidence, with the entries of the knowledge that hold (``facts``) to say more."""

    def __init__(self, facts: Iterable[FactMeaning], attack_version: str) -> None:
        self._facts = {(fact.span, fact.why): fact for fact in facts}
        self._attack_version = attack_version

    def of(self, evidence: Sequence[Evidence], label: str) -> tuple[Reason, ...]:
        """One for each piece of evidence for ``label``, in its order."""
        name = named(label, self._attack_version)
        seen = f" was seen with {'ordinary commands' if label == NORMAL else 'this technique'} in the training data"
        return tuple(
            self._reason(one, f"{self._what(one, seen)}: speaks {_strength(one.weight)} {name}", one.weight)
            for one in evidence
        )

    def between(
        self, first: str, second: str, for_first: Sequence[Evidence], for_second: Sequence[Evidence]
    ) -> tuple[Reason, ...]:
        """What speaks for one of two labels more than for the other, the largest difference first."""
        weights: dict[tuple[object, ...], float] = {}
        pieces: dict[tuple[object, ...], Evidence] = {}
        for evidence, sign in ((for_first, 1.0), (for_second, -1.0)):
            for one in evidence:
                key = (one.span, "" if one.kind == "text" else one.why)
                weights[key] = weights.get(key, 0.0) + sign * one.weight
                pieces[key] = one
        ranked = sorted(pieces, key=lambda key: -abs(weights[key]))[:MOST_DIFFERENCES]
        return tuple(
            self._reason(pieces[key], f"{self._what(pieces[key])}: {_compared(weights[key], first, second)}", weight)
            for key in ranked
            if abs(weight := weights[key]) >= LEAST_DIFFERENCE
        )

    def between_shares(self, first: str, second: str, shares: Sequence[Share]) -> tuple[Reason, ...]:
        """The same from the difference of each part of the text."""
        ranked = sorted(shares, key=lambda share: -abs(share.weight))[:MOST_DIFFERENCES]
        return tuple(
            Reason(
                "text",
                (share.start, share.end),
                share.text,
                f"text like {quoted(share.text)}: {_compared(share.weight, first, second)}",
                None,
                share.weight,
            )
            for share in ranked
            if abs(share.weight) >= LEAST_DIFFERENCE
        )

    def _reason(self, evidence: Evidence, sentence: str, weight: float) -> Reason:
        fact = self._facts.get((evidence.span, evidence.why))
        return Reason(
            evidence.kind, evidence.span, evidence.text, sentence, None if fact is None else fact.entry, weight
        )

    def _what(self, evidence: Evidence, seen: str = "") -> str:
        fact = self._facts.get((evidence.span, evidence.why))
        if fact is not None:
            return fact.sentence
        if evidence.kind == "text":
            return f"text like {quoted(evidence.text)}{seen}"
        return f"{quoted(evidence.text)} {evidence.why}"


def _strength(weight: float) -> str:
    if weight <= 0:
        return "against"
    return "strongly for" if weight >= STRONG else "weakly for" if weight < WEAK else "for"


def _compared(weight: float, first: str, second: str) -> str:
    more, less = (first, second) if weight > 0 else (second, first)
    return f"speaks {'much ' if abs(weight) >= STRONG else ''}more for {more} than for {less}"
