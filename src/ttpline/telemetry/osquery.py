"""osquery's results log: process events of all platforms, new processes, shell histories, PowerShell script blocks.

Event format, batch format (``diffResults``), snapshots, and what the TLS endpoint gets (``data``). Tables are known by
their columns, as queries have any name; see ``docs/formats/osquery.md``.
"""

import shlex
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import msgspec

from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import number, text, texts, user_id
from ttpline.telemetry._times import epoch

_EXECUTIONS = frozenset({"execve", "execveat", "exec"})
"""``syscall`` of process_events and bpf_process_events, ``event_type`` of es_process_events: the others are forks."""

_ETW_START = "ProcessStart"
_SUCCESS = {"succeeded": True, "failed": False}
_OF_EVENTS = ("time", "eid", "auid", "uptime", "ntime", "event_type", "syscall")
"""Columns of event tables, of which ``processes`` (what runs at the time of the query) has none."""

_MACOS = ("signing_id", "team_id", "cdhash", "platform_binary")
_LINUX = ("auid", "syscall", "cid", "owner_uid")
_Row = dict[str, Any]


class _Record(msgspec.Struct):
    name: Any = None
    host: Any = msgspec.field(name="hostIdentifier", default=None)
    tls_host: Any = msgspec.field(name="host_identifier", default=None)
    unix_time: Any = msgspec.field(name="unixTime", default=None)
    columns: Any = None
    action: Any = None
    differences: Any = msgspec.field(name="diffResults", default=None)
    snapshot: Any = None
    data: Any = None
    log_type: Any = None


class _Shape:
    record = _Record
    mark = b"unixTime"
    command_marks = ((b"cmdline",), (b"command",), (b"script_text",))

    def is_own(self, raw: bytes) -> bool:
        return b"unixTime" in raw or b"log_type" in raw

    def sniff(self, record: dict[str, Any]) -> float:
        if "log_type" in record and isinstance(record.get("data"), list):
            return 0.95 if "node_key" in record else 0.0
        if not any(name in record for name in ("columns", "diffResults", "snapshot")):
            return 0.0
        return 0.95 if "unixTime" in record and ("hostIdentifier" in record or "calendarTime" in record) else 0.0

    def add(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        if isinstance(record.data, list) and record.log_type is not None:
            for count, result in enumerate(record.data):
                if isinstance(result, dict):
                    self._add_result(msgspec.convert(result, _Record), raw + str(count).encode(), place, rows)
            return
        if record.unix_time is None:
            raise WrappedError
        if record.columns is None and record.differences is None and record.snapshot is None:
            raise WrappedError
        self._add_result(record, raw, place, rows)

    def _add_result(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        damaged, record_key = False, crc32(raw)
        for at, (row, is_snapshot) in enumerate(_rows_of(record)):
            if not isinstance(row, dict):
                damaged = True
                continue
            found = _command_of(row, is_snapshot=is_snapshot)
            if found is None:
                continue
            found.setdefault("time", _seconds(record.unix_time))
            rows.add(
                place,
                f"{record_key}:{at}".encode(),  # several rows may come in one record: each needs an id of its own
                found.pop("command_line"),
                host=text(record.host) or text(record.tls_host),
                **found,
            )
        if damaged:
            raise UnreadableRecordError("rows that are no objects")


def _rows_of(record: _Record) -> Iterator[tuple[Any, bool]]:
    """The rows that came, not those that went; whether they are a snapshot."""
    if record.columns is not None and record.action != "removed":
        yield record.columns, record.action == "snapshot"
    differences = record.differences
    added = differences.get("added") if isinstance(differences, dict) else None
    if isinstance(added, list):
        for row in added:
            yield row, False
    if isinstance(record.snapshot, list):
        for row in record.snapshot:
            yield row, True


def _command_of(row: _Row, *, is_snapshot: bool) -> _Row | None:
    """The event in a row of a table, without host; None for other tables and for what executes nothing."""
    if isinstance(row.get("script_text"), str) and "script_block_id" in row:
        return _script(row)
    if isinstance(row.get("command"), str) and "history_file" in row:
        return _history(row)
    if "cmdline" not in row and "json_cmdline" not in row:
        return None
    if is_snapshot and not any(name in row for name in _OF_EVENTS):
        return None
    return _process(row)


def _process(row: _Row) -> _Row | None:
    kind = text(row.get("event_type")) or text(row.get("syscall"))
    if kind is not None and kind not in _EXECUTIONS:
        return None
    if "type" in row and "token_elevation_type" in row and row["type"] != _ETW_START:
        return None
    argv = _argv(row.get("json_cmdline"))
    command = text(row.get("cmdline")) if argv is None else shlex.join(argv)
    exe = text(row.get("path"))
    named = command or exe
    if named is None:
        return None
    found: _Row = {
        "command_line": named,
        "complete": command is not None,
        "argv": argv,
        "user": text(row.get("username")),
        "uid": user_id(row.get("uid")),
        "auid": user_id(row.get("auid")),
        "euid": user_id(row.get("euid")),
        "session": number(row.get("session_id")),
        "pid": number(row.get("pid")),
        "ppid": number(row.get("parent", row.get("ppid"))),
        "exe": exe,
        "cwd": _directory(row.get("cwd")),
        "success": _success(row),
        "platform": _platform(row, exe),
    }
    time = _seconds(row.get("time", row.get("start_time")))
    if time is not None:
        found["time"] = time
    return found


def _argv(value: Any) -> list[str] | None:
    if not isinstance(value, str):
        return None
    try:
        return texts(msgspec.json.decode(value))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _success(row: _Row) -> bool | None:
    said = _SUCCESS.get(str(row.get("status")))
    if said is None and "probe_error" in row:  # bpf_process_events: what the system call returned
        code = number(row.get("exit_code"))
        return None if code is None else code >= 0
    return said


def _directory(value: Any) -> str | None:
    """As the audit record has it: quoted, or in hex where it holds a space."""
    written = text(value)
    if written is None:
        return None
    if len(written) > 1 and written.startswith('"') and written.endswith('"'):
        return written[1:-1] or None
    if written.startswith("2F") and len(written) % 2 == 0:
        try:
            return decode(bytes.fromhex(written))
        except ValueError:
            return written
    return written


def _platform(row: _Row, exe: str | None) -> str | None:
    if any(name in row for name in _MACOS):
        return "macos"
    if any(name in row for name in _LINUX):
        return "linux"
    if exe is not None and exe[1:3] == ":\\":
        return "windows"
    return None


def _history(row: _Row) -> _Row | None:
    command: str = row["command"]
    if not command.strip():
        return None
    return {
        "command_line": command,
        "origin": Origin.HISTORY,
        "user": text(row.get("username")),
        "uid": user_id(row.get("uid")),
        "time": _seconds(row.get("time")),
    }


def _script(row: _Row) -> _Row | None:
    script: str = row["script_text"]
    if not script.strip():
        return None
    time = _seconds(row.get("time"))
    return {"command_line": script, "platform": "windows"} | ({} if time is None else {"time": time})


def _seconds(value: Any) -> int | None:
    """A time as osquery has it, a number or its digits; 0 and -1 are unknown."""
    if isinstance(value, str):
        value = value.strip()
    return (epoch(value) or None) if isinstance(value, str | int | float) else None


READER = JsonReader(name="osquery", description="osquery results log: process events, shell histories", shape=_Shape())
