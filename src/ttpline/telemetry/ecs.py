"""Elastic Common Schema: process events of Elastic Defend, Auditbeat, Winlogbeat, Filebeat, and of other writers.

Nested objects or keys with dots, one a line, or as a search gives them (``_source``). Which events are commands, and
from where each field comes, is in ``docs/formats/ecs.md``.
"""

import re
import shlex
from typing import Any
from zlib import crc32

import msgspec

from ttpline.domain.event import Origin
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import at, number, text, texts, user_id
from ttpline.telemetry._times import epoch, rfc3339
from ttpline.telemetry._windows import WindowsRows
from ttpline.telemetry._windows.json_forms import from_winlog

_RAN = frozenset({"exec", "executed", "process_started", "start", "creation_event", "created-process"})
"""``event.action`` of writers that give no ``event.type``, or give several."""

_NOT_RUN = frozenset({"fork", "end", "existing_process", "process_stopped", "process_error"})
"""Not an execution, whatever the type says: a fork goes on with its parent's program."""

_AUDIT_ID = re.compile(r"audit\((\d{1,12}\.\d{3}):(\d{1,20})\)", re.ASCII)
_PLATFORMS = {"linux": "linux", "windows": "windows", "darwin": "macos", "macos": "macos"}


class _Record(msgspec.Struct):
    """The top of an ECS document; keys with dots stand for nested ones."""

    timestamp: Any = msgspec.field(name="@timestamp", default=None)
    process: Any = None
    event: Any = None
    host: Any = None
    user: Any = None
    winlog: Any = None
    auditd: Any = None
    agent: Any = None
    auditbeat: Any = None
    dotted_command: Any = msgspec.field(name="process.command_line", default=None)
    dotted_args: Any = msgspec.field(name="process.args", default=None)
    dotted_exe: Any = msgspec.field(name="process.executable", default=None)


class _Shape:
    record = _Record
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

    def add(self, record: _Record, raw: bytes, place: Place, rows: WindowsRows) -> None:
        dotted = (record.dotted_command, record.dotted_args, record.dotted_exe)
        if all(one is None for one in (record.process, record.winlog, record.event, *dotted)):
            raise WrappedError
        document = self._whole(record, raw)
        if isinstance(document.get("winlog"), dict):
            event = from_winlog(document)
            if event is not None and rows.add(event, place, raw):
                return
        if _is_execution(document):
            _add(document, raw, place, rows.rows)

    def _whole(self, record: _Record, raw: bytes) -> dict[str, Any]:
        """The document as an object; read again only where its keys have dots."""
        if record.dotted_command is None and record.dotted_args is None and record.dotted_exe is None:
            return {
                "@timestamp": record.timestamp,
                "process": record.process,
                "event": record.event,
                "host": record.host,
                "user": record.user,
                "winlog": record.winlog,
                "auditd": record.auditd,
                "agent": record.agent,
            }
        try:
            found = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise WrappedError from error
        inner = found.get("_source", found) if isinstance(found, dict) else {}
        return inner if isinstance(inner, dict) else {}


def _is_execution(document: dict[str, Any]) -> bool:
    types = at(document, "event", "type")
    category = at(document, "event", "category")
    types = {types} if isinstance(types, str) else set(types or ()) if isinstance(types, list) else set()
    category = {category} if isinstance(category, str) else set(category or ()) if isinstance(category, list) else set()
    actions = at(document, "event", "action")
    actions = set(actions) if isinstance(actions, list) else {actions}
    if "exec" in actions or "executed" in actions:  # Elastic Defend gives fork and exec in one event
        return True
    if actions & _NOT_RUN:
        return False
    if "process" in category:
        return "start" in types or bool(actions & _RAN)
    return not category and bool(actions & _RAN)


