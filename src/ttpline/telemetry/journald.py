"""``journald``: commands in what ``journalctl -o export`` and ``-o json`` write; times to the microsecond."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import msgspec

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.raw_text import decode
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._journal import export_records
from ttpline.telemetry._json.documents import documents
from ttpline.telemetry._json.values import UNSET_ID, number
from ttpline.telemetry._lines import UTF8_MARK, LongLine, head_text, line_blocks
from ttpline.telemetry._peekable import Peekable
from ttpline.telemetry._syslog.headers import unescaped
from ttpline.telemetry._syslog.hints import may_tell
from ttpline.telemetry._syslog.rows import Context, SaidRows
from ttpline.telemetry._syslog.sysmon import UnreadableEventError, creation_fields, is_no_creation, is_sysmon
from ttpline.telemetry._times import epoch
from ttpline.telemetry.base import FOREIGN

NO_MESSAGE = "journal entry whose message was left out"
ALL_FIELDS = "journalctl leaves out long fields of JSON: export with --all"
DAMAGED = "journal entry that is cut or damaged"

_TIME = "__REALTIME_TIMESTAMP"
_MARKS = (b"__REALTIME_TIMESTAMP", b"__CURSOR")
_BLANK = b" \t\r\0\x1e"
_AUDIT_TRANSPORT = "audit"
_EXPORT_HEAD = re.compile(rb"(?:[A-Z0-9_]{1,64}=[^\n]*\n|[A-Z0-9_]{1,64}\n)", re.DOTALL)
_WANTED = (
    "__CURSOR", "__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP", "_HOSTNAME", "SYSLOG_IDENTIFIER", "_COMM",
    "SYSLOG_PID", "_PID", "_UID", "_AUDIT_LOGINUID", "_AUDIT_SESSION", "_CMDLINE", "_TRANSPORT", "MESSAGE",
)  # fmt: skip
_WANTED_KEYS = {name.encode(): name for name in _WANTED}


@dataclass(frozen=True, slots=True)
class JournaldReader:
    """The same messages as in syslog files (``telemetry/_syslog/messages.py``), Sysmon for Linux, by their fields."""

    name: str = "journald"
    description: str = "systemd journal: journalctl -o export, -o json (all variants)"

    def sniff(self, head: bytes) -> float:
        """0.95 for entries of a journal with their time; 0 for all else."""
        text = head_text(head).encode(errors="replace").lstrip(b"\r\n \t\0\x1e")
        if not any(mark in text for mark in _MARKS):
            return 0.0
        if text.startswith((b"{", b"[", b"data: {")):
            return 0.95 if all(mark in text[: 1 << 15] for mark in (b'"__REALTIME_TIMESTAMP"', b'"__')) else 0.0
        at = 0
        for _ in range(64):
            line = _EXPORT_HEAD.match(text, at)
            if line is None:
                return 0.0
            if line[0].startswith(_MARKS):
                return 0.95
            if b"=" not in line[0]:
                at = line.end() + 8 + int.from_bytes(text[line.end() : line.end() + 8], "little") + 1
            else:
                at = line.end()
        return 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        reading = _Reading(EventRows(self.name, uri))
        again = Peekable(stream)
        head = again.peek(1 << 16).removeprefix(UTF8_MARK).lstrip(b"\r\n \t\0\x1e")
        if head.startswith((b"{", b"[", b"data: {")) or again.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff"):
            yield from reading.json(cast(BinaryIO, again), head)
        else:
            yield from reading.export(cast(BinaryIO, again))


class _Reading:
    def __init__(self, rows: EventRows) -> None:
        self._rows = rows
        self._said = SaidRows(rows)

    def export(self, stream: BinaryIO) -> Iterator[EventBatch]:
        for record in export_records(stream):
            self._rows.count()
            if record.is_too_long:
                self._rows.skip(record.place.record, "journal entry of more than 4 MiB", record.raw)
            elif not record.is_whole and b"MESSAGE" not in record.fields:
                self._rows.skip(record.place.record, DAMAGED, record.raw)
            elif b"__REALTIME_TIMESTAMP" not in record.fields and b"__CURSOR" not in record.fields:
                is_entry = b"MESSAGE" in record.fields or b"_BOOT_ID" in record.fields
                self._rows.skip(record.place.record, DAMAGED if is_entry else FOREIGN, record.raw)
            elif self._is_telling(
                record.fields.get(b"SYSLOG_IDENTIFIER") or record.fields.get(b"_COMM"),
                record.fields.get(b"MESSAGE"),
            ):
                fields = {_WANTED_KEYS[name]: value for name, value in record.fields.items() if name in _WANTED_KEYS}
                self._entry({name: decode(value) for name, value in fields.items()}, record.raw, record.place)
            yield from self._rows.full()
        yield from self._end()

    def json(self, stream: BinaryIO, head: bytes) -> Iterator[EventBatch]:
        first = head.split(b"\n", 1)[0].rstrip(_BLANK)
        if first.startswith((b"{", b"data: {")) and (first.endswith((b"}", b"},")) or b"\n" in head) and first != b"{":
            yield from self._lines(stream)
        else:
            for document in documents(stream):
                self._rows.count()
                if document.is_whole:
                    self._object(document.raw, document.place)
                else:
                    self._rows.skip(document.place.record, "a JSON object without an end", document.raw)
                yield from self._rows.full()
        yield from self._end()

    def _end(self) -> Iterator[EventBatch]:
        self._said.end()
        yield from self._rows.rest()

    def _lines(self, stream: BinaryIO) -> Iterator[EventBatch]:
        for block in line_blocks(stream):
            if isinstance(block, LongLine):
                self._rows.count()
                self._rows.skip(block.record, "line of more than 1 MiB", block.sample.encode())
                continue
            self._rows.count(len(block.lines))
            places = zip(block.lines, block.offsets.tolist(), block.lengths.tolist(), strict=True)
            for record, (line, offset, length) in enumerate(places, block.first_record):
                text = line.strip(_BLANK).removeprefix(b"data: ")
                if text:
                    self._object(text.rstrip(b","), Place(record, offset, length))
            yield from self._rows.full()

    def _object(self, raw: bytes, place: Place) -> None:
        try:
            record = _decoded(raw)
        except (ValueError, RecursionError):
            self._rows.skip(place.record, "not JSON", raw)
            return
        if not isinstance(record, dict) or not (_TIME in record or "__CURSOR" in record):
            self._rows.skip(place.record, FOREIGN, raw)
            return
        fields = {name: text for name in _WANTED if (text := _text(record.get(name))) is not None}
        if "MESSAGE" not in fields and record.get("MESSAGE", "") is None and fields.get("SYSLOG_IDENTIFIER") in _TELL:
            self._rows.skip(place.record, NO_MESSAGE, raw, ALL_FIELDS)
            return
        tag = fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM")
        message = fields.get("MESSAGE", "").encode(errors="replace")  # only looked at
        if self._is_telling(tag.encode(errors="replace") if tag else None, message):
            self._entry(fields, raw, place)

    def _is_telling(self, tag: bytes | None, message: bytes | None) -> bool:
        if message and (may_tell(tag, message) or b"<Event" in message):
            return True
        self._said.passed()
        return False

    def _entry(self, fields: dict[str, str], raw: bytes, place: Place) -> None:
        message = fields.get("MESSAGE")
        if message is None or fields.get("_TRANSPORT") == _AUDIT_TRANSPORT:
            return  # the audit log's records are in the audit log, with their serials
        time = epoch(fields.get(_TIME)) or epoch(fields.get("_SOURCE_REALTIME_TIMESTAMP"))
        cursor = fields.get("__CURSOR")
        id = f"journald:{cursor}" if cursor else None
        if "<Event" in message and is_sysmon(message.encode(errors="replace")):
            self._sysmon(message, time, raw, place)
            return
        context = Context(
            fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM"),
            time,
            fields.get("_HOSTNAME"),
            number(fields.get("_PID") or fields.get("SYSLOG_PID")),
            uid=number(fields.get("_UID")),
            auid=_set(number(fields.get("_AUDIT_LOGINUID"))),
            session=_set(number(fields.get("_AUDIT_SESSION"))),
            cmdline=fields.get("_CMDLINE"),
            id=id,
            platform="linux",
        )
        if fields.get("_TRANSPORT") == "stdout":
            return  # what a service prints tells of no command, whatever it looks like
        self._said.message(unescaped(message), place, raw, context)

    def _sysmon(self, message: str, time: int | None, raw: bytes, place: Place) -> None:
        text = message[message.index("<Event") :]
        if is_no_creation(text.encode(errors="replace")):
            return
        try:
            event = creation_fields(text, time)
        except UnreadableEventError as error:
            self._rows.skip(place.record, str(error), raw)
            return
        if event is not None:
            self._said.row(place, raw, event)


_TELL = frozenset({"sudo", "CRON", "crond", "cron", "sysmon", "pkexec", "doas", "snoopy"})


def _set(value: int | None) -> int | None:
    return None if value in (UNSET_ID, -1) else value


def _decoded(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return json.loads(text.decode(errors="surrogateescape"))


def _text(value: Any) -> str | None:
    """Text; bytes as a list of numbers, as journalctl writes what is no UTF-8; the first of several values."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        if all(type(one) is int and 0 <= one < 256 for one in value):
            return decode(bytes(value))
        return _text(value[0]) if isinstance(value[0], (str, list)) else None
    return str(value) if type(value) is int else None


READER = JournaldReader()
