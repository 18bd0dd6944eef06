"""OCSF: Process Activity (class 1007), activity Launch, from Amazon Security Lake and other writers."""

from typing import Any

import msgspec

from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.ids import copied_id
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import at, number, text, user_id
from ttpline.telemetry._times import epoch, rfc3339

PROCESS_ACTIVITY = 1007
LAUNCH = 1
_LAUNCH_TYPE = PROCESS_ACTIVITY * 100 + LAUNCH
_SUCCESS = {1: True, 2: False}
_PLATFORMS = {100: "windows", 101: "windows", 200: "linux", 300: "macos"}
"""``device.os.type_id``."""

_PLATFORM_NAMES = {"windows": "windows", "linux": "linux", "macos": "macos"}


class _Record(msgspec.Struct):
    class_uid: Any = None
    activity_id: Any = None
    type_uid: Any = None
    time: Any = None
    time_dt: Any = None
    process: Any = None
    actor: Any = None
    device: Any = None
    metadata: Any = None
    status_id: Any = None


class _Shape:
    record = _Record
    mark = b"class_uid"
    command_marks = ((b"1007", b"process"),)

    def sniff(self, record: dict[str, Any]) -> float:
        if number(record.get("class_uid")) is None:
            return 0.0
        return 0.95 if any(name in record for name in ("metadata", "category_uid", "type_uid")) else 0.0

    def add(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        if record.class_uid is None:
            raise WrappedError
        if number(record.class_uid) != PROCESS_ACTIVITY or not _is_launch(record):
            return
        process = record.process
        command, exe = text(at(process, "cmd_line")), text(at(process, "file", "path"))
        named = command or exe or text(at(process, "name"))
        if named is None:
            raise UnreadableRecordError("a process launch without command line and program")
        time = _time(record)
        host = text(at(record.device, "hostname")) or text(at(record.device, "name"))
        pid = number(at(process, "pid"))
        parent = at(process, "parent_process")
        if not isinstance(parent, dict):
            parent = at(record.actor, "process")
        own = text(at(record.metadata, "uid"))
        rows.add(
            place,
            raw,
            named,
            event_id=f"ocsf:{own}" if own else copied_id("ocsf", host, time, pid, named.encode(errors="surrogatepass")),
            complete=command is not None,
            time=time,
            host=host,
            user=_user(at(process, "user")) or _user(at(record.actor, "user")),
            uid=_first_id(at(process, "user", "uid"), at(record.actor, "user", "uid")),
            auid=user_id(at(process, "auid")),
            euid=user_id(at(process, "euid")),
            session=text(at(process, "session", "uid")) or text(at(record.actor, "session", "uid")),
            tty=text(at(process, "session", "terminal")) or text(at(process, "tty")),
            pid=pid,
            ppid=number(at(parent, "pid")),
            exe=exe,
            cwd=text(at(process, "working_directory")),
            parent_command_line=text(at(parent, "cmd_line")),
            success=_SUCCESS.get(number(record.status_id) or 0),
            platform=_platform(record.device),
        )


def _is_launch(record: _Record) -> bool:
    activity = number(record.activity_id)
    return activity == LAUNCH if activity is not None else number(record.type_uid) == _LAUNCH_TYPE


def _user(user: Any) -> str | None:
    name, domain = text(at(user, "name")), text(at(user, "domain"))
    return f"{domain}\\{name}" if name and domain and "\\" not in name else name


def _first_id(*values: Any) -> int | None:
    """A number: Windows puts a SID there."""
    return next((found for value in values if (found := user_id(value)) is not None), None)


def _platform(device: Any) -> str | None:
    kind = number(at(device, "os", "type_id"))
    if kind in _PLATFORMS:
        return _PLATFORMS[kind]
    return _PLATFORM_NAMES.get((text(at(device, "os", "type")) or "").lower())


def _time(record: _Record) -> int | None:
    if isinstance(record.time_dt, str) and (found := rfc3339(record.time_dt)) is not None:
        return found
    if isinstance(record.time, str):
        return rfc3339(record.time) or epoch(record.time)
    return epoch(record.time) if isinstance(record.time, int | float) else None


READER = JsonReader(
    name="ocsf", description="OCSF Process Activity (launches), as Security Lake has it", shape=_Shape()
)
