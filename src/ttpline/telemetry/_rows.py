"""Rows of a CSV file, each with its lines' place, in bounded memory; one stray quote costs one line, not the file."""

import csv
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, NamedTuple
from zlib import crc32

import numpy as np
import polars as pl

from ttpline.columns.event_batch import EventBatch, event_frame
from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode
from ttpline.domain.skipped import SkipCounter
from ttpline.telemetry._columns import event_ids, source_series
from ttpline.telemetry._lines import MAX_LINE_BYTES, LongLine, line_blocks, sample_of
from ttpline.telemetry._live import flushes

MAX_ROW_BYTES = MAX_LINE_BYTES
"""The longest row, line breaks in its cells included."""

Value = str | int | bool | datetime | None

_REASONS = (
    ("unexpected end", "a quote is opened and not closed within the longest row"),
    ("expected after", "a quote inside a quoted cell is not doubled"),
    ("new-line character", "a bare carriage return in an unquoted cell"),
    ("field larger", f"row of more than {MAX_ROW_BYTES} bytes"),
)


class _Line(NamedTuple):
    raw: bytes
    offset: int
    length: int
    terminated: bool
    damaged: bool


class Row(NamedTuple):
    """``record`` counts rows from 1, the header and empty lines too. ``complete``: no line had to be repaired."""

    record: int
    cells: list[str]
    offset: int
    length: int
    crc: int
    complete: bool


class Pause(NamedTuple):
    """Nothing more of a growing input is there; what was read so far is waited for."""


class UnreadableRow(NamedTuple):
    record: int
    reason: str
    sample: str


class _OpenRowError(Exception):
    """A row that grew past the bound while a quote was open."""


class _PauseError(Exception):
    """No more lines of a growing input for now, where a row should begin."""


class _LongLineError(Exception):
    """A line past the bound where a row should begin."""

    def __init__(self, line: LongLine) -> None:
        self.line = line
        super().__init__(line.record)


class _Feed:
    """Lines for ``csv.reader``, which asks for another one while a quote is open; ``used``: those of this row."""

    def __init__(self, stream: BinaryIO) -> None:
        self._items = _physical_lines(stream)
        self._waiting: deque[_Line | LongLine | None] = deque()
        self.used: list[_Line] = []
        self._used_bytes = 0

    def first_line(self) -> str:
        """What the first line says; it stays to be read."""
        item = next(self._items, None)
        if item is not None:
            self._waiting.append(item)
        return decode(item.raw) if isinstance(item, _Line) else ""

    def give_up_row(self) -> None:
        """All lines of the row but the first are to be read again."""
        self._waiting.extendleft(reversed(self.used[1:]))

    def start_row(self) -> None:
        self.used, self._used_bytes = [], 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        item = self._waiting.popleft() if self._waiting else next(self._items)
        while item is None:
            if not self.used:
                raise _PauseError
            item = next(self._items)  # a row is open: it ends in what is still to come
        if isinstance(item, LongLine):
            if not self.used:
                raise _LongLineError(item)
            self._waiting.appendleft(item)
            raise _OpenRowError
        raw = item.raw
        self._used_bytes += len(raw) + 1
        if self._used_bytes > MAX_ROW_BYTES + 1:
            self._waiting.appendleft(item)
            raise _OpenRowError
        self.used.append(item)
        text = raw.decode("ascii") if raw.isascii() else decode(raw)
        return f"{text}\n" if item.terminated else text


def _physical_lines(stream: BinaryIO) -> Iterator[_Line | LongLine | None]:
    """None where a growing input has no more for now."""
    for block in line_blocks(stream):
        if isinstance(block, LongLine):
            yield block
            continue
        last = len(block.lines) - 1
        places = zip(block.lines, block.offsets.tolist(), block.lengths.tolist(), strict=True)
        for index, (raw, offset, length) in enumerate(places):
            yield _Line(raw, offset, length, index < last or block.terminated, index in block.damaged)
        if flushes():
            yield None


def rows_of(stream: BinaryIO, pick_delimiter: Callable[[str], str]) -> Iterator[Row | UnreadableRow | Pause]:
    """The rows of ``stream``; ``pick_delimiter`` gets the first line.

    Where the quotes of a row make no sense, its first line is unreadable and reading goes on with the next line. Each
    line is looked at no more than twice: one that leaves an open quote open does not open one itself.
    """
    # A limit of the whole process; it is only ever raised, and rows are bounded here.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW_BYTES))
    feed = _Feed(stream)
    delimiter = pick_delimiter(feed.first_line())
    parser = csv.reader(feed, delimiter=delimiter, strict=True)
    record = 0
    while True:
        record += 1
        feed.start_row()
        try:
            yield _row(record, next(parser), feed.used)
        except StopIteration:
            return
        except _PauseError:
            record -= 1
            yield Pause()
        except _LongLineError as error:
            yield UnreadableRow(record, f"row of more than {MAX_ROW_BYTES} bytes", error.line.sample)
        except (csv.Error, _OpenRowError) as error:
            # A row that cannot be closed within the bound was opened by a stray quote, or is too long as a whole.
            text = str(error) if isinstance(error, csv.Error) else "unexpected end"
            yield UnreadableRow(record, _reason(text), sample_of(feed.used[0].raw))
            feed.give_up_row()
            parser = csv.reader(feed, delimiter=delimiter, strict=True)


def _reason(text: str) -> str:
    return next((reason for mark, reason in _REASONS if mark in text), "not a CSV row")


def _row(record: int, cells: list[str], lines: list[_Line]) -> Row:
    first, last = lines[0], lines[-1]
    if len(lines) == 1:
        return Row(record, cells, first.offset, first.length, crc32(first.raw), not first.damaged)
    crc = 0
    for index, line in enumerate(lines):
        crc = crc32(line.raw, crc32(b"\n", crc) if index else 0)
    complete = not any(line.damaged for line in lines)
    return Row(record, cells, first.offset, last.offset + last.length - first.offset, crc, complete)


@dataclass(slots=True)
class RowBatch:
    """Events under way to being an ``EventBatch``."""

    format: str
    uri: str
    records_read: int = 0
    bytes_read: int = 0
    skipped: SkipCounter = field(default_factory=SkipCounter)
    _places: list[tuple[int, int, int, int, bool]] = field(default_factory=list)
    _values: dict[str, list[Value]] = field(default_factory=dict)

    def append(self, row: Row, values: Mapping[str, Value]) -> None:
        """``values`` has the same fields for every row of a batch."""
        self.bytes_read += row.length
        self._places.append((row.record, row.offset, row.length, row.crc, row.complete))
        for name, value in values.items():
            self._values.setdefault(name, []).append(value)

    def finish(self) -> EventBatch:
        rows = len(self._places)
        places = np.array(self._places, dtype=np.int64).reshape(rows, 5)
        records, offsets, lengths, crcs, complete = places.T
        frame = event_frame(
            {
                **self._values,
                "event_id": event_ids(records, crcs),
                "origin": pl.Series([Origin.INPUT.value]).new_from_index(0, rows),
                "complete": pl.Series(complete == 1),
                "source": source_series(self.format, self.uri, records, offsets, lengths),
            },
            rows,
        )
        return EventBatch(frame, self.skipped, self.records_read)
