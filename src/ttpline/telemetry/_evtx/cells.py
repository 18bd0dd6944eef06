"""The values that are used of many events of one form, as columns by their names."""

from codecs import utf_16_le_decode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ttpline.telemetry._evtx.instances import Bools, Int64s, Numbers
from ttpline.telemetry._evtx.values import (
    FILETIME,
    HEX32,
    HEX64,
    INT32,
    NOTHING,
    TEXT,
    UINT16,
    UINT32,
    UINT64,
    Values,
)

HEX = (HEX32, HEX64)

_WIDTHS = {UINT16: 2, INT32: 4, UINT32: 4, HEX32: 4, UINT64: 8, HEX64: 8, FILETIME: 8}


_NUMBERS = tuple(_WIDTHS)

_ASCII_ENDS, _TWO_BYTES_END = 0x80, 0x800
"""From here on a character has two bytes in UTF-8, from here on three."""


class NotRead(Exception):
    """A column is of a type that is not read here."""


class Cells:
    """A column has values of one type, and nothing. Those of text are in ``data``, which is UTF-8.

    ``is_left``: rows that something is wrong with; what columns say of them means nothing. It is known when all columns
    that are wanted were asked for.
    """

    def __init__(self, block: bytes, numbers: Numbers, columns: Mapping[str, tuple[Values, int]], rows: int) -> None:
        self._block, self._numbers, self._columns = block, numbers, columns
        self.is_left: Bools = np.zeros(rows, np.bool_)
        self.data = b""
        self._spans: dict[str, tuple[Int64s, Int64s]] = {}
        self._none: Int64s = np.zeros(rows, np.int64)

    def __len__(self) -> int:
        return len(self.is_left)

    def decode(self, names: Sequence[str]) -> None:
        """Puts those of these columns that are texts into ``data``."""
        names = [name for name in names if self.kind(name) == TEXT]
        if names and not self._decode_all(names):
            self._decode_each(names)

    def kind(self, name: str, allowed: Sequence[int] | None = None) -> int:
        """The type of a column, ``NOTHING`` where nothing is in it."""
        if name not in self._columns:
            return NOTHING
        values, at = self._columns[name]
        kind = values.kinds[at]
        if kind != NOTHING and allowed is not None and kind not in allowed:
            raise NotRead
        return kind

    def spans(self, name: str) -> tuple[Int64s, Int64s]:
        """Where the texts of a decoded column begin and end; nothing is an empty text."""
        if self.kind(name, (TEXT,)) == NOTHING:
            return self._none, self._none
        return self._spans[name]

    def texts(self, name: str) -> list[str]:
        """A decoded column of text; nothing is an empty text."""
        starts, stops = self.spans(name)
        places = zip(starts.tolist(), stops.tolist(), strict=True)
        return [self.data[start:stop].decode() for start, stop in places]

    def few(self, name: str) -> tuple[list[str], Int64s]:
        """The different texts of a column that has few, and which of them each is."""
        if self.kind(name, (TEXT,)) == NOTHING:
            return [""], self._none
        raws, which = self._numbers.different(*self._places(name))
        texts = [_text(raw) for raw in raws]
        if any("\ufffd" in text for text in texts):
            self.is_left |= np.array(["\ufffd" in text for text in texts])[which]
        return texts, which

    def slices(self, name: str) -> list[bytes]:
        """A column as it is."""
        block = self._block
        starts, stops = self._places(name)
        return [block[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]

    def numbers(self, name: str, kind: int) -> "np.ndarray[Any, Any]":
        """A column that has a number of this type in all rows that are not left."""
        if self.kind(name, (kind,)) == NOTHING:
            raise NotRead
        starts, stops = self._places(name)
        self.is_left |= starts == stops
        return self._read(starts, kind)

    def numbers_or_nothing(self, name: str) -> tuple["np.ndarray[Any, Any]", Bools]:
        """A column of numbers, of its own type, and which are there."""
        starts, stops = self._places(name)
        return self._read(starts, self.kind(name, _NUMBERS)), starts != stops

    def _decode_all(self, names: Sequence[str]) -> bool:
        """All of them at once, if each character has two bytes and none is a NUL but a last one, which many texts have;
        else False."""
        block = self._block
        starts = np.array([self._places(name)[0] for name in names])
        stops = np.array([self._places(name)[1] for name in names])
        ends = stops - 2 * ((self._numbers.u2(stops - 2) == 0) & (stops > starts))
        # Texts that stand one behind the other are taken together.
        is_first = np.array([True, *(starts[1:] != stops[:-1]).any(axis=1)])
        begins = np.flatnonzero(is_first)
        run_starts, run_stops = starts[begins], stops[[*(begins[1:] - 1), len(names) - 1]]
        places = zip(run_starts.ravel().tolist(), run_stops.ravel().tolist(), strict=True)
        joined = b"".join([block[start:stop] for start, stop in places])
        shifts = np.cumsum(run_stops - run_starts).reshape(-1, len(self)) - run_stops
        shift = shifts[np.cumsum(is_first) - 1]
        firsts, lasts = (starts + shift) >> 1, (ends + shift) >> 1
        units = np.frombuffer(joined, "<u2")
        if not len(units) or units.max() < _ASCII_ENDS:
            self.data = units.astype(np.uint8).tobytes()
        else:
            try:
                whole = utf_16_le_decode(joined)[0]
            except UnicodeDecodeError:
                return False
            if len(whole) != len(units):
                return False
            self.data = whole.encode()
            at = np.zeros(len(units) + 1, np.int64)
            np.cumsum(1 + (units >= _ASCII_ENDS) + (units >= _TWO_BYTES_END), out=at[1:])
            firsts, lasts = at[firsts], at[lasts]
        if self.data.count(b"\0") != (ends != stops).sum():
            return False
        self._spans = {name: (first, last) for name, first, last in zip(names, firsts, lasts, strict=True)}
        return True

    def _decode_each(self, names: Sequence[str]) -> None:
        """A text ends at a NUL; half a character is nothing that is read here."""
        texts: list[str] = []
        for name in names:
            found = [_text(raw) for raw in self.slices(name)]
            self.is_left |= ["\ufffd" in text for text in found]
            texts += found
        raws = [text.encode() for text in texts]
        self.data = b"".join(raws)
        stops = np.cumsum(np.fromiter(map(len, raws), np.int64, len(raws)))
        starts = np.concatenate(([0], stops[:-1]))
        rows = len(self)
        parts = [slice(at * rows, (at + 1) * rows) for at in range(len(names))]
        self._spans = {name: (starts[part], stops[part]) for name, part in zip(names, parts, strict=True)}

    def _places(self, name: str) -> tuple[Int64s, Int64s]:
        values, at = self._columns[name]
        return values.starts[at], values.stops[at]

    def _read(self, starts: Int64s, kind: int) -> "np.ndarray[Any, Any]":
        reads = {2: self._numbers.u2, 4: self._numbers.u4, 8: self._numbers.u8}
        return reads[_WIDTHS[kind]](starts)


def _text(raw: bytes) -> str:
    return raw.decode("utf-16-le", errors="replace").partition("\0")[0]