def _add(document: dict[str, Any], raw: bytes, place: Place, rows: EventRows) -> None:
    platform = _platform(document)
    argv = texts(at(document, "process", "args"))
    line = text(at(document, "process", "command_line"))
    typed = text(at(document, "auditd", "data", "cmd"))
    exe = text(at(document, "process", "executable"))
    origin = Origin.COMMAND_LINE
    if argv is not None and platform != "windows":
        # Agents on Windows cut the line themselves; elsewhere these are the arguments that the kernel was given.
        line, origin = shlex.join(argv), Origin.EXECVE
    else:
        argv = None
        if line is None and typed is not None:
            line, origin = typed, Origin.USER_CMD
        if line is None:
            line = exe
    if line is None:
        raise UnreadableRecordError("a process was started, but there is no command line")
    host = text(at(document, "host", "hostname")) or text(at(document, "host", "name"))
    host = host or text(at(document, "agent", "hostname"))
    moment, event_id = _identity(document, host, raw)
    success = {"success": True, "failure": False}.get(str(at(document, "event", "outcome")))
    parent = texts(at(document, "process", "parent", "args"))
    parent_line = text(at(document, "process", "parent", "command_line"))
    rows.add(
        place,
        raw,
        line,
        event_id=event_id,
        origin=origin,
        argv=argv,
        time=moment,
        host=host,
        user=_user(document, platform),
        uid=user_id(at(document, "user", "id")),
        auid=user_id(at(document, "user", "audit", "id")),
        euid=user_id(at(document, "user", "effective", "id")),
        session=number(at(document, "auditd", "session")),
        tty=text(at(document, "auditd", "data", "tty")) or text(at(document, "auditd", "data", "terminal")),
        pid=number(at(document, "process", "pid")),
        ppid=number(at(document, "process", "parent", "pid") or at(document, "process", "ppid")),
        exe=exe,
        cwd=text(at(document, "process", "working_directory")),
        parent_command_line=shlex.join(parent) if parent and platform != "windows" else parent_line,
        success=success,
        platform=platform,
    )


def _identity(document: dict[str, Any], host: str | None, raw: bytes) -> tuple[int | None, str | None]:
    """The time in microseconds and what the event is called: by its audit record, its own id, or what it says."""
    stamp = document.get("@timestamp")
    moment = rfc3339(stamp) if isinstance(stamp, str) else epoch(stamp)
    original = at(document, "event", "original")
    first = original[0] if isinstance(original, list) and original else original
    audit = _AUDIT_ID.search(first[:200]) if isinstance(first, str) else None
    if audit:
        return moment if moment is not None else epoch(audit[1]), _audit_id(host, audit[1], audit[2])
    sequence = number(at(document, "auditd", "sequence"))
    if sequence is not None and moment is not None:
        seconds = f"{moment // 1_000_000}.{moment // 1_000 % 1_000:03}"
        return moment, _audit_id(host, seconds, str(sequence))
    own = text(at(document, "event", "id"))
    if own is not None:
        return moment, f"ecs:{host or ''}:{own}"
    if moment is None or host is None:
        return moment, None
    return moment, f"ecs:{host}:{moment}:{text(at(document, 'process', 'pid')) or ''}:{crc32(raw)}"


def _audit_id(host: str | None, seconds: str, serial: str) -> str:
    """As the reader of audit logs calls it."""
    return f"{host or ''}:{seconds}:{serial}"


def _user(document: dict[str, Any], platform: str | None) -> str | None:
    name = text(at(document, "user", "name"))
    domain = text(at(document, "user", "domain"))
    return f"{domain}\\{name}" if name and domain and platform == "windows" else name


def _platform(document: dict[str, Any]) -> str | None:
    for path in (("host", "os", "type"), ("host", "os", "platform"), ("host", "os", "family")):
        known = _PLATFORMS.get(str(at(document, *path)).lower())
        if known:
            return known
    if document.get("winlog") is not None or at(document, "agent", "type") == "winlogbeat":
        return "windows"
    if isinstance(document.get("auditd"), dict):
        return "linux"
    exe = str(at(document, "process", "executable") or "")
    return "windows" if re.match(r"[A-Za-z]:\\", exe) else "linux" if exe.startswith("/") else None


READER = JsonReader(
    name="ecs", description="Elastic Common Schema process events (Defend, Auditbeat, Winlogbeat)", shape=_Shape()
)
