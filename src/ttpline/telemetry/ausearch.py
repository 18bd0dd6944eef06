"""``ausearch``: the interpreted text of ``ausearch -i``: names for numbers, local dates, no boundaries of arguments.

The records of an event are joined and read by the rules of ``auditd``; see ``docs/formats/ausearch.md``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode
from ttpline.telemetry._auditd import reasons
from ttpline.telemetry._auditd.irregular import EventKey, Line, RawEvent, event_rows
from ttpline.telemetry._auditd.reasons import Skips
from ttpline.telemetry._auditd.record_types import RecordType, record_type
from ttpline.telemetry._auditd.window import WINDOW_BYTES
from ttpline.telemetry._ausearch.dates import DateOrder
from ttpline.telemetry._ausearch.records import raw_body, without_boundaries
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._lines import LongLine, head_text, line_blocks
from ttpline.telemetry._times import UTC_NAME, microseconds, zone
from ttpline.telemetry.base import FOREIGN

NO_TIME = "date that no locale writes"
MOST_OPEN_LINES = 1 << 17
"""Records waiting for their event to end; 8 MiB of text holds some 40,000."""

MOST_TEXT_BYTES = 1 << 20
"""Of one record over several lines."""

_HEADER = re.compile(
    rb"(?:node=(\S{1,255}) )?type=(\S{1,40}) msg=audit\((\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}[^():]{1,4}[\d:]{7,8}"
    rb"(?: ?[AaPp]\.?[Mm]\.?)?\.\d{1,3}):(\d{1,10})\) : ?"
)
_SEPARATORS = (b"----", b"time->")
_BLANK = b" \t\r\0"
_USED = frozenset({RecordType.SYSCALL, RecordType.EXECVE, RecordType.CWD, RecordType.PROCTITLE, RecordType.USER_CMD,
                   RecordType.TTY})  # fmt: skip
_MULTI_LINE = frozenset({RecordType.EXECVE, RecordType.PROCTITLE, RecordType.USER_CMD})


@dataclass(frozen=True, slots=True)
class AusearchReader:
    """``tz``: the zone ausearch ran in. ``day_first``: 01/02/24 is in February, unless the log shows better."""

    name: str = "ausearch"
    description: str = "interpreted audit log (ausearch -i): names and local dates, argument boundaries lost"
    tz: str = UTC_NAME
    day_first: bool = False

    def sniff(self, head: bytes) -> float:
        """0.95 where half of the lines or more are interpreted records, less where fewer are."""
        lines = head_text(head).encode(errors="replace").split(b"\n")
        if len(lines) > 1:
            lines.pop()  # may be cut
        lines = [line for line in lines if line.strip(_BLANK) and not line.startswith(_SEPARATORS)]
        mine = sum(_HEADER.match(line) is not None for line in lines)
        if not mine:
            return 0.0
        return 0.95 if 2 * mine >= len(lines) else round(0.45 * mine / len(lines), 3)

    def claims_line(self, line: bytes) -> float:
        return 1.0 if _HEADER.match(line) is not None else 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        return _Reading(self, uri).batches(stream)


@dataclass(slots=True)
class _Event:
    host: str | None
    stamp: str
    serial: int
    record: int
    offset: int
    end: int
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class _Unended:
    """The last record of ``event``, whose line did not end as ausearch ends records: its text may go on."""

    event: _Event
    pieces: list[bytes]
    size: int

    def close(self) -> None:
        if len(self.pieces) > 1:
            last = self.event.lines[-1]
            self.event.lines[-1] = Line(last.type, b"\n".join(self.pieces), last.number)


class _Reading:
    def __init__(self, reader: AusearchReader, uri: str) -> None:
        self._uri = uri
        self._rows = EventRows(reader.name, uri)
        self._order = DateOrder(zone(reader.tz), day_first=reader.day_first)
        self._events: dict[tuple[str | None, str, int], _Event] = {}
        self._open_lines = 0
        self._last: _Unended | None = None

    def batches(self, stream: BinaryIO) -> Iterator[EventBatch]:
        for block in line_blocks(stream):
            if isinstance(block, LongLine):
                self._end_text()
                self._rows.count()
                self._rows.skip(block.record, reasons.TOO_LONG, block.sample.encode())
                continue
            self._rows.count(len(block.lines))
            places = zip(block.lines, block.offsets.tolist(), block.lengths.tolist(), strict=True)
            for record, (line, offset, length) in enumerate(places, block.first_record):
                self._line(line, Place(record, offset, length))
                self._give_old(offset)
                yield from self._rows.full()
        self._end_text()
        for event in self._events.values():
            self._give(event)
            yield from self._rows.full()
        yield from self._rows.rest()

    def _line(self, line: bytes, place: Place) -> None:
        if line.startswith(b"\0"):
            line = line.lstrip(b"\0")  # what a crash left before the first line after it
        header = _HEADER.match(line)
        if header is None:
            self._other(line, place)
            return
        self._end_text()
        kind = record_type(decode(header[2]))
        stamp = decode(header[3])
        self._order.see(stamp)
        if kind is RecordType.UNKNOWN:
            self._rows.skip(place.record, reasons.UNKNOWN_TYPE, line, reasons.REMEDIES[reasons.UNKNOWN_TYPE])
        if kind not in _USED:
            return
        host = None if header[1] is None else decode(header[1])
        key = host, stamp, int(header[4])
        event = self._events.get(key)
        if event is None:
            event = self._events[key] = _Event(host, stamp, key[2], place.record, place.offset, 0)
        body = line[header.end() :]
        event.lines.append(Line(kind, body, place.record))
        event.end = max(event.end, place.offset + place.length)
        self._open_lines += 1
        if kind in _MULTI_LINE and not body.removesuffix(b"\r").endswith((b" ", b"'")):
            self._last = _Unended(event, [body.removesuffix(b"\r")], len(body))

    def _end_text(self) -> None:
        if self._last is not None:
            self._last.close()
            self._last = None

    def _other(self, line: bytes, place: Place) -> None:
        """Nothing, the rest of a record whose text holds line ends, or another format's."""
        open = self._last
        if line.startswith(_SEPARATORS):
            self._end_text()
        elif open is not None and open.size + len(line) <= MOST_TEXT_BYTES:
            open.pieces.append(line.removesuffix(b"\r"))
            open.size += len(line) + 1
            open.event.end = max(open.event.end, place.offset + place.length)
            if line.removesuffix(b"\r").endswith((b" ", b"'")):
                self._end_text()
        elif line.strip(_BLANK):
            self._end_text()
            self._rows.skip(place.record, FOREIGN, line)

    def _give_old(self, offset: int) -> None:
        """Events whose window is over, the oldest first."""
        while self._events:
            key = next(iter(self._events))
            event = self._events[key]
            if offset - event.offset <= WINDOW_BYTES and self._open_lines <= MOST_OPEN_LINES:
                return
            if self._last is not None and self._last.event is event:
                self._end_text()
            del self._events[key]
            self._open_lines -= len(event.lines)
            self._give(event)

    def _give(self, event: _Event) -> None:
        kinds = {line.type for line in event.lines}
        if kinds <= {RecordType.CWD}:
            return
        at = self._order.milliseconds(event.stamp)
        if at is None:
            self._rows.skip(event.record, NO_TIME, event.stamp.encode())
        lines = [Line(line.type, raw_body(line.type, line.body), line.number) for line in event.lines]
        raw = RawEvent(
            EventKey(event.host, at or 0, event.serial), lines, event.record, event.offset, event.end - event.offset
        )
        skips = Skips(self._uri)
        place = Place(event.record, event.offset, event.end - event.offset)
        for row in event_rows(raw, self._uri, skips, all_titles=False):
            del row["source"]
            argv = row.pop("argv", None)
            row.pop("argv_hex", None)
            moment: datetime = row.pop("time")
            command, id = row.pop("command_line"), row.pop("event_id")
            self._rows.add(
                place,
                f"{event.stamp} {id}".encode(),
                command if argv is None else without_boundaries(argv),
                event_id=id if at is not None else None,
                origin=Origin(row.pop("origin")),
                time=None if at is None else microseconds(moment),
                **row,
            )
        taken = skips.take()
        for sample in taken.samples:
            self._rows.skip(sample.record, sample.reason, sample.sample.encode(), sample.remedy)


READER = AusearchReader()
