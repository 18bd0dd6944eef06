"""Why a linear text model says what it says: exact shares of a logit, by place in the command.

The logit of label c is a sum over features: x_f * w_fc, plus an intercept. Adding the same number to all labels'
logits changes no probability, so weights are centred: w_fc minus the mean of w_f over all labels. What a feature adds
is then by how much it moves the label's log-probability away from the mean of all labels'; nothing else is estimated.

A feature that occurs several times has its share divided evenly over its places. A word n-gram's share goes evenly to
its words. A character n-gram's goes evenly to its characters other than blanks, and each character's to the token that
it is in, or, where it is in none (a quote, a bracket), to the token before it in its word, else to the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ttpline.domain.prediction import Evidence
from ttpline.models._block import Block, Values
from ttpline.models._text_shares import Places, Shares
from ttpline.models.base import LabelIndices

MOST_PARTS = 3
"""Parts shown for one technique: what a person reads."""

LEAST_SHARE = 0.05
"""Of the strongest part's weight; what is weaker explains nothing."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TextParts:
    """Parts of texts, in order of their group and place. Group ``row * places + place`` is what speaks for the label
    at ``place`` of text ``row``; ``starts`` and ``ends`` are characters of that text."""

    groups: Places
    weights: Values
    starts: Places
    ends: Places


def evidence_rows(
    blocks: Sequence[Block],
    temperature: float,
    names: Sequence[str],
    texts: Sequence[str],
    labels: LabelIndices,
) -> list[list[tuple[Evidence, ...]]]:
    """For each text and each of its ``labels``, the parts that speak for it, strongest first."""
    places = labels.shape[1]
    if not labels.size:
        return [[] for _ in texts]
    parts = strongest_parts(Shares(blocks, temperature, texts, labels))
    order = np.lexsort((parts.starts, -parts.weights, parts.groups))
    columns = (parts.groups, parts.starts, parts.ends, parts.weights)
    found: list[list[Evidence]] = [[] for _ in range(labels.size)]
    shown = labels.ravel().tolist()
    for group, start, end, weight in zip(*(column[order].tolist() for column in columns), strict=True):
        found[group].append(text_evidence(texts[group // places], start, end, names[shown[group]], weight))
    return [list(map(tuple, found[at : at + places])) for at in range(0, len(found), places)]


def text_evidence(text: str, start: int, end: int, name: str, weight: float) -> Evidence:
    """What a part of ``text`` is in the output."""
    part = text[start:end]
    return Evidence("text", (start, end), part, f"{part!r} speaks for {name} in the training data", weight)


def strongest_parts(shares: Shares) -> TextParts:
    """The ``MOST_PARTS`` strongest tokens of each text for each label.

    Neighbouring tokens that are both chosen and whose n-gram speaks for the label too become one part.
    """
    weights, links = shares.whole()
    tokens, row_of = shares.tokens, shares.tokens.row_of
    firsts = np.flatnonzero(rank_in_group(row_of) == 0)
    highest = np.maximum.reduceat(weights, firsts, axis=1)
    place, token = np.nonzero(weights > np.maximum(LEAST_SHARE * highest, 0.0)[:, row_of])
    groups = row_of[token] * len(weights) + place
    order = np.lexsort((-weights[place, token], groups))
    order = order[rank_in_group(groups[order]) < MOST_PARTS]
    order.sort()  # by place and token again, so that neighbours stand together
    place, token, groups = place[order], token[order], groups[order]
    is_joined = np.zeros(order.size, np.bool_)
    is_joined[1:] = (groups[1:] == groups[:-1]) & (token[1:] == token[:-1] + 1) & (links[place[:-1], token[:-1]] > 0.0)
    first = np.flatnonzero(~is_joined)
    last = np.append(first[1:], order.size)[: first.size] - 1
    sums: Values = np.bincount(np.cumsum(~is_joined) - 1, weights=weights[place, token], minlength=first.size).astype(
        np.float64
    )
    return TextParts(groups[first], sums, tokens.starts[token[first]], tokens.ends[token[last]])


def rank_in_group(groups: Places) -> Places:
    """For each of ``groups``, equal ones in a row, its place among its equals.

    >>> rank_in_group(np.array([3, 3, 5, 9, 9, 9])).tolist()
    [0, 1, 0, 0, 1, 2]
    """
    at = np.arange(groups.size)
    begins = np.append(True, groups[1:] != groups[:-1])[: groups.size]
    return at - np.maximum.accumulate(np.where(begins, at, 0))


def full_breakdown(blocks: Sequence[Block], temperature: float, text: str, label: int) -> list[tuple[Span, float]]:
    """Every part with its weight, by place: tokens (with their characters' shares), and word n-grams on their own.

    A text without tokens is one part. Parts without any weight are left out.
    """
    shares = Shares(blocks, temperature, [text], np.array([[label]], np.intp))
    spans = list(zip(shares.tokens.starts.tolist(), shares.tokens.ends.tolist(), strict=True))
    by_span: dict[Span, float] = {}
    for start, length, weight in shares.ngrams(0):
        span = (spans[start][0], spans[start + length - 1][1])
        by_span[span] = by_span.get(span, 0.0) + weight
    for span, weight in zip(spans, shares.characters()[0].tolist(), strict=True):
        by_span[span] = by_span.get(span, 0.0) + weight
    return sorted((span, weight) for span, weight in by_span.items() if weight)
