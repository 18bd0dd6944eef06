"""osquery's results log: process events of all platforms, new processes, shell histories, PowerShell script blocks.

Event format, batch format (``diffResults``), snapshots, and what the TLS endpoint gets (``data``). Tables are known by
their columns, as queries have any name; see ``docs/formats/osquery.md``.
"""

import shlex
from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from zlib import crc32

import msgspec
import numpy as np
import polars as pl

from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode
from ttpline.telemetry._columns import event_ids
from ttpline.telemetry._event_columns import EventColumns
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import number, text, texts, user_id
from ttpline.telemetry._regular.ids import number_checksums
from ttpline.telemetry._regular.places import ABSENT, Column, text_at, word_at
from ttpline.telemetry._regular.scan import Mask
from ttpline.telemetry._regular.skeleton import Kind
from ttpline.telemetry._regular.table import Table
from ttpline.telemetry._times import epoch

_EXECUTIONS = frozenset({"execve", "execveat", "exec"})
"""``syscall`` of process_events and bpf_process_events, ``event_type`` of es_process_events: the others are forks."""

_ETW_START = "ProcessStart"
_SUCCESS = {"succeeded": True, "failed": False}
_OF_EVENTS = ("time", "eid", "auid", "uptime", "ntime", "event_type", "syscall")
"""Columns of event tables, of which ``processes`` (what runs at the time of the query) has none."""

_MACOS = ("signing_id", "team_id", "cdhash", "platform_binary")
_LINUX = ("auid", "syscall", "cid", "owner_uid")
_Cells = dict[str, Any]


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


_WORDS = (
    "path", "username", "uid", "auid", "euid", "session_id", "pid", "parent", "ppid", "cwd", "status", "time",
    "start_time", "event_type", "syscall",
)  # fmt: skip
_UNUSUAL = ("json_cmdline", "script_text", "command", "token_elevation_type", "probe_error")

_COLUMNS = {
    "unixTime": Column(("unixTime",), frozenset({Kind.TEXT, Kind.NUMBER})),
    "hostIdentifier": word_at("hostIdentifier"),
    "host_identifier": word_at("host_identifier"),
    "action": text_at("action"),
    **{name: Column((name,), ABSENT) for name in ("diffResults", "snapshot", "data")},
    "cmdline": Column(("columns", "cmdline"), frozenset({Kind.TEXT, Kind.NUMBER, Kind.NULL})),
    **{name: word_at("columns", name) for name in _WORDS},
    **{name: Column(("columns", name), frozenset({Kind.MISSING})) for name in _UNUSUAL},
    **{name: Column(("columns", name), frozenset(Kind)) for name in (*_MACOS, *_LINUX) if name not in _WORDS},
}
"""Of a record that has one row, of a table of processes."""


class _Shape:
    record = _Record
    mark = b"unixTime"
    command_marks = ((b"cmdline",), (b"command",), (b"script_text",))
    columns: ClassVar = _COLUMNS

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

    def events(self, table: Table) -> EventColumns:
        kind = ("event_type", "syscall")
        is_usual = (~table.has("action") | table.equals("action", b"added")) & ~table.is_coded(kind)
        table = table.leave(~is_usual | table.is_coded("status"))
        is_execution = table.is_empty(kind)
        if not is_execution.all():
            is_execution |= np.any([table.equals(kind, one.encode()) for one in _EXECUTIONS], axis=0)
            table = table.where(is_execution)
        table = table.where(~table.is_empty(("cmdline", "path")))
        words = table.words("cmdline", "path", "username", "cwd", host=("hostIdentifier", "host_identifier"))
        named = words.select(pl.coalesce("cmdline", "path")).to_series()
        has_ended = table.equals("status", b"succeeded"), table.equals("status", b"failed")
        keys = number_checksums(table.checksums(), b":0")  # as of the first of the rows in one record
        return table.events(
            event_ids(table.records, keys),
            command_line=named,
            origin=Origin.COMMAND_LINE.value,
            complete=words["cmdline"].is_not_null(),
            time=_times(table),
            host=words["host"],
            user=words["username"],
            uid=table.user_ids("uid"),
            auid=table.user_ids("auid"),
            euid=table.user_ids("euid"),
            session=table.numbers("session_id"),
            pid=table.numbers("pid"),
            ppid=_where(table.is_there("parent"), table.numbers("parent"), lambda: table.numbers("ppid")),
            exe=words["path"],
            cwd=_directories(table, words["cwd"]),
            success=_either(*has_ended),
            platform=_platforms(table, words["path"]),
        )


def _where(mask: Mask, values: pl.Series, others: Callable[[], pl.Series]) -> pl.Series:
    return values if mask.all() else values.zip_with(pl.Series(mask), others())


def _either(is_true: Mask, is_false: Mask) -> pl.Series:
    """Null where it is neither."""
    if not (is_true | is_false).any():
        return pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(is_true))
    return pl.select(pl.when(pl.Series(is_true | is_false)).then(pl.Series(is_true))).to_series()


def _times(table: Table) -> pl.Series:
    time = table.seconds("time", _seconds)
    time = _where(table.is_there("time"), time, lambda: table.seconds("start_time", _seconds))
    time = time.set(time == 0, None)
    if time.null_count():
        time = time.zip_with(time.is_not_null(), table.seconds("unixTime", _seconds))
        time = time.set(time == 0, None)
    return time


def _directories(table: Table, written: pl.Series) -> pl.Series:
    """As ``_directory`` has it for one."""
    if not any(table.begins("cwd", sign).any() for sign in (b"\\", b"2F")):  # a quote is escaped
        return written
    is_coded = (written.str.starts_with('"') | written.str.starts_with("2F")).fill_null(False)
    if not is_coded.any():
        return written
    return written.scatter(is_coded.arg_true(), [_directory(one) for one in written.filter(is_coded)])


def _platforms(table: Table, exe: pl.Series) -> pl.Series | str:
    """As ``_platform`` has it for one."""
    is_macos, is_linux = table.is_there(*_MACOS), table.is_there(*_LINUX)
    if is_linux.all() and not is_macos.any():
        return "linux"
    is_windows = exe.str.slice(1, 2) == ":\\"
    return pl.select(
        pl.when(pl.Series(is_macos))
        .then(pl.lit("macos"))
        .when(pl.Series(is_linux))
        .then(pl.lit("linux"))
        .when(is_windows)
        .then(pl.lit("windows"))
    ).to_series()


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


def _command_of(row: _Cells, *, is_snapshot: bool) -> _Cells | None:
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


def _process(row: _Cells) -> _Cells | None:
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
    found: _Cells = {
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


def _success(row: _Cells) -> bool | None:
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


def _platform(row: _Cells, exe: str | None) -> str | None:
    if any(name in row for name in _MACOS):
        return "macos"
    if any(name in row for name in _LINUX):
        return "linux"
    if exe is not None and exe[1:3] == ":\\":
        return "windows"
    return None


def _history(row: _Cells) -> _Cells | None:
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


def _script(row: _Cells) -> _Cells | None:
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
