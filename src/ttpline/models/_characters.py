"""Character n-grams within words of many commands at once, as scikit-learn's ``char_wb`` analyser counts them.

A word is what stands between blanks, with one blank put at either end. An n-gram is then a window of n characters
that has no blank inside it, only perhaps as its first or last character.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ttpline.models._lookup import KeyTable
from ttpline.models._words import Indices, Occurrences

if TYPE_CHECKING:
    import polars as pl

Codes = npt.NDArray[np.uint8]

LONGEST_NGRAM = 8
"""Characters of an ASCII n-gram fit into one 64-bit key."""

_BLANK = 0x20
_AS_BLANK = np.arange(256, dtype=np.uint8)
_AS_BLANK[[9, 10, 11, 12, 13, 28, 29, 30, 31]] = _BLANK  # what str.split() takes as blank in ASCII


class CharacterFeatures:
    """The vocabulary of character n-grams, numbered from 0 in the order given."""

    def __init__(self, vocabulary: Sequence[str], shortest: int, longest: int, *, lowercase: bool) -> None:
        self.vocabulary = vocabulary
        self.shortest = shortest
        self.longest = longest
        self.lowercase = lowercase
        self._feature_of = {ngram: index for index, ngram in enumerate(vocabulary)}
        self._tables: dict[int, tuple[KeyTable, Indices]] | None = None

    def features_of(self, text: str) -> list[int]:
        """The known features of one text, repeated as often as they occur, in no particular order."""
        get = self._feature_of.get
        found = [get(ngram) for _, _, ngram in self._windows(text)]
        return [feature for feature in found if feature is not None]

    def of_column(self, texts: "pl.Series") -> Occurrences:
        """The occurrences in ``texts`` without positions."""
        return self.of_texts(texts.to_list())

    def of_texts(self, texts: Sequence[str], *, positions: bool = False) -> Occurrences:
        """The occurrences in ``texts``. Positions count the characters of ``" ".join(["", *texts, ""])``."""
        if all(map(str.isascii, texts)):
            return self._of_ascii(texts, positions)
        fast = self._of_ascii([text if text.isascii() else " " * len(text) for text in texts], positions)
        slow: list[tuple[int, int, int, int]] = []
        offset = 1
        for row, text in enumerate(texts):
            for start, size, ngram in () if text.isascii() else self._windows(text):
                feature = self._feature_of.get(ngram)
                if feature is not None:
                    slow.append((row, feature, offset + start, size))
            offset += len(text) + 1
        columns = np.array(slow, np.int32).reshape(-1, 4).T
        rows, features, starts, lengths = columns
        return Occurrences(
            np.concatenate([fast.rows, rows]),
            np.concatenate([fast.features, features]),
            np.concatenate([fast.starts, starts]) if positions else fast.starts,
            np.concatenate([fast.lengths, lengths]) if positions else fast.lengths,
        )

    def _windows(self, text: str) -> list[tuple[int, int, str]]:
        """``(start, characters, n-gram)`` of every window of ``text``; the blank before a word is at its start - 1.

        Where lower-casing makes a word longer (İ), the last windows are placed at the word's end.
        """
        found = []
        at = 0
        for word in text.split():
            at = text.index(word, at)
            padded = f" {word} "
            width = len(padded)
            if self.lowercase:
                padded = padded.lower()
            for size in range(self.shortest, self.longest + 1):
                covered = min(size, width)
                for start in range(max(1, len(padded) - size + 1)):
                    place = at - 1 + min(start, width - covered)
                    found.append((place, covered, padded[start : start + size]))
                if size >= len(padded):  # a short word counts once
                    break
            at += len(word)
        return found

    def _of_ascii(self, texts: Sequence[str], positions: bool) -> Occurrences:
        joined = f" {' '.join(texts)} "
        raw = (joined.lower() if self.lowercase else joined).encode("ascii")
        codes = _AS_BLANK[np.frombuffer(raw, np.uint8)]
        lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
        row_of = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
        row_of = np.append(row_of, np.int32(max(0, len(texts) - 1)))  # the blank before a text is its first character
        found = [
            (row_of[start], feature, start if positions else start[:0], size if positions else size[:0])
            for start, feature, size in self._found(codes)
        ]
        empty = np.empty(0, np.int32)
        columns = zip(*found, (empty,) * 4, strict=True) if not found else zip(*found, strict=True)
        return Occurrences(*(np.concatenate(column) for column in columns))

    def _found(self, codes: Codes) -> list[tuple[Indices, Indices, Indices]]:
        """``(starts, features, sizes)`` for each length of n-gram."""
        is_blank = codes == _BLANK
        windows = codes.astype(np.uint64)
        is_open = np.ones(codes.size, np.bool_)  # no blank inside, so far
        tables = self._tables_ready()
        found = self._short_words(codes, self.shortest)
        for size in range(2, self.longest + 1):
            count = codes.size - size + 1
            if count <= 0:
                break
            if size > 2:
                is_open = is_open[:count] & ~is_blank[size - 2 : size - 2 + count]
            windows = windows[:count] | (codes[size - 1 :].astype(np.uint64) << np.uint64(8 * (size - 1)))
            is_ngram = is_open[:count]
            if size == 2:
                is_ngram = is_ngram & ~(is_blank[:count] & is_blank[1 : 1 + count])
            if size >= self.shortest and size in tables:
                starts = np.flatnonzero(is_ngram).astype(np.int32)
                found.append(self._known(starts, windows[starts], size))
        return found

    def _short_words(self, codes: Codes, shortest: int) -> list[tuple[Indices, Indices, Indices]]:
        """Padded words of fewer than ``shortest`` characters."""
        blanks = np.flatnonzero(codes == _BLANK).astype(np.int32)
        gaps = np.diff(blanks) + 1
        found = []
        for size in range(3, shortest):
            if size in self._tables_ready():
                starts = blanks[:-1][gaps == size]
                keys = np.zeros(starts.size, np.uint64)
                for offset in range(size):
                    keys |= codes[starts + offset].astype(np.uint64) << np.uint64(8 * offset)
                found.append(self._known(starts, keys, size))
        return found

    def _known(self, starts: Indices, keys: npt.NDArray[np.uint64], size: int) -> tuple[Indices, Indices, Indices]:
        table, feature_of = self._tables_ready()[size]
        places = table.find(keys)
        is_known = places >= 0
        known = starts[is_known]
        return known, feature_of[places[is_known]], np.full(known.size, size, np.int32)

    def _tables_ready(self) -> dict[int, tuple[KeyTable, Indices]]:
        if self._tables is None:
            by_size: dict[int, list[int]] = {}
            for index, ngram in enumerate(self.vocabulary):
                if ngram.isascii():
                    by_size.setdefault(len(ngram), []).append(index)
            self._tables = {
                size: (
                    KeyTable(np.array([_key(self.vocabulary[index]) for index in indices], np.uint64)),
                    np.array(indices, np.int32),
                )
                for size, indices in by_size.items()
            }
        return self._tables


def _key(ngram: str) -> int:
    return int.from_bytes(ngram.encode("ascii"), "little")
