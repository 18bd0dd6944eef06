"""Microsoft Defender: ``DeviceProcessEvents``, exported from advanced hunting, streamed, or from the Graph API."""

from typing import Any

import msgspec

from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.ids import copied_id
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import number, text
from ttpline.telemetry._times import epoch, rfc3339

_STREAMED = "AdvancedHunting-"
_CREATED = "ProcessCreated"


class _Record(msgspec.Struct):
    action: Any = msgspec.field(name="ActionType", default=None)
    command: Any = msgspec.field(name="ProcessCommandLine", default=None)
    time: Any = msgspec.field(name="Timestamp", default=None)
    time_generated: Any = msgspec.field(name="TimeGenerated", default=None)
    device: Any = msgspec.field(name="DeviceName", default=None)
    device_id: Any = msgspec.field(name="DeviceId", default=None)
    report_id: Any = msgspec.field(name="ReportId", default=None)
    file_name: Any = msgspec.field(name="FileName", default=None)
    folder: Any = msgspec.field(name="FolderPath", default=None)
    pid: Any = msgspec.field(name="ProcessId", default=None)
    account: Any = msgspec.field(name="AccountName", default=None)
    domain: Any = msgspec.field(name="AccountDomain", default=None)
    logon: Any = msgspec.field(name="LogonId", default=None)
    parent_pid: Any = msgspec.field(name="InitiatingProcessId", default=None)
    parent_command: Any = msgspec.field(name="InitiatingProcessCommandLine", default=None)
    properties: Any = None


class _Shape:
    record = _Record
    mark = b"ActionType"
    command_marks = ((_CREATED.encode(),),)

    def sniff(self, record: dict[str, Any]) -> float:
        category = record.get("category")
        if isinstance(category, str) and category.startswith(_STREAMED) and "properties" in record:
            return 0.95
        if "ActionType" not in record or not ("DeviceName" in record or "DeviceId" in record):
            return 0.0
        return (
            0.95 if any(name in record for name in ("ProcessCommandLine", "InitiatingProcessId", "ReportId")) else 0.0
        )

    def add(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        if isinstance(record.properties, dict) and record.action is None:
            record = msgspec.convert(record.properties, _Record)
        if record.action is None:
            raise WrappedError
        if record.action != _CREATED:
            return
        exe = _program(text(record.folder), text(record.file_name))
        command = text(record.command)
        named = command or exe
        if named is None:
            raise UnreadableRecordError("a process creation without command line and program")
        time = _time(record.time) or _time(record.time_generated)
        host, report = text(record.device), text(record.report_id)
        device = text(record.device_id) or host
        pid = number(record.pid)
        is_named = device is not None and report is not None and time is not None
        rows.add(
            place,
            raw,
            named,
            event_id=f"defender:{device}:{time}:{report}" if is_named else copied_id("defender", host, time, pid, raw),
            complete=command is not None,
            time=time,
            host=host,
            user=_user(record),
            session=text(record.logon),
            pid=pid,
            ppid=number(record.parent_pid),
            exe=exe,
            parent_command_line=text(record.parent_command),
            platform="windows" if exe is not None and exe[1:3] == ":\\" else None,
        )


def _program(folder: str | None, name: str | None) -> str | None:
    """The path; ``FolderPath`` has the file's name at its end, in most versions."""
    if folder is None or name is None or folder.lower().endswith(name.lower()):
        return folder or name
    return f"{folder.rstrip('/')}/{name}" if folder.startswith("/") else folder.rstrip("\\") + "\\" + name


def _user(record: _Record) -> str | None:
    name, domain = text(record.account), text(record.domain)
    return f"{domain}\\{name}" if name and domain else name


def _time(value: Any) -> int | None:
    if isinstance(value, str):
        return rfc3339(value) or epoch(value)
    return epoch(value) if isinstance(value, int | float) else None


READER = JsonReader(
    name="defender", description="Microsoft Defender DeviceProcessEvents: hunting export, streaming API", shape=_Shape()
)
