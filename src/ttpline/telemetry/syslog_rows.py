"""``syslog-rows``: syslog as rows of JSON or CSV: Sentinel's ``Syslog`` table, Fluentd, Vector, rsyslog, syslog-ng."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, BinaryIO

from ttpline.columns.event_batch import EventBatch
from ttpline.errors import TelemetryError
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import text
from ttpline.telemetry._lines import head_text
from ttpline.telemetry._peekable import Peekable
from ttpline.telemetry._rows import Pause, Row, UnreadableRow, rows_of
from ttpline.telemetry._syslog.row_forms import SENTINEL_MESSAGE, SURE, row_of, sureness
from ttpline.telemetry._syslog.rows import SaidRows
from ttpline.telemetry._syslog.sysmon import UnreadableEventError, creation_fields, is_sysmon
from ttpline.telemetry._times import UTC_NAME, epoch, zone
from ttpline.telemetry._windows.clock import Clock
from ttpline.telemetry.auoms import is_row, row_fields

OTHER_WIDTH = "row of more or fewer cells than the header"
REMEDY = "export the table again as JSON"
HEAD_BYTES = 1 << 16
_DELIMITERS = ",;\t|"
_OTHERS_SURE = 0.6


class _Rows:
    """Rows in order, becoming events; ``rows`` and batches are those of a JSON format's ``opened``."""

    def __init__(self, rows: EventRows, clock: Clock) -> None:
        self.rows = rows
        self._said = SaidRows(rows)
        self._clock = clock

    def add(self, record: dict[str, Any], raw: bytes, place: Place) -> None:
        """A row, whatever its message is about. One that was cut waits for nothing, and those before it are whole."""
        is_cut = not getattr(self.rows, "is_whole", True)
        if is_cut:
            self._end_whole()
        message = record.get(SENTINEL_MESSAGE)
        if isinstance(message, str) and is_row(record):
            self._give(row_fields(message, text(record.get("HostName")) or text(record.get("Computer"))), raw, place)
        elif isinstance(message, str) and is_sysmon(message.encode(errors="replace")):
            self._sysmon(message, record, raw, place)
        elif (row := row_of(record, self._time)) is None or not self._said.message(
            row.message, place, raw, row.context
        ):
            self._said.passed()
        if is_cut:
            self._said.end()

    def _end_whole(self) -> None:
        self.rows.is_whole = True  # type: ignore[attr-defined]
        self._said.end()
        self.rows.is_whole = False  # type: ignore[attr-defined]

    def _sysmon(self, message: str, record: dict[str, Any], raw: bytes, place: Place) -> None:
        try:
            fields = creation_fields(message[message.index("<Event") :])
        except UnreadableEventError as error:
            raise UnreadableRecordError(str(error)) from error
        if fields is not None:
            fields["host"] = fields["host"] or text(record.get("Computer"))
        self._give(fields, raw, place)

    def _give(self, fields: dict[str, Any] | None, raw: bytes, place: Place) -> None:
        if fields is not None:
            self._said.row(place, raw, fields)

    def _time(self, written: Any) -> int | None:
        return self._clock.time(written) if isinstance(written, str) and not written.isdecimal() else epoch(written)

    def full(self) -> Iterator[EventBatch]:
        return self.rows.full()

    def rest(self) -> Iterator[EventBatch]:
        self._said.end()
        yield from self.rows.rest()


@dataclass(frozen=True, slots=True)
class _Shape:
    """``is_alone``: nobody else can have its rows of auoms and Sysmon, as in an array; else they are left to those."""

    is_alone: bool
    zone: tzinfo

    record = dict[str, Any]
    mark = b"essage"
    command_marks = ()

    def is_own(self, raw: bytes) -> bool:
        return b"essage" in raw or b'"msg"' in raw or b'"MESSAGE"' in raw

    def sniff(self, record: dict[str, Any]) -> float:
        message = record.get(SENTINEL_MESSAGE)
        if isinstance(message, str) and (is_row(record) or is_sysmon(message.encode(errors="replace"))):
            return _OTHERS_SURE if self.is_alone else 0.0
        return sureness(record)

    def opened(self, rows: EventRows) -> _Rows:
        return _Rows(rows, Clock(self.zone))

    def add(self, record: dict[str, Any], raw: bytes, place: Place, rows: _Rows) -> None:
        if not self.sniff(record):
            raise WrappedError
        rows.add(record, raw, place)


@dataclass(frozen=True, slots=True)
class SyslogRowsReader:
    """The messages of ``telemetry/_syslog/messages.py``. ``tz``: the zone of times without one."""

    name: str = "syslog-rows"
    description: str = "syslog as rows of JSON or CSV: Sentinel's Syslog table, Fluentd, Vector, rsyslog, syslog-ng"
    tz: str = UTC_NAME

    def __post_init__(self) -> None:
        zone(self.tz)

    def sniff(self, head: bytes) -> float:
        start = head_text(head)
        if _is_json(start):
            return self._json(is_alone=not _is_object(start)).sniff(head)
        return SURE if _is_header(_first_row(start)) else 0.0

    def claims_line(self, line: bytes) -> float:
        return self._json(is_alone=False).claims_line(line)

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        again: Any = stream if hasattr(stream, "peek") else Peekable(stream)
        start = head_text(again.peek(HEAD_BYTES))
        if _is_json(start) or not _is_header(_first_row(start)):
            yield from self._json(is_alone=not _is_object(start)).read(again, uri)
        else:
            yield from _csv(again, EventRows(self.name, uri, REMEDY), Clock(zone(self.tz)))

    def _json(self, *, is_alone: bool) -> JsonReader:
        return JsonReader(self.name, self.description, _Shape(is_alone, zone(self.tz)))


def _is_json(start: str) -> bool:
    return start.lstrip("\0 \t\r\n").startswith(("{", "["))


def _is_object(start: str) -> bool:
    return start.lstrip("\0 \t\r\n").startswith("{")


def _first_row(start: str) -> list[str]:
    with suppress(csv.Error):
        line = start.split("\n", 1)[0]
        return next(csv.reader([line], delimiter=_delimiter(line), strict=True), [])
    return []


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _is_header(names: list[str]) -> bool:
    return SENTINEL_MESSAGE in names and ("ProcessName" in names or "Facility" in names)


def _csv(stream: BinaryIO, rows: EventRows, clock: Clock) -> Iterator[EventBatch]:
    out = _Rows(rows, clock)
    header: list[str] | None = None
    for row in rows_of(stream, _delimiter):
        if not isinstance(row, Pause):
            rows.count()
            if header is None:
                header = _header(row, rows.uri)
            elif isinstance(row, UnreadableRow):
                rows.skip(row.record, row.reason, row.sample.encode(errors="replace"))
            elif row.cells:
                _csv_row(header, row, out)
        yield from out.full()
    yield from out.rest()


def _header(row: Row | UnreadableRow, uri: str) -> list[str]:
    if isinstance(row, UnreadableRow) or not _is_header(row.cells):
        raise TelemetryError("its header is not that of a Syslog table", where=uri, remedy="read it with --from csv")
    return row.cells


def _csv_row(header: list[str], row: Row, out: _Rows) -> None:
    raw = ",".join(row.cells).encode(errors="surrogatepass")
    if len(row.cells) != len(header):
        out.rows.skip(row.record, OTHER_WIDTH, raw)
        return
    try:
        out.add(dict(zip(header, row.cells, strict=True)), raw, Place(row.record, row.offset, row.length))
    except UnreadableRecordError as error:
        out.rows.skip(row.record, str(error), raw)


READER = SyslogRowsReader()
