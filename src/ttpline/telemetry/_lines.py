"""Lines of a stream in blocks, in bounded memory, each with its place in the input.

A line ends with LF; a CR before it belongs to the ending. A mark of UTF-8 at the start is skipped; with a mark of
UTF-16 the lines are decoded (PowerShell's ``>`` writes it) and places still count bytes of the input.
A line of more than ``MAX_LINE_BYTES`` is streamed past and reported with its first bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ttpline.columns.event_batch import BATCH_ROWS
from ttpline.domain.raw_text import decode
from ttpline.telemetry._live import is_live
from ttpline.telemetry._memory import keep_freed_memory

MAX_LINE_BYTES = 1 << 20
"""The longest line that is read: Linux refuses one argument past 128 KiB and all together past 2 MiB by default."""

BLOCK_BYTES = 1 << 22
"""Bytes split at once: enough to amortise Python, little enough that a block of nothing but line ends is bounded."""

_WORD, _FULL = 64, 3
"""Bits that are looked at together; where more than one word in so many has one, all are gone through."""

SAMPLE_BYTES = 200
"""As much of an unreadable record is shown."""

Int64s = npt.NDArray[np.int64]

UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS: dict[bytes, tuple[str, np.dtype[Any]]] = {
    b"\xff\xfe": ("utf-16-le", np.dtype("<u2")),
    b"\xfe\xff": ("utf-16-be", np.dtype(">u2")),
}


@dataclass(slots=True)
class LineBlock:
    """At most ``BATCH_ROWS`` whole lines without their LF, in UTF-8 unless the input was neither that nor UTF-16.

    ``data`` is the lines joined by LF; ``starts`` and ``stops`` say where each is in it. ``offsets`` and ``lengths``:
    bytes of the input, line ending not counted (a CR is still in ``lines``, not in ``lengths``). ``damaged``: lines of
    UTF-16 that had to be repaired. ``terminated``: the last line had its LF.
    """

    first_record: int
    data: bytes
    starts: Int64s
    stops: Int64s
    offsets: Int64s
    lengths: Int64s
    damaged: frozenset[int] = frozenset()
    terminated: bool = True
    _lines: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def lines(self) -> list[bytes]:
        """Cut when they are first asked for: who reads columns does without."""
        if self._lines is None:
            self._lines = self.data.split(b"\n")
        return self._lines

    @property
    def records(self) -> Int64s:
        return np.arange(self.first_record, self.first_record + len(self), dtype=np.int64)


@dataclass(slots=True)
class LongLine:
    """A line past the bound: where it was, how it began."""

    record: int
    offset: int
    length: int
    sample: str


def sample_of(raw: bytes) -> str:
    """The start of an unreadable record, as text."""
    return decode(raw[:SAMPLE_BYTES])


def head_text(head: bytes) -> str:
    """The start of a file as text, by its mark, for sniffing; what does not decode is replaced."""
    mark = _UTF16_MARKS.get(head[:2])
    if mark is not None:
        return head[2:].decode(mark[0], errors="replace")
    return head.removeprefix(UTF8_MARK).decode(errors="replace")


def line_blocks(stream: BinaryIO, *, max_line: int = MAX_LINE_BYTES) -> Iterator[LineBlock | LongLine]:
    """All lines of ``stream`` in order, as blocks and over-long lines."""
    keep_freed_memory()
    return _Splitter(stream, max_line).run()


def places_of(code: int, units: npt.NDArray[Any]) -> Int64s:
    """Where ``units`` has it. Most words of what is asked for have none, and are passed over.

    >>> places_of(ord("b"), np.frombuffer(b"abcb" * 20, np.uint8)).tolist()[-2:]
    [77, 79]
    """
    found = units == code
    words = len(found) // _WORD
    filled = np.flatnonzero(np.packbits(found[: words * _WORD]).view(np.uint64)[:words] != 0)
    if len(filled) * _FULL > words:
        return np.flatnonzero(found)
    inside = np.flatnonzero(found[: words * _WORD].reshape(-1, _WORD)[filled])
    behind = np.flatnonzero(found[words * _WORD :]) + words * _WORD
    return np.concatenate([filled[inside // _WORD] * _WORD + inside % _WORD, behind])


class _Splitter:
    """The state between two reads: what is left over, how far the input and the count of records are."""

    def __init__(self, stream: BinaryIO, max_line: int) -> None:
        self._stream = stream
        self._max_line = max_line
        self._record = 1
        grows = is_live(stream)  # then the first line is not to wait for the second
        head = stream.peek(len(UTF8_MARK)) if is_live(stream) else _fill(stream, len(UTF8_MARK))
        mark = _UTF16_MARKS.get(head[:2])
        self._codec: str | None = mark[0] if mark else None
        self._unit: np.dtype[Any] = mark[1] if mark else np.dtype(np.uint8)
        skip = 2 if mark else len(UTF8_MARK) if head == UTF8_MARK else 0
        self._left = b"" if grows else head[skip:]
        if grows:
            stream.read(skip)
        self._offset = skip  # of the first byte of _left

    def run(self) -> Iterator[LineBlock | LongLine]:
        chunk = b"start"
        while chunk:
            chunk = _fill(self._stream, BLOCK_BYTES)
            if self._codec is None and (end := chunk.rfind(b"\n")) >= 0:
                # Most bytes are copied once: a block is the whole lines of a chunk, and those are not cut out of it.
                data = b"".join((self._left, memoryview(chunk)[:end]))
                ends = np.append(self._line_ends(data), len(data))
                yield from self._whole_lines(data, len(data), ends)
                self._offset += 1
                self._left = chunk[end + 1 :]
                if len(self._left) > self._max_line:
                    yield self._pass_long_line()
                continue
            data = self._left + chunk
            ends = self._line_ends(data)
            cut = (int(ends[-1]) + 1) * self._unit.itemsize if ends.size else 0
            yield from self._whole_lines(data, cut, ends)
            self._left = data[cut:]
            if len(self._left) > self._max_line and chunk:
                yield self._pass_long_line()
        if self._left:
            ends = np.array([-(-len(self._left) // self._unit.itemsize)], dtype=np.int64)
            yield from self._whole_lines(self._left, len(self._left), ends, terminated=False)

    def _line_ends(self, data: bytes) -> Int64s:
        """Places of LF, in code units."""
        width = self._unit.itemsize
        return places_of(0x0A, np.frombuffer(data, dtype=self._unit, count=len(data) // width))

    def _whole_lines(
        self, data: bytes, size: int, ends: Int64s, *, terminated: bool = True
    ) -> Iterator[LineBlock | LongLine]:
        """The lines in the first ``size`` bytes; ``ends`` in code units, the last is ``size`` when it has no LF."""
        if not ends.size:
            return
        width = self._unit.itemsize
        stops = np.minimum(ends * width, size)
        starts = np.concatenate(([0], stops[:-1] + width))
        base = self._offset
        too_long = np.flatnonzero(stops - starts > self._max_line)
        at = 0
        for bad in [*too_long.tolist(), len(stops)]:
            for first in range(at, bad, BATCH_ROWS):
                last = min(first + BATCH_ROWS, bad)
                is_last = last == len(stops)
                yield self._block(data, starts[first:last], stops[first:last], base, terminated or not is_last)
            if bad < len(stops):
                start, stop = int(starts[bad]), int(stops[bad])
                sample = self._decoded(data[start : min(stop, start + SAMPLE_BYTES)])[0]
                yield LongLine(self._record, base + start, stop - start, sample_of(sample))
                self._record += 1
            at = bad + 1
        self._offset = base + size

    def _block(self, data: bytes, starts: Int64s, stops: Int64s, base: int, terminated: bool) -> LineBlock:
        part = data[int(starts[0]) : int(stops[-1])]
        damaged: set[int] = set()
        places = (starts - starts[0], stops - starts[0])
        if self._codec is not None:
            lines = []
            for index, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
                line, is_damaged = self._decoded(data[start:stop])
                lines.append(line)
                if is_damaged:
                    damaged.add(index)
            part = b"\n".join(lines)
            sizes = np.array([len(line) for line in lines], dtype=np.int64)
            ends = np.cumsum(sizes + 1) - 1
            places = (ends - sizes, ends)
        width = self._unit.itemsize
        units = np.frombuffer(data, dtype=self._unit, count=len(data) // width)
        before_end = np.maximum(stops // width - 1, 0)
        with_cr = (units[before_end] == 0x0D) & (stops - starts >= width) if units.size else np.zeros(1, dtype=np.int64)
        lengths = stops - starts - width * with_cr
        block = LineBlock(self._record, part, *places, starts + base, lengths, frozenset(damaged), terminated)
        self._record += len(block)
        return block

    def _decoded(self, raw: bytes) -> tuple[bytes, bool]:
        if self._codec is None:
            return raw, False
        try:
            return raw.decode(self._codec).encode(), False
        except UnicodeDecodeError:
            return raw.decode(self._codec, errors="replace").encode(), True

    def _pass_long_line(self) -> LongLine:
        """Reads on to the end of the line that ``_left`` begins; what follows it is the new ``_left``."""
        width = self._unit.itemsize
        start, sample = self._offset, self._decoded(self._left[:SAMPLE_BYTES])[0]
        length = len(self._left)
        odd = self._left[length - length % width :]
        self._left = b""
        while chunk := _fill(self._stream, BLOCK_BYTES):
            data = odd + chunk
            ends = self._line_ends(data)
            if ends.size:
                stop = int(ends[0]) * width
                length += stop - len(odd)
                self._left = data[stop + width :]
                break
            length += len(chunk)
            odd = data[len(data) - len(data) % width :]
        self._offset = start + length + width
        record, self._record = self._record, self._record + 1
        return LongLine(record, start, length, sample_of(sample))


def _fill(stream: BinaryIO, size: int) -> bytes:
    """``size`` bytes, or what there is before the end, however little the stream gives at once."""
    first = stream.read(size)
    if len(first) == size or not first or is_live(stream):
        return first
    parts, total = [first], len(first)
    while total < size and (piece := stream.read(size - total)):
        parts.append(piece)
        total += len(piece)
    return b"".join(parts)
