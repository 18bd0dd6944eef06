"""The bytes of a block of lines: where its strings may begin and end, and its escapes.

Nothing is parsed here. What is said of a line that is no JSON means nothing; a skeleton that fits it proves that it is.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.telemetry._lines import Int64s, LineBlock, places_of
from ttpline.telemetry._regular.quotes import Bytes, Quotes, Words

Mask = npt.NDArray[np.bool_]

WORD = 8
"""Bytes that are compared at once."""

DROPPED, CODED = 1, 3
"""In ``Scan.plain``: a backslash that falls away, and one whose ``\\uXXXX`` is still to be decoded."""

_QUOTE, _SLASH, _SPACE, _CR = b'"\\ \r'
_NO_ESCAPE = 0
_ESCAPED = np.full(256, _NO_ESCAPE, np.uint8)
_ESCAPED[list(b'"\\/bfnrtu')] = list(b'"\\/\b\f\n\r\tu')
_NO_DIGIT = 16
_HEX = np.full(256, _NO_DIGIT, np.uint8)
_HEX[list(b"0123456789abcdefABCDEF")] = [int(digit, 16) for digit in "0123456789abcdefABCDEF"]
_AT_ONCE = 1 << 18
"""Bytes that are looked at with the caches of a core."""

_NONE = np.zeros(0, np.int64)


class Scan:
    """``raw``: the bytes; ``bare``: without the quotes that are text; it may be read up to a word behind its end.
    ``words``: of ``bare``, eight bytes from each place on. ``is_odd``: lines that are no JSON, or hold what columns do
    not. ``escapes``: the backslashes that escape something. ``has_codes``: whether one begins a ``\\u``. ``is_ascii``:
    no text has another character, be it by its number.
    """

    def __init__(self, block: LineBlock) -> None:
        self.block = block
        self.raw: Bytes = np.frombuffer(block.data, np.uint8)
        self.is_odd: Mask = np.zeros(len(block), np.bool_)
        self.is_ascii = True
        self.has_codes = False
        self.escapes = self._others = self._hidden = self._coded = _NONE
        self._escaped: Mask | None = None
        self._cells: dict[bool, pl.Series] = {}
        self._look_at_characters()
        if b"\\" in block.data:
            self._look_at_escapes()
        self.bare: Bytes = np.empty(len(self.raw) + WORD, np.uint8)
        self.bare[: len(self.raw)] = self.raw
        self.bare[len(self.raw) :] = 0
        self.bare[self._hidden] = _SPACE
        self.words: Words = np.ndarray((len(self.raw) + 1,), "<u8", self.bare, strides=(1,))
        self.quotes = Quotes(self.bare[: len(self.raw)])
        self.counts = self.quotes.between(block.starts, block.stops)

    def _look_at_characters(self) -> None:
        signed, block = self.raw.view(np.int8), self.block
        strange = sum(
            np.count_nonzero(signed[at : at + _AT_ONCE] < _SPACE) for at in range(0, len(signed), _AT_ONCE)
        )  # control characters, and the bytes of all that is not ASCII
        if strange == len(block) - 1:  # the line ends
            return
        self.is_ascii = block.data.isascii()
        if not self.is_ascii:
            self._mark_undecodable()
        # JSON has no control characters in a string. Line ends do not count, nor a CR before one.
        is_control = self.raw < _SPACE
        is_control[block.stops[:-1]] = False
        full = block.stops[block.stops > block.starts] - 1
        is_control[full[self.raw[full] == _CR]] = False
        self._mark(np.flatnonzero(is_control))

    def _mark_undecodable(self) -> None:
        data, block = self.block.data, self.block
        try:
            data.decode()
        except UnicodeDecodeError:
            for index, (start, stop) in enumerate(zip(block.starts.tolist(), block.stops.tolist(), strict=True)):
                try:
                    data[start:stop].decode()
                except UnicodeDecodeError:
                    self.is_odd[index] = True

    def _look_at_escapes(self) -> None:
        raw = self.raw
        self.escapes = escapes = _escapes(places_of(_SLASH, raw))
        places = np.minimum(escapes + 1, len(raw) - 1)
        names = raw[places]
        is_other = names != _SLASH
        if not is_other.any():
            return
        escapes, places, names = escapes[is_other], places[is_other], names[is_other]
        self._others = places
        self._mark(escapes[_ESCAPED[names] == _NO_ESCAPE])
        self._hidden = places[names == _QUOTE]
        self._coded = coded = escapes[names == ord("u")]
        if coded.size:
            self.has_codes, self.is_ascii = True, False
            digits = _HEX[raw[np.minimum(coded[:, None] + np.arange(2, 6), len(raw) - 1)]]
            is_surrogate = (digits[:, 0] == 0xD) & (digits[:, 1] >= 8)
            self._mark(coded[(digits == _NO_DIGIT).any(axis=1) | is_surrogate])

    def _mark(self, places: Int64s) -> None:
        if places.size:
            self.is_odd[np.searchsorted(self.block.starts, places, side="right") - 1] = True

    @property
    def escaped_lines(self) -> Mask:
        """Which lines have an escape."""
        if self._escaped is None:
            first = np.searchsorted(self.escapes, np.append(self.block.starts, len(self.raw)))
            self._escaped = np.asarray(first[1:] > first[:-1])
        return self._escaped

    def cell(self, *, is_plain: bool) -> pl.Series:
        """All bytes in one cell, with escapes undone as far as that keeps the places or as they are."""
        is_plain &= bool(self.escapes.size)
        if is_plain not in self._cells:
            data = self._plain() if is_plain else self.raw
            self._cells[is_plain] = pl.Series(data).implode().cast(pl.Binary)
        return self._cells[is_plain]

    def _plain(self) -> Bytes:
        plain = self.raw.copy()
        plain[self.escapes] = DROPPED
        plain[self._others] = _ESCAPED[self.raw[self._others]]
        plain[self._coded] = CODED
        return plain


def _escapes(slashes: Int64s) -> Int64s:
    """Those that are not escaped by the one before: every second of a run.

    >>> _escapes(np.array([3, 7, 8, 9])).tolist()
    [3, 7, 9]
    """
    begins = np.diff(slashes, prepend=-2) != 1
    if not (~begins[1:] & ~begins[:-1]).any():  # none longer than two
        return np.asarray(slashes[begins])
    index = np.arange(len(slashes))
    return np.asarray(slashes[((index - np.maximum.accumulate(np.where(begins, index, 0))) & 1) == 0])
