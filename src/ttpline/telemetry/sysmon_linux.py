"""``sysmon-linux``: Sysmon for Linux, its ``<Event>`` text in syslog lines, one a line, or in rows of an export."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import msgspec

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.raw_text import decode
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._lines import UTF8_MARK, LongLine, head_text, line_blocks
from ttpline.telemetry._syslog.headers import split_line, unescaped
from ttpline.telemetry._syslog.sysmon import UnreadableEventError, creation_fields, is_no_creation, is_sysmon
from ttpline.telemetry.base import FOREIGN

REMEDY = "look at the record; syslog cuts long ones, see maxMessageSize of rsyslog"
MOST_JOINED_LINES = 256
MOST_JOINED_BYTES = 1 << 18
_HELD_IN = ("SyslogMessage", "MESSAGE", "Message", "message", "RawData", "_raw", "log", "event.original")
_START, _END = b"<Event", b"</Event>"
_BLANK = b" \t\r\0"


@dataclass(frozen=True, slots=True)
class SysmonLinuxReader:
    """Each process creation (event 1) is an event; other kinds are read past."""

    name: str = "sysmon-linux"
    description: str = "Sysmon for Linux: <Event> XML in syslog, one a line, or in Sentinel's Syslog rows"

    def sniff(self, head: bytes) -> float:
        """0.95 where half of the lines or more are Sysmon's, less where fewer are."""
        lines = [line for line in head_text(head).encode(errors="replace").split(b"\n") if line.strip(_BLANK)]
        if len(lines) > 1:
            lines.pop()  # may be cut
        mine = sum(map(self.claims_line, lines))
        if not mine:
            return 0.0
        return 0.95 if 2 * mine >= len(lines) else round(0.45 * mine / len(lines), 3)

    def claims_line(self, line: bytes) -> float:
        return 1.0 if is_sysmon(line) and not line.startswith((b"MESSAGE=", b'{"__', b'{ "__')) else 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        return _Reading(EventRows(self.name, uri, REMEDY)).batches(stream)


@dataclass(slots=True)
class _Open:
    """An event whose end was not on its line: a command line may hold line ends."""

    place: Place
    lines: list[bytes]
    size: int


@dataclass(slots=True)
class _Reading:
    rows: EventRows
    open: _Open | None = field(default=None)

    def batches(self, stream: BinaryIO) -> Iterator[EventBatch]:
        for block in line_blocks(stream):
            if isinstance(block, LongLine):
                self._close()
                self.rows.count()
                self.rows.skip(block.record, "line of more than 1 MiB", block.sample.encode())
                continue
            self.rows.count(len(block.lines))
            places = zip(block.lines, block.offsets.tolist(), block.lengths.tolist(), strict=True)
            for record, (line, offset, length) in enumerate(places, block.first_record):
                self._line(line, record, offset, length)
            yield from self.rows.full()
        self._close()
        yield from self.rows.rest()

    def _line(self, line: bytes, record: int, offset: int, length: int) -> None:
        waiting = self.open
        if waiting is not None:
            is_more = _START not in line and line.strip(_BLANK) and not line.startswith(b"{")
            is_more = is_more and waiting.size + length <= MOST_JOINED_BYTES and len(waiting.lines) < MOST_JOINED_LINES
            if is_more and split_line(line) is None:
                waiting.lines.append(line)
                waiting.size += length
                if _END in line:
                    whole = Place(waiting.place.record, waiting.place.offset, offset + length - waiting.place.offset)
                    self.open = None
                    self._event(b"\n".join(waiting.lines), whole)
                return
            self._close()
        if not is_sysmon(line):
            if line.strip(_BLANK):
                self.rows.skip(record, FOREIGN, line)
            return
        if is_no_creation(line):
            return
        place = Place(record, offset, length)
        start = line.find(_START)
        if _is_row(line, start):
            self._row(line, place)
        elif _END in line:
            self._event(line, place)
        else:
            self.open = _Open(place, [line], length)

    def _close(self) -> None:
        """The end never came: the event is its first line, what followed is not its."""
        waiting, self.open = self.open, None
        if waiting is not None:
            self._event(waiting.lines[0], waiting.place)
            for number, line in enumerate(waiting.lines[1:], waiting.place.record + 1):
                self.rows.skip(number, FOREIGN, line)

    def _event(self, raw: bytes, place: Place) -> None:
        start = raw.find(_START)
        text = decode(raw[start:].rstrip(b"\r"))
        header = split_line(raw) if start else None
        if header is not None:
            text = unescaped(text)
        self._give(text, raw, place, None)

    def _row(self, line: bytes, place: Place) -> None:
        try:
            record = _decoded(line.strip(_BLANK).rstrip(b",").removeprefix(UTF8_MARK))
        except (ValueError, RecursionError):
            self.rows.skip(place.record, "not JSON", line)
            return
        text, host = _held(record)
        if text is None:
            self.rows.skip(place.record, FOREIGN, line)
            return
        self._give(text[text.index("<Event") :], line, place, host)

    def _give(self, text: str, raw: bytes, place: Place, host: str | None) -> None:
        try:
            fields = creation_fields(text)
        except UnreadableEventError as error:
            self.rows.skip(place.record, str(error), raw)
            return
        if fields is not None:
            fields["host"] = fields["host"] or host
            self.rows.add(place, raw, **fields)


def _is_row(line: bytes, start: int) -> bool:
    """Whether the event is text inside JSON."""
    brace = line.find(b"{")
    return brace >= 0 and (start < 0 or brace < start) and not line[:brace].strip(_BLANK + b"[" + UTF8_MARK)


def _decoded(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return json.loads(text.decode(errors="surrogateescape"))


def _held(record: Any) -> tuple[str | None, str | None]:
    """The text that holds the event, and the machine the row names."""
    for _ in range(3):
        if not isinstance(record, dict):
            break
        for name in _HELD_IN:
            value = record.get(name)
            if isinstance(value, str) and "<Event" in value:
                host = record.get("Computer") or record.get("HostName")
                return value, host if isinstance(host, str) else None
        record = record.get("_source", record.get("result"))
    return None, None


READER = SysmonLinuxReader()
