"""Why a linear text model says what it says: exact shares of a logit, by place in the command.

The logit of label c is a sum over features: x_f * w_fc, plus an intercept. Adding the same number to all labels'
logits changes no probability, so weights are centred: w_fc minus the mean of w_f over all labels. What a feature adds
is then by how much it moves the label's log-probability away from the mean of all labels'; nothing else is estimated.

A feature that occurs several times has its share divided evenly over its places. A word n-gram's share goes evenly to
its words. A character n-gram's goes evenly to its characters other than blanks, and each character's to the token that
it is in, or, where it is in none (a quote, a bracket), to the token before it in its word, else to the next one.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ttpline.commands.tokens import tokens_with_spans
from ttpline.domain.prediction import Evidence
from ttpline.models._block import Block, Values
from ttpline.models._characters import CharacterFeatures
from ttpline.models._words import Occurrences, WordFeatures
from ttpline.models.base import LabelIndices

MOST_PARTS = 3
"""Parts shown for one technique: what a person reads."""

LEAST_SHARE = 0.05
"""Of the strongest part's weight; what is weaker explains nothing."""

Span = tuple[int, int]
Layout = tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]
"""Which characters of the joined texts are blank, and where each token's characters begin."""


def evidence_rows(
    blocks: Sequence[Block],
    temperature: float,
    names: Sequence[str],
    texts: Sequence[str],
    labels: LabelIndices,
) -> list[list[tuple[Evidence, ...]]]:
    """For each text and each of its ``labels``, the parts that speak for it, strongest first.

    Neighbouring tokens that are both chosen and whose n-gram speaks for the label too become one part.
    """
    shares = _Shares(blocks, temperature, texts, labels)
    weights, links = shares.tokens(), shares.links
    bounds = np.concatenate([[0], np.cumsum(shares.sizes)]).tolist()
    spans = shares.spans
    per_label = [(column.tolist(), links[place].tolist()) for place, column in enumerate(weights)]
    found = []
    for row, text in enumerate(texts):
        first, last = bounds[row], bounds[row + 1]
        parts = []
        for (of_tokens, of_links), label in zip(per_label, labels[row].tolist(), strict=True):
            parts.append(_strongest(of_tokens, of_links, first, last, spans, text, names[label]))
        found.append(parts)
    return found


def _strongest(
    weights: list[float], links: list[float], first: int, last: int, spans: list[Span], text: str, name: str
) -> tuple[Evidence, ...]:
    chosen = sorted(range(first, last), key=weights.__getitem__, reverse=True)[:MOST_PARTS]
    if not chosen or weights[chosen[0]] <= 0.0:
        return ()
    least = LEAST_SHARE * weights[chosen[0]]
    merged: list[list[int]] = []
    for token in sorted(token for token in chosen if weights[token] > least):
        if merged and merged[-1][-1] == token - 1 and links[token - 1] > 0.0:
            merged[-1].append(token)
        else:
            merged.append([token])
    parts = [
        (sum([weights[token] for token in tokens]), spans[tokens[0]][0], spans[tokens[-1]][1]) for tokens in merged
    ]
    if len(parts) > 1:
        parts.sort(key=lambda part: (-part[0], part[1]))
    return tuple(
        [
            Evidence(
                "text",
                (start, end),
                shown := text[start:end],
                f"{shown!r} speaks for {name} in the training data",
                weight,
            )
            for weight, start, end in parts
        ]
    )


def full_breakdown(blocks: Sequence[Block], temperature: float, text: str, label: int) -> list[tuple[Span, float]]:
    """Every part with its weight, by place: tokens (with their characters' shares), and word n-grams on their own.

    A text without tokens is one part. Parts without any weight are left out.
    """
    shares = _Shares(blocks, temperature, [text], np.array([[label]], np.intp))
    by_span: dict[Span, float] = {}
    for start, length, weight in shares.ngrams(0):
        span = (shares.spans[start][0], shares.spans[start + length - 1][1])
        by_span[span] = by_span.get(span, 0.0) + weight
    for span, weight in zip(shares.spans, shares.characters(0).tolist(), strict=True):
        by_span[span] = by_span.get(span, 0.0) + weight
    return sorted((span, weight) for span, weight in by_span.items() if weight)


