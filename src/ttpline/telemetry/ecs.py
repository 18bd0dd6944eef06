"""Elastic Common Schema: process events of Elastic Defend, Auditbeat, Winlogbeat, Filebeat, and of other writers.

Nested objects or keys with dots, one a line, or as a search gives them (``_source``). Which events are commands, and
from where each field comes, is in ``docs/formats/ecs.md``.
"""

import re
from typing import Any, ClassVar
from zlib import crc32

import msgspec

from ttpline.domain.event import Origin
from ttpline.telemetry._ecs.meaning import SUCCESS, is_execution, joined, platform_by_os, platform_by_path
from ttpline.telemetry._ecs.plain import PLAIN_COLUMNS, plain_events
from ttpline.telemetry._event_columns import EventColumns
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import at, number, text, texts, user_id
from ttpline.telemetry._regular.table import Table
from ttpline.telemetry._times import epoch, rfc3339
from ttpline.telemetry._windows import WindowsRows
from ttpline.telemetry._windows.json_forms import from_winlog

_AUDIT_ID = re.compile(r"audit\((\d{1,12}\.\d{3}):(\d{1,20})\)", re.ASCII)
_Text = str | None
_Number = int | None


class _Os(msgspec.Struct):
    type: _Text = None
    platform: _Text = None
    family: _Text = None


class _Host(msgspec.Struct):
    hostname: _Text = None
    name: _Text = None
    os: _Os | None = None


class _Parent(msgspec.Struct):
    pid: _Number = None
    args: list[str] | None = None
    command_line: _Text = None


class _Process(msgspec.Struct):
    pid: _Number = None
    ppid: _Number = None
    executable: _Text = None
    args: list[str] | None = None
    command_line: _Text = None
    working_directory: _Text = None
    parent: _Parent | None = None


class _Event(msgspec.Struct):
    action: str | list[str] | None = None
    category: str | list[str] | None = None
    type: str | list[str] | None = None
    outcome: _Text = None
    id: _Text = None
    original: str | list[str] | None = None


class _Id(msgspec.Struct):
    id: str | int | None = None


class _User(msgspec.Struct):
    name: _Text = None
    domain: _Text = None
    id: str | int | None = None
    audit: _Id | None = None
    effective: _Id | None = None


class _Data(msgspec.Struct):
    cmd: _Text = None
    tty: _Text = None
    terminal: _Text = None


class _Auditd(msgspec.Struct):
    sequence: _Number = None
    session: str | int | None = None
    data: _Data | None = None


class _Agent(msgspec.Struct):
    type: _Text = None
    hostname: _Text = None


class _Record(msgspec.Struct):
    """What is needed of an ECS document, as most writers write it; others come through ``loosely``."""

    timestamp: str | int | float | None = msgspec.field(name="@timestamp", default=None)
    process: _Process | None = None
    event: _Event | None = None
    host: _Host | None = None
    user: _User | None = None
    winlog: dict[str, Any] | None = None
    auditd: _Auditd | None = None
    agent: _Agent | None = None
    dotted_command: Any = msgspec.field(name="process.command_line", default=None)
    dotted_args: Any = msgspec.field(name="process.args", default=None)
    dotted_exe: Any = msgspec.field(name="process.executable", default=None)


class _Shape:
    record = _Record
    columns: ClassVar = PLAIN_COLUMNS
    mark = b'"process'
    command_marks = ((b'"command_line"',), (b'.command_line"',), (b'"args"',), (b'.args"',), (b'"cmd"',), (b"winlog",))

    def is_own(self, raw: bytes) -> bool:
        return b'"@timestamp"' in raw or b'"event' in raw or b'"process' in raw

    def sniff(self, record: dict[str, Any]) -> float:
        if "event_id" in record and "origin" in record:  # our own events
            return 0.0
        signs = (
            "@timestamp" in record,
            at(record, "ecs", "version") is not None,
            at(record, "event", "kind") is not None or at(record, "event", "category") is not None,
            at(record, "agent", "type") is not None,
            isinstance(at(record, "process"), dict) or any(key.startswith("process.") for key in record),
        )
        found = sum(signs)
        return 0.95 if found >= 3 else 0.7 if found == 2 and signs[2] else 0.0

    def opened(self, rows: EventRows) -> WindowsRows:
        return WindowsRows(rows)

    def loosely(self, record: dict[str, Any]) -> _Record:
        """Keys with dots, numbers as text, lists of one: the same document as the struct has it."""

        def strings(*path: str) -> list[str] | None:
            found = at(record, *path)
            return [found] if isinstance(found, str) else texts(found)

        original = at(record, "event", "original")
        winlog = record.get("winlog")
        is_audit = at(record, "auditd") is not None or number(at(record, "auditd", "sequence")) is not None
        return _Record(
            timestamp=record.get("@timestamp") if isinstance(record.get("@timestamp"), str | int | float) else None,
            process=_Process(
                number(at(record, "process", "pid")),
                number(at(record, "process", "ppid")),
                text(at(record, "process", "executable")),
                texts(at(record, "process", "args")),
                text(at(record, "process", "command_line")),
                text(at(record, "process", "working_directory")),
                _Parent(
                    number(at(record, "process", "parent", "pid")),
                    texts(at(record, "process", "parent", "args")),
                    text(at(record, "process", "parent", "command_line")),
                ),
            ),
            event=_Event(
                strings("event", "action"),
                strings("event", "category"),
                strings("event", "type"),
                text(at(record, "event", "outcome")),
                text(at(record, "event", "id")),
                original if isinstance(original, str) else texts(original),
            ),
            host=_Host(
                text(at(record, "host", "hostname")),
                text(at(record, "host", "name")),
                _Os(*(text(at(record, "host", "os", name)) for name in ("type", "platform", "family"))),
            ),
            user=_User(
                text(at(record, "user", "name")),
                text(at(record, "user", "domain")),
                text(at(record, "user", "id")),
                _Id(text(at(record, "user", "audit", "id"))),
                _Id(text(at(record, "user", "effective", "id"))),
            ),
            winlog=winlog if isinstance(winlog, dict) else None,
            auditd=_Auditd(
                number(at(record, "auditd", "sequence")),
                text(at(record, "auditd", "session")),
                _Data(*(text(at(record, "auditd", "data", name)) for name in ("cmd", "tty", "terminal"))),
            )
            if is_audit
            else None,
            agent=_Agent(text(at(record, "agent", "type")), text(at(record, "agent", "hostname"))),
        )

    def add(self, record: _Record, raw: bytes, place: Place, rows: WindowsRows) -> None:
        if record.dotted_command is not None or record.dotted_args is not None or record.dotted_exe is not None:
            raise WrappedError
        if record.process is None and record.winlog is None and record.event is None:
            raise WrappedError
        if record.winlog is not None:
            name = record.host.name if record.host is not None else None
            event = from_winlog({"winlog": record.winlog, "@timestamp": record.timestamp, "host": {"name": name}})
            if event is not None and rows.add(event, place, raw):
                return
        said = record.event
        if said is not None and is_execution(said.action, said.category, said.type):
            _add(record, raw, place, rows.rows)

    def events(self, table: Table) -> EventColumns:
        return plain_events(table)


