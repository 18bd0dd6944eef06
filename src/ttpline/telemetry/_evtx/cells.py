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


class NotRead(Exception):
    """A column is of a type that is not read here."""


class Cells:
    """A column has values of one type, and nothing.

    ``is_left``: rows that something is wrong with; what columns say of them means nothing. It is known when all columns
    that are wanted were asked for.
    """

    def __init__(self, block: bytes, numbers: Numbers, columns: Mapping[str, tuple[Values, int]], rows: int) -> None:
        self._block, self._numbers, self._columns = block, numbers, columns
        self.is_left: Bools = np.zeros(rows, np.bool_)
        self._texts = self._decoded([name for name, (values, at) in columns.items() if values.kinds[at] == TEXT])

    def __len__(self) -> int:
        return len(self.is_left)

    def kind(self, name: str, allowed: Sequence[int]) -> int:
        """The type of a column, ``NOTHING`` where nothing is in it."""
        if name not in self._columns:
            return NOTHING
        values, at = self._columns[name]
        kind = values.kinds[at]
        if kind != NOTHING and kind not in allowed:
            raise NotRead
        return kind

    def texts(self, name: str) -> list[str]:
        """A column of text; nothing is an empty text."""
        if self.kind(name, (TEXT,)) == NOTHING:
            return [""] * len(self)
        return self._texts[name]

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

    def numbers_or_nothing(self, name: str) -> list[int | None]:
        """A column of numbers, of its own type."""
        starts, stops = self._places(name)
        found: list[int | None] = self._read(starts, self.kind(name, _NUMBERS)).tolist()
        is_nothing = starts == stops
        if is_nothing.any():
            return [None if nothing else value for value, nothing in zip(found, is_nothing.tolist(), strict=True)]
        return found

    def _decoded(self, names: list[str]) -> dict[str, list[str]]:
        """The columns of text. All of them at once where each character has two bytes and none is a NUL but a last one,
        which many texts have."""
        if not names:
            return {}
        rows, block = len(self), self._block
        starts = np.array([self._places(name)[0] for name in names])
        stops = np.array([self._places(name)[1] for name in names])
        has_end = (self._numbers.u2(stops - 2) == 0) & (stops > starts)
        # Texts that stand one behind the other are taken together.
        is_first = np.array([True, *(starts[1:] != stops[:-1]).any(axis=1)])
        begins = np.flatnonzero(is_first)
        run_starts, run_stops = starts[begins], stops[[*(begins[1:] - 1), len(names) - 1]]
        places = zip(run_starts.ravel().tolist(), run_stops.ravel().tolist(), strict=True)
        joined = b"".join([block[start:stop] for start, stop in places])
        try:
            whole = utf_16_le_decode(joined)[0]
        except UnicodeDecodeError:
            whole = ""
        if 2 * len(whole) != len(joined) or whole.count("\0") != has_end.sum():
            return {name: self._one_by_one(name) for name in names}
        shifts = np.cumsum(run_stops - run_starts).reshape(-1, rows) - run_stops
        shift = shifts[np.cumsum(is_first) - 1]
        firsts, lasts = (starts + shift) >> 1, (stops - 2 * has_end + shift) >> 1
        return {
            name: [whole[start:stop] for start, stop in zip(first, last, strict=True)]
            for name, first, last in zip(names, firsts.tolist(), lasts.tolist(), strict=True)
        }

    def _one_by_one(self, name: str) -> list[str]:
        """A text ends at a NUL; half a character is nothing that is read here."""
        found = [raw.decode("utf-16-le", errors="replace").partition("\0")[0] for raw in self.slices(name)]
        self.is_left |= ["\ufffd" in text for text in found]
        return found

    def _places(self, name: str) -> tuple[Int64s, Int64s]:
        values, at = self._columns[name]
        return values.starts[at], values.stops[at]

    def _read(self, starts: Int64s, kind: int) -> "np.ndarray[Any, Any]":
        reads = {2: self._numbers.u2, 4: self._numbers.u4, 8: self._numbers.u8}
        return reads[_WIDTHS[kind]](starts)