class _Shares:
    """The shares of all tokens of many texts, for the labels of each text (one column a place)."""

    def __init__(self, blocks: Sequence[Block], temperature: float, texts: Sequence[str], labels: LabelIndices) -> None:
        self.blocks = blocks
        self.temperature = temperature
        self.texts = texts
        self.labels = labels
        # A text without a token is one part, so that its characters have somewhere to go.
        rows = [tokens_with_spans(text, lowercase=False) or [(text, 0, len(text))] for text in texts]
        self.sizes = np.fromiter(map(len, rows), np.int64, len(rows))
        self.spans: list[Span] = [(start, end) for row in rows for _, start, end in row]
        self._rows = rows
        self._layout: Layout | None = None
        self.links: list[Values] = [np.zeros(len(self.spans)) for _ in range(labels.shape[1])]
        self._occurrences: list[tuple[Block, Occurrences, Values]] = [self._weighed(block) for block in blocks]

    def tokens(self) -> list[Values]:
        """For each place, the whole share of each token; fills ``links``: what n-grams give to a token and its next."""
        weights = []
        for place in range(self.labels.shape[1]):
            total = self.characters(place)
            for block, found, values in self._occurrences:
                if isinstance(block.features, WordFeatures):
                    self._add_ngrams(total, self.links[place], found, self._contributions(block, found, values, place))
            weights.append(total)
        return weights

    def ngrams(self, place: int) -> list[tuple[int, int, float]]:
        """``(first token, tokens, share)`` of each word n-gram."""
        return [
            part
            for block, found, values in self._occurrences
            if isinstance(block.features, WordFeatures)
            for part in zip(
                found.starts.tolist(),
                found.lengths.tolist(),
                self._contributions(block, found, values, place).tolist(),
                strict=True,
            )
        ]

    def characters(self, place: int) -> Values:
        """The share of each token by its character n-grams."""
        total = np.zeros(len(self.spans))
        for block, found, values in self._occurrences:
            if isinstance(block.features, CharacterFeatures):
                total += self._characters_of(found, self._contributions(block, found, values, place))
        return total

    def _weighed(self, block: Block) -> tuple[Block, Occurrences, Values]:
        """The block's occurrences, and the tf-idf value of each (a feature's value, divided by its places)."""
        if isinstance(block.features, WordFeatures):
            lowercase = block.features.lowercase
            tokens = [token.lower() if lowercase else token for row in self._rows for token, _, _ in row]
            found = block.features.of_tokens(tokens, self.sizes)
        else:
            found = block.features.of_texts(self.texts, positions=True)
        counted = block.weigh(found, len(self.texts))
        width = np.int64(max(1, block.idf.size))
        sizes = np.diff(counted.indptr)
        keys = np.repeat(np.arange(sizes.size, dtype=np.int64), sizes) * width + counted.features
        at = np.searchsorted(keys, found.rows.astype(np.int64) * width + found.features)
        return block, found, (counted.values / counted.counts)[at]

    def _contributions(self, block: Block, found: Occurrences, values: Values, place: int) -> Values:
        label = self.labels[found.rows, place]
        weights = block.coefficients[found.features, label].astype(np.float64) - block.means[found.features]
        result: Values = values * weights / self.temperature
        return result

    @staticmethod
    def _add_ngrams(total: Values, links: Values, found: Occurrences, weights: Values) -> None:
        longest = int(found.lengths.max(initial=0))
        for size in range(1, longest + 1):
            is_size = found.lengths == size
            starts, share = found.starts[is_size], weights[is_size] / size
            for offset in range(size):
                total += np.bincount(starts + offset, weights=share, minlength=total.size)
                if offset + 1 < size:
                    links += np.bincount(starts + offset, weights=share, minlength=total.size)

    def _characters_of(self, found: Occurrences, weights: Values) -> Values:
        if self._layout is None:
            self._layout = self._laid_out()
        is_blank, segments = self._layout
        total = np.zeros(is_blank.size)
        longest = int(found.lengths.max(initial=0))
        for size in range(2, longest + 1):
            is_size = found.lengths == size
            starts = found.starts[is_size].astype(np.intp)
            inked = size - is_blank[starts].astype(np.int64) - is_blank[starts + size - 1]
            share = np.bincount(starts, weights=weights[is_size] / np.maximum(inked, 1), minlength=total.size)
            for offset in range(size):
                end = total.size - offset
                total[offset:] += np.where(is_blank[offset:], 0.0, share[:end])
        result: Values = np.add.reduceat(total, segments)
        return result

    def _laid_out(self) -> Layout:
        joined = f" {' '.join(self.texts)} "
        if joined.isascii():
            is_blank = _IS_BLANK_ASCII[np.frombuffer(joined.encode("ascii"), np.uint8)]
        else:
            is_blank = np.isin(np.frombuffer(joined.encode("utf-32-le"), np.uint32), _BLANK_CODES)
        lengths = np.fromiter(map(len, self.texts), np.int64, len(self.texts)) + 1
        text_starts = np.cumsum(lengths) - lengths + 1
        offsets = np.repeat(text_starts, self.sizes)
        starts = np.array([span[0] for span in self.spans], np.int64) + offsets
        ends = np.array([span[1] for span in self.spans], np.int64) + offsets
        blanks = np.flatnonzero(is_blank)
        segments = np.zeros(starts.size, np.intp)
        next_blank = blanks[np.minimum(np.searchsorted(blanks, ends[:-1]), blanks.size - 1)]
        segments[1:] = np.minimum(next_blank, starts[1:])
        return is_blank, segments


_BLANK_CODES = np.array([code for code in range(0x3001) if chr(code).isspace()], np.uint32)
_IS_BLANK_ASCII = np.isin(np.arange(256), _BLANK_CODES)
