"""LAUREL: the Linux audit log as JSON, one event a line. Events, their fields and ids are those of ``auditd``."""

import re
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode, encode, is_exact
from ttpline.telemetry._auditd.fields import fields_of, unquoted
from ttpline.telemetry._auditd.syscalls import executes
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import number, user_id
from ttpline.telemetry._times import epoch

_ID = re.compile(r"\d{1,12}\.\d{3}:\d{1,20}", re.ASCII)
_SKIPPED = re.compile(r"<<< Skipped: args=\d{1,9}, bytes=\d{1,12} >>>", re.ASCII)
"""What stands for arguments that ``execve-argv-limit-bytes`` left out."""

_SUCCESS = {"yes": True, "success": True, "1": True, "no": False, "failed": False, "0": False}
_Fields = dict[str, Any]


class _Record(msgspec.Struct):
    id: Any = msgspec.field(name="ID", default=None)
    node: Any = msgspec.field(name="NODE", default=None)
    call: Any = msgspec.field(name="SYSCALL", default=None)
    execve: Any = msgspec.field(name="EXECVE", default=None)
    title: Any = msgspec.field(name="PROCTITLE", default=None)
    directory: Any = msgspec.field(name="CWD", default=None)
    parent: Any = msgspec.field(name="PARENT_INFO", default=None)
    user_cmd: Any = msgspec.field(name="USER_CMD", default=None)
    tty: Any = msgspec.field(name="TTY", default=None)
    user_tty: Any = msgspec.field(name="USER_TTY", default=None)