_NO_PROCESS, _NO_PARENT, _NO_USER, _NO_HOST, _NO_DATA = _Process(), _Parent(), _User(), _Host(), _Data()


def _add(record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
    process = record.process or _NO_PROCESS
    parent, user = process.parent or _NO_PARENT, record.user or _NO_USER
    data = record.auditd.data or _NO_DATA if record.auditd is not None else _NO_DATA
    platform = _platform(record, process)
    argv, line, origin = process.args or None, process.command_line or None, Origin.COMMAND_LINE
    if argv is not None and platform != "windows":
        # Agents on Windows cut the line themselves; elsewhere these are the arguments that the kernel was given.
        line, origin = joined(argv), Origin.EXECVE
    else:
        argv = None
        if line is None and data.cmd:
            line, origin = data.cmd, Origin.USER_CMD
        line = line or process.executable
    if not line:
        raise UnreadableRecordError("a process was started, but there is no command line")
    hosts = record.host or _NO_HOST
    host = hosts.hostname or hosts.name or (record.agent.hostname if record.agent is not None else None)
    moment, event_id = _identity(record, process, host, raw)
    parent_line = joined(parent.args) if parent.args and platform != "windows" else parent.command_line
    rows.add(
        place,
        raw,
        line,
        event_id=event_id,
        origin=origin,
        argv=argv,
        time=moment,
        host=host,
        user=f"{user.domain}\\{user.name}" if user.domain and user.name and platform == "windows" else user.name,
        uid=user_id(user.id),
        auid=user_id(user.audit.id) if user.audit is not None else None,
        euid=user_id(user.effective.id) if user.effective is not None else None,
        session=number(record.auditd.session) if record.auditd is not None else None,
        tty=data.tty or data.terminal,
        pid=process.pid,
        ppid=parent.pid if parent.pid is not None else process.ppid,
        exe=process.executable,
        cwd=process.working_directory,
        parent_command_line=parent_line or None,
        success=SUCCESS.get(record.event.outcome or "") if record.event is not None else None,
        platform=platform,
    )


def _identity(record: _Record, process: _Process, host: str | None, raw: bytes) -> tuple[int | None, str | None]:
    """The time in microseconds and what the event is called: by its audit record, its own id, or what it says."""
    stamp, event = record.timestamp, record.event
    moment = rfc3339(stamp) if isinstance(stamp, str) else epoch(stamp)
    if event is not None and event.original is not None:
        first = event.original if isinstance(event.original, str) else event.original[0] if event.original else ""
        audit = _AUDIT_ID.search(first[:200])
        if audit:
            return moment if moment is not None else epoch(audit[1]), _audit_id(host, audit[1], audit[2])
    if record.auditd is not None and record.auditd.sequence is not None and moment is not None:
        seconds = f"{moment // 1_000_000}.{moment // 1_000 % 1_000:03}"
        return moment, _audit_id(host, seconds, str(record.auditd.sequence))
    if event is not None and event.id:
        return moment, f"ecs:{host or ''}:{event.id}"
    if moment is None or host is None:
        return moment, None
    return moment, f"ecs:{host}:{moment}:{'' if process.pid is None else process.pid}:{crc32(raw)}"


def _audit_id(host: str | None, seconds: str, serial: str) -> str:
    """As the reader of audit logs calls it."""
    return f"{host or ''}:{seconds}:{serial}"


def _platform(record: _Record, process: _Process) -> str | None:
    os = record.host.os if record.host is not None else None
    if os is not None and (known := platform_by_os(os.type, os.platform, os.family)):
        return known
    if record.winlog is not None or (record.agent is not None and record.agent.type == "winlogbeat"):
        return "windows"
    return "linux" if record.auditd is not None else platform_by_path(process.executable)


READER = JsonReader(
    name="ecs", description="Elastic Common Schema process events (Defend, Auditbeat, Winlogbeat)", shape=_Shape()
)
