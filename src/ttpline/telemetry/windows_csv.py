"""``windows-csv``: tables of Windows events: Event Viewer, PowerShell, Sentinel, EvtxECmd, Defender."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from ttpline.columns.event_batch import EventBatch
from ttpline.errors import TelemetryError
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._lines import head_text
from ttpline.telemetry._rows import Pause, Row, UnreadableRow, rows_of
from ttpline.telemetry._times import UTC_NAME, zone
from ttpline.telemetry._windows import WindowsRows
from ttpline.telemetry._windows.clock import Clock
from ttpline.telemetry._windows.defender import defender_fields, is_creation
from ttpline.telemetry._windows.rows import NO_COMMAND
from ttpline.telemetry._windows.table import Table, TableKind, row_event, table_of

SURE = 0.95
DELIMITERS = ",;\t|"
TYPE_LINE = "#TYPE "
"""``Export-Csv`` of Windows PowerShell writes the .NET type before the header."""

OTHER_WIDTH = "row of more or fewer cells than the header"
NO_FIELDS = "a message or JSON that is not as Windows writes it in English"
BAD_TIME = "time is not a time, or its day and month could be either: the command is kept without it"

REMEDY = "export again with wevtutil or as JSON, which keep the fields apart"


@dataclass(frozen=True, slots=True)
class WindowsCsvReader:
    """Sysmon 1, Security 4688, PowerShell 4103 and 4104, and Defender's process creations, one a row.

    ``record`` counts rows, the header too. ``tz``: the zone of times without one.
    """

    name: str = "windows-csv"
    description: str = "tables of Windows events and of Defender process events"
    tz: str = UTC_NAME

    def __post_init__(self) -> None:
        zone(self.tz)

    def sniff(self, head: bytes) -> float:
        return SURE if _table_in(head_text(head)) is not None else 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        out = _Out(EventRows(self.name, uri, REMEDY), Clock(zone(self.tz)))
        table: Table | None = None
        for row in rows_of(stream, _delimiter):
            if isinstance(row, Pause):
                yield from out.events.full()
                continue
            out.rows.count()
            if table is None:
                if isinstance(row, UnreadableRow) or not _is_preface(row):
                    table = _header(row, uri)
                continue
            if isinstance(row, UnreadableRow):
                out.rows.skip(row.record, row.reason, row.sample.encode(errors="replace"))
            elif row.cells:
                out.add(table, row)
            yield from out.events.full()
        yield from out.events.rest()


def _is_preface(row: Row) -> bool:
    return not row.cells or row.cells[0].startswith(TYPE_LINE)


def _header(row: Row | UnreadableRow, uri: str) -> Table:
    table = None if isinstance(row, UnreadableRow) else table_of(row.cells)
    if table is None:
        raise TelemetryError(
            "its header is of no table of Windows events that is known", where=uri, remedy="read it with --from csv"
        )
    return table


def _table_in(text: str) -> Table | None:
    for line in text.splitlines(keepends=True)[:2]:
        if not line.startswith(TYPE_LINE):
            with suppress(csv.Error):
                return table_of(next(csv.reader([line], delimiter=_delimiter(line), strict=True), []))
            return None
    return None


def _delimiter(first_line: str) -> str:
    return max(DELIMITERS, key=first_line.count)


class _Out:
    """Rows of one table on their way to events."""

    def __init__(self, rows: EventRows, clock: Clock) -> None:
        self.rows = rows
        self.events = WindowsRows(rows)
        self._clock = clock

    def add(self, table: Table, row: Row) -> None:
        if len(row.cells) not in table.widths:
            self.rows.skip(row.record, OTHER_WIDTH, _raw(row))
            return
        if table.kind is TableKind.DEFENDER:
            self._add_defender(table, row)
            return
        event = row_event(table, row.cells, self._clock)
        if event is None:
            self.rows.skip(row.record, NO_FIELDS, _raw(row))
            return
        if event.kind is None:
            return
        if event.time is None and "time" in table.system and row.cells[table.system["time"]].strip():
            self.rows.skip(row.record, BAD_TIME, row.cells[table.system["time"]].encode(errors="replace"))
        event.complete = row.complete
        self.events.add(event, Place(row.record, row.offset, row.length), _raw(row))

    def _add_defender(self, table: Table, row: Row) -> None:
        cells = {name: row.cells[at] for name, at in table.data.items()}
        if not is_creation(cells):
            return
        when = cells.get("timestamp") or cells.get("timegenerated") or cells.get("timegenerated [utc]") or ""
        time = self._clock.time(when)
        if time is None and when.strip():
            self.rows.skip(row.record, BAD_TIME, when.encode(errors="replace"))
        fields = defender_fields(cells, time)
        if fields is None:
            self.rows.skip(row.record, NO_COMMAND, _raw(row))
            return
        place = Place(row.record, row.offset, row.length)
        self.rows.add(place, _raw(row), complete=row.complete, **fields)


def _raw(row: Row) -> bytes:
    """For ids and for samples of what was skipped; the bytes themselves are gone by now."""
    return ",".join(row.cells).encode(errors="surrogatepass")


READER = WindowsCsvReader()
