"""The shares that the tokens of texts have in the logits of a linear model, as ``_linear_evidence.py`` defines them."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ttpline.commands.tokens import TOKEN_PATTERN
from ttpline.models._block import Block, Counted, Values
from ttpline.models._characters import CharacterFeatures
from ttpline.models._lookup import KeyTable
from ttpline.models._words import Occurrences, WordFeatures
from ttpline.models.base import LabelIndices

Places = npt.NDArray[np.int64]

_TOKENS = re.compile(TOKEN_PATTERN).finditer


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of many texts, one text after the other; a text without any is one token, so that its characters have
    somewhere to go. ``starts`` and ``ends`` count characters of the token's own text, ``texts[row_of[i]]``."""

    joined: str
    """``" ".join(["", *texts, ""])``; no token holds a blank, so one search finds those of all texts."""
    row_of: Places
    starts: Places
    ends: Places
    offsets: Places
    """Where the token's text begins in ``joined``."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Tokens":
        joined = f" {' '.join(texts)} "
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        begins = np.cumsum(lengths + 1) - lengths
        spans = [match.span() for match in _TOKENS(joined)]
        both = np.fromiter(itertools.chain.from_iterable(spans), np.int64, 2 * len(spans)).reshape(-1, 2)
        starts, ends = both[:, 0], both[:, 1]
        row_of = np.searchsorted(begins, starts, side="right") - 1
        without = np.flatnonzero(np.bincount(row_of, minlength=len(texts)) == 0)
        if without.size:
            order = np.argsort(np.concatenate([row_of, without]), kind="stable")
            row_of = np.concatenate([row_of, without])[order]
            starts = np.concatenate([starts, begins[without]])[order]
            ends = np.concatenate([ends, (begins + lengths)[without]])[order]
        offsets = begins[row_of]
        return cls(joined, row_of, starts - offsets, ends - offsets, offsets)

    def texts(self) -> list[str]:
        """The tokens as they are written."""
        starts, ends = (self.offsets + self.starts).tolist(), (self.offsets + self.ends).tolist()
        return [self.joined[start:end] for start, end in zip(starts, ends, strict=True)]


class Shares:
    """The shares of all tokens of many texts, for the labels of each text: row ``place`` of an array is for the labels
    ``labels[:, place]``.

    ``weighed`` is what the blocks found in the texts (with positions) and how they weigh it, where that is known.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        temperature: float,
        texts: Sequence[str],
        labels: LabelIndices,
        weighed: Sequence[tuple[Occurrences, Counted]] | None = None,
    ) -> None:
        self.tokens = Tokens.of(texts)
        self._temperature = temperature
        self._labels = labels
        self._owners = _Owners(self.tokens)
        found = [self._weighed(block, texts) for block in blocks] if weighed is None else weighed
        self._blocks = [
            (block, one, _value_of_each(block, one, counted))
            for block, (one, counted) in zip(blocks, found, strict=True)
        ]

    def whole(self) -> tuple[Values, Values]:
        """The whole share of each token, and what n-grams give to it and its next one: ``[places, tokens]``."""
        total = self.characters()
        links = np.zeros_like(total)
        for place, (of_tokens, of_links) in enumerate(zip(total, links, strict=True)):
            for block, found, values in self._blocks:
                if isinstance(block.features, WordFeatures):
                    _add_ngrams(of_tokens, of_links, found, self._contributions(block, found, values, place))
        return total, links

    def ngrams(self, place: int) -> list[tuple[int, int, float]]:
        """``(first token, tokens, share)`` of each word n-gram."""
        return [
            part
            for block, found, values in self._blocks
            if isinstance(block.features, WordFeatures)
            for part in zip(
                found.starts.tolist(),
                found.lengths.tolist(),
                self._contributions(block, found, values, place).tolist(),
                strict=True,
            )
        ]

    def characters(self) -> Values:
        """The share of each token by its character n-grams, ``[places, tokens]``."""
        total = np.zeros((self._labels.shape[1], self.tokens.row_of.size))
        for block, found, values in self._blocks:
            if isinstance(block.features, CharacterFeatures):
                spread = _Spread.of(found, self._owners)
                for place, of_tokens in enumerate(total):
                    spread.add(of_tokens, self._contributions(block, found, values, place))
        return total

    def _weighed(self, block: Block, texts: Sequence[str]) -> tuple[Occurrences, Counted]:
        if isinstance(block.features, WordFeatures):
            words = self.tokens.texts()
            tokens = [word.lower() for word in words] if block.features.lowercase else words
            found = block.features.of_tokens(tokens, np.bincount(self.tokens.row_of, minlength=len(texts)))
        else:
            found = block.features.of_texts(texts, positions=True)
        return found, block.weigh(found, len(texts))

    def _contributions(self, block: Block, found: Occurrences, values: Values, place: int) -> Values:
        label = self._labels[found.rows, place]
        weights = block.coefficients[found.features, label].astype(np.float64) - block.means[found.features]
        result: Values = values * weights / self._temperature
        return result


