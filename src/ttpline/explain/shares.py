"""Sums of shares: per word, and the difference of two labels."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from ttpline.commands.tokens import tokens_with_spans
from ttpline.domain.parsed import Span
from ttpline.explain.explanation import Share

LEAST_PROBABILITY = 1e-9
"""For log-odds of certain answers."""


def difference(ahead: Sequence[Share], behind: Sequence[Share]) -> tuple[Share, ...]:
    """How much more each part adds to the first of two labels than to the second."""
    found = {(share.start, share.end): share for share in ahead}
    for share in behind:
        span = (share.start, share.end)
        before = found[span].weight if span in found else 0.0
        found[span] = replace(share, weight=before - share.weight)
    return tuple(found[span] for span in sorted(found))


def log_odds(probability: float) -> float:
    """The logarithm of the odds, finite for 0 and 1, too."""
    bounded = min(max(probability, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY)
    return math.log(bounded / (1 - bounded))


def by_token(text: str, shares: Sequence[Share]) -> tuple[Share, ...]:
    """Shares that do not overlap, by place: what a longer part (an n-gram) adds goes evenly to its tokens.

    The sum stays the same; a part that holds no token stays as it is.

    >>> shares = [Share(0, 4, "a bc", 1.0), Share(0, 1, "a", 2.0), Share(2, 4, "bc", -1.0)]
    >>> [(share.text, share.weight) for share in by_token("a bc", shares)]
    [('a', 2.5), ('bc', -0.5)]
    """
    spans = [(start, end) for _, start, end in tokens_with_spans(text, lowercase=False)]
    starts = [start for start, _ in spans]
    weights: dict[Span, float] = {}
    for share in shares:
        first = bisect_left(starts, share.start)
        last = bisect_left(starts, share.end)
        inside = [span for span in spans[first:last] if span[1] <= share.end] or [(share.start, share.end)]
        for span in inside:
            weights[span] = weights.get(span, 0.0) + share.weight / len(inside)
    return tuple(Share(start, end, text[start:end], weights[start, end]) for start, end in sorted(weights))