class _Shape:
    record = _Record
    mark = b"ID"
    command_marks = ((b"EXECVE",), (b"SYSCALL",), (b"PROCTITLE",), (b"USER_CMD",), (b"TTY",))

    def is_own(self, raw: bytes) -> bool:
        return b'"ID"' in raw

    def sniff(self, record: _Fields) -> float:
        named = record.get("ID")
        if not isinstance(named, str) or not _ID.fullmatch(named):
            return 0.0
        others = [key for key in record if key not in ("ID", "NODE")]
        return 0.95 if others and all(key.isupper() for key in others) else 0.0

    def add(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        if record.id is None:
            raise WrappedError
        if not isinstance(record.id, str) or not _ID.fullmatch(record.id):
            raise UnreadableRecordError("an ID that is no audit event's")
        host = _text(record.node)
        event_id = f"{host or ''}:{record.id}"
        for count, row in enumerate(_rows(record), start=1):
            rows.add(
                place,
                raw,
                row.pop("command_line"),
                event_id=event_id if count == 1 else f"{event_id}#{count}",
                time=epoch(record.id.partition(":")[0]),
                host=host,
                platform="linux",
                **row,
            )


def _rows(record: _Record) -> Iterator[_Fields]:
    execution = _execution(record)
    if execution is not None:
        yield execution
    for said in _all(record.user_cmd):
        yield _user_command(said)
    for said in (*_all(record.tty), *_all(record.user_tty)):
        typed = _text(said.get("data"))
        if typed is None:
            raise UnreadableRecordError("a record without its command")
        yield {**_ids(said), "command_line": typed, "origin": Origin.TTY}


def _execution(record: _Record) -> _Fields | None:
    call, execve, title = _one(record.call), _one(record.execve), _one(record.title)
    if call is None and execve is None and title is None:
        return None
    is_execution = execve is not None or (call is not None and _executes(call))
    if not is_execution and (title is None or call is not None):
        return None
    row: _Fields = {"complete": call is not None and is_execution, "cwd": None, "command_line": None}
    if call is not None:
        row |= _ids(call)
        row["user"] = _user_name(call)
        row["exe"], row["tty"] = _text(call.get("exe")), _text(call.get("tty"))
        row["success"] = _SUCCESS.get(str(call.get("success")))
        row["complete"] = row["complete"] and row["pid"] is not None and row["exe"] is not None
    row["cwd"] = _text((_one(record.directory) or {}).get("cwd"))
    row["parent_command_line"] = _shown(_one(record.parent) or {})
    if execve is not None:
        _from_arguments(row, execve)
    if row["command_line"] is None and title is not None:
        _from_title(row, title, failed=is_execution and row.get("success") is False)
    if row["command_line"] is None:  # the call alone is left; what it ran is at least named
        row["command_line"] = row.get("exe") or (_text(call.get("comm")) if call is not None else None)
        row["complete"] = False
        row["origin"] = Origin.EXECVE
    if row["command_line"] is None:
        raise UnreadableRecordError("a record without its command")
    return row


def _executes(call: _Fields) -> bool:
    arch = call.get("arch")
    arch = f"{arch:x}" if isinstance(arch, int) else str(arch).removeprefix("0x")
    enriched = call.get("SYSCALL")
    return bool(executes(arch, str(call.get("syscall")), enriched if isinstance(enriched, str) else None))


def _from_arguments(row: _Fields, execve: _Fields) -> None:
    argv = _arguments(execve.get("ARGV"))
    if argv is None:
        shown = _text(execve.get("ARGV_STR"))
        if shown is not None:  # arguments joined by spaces: their boundaries are lost
            row["command_line"], row["origin"] = shown, Origin.EXECVE
            row["complete"] = row["complete"] and _SKIPPED.search(shown) is None
        return
    row["origin"] = Origin.EXECVE
    row["command_line"] = shlex.join(argv) or None
    if any(map(_SKIPPED.fullmatch, argv)):
        row["complete"] = False
        return
    count = number(execve.get("argc"))
    row["complete"] = row["complete"] and count in (None, len(argv))
    _set_argv(row, argv)


def _from_title(row: _Fields, title: _Fields, *, failed: bool) -> None:
    """The title in place of lost arguments. A failed call leaves the caller's title: what it tried is not known."""
    row["complete"] = False
    argv = _arguments(title.get("ARGV"))
    if not argv:
        row["command_line"] = _text(title.get("ARGV_STR")) or _text(title.get("proctitle"))
    elif failed:
        row["command_line"] = argv[0] if len(argv) == 1 else shlex.join(argv)
    else:
        row["command_line"] = shlex.join(argv)
        _set_argv(row, argv)
    row["origin"] = Origin.PROCTITLE


def _set_argv(row: _Fields, argv: list[str]) -> None:
    row["argv"] = argv
    if not all(map(is_exact, argv)):
        row["argv_hex"] = [encode(one).hex() for one in argv]


def _user_command(said: _Fields) -> _Fields:
    """A command as sudo reports it, in ``msg``: as it stands in the log (0.5), or taken apart (later)."""
    message = said.get("msg")
    row = _ids(said) | {"user": _user_name(said), "origin": Origin.USER_CMD}
    if isinstance(message, str):
        fields = fields_of(message.encode(errors="surrogateescape"))
        command, directory, exe = (unquoted(fields.get(name)) for name in ("cmd", "cwd", "exe"))
        row["command_line"] = None if command is None else decode(command)
        row["cwd"] = None if directory is None else decode(directory)
        row["exe"] = None if exe is None else decode(exe)
        row["success"] = _SUCCESS.get(fields.get("res", b"").decode(errors="replace").rstrip(")"))
    else:
        inner = message if isinstance(message, dict) else said
        row["command_line"], row["cwd"] = _text(inner.get("cmd")), _text(inner.get("cwd"))
        row["exe"], row["success"] = _text(inner.get("exe")), _SUCCESS.get(str(inner.get("res")))
    if row["command_line"] is None:
        raise UnreadableRecordError("a record without its command")
    return row


def _ids(fields: _Fields) -> _Fields:
    row: _Fields = {name: number(fields.get(name)) for name in ("uid", "euid", "pid", "ppid")}
    row["auid"], row["session"] = user_id(fields.get("auid")), user_id(fields.get("ses"))
    return row


def _user_name(fields: _Fields) -> str | None:
    name = _text(fields.get("UID"))
    return None if name is None or name == "unset" or name.startswith("unknown(") or name.isdecimal() else name


def _arguments(value: Any) -> list[str] | None:
    """Arguments, their bytes as columns hold them; None where it is no list of texts."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return None
    return [_plain(one) for one in value]


def _shown(fields: _Fields) -> str | None:
    argv = _arguments(fields.get("ARGV"))
    return (shlex.join(argv) if argv else _text(fields.get("ARGV_STR"))) or None


def _text(value: Any) -> str | None:
    found = _plain(value) if isinstance(value, str) else None
    return None if found in (None, "", "(none)", "(null)", "?") else found


def _plain(text: str) -> str:
    """LAUREL writes ``%``, ``+``, unprintable ASCII and bytes that are not UTF-8 as ``%xx``, all else as it is.

    >>> _plain("%2bx"), _plain("a%0ab"), _plain("été")
    ('+x', 'a\\nb', 'été')
    """
    return decode(unquote_to_bytes(text.encode(errors="surrogateescape"))) if "%" in text else text


def _one(value: Any) -> _Fields | None:
    return value if isinstance(value, dict) else next(iter(_all(value)), None)


def _all(value: Any) -> list[_Fields]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


READER = JsonReader(name="laurel", description="LAUREL: the Linux audit log as JSON, an event a line", shape=_Shape())
