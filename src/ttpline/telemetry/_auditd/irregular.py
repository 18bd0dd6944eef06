"""One event at a time, by the book: the reference that the columns of ``regular`` must agree with.

An event is all records of one (host, time, serial). It gives one row for an execution and one for each command that
a program reported (USER_CMD) or a terminal recorded (TTY). Everything else gives none.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode, is_exact
from ttpline.telemetry._auditd import reasons
from ttpline.telemetry._auditd.arguments import Arguments, join_arguments, split_title
from ttpline.telemetry._auditd.fields import (
    Record,
    identifier,
    integer,
    is_closed,
    parse_record,
    split_enriched,
    text,
    unquoted,
    user_name,
    without_last,
)
from ttpline.telemetry._auditd.reasons import Skips
from ttpline.telemetry._auditd.record_types import RecordType
from ttpline.telemetry._auditd.syscalls import executes

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = dict[str, Any]

_SUCCESS = {b"yes": True, b"success": True, b"1": True, b"no": False, b"failed": False, b"0": False}


@dataclass(frozen=True, slots=True)
class EventKey:
    """Which event a record belongs to; the same serial comes again on other nodes and after a reboot."""

    host: str | None
    milliseconds: int
    serial: int

    @property
    def event_id(self) -> str:
        return f"{self.host or ''}:{self.milliseconds // 1000}.{self.milliseconds % 1000:03d}:{self.serial}"


@dataclass(frozen=True, slots=True)
class Line:
    """One record of an event: its type, what follows its header, and where it stood.

    ``cut``: its end is missing. ``syslog``: it came inside a syslog line.
    """

    type: RecordType
    body: bytes
    number: int
    cut: bool = False
    syslog: bool = False


@dataclass(frozen=True, slots=True)
class RawEvent:
    """All records of one event in the order of the log, and the bytes they span."""

    key: EventKey
    lines: Sequence[Line]
    record: int
    offset: int
    length: int


def event_rows(event: RawEvent, uri: str, skips: Skips, *, all_titles: bool) -> Iterator[Row]:
    """The rows of one event; what is unreadable in it is added to ``skips``.

    With ``all_titles`` the process title beside any other system call is a row too, of origin ``proctitle``.
    """
    for number, row in enumerate(_Event(event, skips, all_titles).rows(), start=1):
        row["event_id"] = event.key.event_id if number == 1 else f"{event.key.event_id}#{number}"
        row["time"] = EPOCH + timedelta(milliseconds=event.key.milliseconds)
        row["host"] = event.key.host
        row["platform"] = "linux"
        row["source"] = {
            "format": "auditd",
            "uri": uri,
            "record": event.record,
            "offset": event.offset,
            "length": event.length,
        }
        yield row


class _Event:
    def __init__(self, event: RawEvent, skips: Skips, all_titles: bool) -> None:
        self._skips = skips
        self._all_titles = all_titles
        self._lines: dict[RecordType, list[Line]] = {}
        delivered = set()
        for line in event.lines:
            raw = split_enriched(line.body, syslog=line.syslog)[0].strip()
            if (line.type, raw) not in delivered:  # a record that was delivered twice counts once
                delivered.add((line.type, raw))
                self._lines.setdefault(line.type, []).append(line)

    def rows(self) -> Iterator[Row]:
        execution = self._execution()
        if execution is not None:
            yield execution
        for line in self._lines.get(RecordType.USER_CMD, ()):
            yield from self._user_command(line)
        for line in self._lines.get(RecordType.TTY, ()):
            yield from self._keystrokes(line)

    def _skip(self, reason: str, line: Line) -> None:
        self._skips.add(reason, line.number, line.body)

    def _single(self, kind: RecordType) -> Line | None:
        """The record of a kind that an event has once; others that say something else are counted."""
        lines = self._lines.get(kind)
        if not lines:
            return None
        for other in lines[1:]:
            self._skip(reasons.CONTRADICTION, other)
        return lines[0]

    def _execution(self) -> Row | None:
        call, title = self._single(RecordType.SYSCALL), self._single(RecordType.PROCTITLE)
        arguments = self._lines.get(RecordType.EXECVE)
        if call is None and title is None and arguments is None:
            return None
        record = None if call is None else parse_record(call.body, syslog=call.syslog)
        is_execution = arguments is not None or (record is not None and self._executes(record, call))
        if not is_execution and (title is None or (record is not None and not self._all_titles)):
            return None
        row = self._process(record, call)
        row["complete"] &= is_execution or (record is not None and self._all_titles)
        if arguments is not None:
            self._from_arguments(row, arguments)
        if row["argv"] is None and title is not None:
            self._from_title(row, title, failed=is_execution and row["success"] is False)
            row["complete"] &= not is_execution  # the record with the arguments is missing; a title may be trimmed
        if not row.get("command_line"):  # the call alone is left; what it ran is at least named
            row["command_line"] = row["exe"] or (text(record.fields.get("comm")) if record is not None else None)
            row["complete"] &= row["argv"] is not None
            row.setdefault("origin", Origin.EXECVE.value)
        if row["command_line"] is None:
            self._skip(reasons.NO_COMMAND, next(line for lines in self._lines.values() for line in lines))
            return None
        return row

    def _executes(self, record: Record, call: Line | None) -> bool:
        fields = {name: record.fields[name].decode("ascii", "replace") for name in ("arch", "syscall")
                  if name in record.fields}  # fmt: skip
        enriched = text(record.enriched.get("SYSCALL"))
        found = executes(fields.get("arch"), fields.get("syscall"), enriched)
        if found is None and call is not None:
            whole = "arch" in fields and "syscall" in fields
            self._skip(reasons.UNKNOWN_ARCH if whole else reasons.DAMAGED_RECORD, call)
        return bool(found)

    def _process(self, record: Record | None, call: Line | None) -> Row:
        """Who called: everything that only the SYSCALL record and CWD know."""
        directory = self._single(RecordType.CWD)
        row: Row = {"cwd": None, "complete": record is not None, "argv": None, "argv_hex": None}
        if directory is not None and not directory.cut:
            row["cwd"] = text(parse_record(directory.body).fields.get("cwd"))
        fields = record.fields if record is not None else {}
        if record is not None and call is not None:
            whole = record.closed and "pid" in fields and "exe" in fields
            row["complete"] = whole and not call.cut
            if not row["complete"] and not record.enriched:
                fields = without_last(fields)
            if not whole:
                self._skip(reasons.DAMAGED_RECORD, call)
        for name in ("uid", "euid", "pid", "ppid"):
            row[name] = integer(fields.get(name))
        row["auid"], row["session"] = identifier(fields.get("auid")), identifier(fields.get("ses"))
        row["tty"], row["exe"] = text_as_is(fields.get("tty")), text(fields.get("exe"))
        row["success"] = _SUCCESS.get(fields.get("success", b""))
        row["user"] = None if record is None else user_name(record)
        return row

    def _from_arguments(self, row: Row, lines: Sequence[Line]) -> None:
        found: Arguments = join_arguments(split_enriched(line.body, syslog=False)[0] for line in lines)
        row["complete"] &= found.complete
        if found.damaged:
            self._skip(reasons.DAMAGED_RECORD, lines[0])
        if found.contradiction:
            self._skip(reasons.CONTRADICTION, lines[-1])
        row["complete"] &= not any(line.cut for line in lines)
        if found.argv is not None:
            row["origin"] = Origin.EXECVE.value
            _set_argv(row, found.argv)

    def _from_title(self, row: Row, line: Line, *, failed: bool) -> None:
        """The title in place of lost arguments. A failed call leaves the caller's title: what it tried is not known."""
        value = parse_record(line.body).fields.get("proctitle", b"")
        found = split_title(value)
        argv, whole = found or ([], False)
        row["complete"] &= whole and not line.cut and not failed
        if found is not None and not failed:
            row["origin"] = Origin.PROCTITLE.value
            _set_argv(row, argv)
            return
        said = (unquoted(value, partial=True) or b"").strip(b"\0")
        if found is None and (said or not value):
            self._skip(reasons.DAMAGED_RECORD, line)
        shown = joined(list(map(decode, argv))) if argv else decode(said)
        if shown:
            row["origin"] = Origin.PROCTITLE.value
            row["command_line"] = shown

    def _user_command(self, line: Line) -> Iterator[Row]:
        """A command as sudo reports it: one string, so there are no boundaries to give."""
        record = parse_record(line.body, syslog=line.syslog)
        said = record.nested or record.fields
        command = unquoted(said.get("cmd"), partial=True)
        if command is None:
            self._skip(reasons.NO_COMMAND, line)
            return
        row = self._reported(record, line)
        row["cwd"], row["exe"] = text(said.get("cwd")), text(said.get("exe"))
        row["success"] = _SUCCESS.get(said.get("res", b"").rstrip(b")"))
        row["complete"] &= is_closed(said["cmd"])
        yield {**row, "command_line": decode(command), "origin": Origin.USER_CMD.value}

    def _keystrokes(self, line: Line) -> Iterator[Row]:
        """What was typed, control characters and all: a carriage return is the Enter key."""
        record = parse_record(line.body, syslog=line.syslog)
        data = record.fields.get("data") or record.nested.get("data")
        typed = unquoted(data, partial=True)
        if typed is None or data is None:
            self._skip(reasons.NO_COMMAND, line)
            return
        row = self._reported(record, line)
        row["complete"] &= is_closed(data)
        yield {**row, "command_line": decode(typed), "origin": Origin.TTY.value}

    def _reported(self, record: Record, line: Line) -> Row:
        fields = record.fields
        row: Row = {name: integer(fields.get(name)) for name in ("pid", "ppid", "uid", "euid")}
        row["auid"], row["session"] = identifier(fields.get("auid")), identifier(fields.get("ses"))
        row["user"] = user_name(record)
        row["complete"] = record.closed and not line.cut
        if not record.closed:
            self._skip(reasons.DAMAGED_RECORD, line)
        return row


def text_as_is(value: bytes | None) -> str | None:
    """A word that is never hex (a terminal's name)."""
    return None if value is None or value == b"(none)" or not value else decode(value.strip(b'"'))


def joined(argv: Sequence[str]) -> str:
    """``argv`` as one line that a POSIX shell would split into the same words; a lone title stays as it is."""
    return argv[0] if len(argv) == 1 else shlex.join(argv)


def _set_argv(row: Row, argv: Sequence[bytes]) -> None:
    row["argv"] = list(map(decode, argv))
    row["command_line"] = shlex.join(row["argv"])
    if not all(map(is_exact, row["argv"])):
        row["argv_hex"] = [argument.hex() for argument in argv]
