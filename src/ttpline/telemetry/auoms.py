"""Microsoft's auoms agent: Linux audit events put together, as Sentinel ``Syslog`` rows or as its own JSON.

Events and their ids are those of ``auditd`` of a log with ``node=``; see ``docs/formats/auoms.md``.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from ttpline.domain.event import Origin
from ttpline.telemetry._auditd.syscalls import EXEC_NAMES
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import number, text, user_id
from ttpline.telemetry._times import epoch

_HEADER = re.compile(r"type=(\w{1,40}) audit\((\d{1,12}\.\d{3}):(\d{1,20})\): ", re.ASCII)
_FIELD = re.compile(r'(?:^|(?<= ))([A-Za-z_]\w{0,40})=(?:"([^"]*)"|(\S*))(?= |$)')
_LAST_FIELDS = (" redactors=", " containerid=")
"""What auoms writes behind a command or a title; neither of those is escaped, so their end is where these begin."""

_FREE = re.compile(r" (cmdline|proctitle|cmd)=")
_IS_CUT = "is cut"
"""No field of auoms: none has a space."""

_SUCCESS = {"yes": True, "success": True, "1": True, "no": False, "failed": False, "0": False}
_UNNAMED = frozenset({"unset", ""})
_Fields = dict[str, Any]


class _Record(msgspec.Struct):
    message: Any = msgspec.field(name="SyslogMessage", default=None)
    computer: Any = msgspec.field(name="Computer", default=None)
    host_name: Any = msgspec.field(name="HostName", default=None)
    time: Any = msgspec.field(name="Timestamp", default=None)
    serial: Any = msgspec.field(name="SerialNumber", default=None)
    records: Any = None


class _Shape:
    record = _Record
    mark = b"auoms"
    command_marks = ((b"EXECVE",), (b"execve",), (b"USER_CMD",), (b"cmdline",))

    def is_own(self, raw: bytes) -> bool:
        return b"auoms" in raw or b"SerialNumber" in raw

    def sniff(self, record: _Fields) -> float:
        message = record.get("SyslogMessage")
        if isinstance(message, str):
            return 0.95 if is_row(record) else 0.0
        is_own = "SerialNumber" in record and "Timestamp" in record and isinstance(record.get("records"), list)
        return 0.95 if is_own else 0.0

    def add(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        if isinstance(record.message, str):
            fields = row_fields(record.message, text(record.host_name) or text(record.computer))
            if fields is not None:
                rows.add(place, raw, **fields)
        elif isinstance(record.records, list) and record.serial is not None:
            self._add_event(record, raw, place, rows)
        else:
            raise WrappedError

    def _add_event(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        stamp, serial = text(record.time), number(record.serial)
        if isinstance(record.time, int | float) and not isinstance(record.time, bool):
            stamp = f"{record.time:.3f}"
        if stamp is None or serial is None:
            raise UnreadableRecordError("an event without its time or serial number")
        for count, found in enumerate(_commands_of(record.records), start=1):
            host = found.pop("host") or text(record.computer) or text(record.host_name)
            event_id = f"{host or ''}:{stamp}:{serial}" + (f"#{count}" if count > 1 else "")
            rows.add(place, raw, **_event(event_id, host, stamp, found))


def is_row(record: _Fields) -> bool:
    """Whether a row of Sentinel's ``Syslog`` table holds an event of auoms."""
    message = record.get("SyslogMessage")
    if not isinstance(message, str) or not ("auoms_version=" in message or record.get("ProcessName") == "auoms"):
        return False
    return _HEADER.match(message) is not None


def row_fields(message: str, logger: str | None) -> _Fields | None:
    """What such a message says, as ``EventRows.add`` takes it; None where it tells of no command.

    ``logger``: the machine that the row names, which stands for one that the message does not name.
    """
    header = _HEADER.match(message)
    if header is None:
        raise WrappedError
    found = _command_of(header[1], _fields_of(message[header.end() :]))
    if found is None:
        return None
    host = found.pop("host") or logger
    return _event(f"{host or ''}:{header[2]}:{header[3]}", host, header[2], found)


