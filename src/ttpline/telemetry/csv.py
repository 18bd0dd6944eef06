"""``csv``: a table with a header and a column that holds the command (RFC 4180, other delimiters too)."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO

from ttpline.columns.event_batch import BATCH_ROWS, EventBatch
from ttpline.domain.raw_text import from_surrogates
from ttpline.domain.skipped import SkippedRecord
from ttpline.errors import TelemetryError, UsageError
from ttpline.telemetry._cells import COMMAND, CellError, cell_value, check_mapping, guess, places
from ttpline.telemetry._lines import BLOCK_BYTES, SAMPLE_BYTES, head_text
from ttpline.telemetry._rows import Pause, Row, RowBatch, UnreadableRow, Value, rows_of
from ttpline.telemetry._times import UTC_NAME, zone

DELIMITERS = ",;\t|"
"""What may stand between cells, the likelier first."""

REMEDY = "quote cells as RFC 4180 says, or give the delimiter and the columns"

SURE = 0.9
"""A header that names the command and other columns."""

HARDLY_SURE = 0.5
"""A header of one word: as likely a list of commands that begins with ``command``, but nothing else would read it."""


@dataclass(frozen=True, slots=True)
class CsvReader:
    """``columns``: event field -> column name, where the header does not tell. ``delimiter``: None looks at the header.

    ``tz``: the zone of times without one.

    Without a ``header`` the columns are called ``1``, ``2``, … and ``columns`` must say which holds the command.
    """

    name: str = "csv"
    description: str = "a table with a column that holds the command"
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    delimiter: str | None = None
    header: bool = True
    tz: str = UTC_NAME

    def __post_init__(self) -> None:
        check_mapping(self.columns)
        zone(self.tz)
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n\0'):
            raise UsageError(f"{self.delimiter!r} cannot stand between cells", remedy="give one character")
        if not self.header and COMMAND not in self.columns:
            raise UsageError("without a header the command's column is not known", remedy="--column command_line=1")

    def sniff(self, head: bytes) -> float:
        names = self._names(head_text(head))
        known = guess(names)
        if self.header and COMMAND in self.columns:
            return SURE if self.columns[COMMAND] in names else 0.0
        if COMMAND not in known:
            return 0.0
        return SURE if len(names) > 1 else HARDLY_SURE

    def _names(self, text: str) -> list[str]:
        """The first row of ``text``, or none where it cannot be parsed."""
        with suppress(csv.Error):
            delimiter = self.delimiter or _delimiter(text)
            return next(csv.reader(text.splitlines(keepends=True)[:1], delimiter=delimiter, strict=True), [])
        return []

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        table = _Table(self, uri)
        for row in rows_of(stream, self._pick_delimiter):
            if isinstance(row, Pause):
                if table.batch.records_read:
                    yield table.flush()
                continue
            table.add(row)
            if table.batch.records_read >= BATCH_ROWS or table.batch.bytes_read >= BLOCK_BYTES:
                yield table.flush()
        if table.batch.records_read:
            yield table.flush()

    def _pick_delimiter(self, first_line: str) -> str:
        return self.delimiter or (_delimiter(first_line) if self.header else DELIMITERS[0])


def _delimiter(text: str) -> str:
    """The delimiter under which the first line names a command; else the one it has most of."""
    line = text.split("\n", 1)[0].rstrip("\r")
    for delimiter in DELIMITERS:
        with suppress(csv.Error):
            names = next(csv.reader([line], delimiter=delimiter, strict=True), [])
            if len(names) > 1 and COMMAND in guess(names):
                return delimiter
    return max(DELIMITERS, key=line.count)


class _Table:
    """Rows becoming batches, once the header is known."""

    def __init__(self, reader: CsvReader, uri: str) -> None:
        self._reader = reader
        self._uri = from_surrogates(uri)
        self._zone = zone(reader.tz)
        self._width = 0
        self._places: dict[str, int] = {}
        self.batch = RowBatch(reader.name, self._uri)

    def flush(self) -> EventBatch:
        batch, self.batch = self.batch, RowBatch(self._reader.name, self._uri)
        return batch.finish()

    def add(self, row: Row | UnreadableRow) -> None:
        self.batch.records_read += 1
        if isinstance(row, UnreadableRow):
            if not self._places and self._reader.header:
                raise TelemetryError(
                    f"the header is unreadable: {row.reason}", where=self._uri, remedy="check the delimiter and quotes"
                )
            self._skip(row.record, row.reason, row.sample)
        elif not row.cells:
            pass  # an empty line, which RFC 4180 writers leave at the end
        elif self._places:
            self._add_row(row)
        else:
            self._read_header(row)

    def _read_header(self, row: Row) -> None:
        header = row.cells if self._reader.header else [str(at + 1) for at in range(len(row.cells))]
        columns = {name: from_surrogates(column) for name, column in self._reader.columns.items()}
        self._places = places(header, columns, self._uri)
        self._width = len(header)
        if not self._reader.header:
            self._places = {name: header.index(column) for name, column in columns.items()}
            self._add_row(row)

    def _add_row(self, row: Row) -> None:
        if len(row.cells) != self._width:
            kind = "more" if len(row.cells) > self._width else "fewer"
            self._skip(row.record, f"row of {kind} cells than the header", "|".join(row.cells))
            return
        command = row.cells[self._places[COMMAND]]
        if not command.strip():
            self._skip(row.record, "the command is empty", "")
            return
        values: dict[str, Value] = {COMMAND: command}
        for name, place in self._places.items():
            if name != COMMAND:
                values[name] = self._value(row.record, name, row.cells[place])
        self.batch.append(row, values)

    def _value(self, record: int, name: str, cell: str) -> Value:
        try:
            return cell_value(name, cell, self._zone)
        except CellError as error:
            self._skip(record, f"{error}: the command is kept without it", cell)
            return None

    def _skip(self, record: int, reason: str, sample: str) -> None:
        shown = sample[:SAMPLE_BYTES]
        self.batch.skipped.add(SkippedRecord(self._uri, record, reason, shown, REMEDY))


READER = CsvReader()
