"""CrowdStrike Falcon: process events of the Data Replicator or LogScale, and detections of the event stream."""

from typing import Any

import msgspec

from ttpline.domain.event import Origin
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.ids import copied_id
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import number, text, user_id
from ttpline.telemetry._times import epoch, rfc3339

_ROLLUPS = frozenset({"ProcessRollup2", "SyntheticProcessRollup2"})
_HISTORY = "CommandHistory"
_BETWEEN_COMMANDS = "\N{PILCROW SIGN}"
_PLATFORMS = {"Win": "windows", "Lin": "linux", "Mac": "macos"}
_Fields = dict[str, Any]


class _Record(msgspec.Struct):
    """What tells the kinds apart; the rest of a record is looked up by name, as names differ between exports."""

    simple_name: Any = msgspec.field(name="event_simpleName", default=None)
    tagged_name: Any = msgspec.field(name="#event_simpleName", default=None)
    metadata: Any = None
    event: Any = None


class _Shape:
    record = dict[str, Any]
    mark = b"event"
    command_marks = ((b"ProcessRollup2",), (_HISTORY.encode(),), (b"CommandLine", b"eventType"))

    def is_own(self, raw: bytes) -> bool:
        return b"event_simpleName" in raw or b"eventType" in raw

    def sniff(self, record: _Fields) -> float:
        if _name_of(record) is not None:
            return 0.95 if any(name in record for name in ("aid", "cid", "ComputerName", "event_platform")) else 0.0
        metadata = record.get("metadata")
        if not isinstance(metadata, dict) or not isinstance(record.get("event"), dict) or "eventType" not in metadata:
            return 0.0
        return 0.95 if "customerIDString" in metadata or str(metadata["eventType"]).endswith("SummaryEvent") else 0.0

    def add(self, record: _Fields, raw: bytes, place: Place, rows: EventRows) -> None:
        name = _name_of(record)
        if name in _ROLLUPS:
            _add_process(record, raw, place, rows)
        elif name == _HISTORY:
            _add_history(record, raw, place, rows)
        elif name is None:
            event, metadata = record.get("event"), record.get("metadata")
            if not isinstance(event, dict) or not isinstance(metadata, dict):
                raise WrappedError
            if text(event.get("CommandLine")) is not None:
                _add_process({"timestamp": metadata.get("eventCreationTime"), **event}, raw, place, rows)


def _name_of(record: _Fields) -> str | None:
    return text(record.get("event_simpleName")) or text(record.get("#event_simpleName"))


def _add_process(record: _Fields, raw: bytes, place: Place, rows: EventRows) -> None:
    command, exe = text(record.get("CommandLine")), _program(record)
    named = command or exe
    if named is None:
        raise UnreadableRecordError("a process without command line and program")
    sensor = text(_first(record, "aid", "SensorId", "AgentIdString"))
    process = text(_first(record, "TargetProcessId", "TargetProcessId_decimal", "ProcessId"))
    time = _time(record, "ProcessStartTime", "ProcessStartTime_decimal", "ContextTimeStamp", "timestamp", "@timestamp")
    host = text(_first(record, "ComputerName", "Hostname"))
    is_named = sensor is not None and process is not None
    rows.add(
        place,
        raw,
        named,
        event_id=f"crowdstrike:{sensor}:{process}" if is_named else copied_id("crowdstrike", host, time, process, raw),
        complete=command is not None,
        time=time,
        host=host,
        user=text(record.get("UserName")) or text(record.get("UserSid")),
        uid=user_id(_first(record, "UID", "UID_decimal", "RUID")),
        session=text(_first(record, "SessionId", "AuthenticationId")),
        pid=number(_first(record, "RawProcessId", "RawProcessId_decimal")),
        exe=exe,
        parent_command_line=text(record.get("ParentCommandLine")),
        platform=_platform(record, exe),
    )


def _add_history(record: _Fields, raw: bytes, place: Place, rows: EventRows) -> None:
    """What was typed into a console, all lines in one field."""
    typed = text(record.get("CommandHistory"))
    if typed is None:
        raise UnreadableRecordError("a command history without commands")
    own = text(record.get("id")) or text(record.get("@id"))
    time = _time(record, "ContextTimeStamp", "timestamp", "@timestamp")
    host = text(_first(record, "ComputerName", "Hostname"))
    base = f"crowdstrike:{own}" if own else copied_id("crowdstrike", host, time, text(record.get("aid")), raw)
    commands = [line for line in typed.split(_BETWEEN_COMMANDS) if line.strip()]
    for count, command in enumerate(commands):
        rows.add(
            place,
            raw + str(count).encode(),  # where the log gives no name, each line still needs its own
            command,
            event_id=None if base is None else f"{base}#{count}",
            origin=Origin.HISTORY,
            time=time,
            host=host,
            user=text(record.get("UserName")) or text(record.get("UserSid")),
            platform=_platform(record, None),
        )


def _program(record: _Fields) -> str | None:
    whole = text(record.get("ImageFileName"))
    if whole is not None:
        return whole
    folder, name = text(record.get("FilePath")), text(record.get("FileName"))
    if folder is not None and name is not None and folder.endswith(("\\", "/")):
        return folder + name
    return folder or name


def _platform(record: _Fields, exe: str | None) -> str | None:
    known = _PLATFORMS.get(str(record.get("event_platform")))
    return known or ("windows" if exe is not None and (exe[1:3] == ":\\" or exe.startswith("\\Device\\")) else None)


def _first(record: _Fields, *names: str) -> Any:
    return next((record[name] for name in names if record.get(name) not in (None, "")), None)


def _time(record: _Fields, *names: str) -> int | None:
    """The time of the event itself; ``timestamp`` is when the cloud got it."""
    for name in names:
        value = record.get(name)
        found = (rfc3339(value) or epoch(value)) if isinstance(value, str) else None
        if isinstance(value, int | float):
            found = epoch(value)
        if found:
            return found
    return None


READER = JsonReader(
    name="crowdstrike", description="CrowdStrike Falcon: ProcessRollup2, command history, detections", shape=_Shape()
)