def _value_of_each(block: Block, found: Occurrences, counted: Counted) -> Values:
    """The tf-idf value of each occurrence: its feature's value, divided by its places."""
    values: Values = block.idf[found.features] / counted.scale[found.rows]
    repeated = np.flatnonzero(counted.counts > 1)
    if repeated.size:
        width = np.uint64(max(1, block.idf.size))
        rows = (np.searchsorted(counted.indptr, repeated, side="right") - 1).astype(np.uint64)
        table = KeyTable(rows * width + counted.features[repeated].astype(np.uint64))
        places = table.find(found.rows.astype(np.uint64) * width + found.features.astype(np.uint64))
        is_repeated = places >= 0
        at = repeated[places[is_repeated]]
        values[is_repeated] = counted.values[at] / counted.counts[at]
    return values


def _add_ngrams(total: Values, links: Values, found: Occurrences, weights: Values) -> None:
    longest = int(found.lengths.max(initial=0))
    for size in range(1, longest + 1):
        is_size = found.lengths == size
        starts, share = found.starts[is_size], weights[is_size] / size
        for offset in range(size):
            total += np.bincount(starts + offset, weights=share, minlength=total.size)
            if offset + 1 < size:
                links += np.bincount(starts + offset, weights=share, minlength=total.size)


class _Owners:
    """For each character of the joined texts whether it is blank, and the token that its shares go to."""

    def __init__(self, tokens: Tokens) -> None:
        joined = tokens.joined
        if joined.isascii():
            self.is_blank = _IS_BLANK_ASCII[np.frombuffer(joined.encode("ascii"), np.uint8)]
        else:
            self.is_blank = np.isin(np.frombuffer(joined.encode("utf-32-le"), np.uint32), _BLANK_CODES)
        starts, ends = tokens.starts + tokens.offsets, tokens.ends + tokens.offsets
        blanks = np.flatnonzero(self.is_blank)
        next_blank = blanks[np.minimum(np.searchsorted(blanks, ends[:-1]), blanks.size - 1)]
        begins = np.zeros(self.is_blank.size, np.int64)
        begins[np.minimum(next_blank, starts[1:])] = 1
        self.token = np.cumsum(begins)


@dataclass(frozen=True, slots=True)
class _Spread:
    """Where the shares of character n-grams go: those of ``whole`` to one token, the others to one each character."""

    whole: Places
    owners: Places
    cut: Places
    """The n-grams that reach over several tokens, one entry a character,"""
    cut_owners: Places
    cut_parts: Values
    """and which part of the share goes there."""

    @classmethod
    def of(cls, found: Occurrences, owners: _Owners) -> "_Spread":
        starts = found.starts.astype(np.int64)
        lasts = starts + found.lengths - 1
        first = owners.token[starts + owners.is_blank[starts]]
        last = owners.token[lasts - owners.is_blank[lasts]]
        whole, cut = np.flatnonzero(first == last), np.flatnonzero(first != last)
        sizes = found.lengths[cut].astype(np.int64)
        each = np.repeat(cut, sizes)
        at = starts[each] + np.arange(each.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        is_inked = ~owners.is_blank[at]
        each, at = each[is_inked], at[is_inked]
        inked = np.bincount(each, minlength=starts.size)
        return cls(whole, first[whole], each, owners.token[at], 1.0 / inked[each])

    def add(self, total: Values, weights: Values) -> None:
        total += np.bincount(self.owners, weights=weights[self.whole], minlength=total.size)
        total += np.bincount(self.cut_owners, weights=weights[self.cut] * self.cut_parts, minlength=total.size)


_BLANK_CODES = np.array([code for code in range(0x3001) if chr(code).isspace()], np.uint32)
_IS_BLANK_ASCII = np.isin(np.arange(256), _BLANK_CODES)
