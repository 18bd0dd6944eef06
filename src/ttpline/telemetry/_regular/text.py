"""The bytes of a block of lines, as they are and with their escapes undone."""

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.telemetry._lines import Int64s, LineBlock
from ttpline.telemetry._regular.scan import WORD, Bytes, Mask, Scan


class Text:
    """``raw`` and ``words`` as in ``Scan``; ``is_ascii``: no text has another character, be it by its number."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        padded = data + bytes(WORD)
        self.raw: Bytes = np.frombuffer(padded, np.uint8)[:-WORD]
        self.words: npt.NDArray[np.uint64] = np.ndarray((len(data) + 1,), "<u8", padded, strides=(1,))
        self.has_codes = False
        self._has_others = False
        self._plain = self.raw
        self._escapes: list[Int64s] = []
        self._escaped: Mask | None = None
        self._cells: dict[bool, pl.Series] = {}

    def add(self, scan: Scan, begin: int) -> None:
        """What was found in a part of it, all parts in order."""
        self.has_codes |= scan.has_codes
        self._has_others |= not scan.is_ascii
        if scan.escapes.size:
            if self._plain is self.raw:
                self._plain = self.raw.copy()
            self._plain[begin : begin + len(scan.plain)] = scan.plain
            self._escapes.append(scan.escapes + begin)

    @property
    def is_ascii(self) -> bool:
        return not self.has_codes and not self._has_others

    @property
    def escapes(self) -> Int64s:
        """Places of all backslashes that escape something."""
        if len(self._escapes) > 1:
            self._escapes = [np.concatenate(self._escapes)]
        return self._escapes[0] if self._escapes else np.zeros(0, np.int64)

    def escaped_lines(self, block: LineBlock) -> Mask:
        """Which lines have an escape."""
        if self._escaped is None:
            first = np.searchsorted(self.escapes, np.append(block.starts, len(self._data)))
            self._escaped = np.asarray(first[1:] > first[:-1])
        return self._escaped

    def cell(self, *, is_plain: bool) -> pl.Series:
        """All bytes in one cell, as ``Scan.plain`` has them or as they are."""
        if is_plain not in self._cells:
            data = self._plain.tobytes() if is_plain and self._plain is not self.raw else self._data
            self._cells[is_plain] = pl.Series([data], dtype=pl.Binary)
        return self._cells[is_plain]