def _event(event_id: str, host: str | None, stamp: str, found: _Fields) -> _Fields:
    return found | {"event_id": event_id, "time": epoch(stamp), "host": host, "platform": "linux"}


def _fields_of(body: str) -> _Fields:
    """The fields of a message. The command and the title may hold anything, so what is around them is cut off first."""
    free: _Fields = {}
    begins = _FREE.search(" " + body)
    if begins is not None:
        start = max(begins.start() - 1, 0)
        end = _free_end(body, begins.end() - 1)
        value = body[begins.end() - 1 : end]
        is_cut = value.startswith('"') and (len(value) < 2 or not value.endswith('"'))  # a syslog's longest line
        free[begins[1]] = value[1:] if is_cut else value[1:-1] if value.startswith('"') else value
        free[_IS_CUT] = is_cut
        body = body[:start] + body[end:]
    fields: _Fields = {}
    for name, quoted, bare in _FIELD.findall(body):
        fields.setdefault(name, bare or quoted)  # a path may hold what looks like a field of a later record
    return fields | free


def _free_end(body: str, start: int) -> int:
    end = len(body)
    for name in reversed(_LAST_FIELDS):
        found = body.rfind(name, start, end)
        end = end if found < 0 else found
    return end


def _commands_of(records: list[Any]) -> Iterator[_Fields]:
    for one in records:
        if not isinstance(one, dict):
            raise UnreadableRecordError("a record that is no object")
        kind = text(one.get("RecordType")) or text(one.get("RecordTypeName")) or text(one.get("type")) or ""
        found = _command_of(kind, one)
        if found is not None:
            yield found


def _command_of(kind: str, fields: _Fields) -> _Fields | None:
    """The event in a record, or None for one that is not about a command."""
    is_execution = kind.endswith("EXECVE") or text(fields.get("syscall")) in EXEC_NAMES
    command = text(fields.get("cmdline")) if is_execution else None
    row: _Fields = {
        "host": _named(fields.get("node")),
        "user": _named(fields.get("user")),
        "uid": _id(fields, "uid"),
        "auid": _id(fields, "auid"),
        "euid": _id(fields, "euid"),
        "session": user_id(_known(fields.get("ses"))),
        "tty": _known(fields.get("tty")),
        "pid": number(fields.get("pid")),
        "ppid": number(fields.get("ppid")),
        "exe": _known(fields.get("exe")),
        "cwd": _known(fields.get("cwd")),
        "success": _SUCCESS.get(str(fields.get("success", fields.get("res")))),
    }
    if kind.endswith("USER_CMD"):
        reported = text(fields.get("cmd"))
        if reported is None:
            raise UnreadableRecordError("a record without its command")
        return row | {"command_line": reported, "origin": Origin.USER_CMD}
    if not is_execution:
        return None
    if command is not None:
        return row | {"command_line": command, "origin": Origin.EXECVE, "complete": not fields.get(_IS_CUT, False)}
    # A failed call has no arguments: what is left is the caller's title, as in auditd's own log.
    title = _known(fields.get("proctitle"))
    if title is not None:
        return row | {"command_line": title, "origin": Origin.PROCTITLE, "complete": False}
    named = row["exe"] or _known(fields.get("comm"))
    if named is None:
        raise UnreadableRecordError("a record without its command")
    return row | {"command_line": named, "origin": Origin.EXECVE, "complete": False}


def _id(fields: _Fields, name: str) -> int | None:
    """The number: as it is, or behind ``_r`` where the field itself was translated to a name."""
    found = user_id(fields.get(name))
    return user_id(fields.get(f"{name}_r")) if found is None else found


def _named(value: Any) -> str | None:
    name = text(value)
    return None if name is None or name in _UNNAMED or name.isdecimal() else name


def _known(value: Any) -> str | None:
    known = text(value)
    return None if known in ("(none)", "(null)", "unset", "?") else known


READER = JsonReader(
    name="auoms", description="Microsoft auoms: Linux audit events in Sentinel Syslog rows, or its JSON", shape=_Shape()
)
