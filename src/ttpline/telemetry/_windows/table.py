"""Tables of Windows events: which column means what, in the exports of half a dozen tools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import msgspec

from ttpline.telemetry._windows.clock import Clock
from ttpline.telemetry._windows.engine import ENGINE_IDS
from ttpline.telemetry._windows.event import WindowsEvent
from ttpline.telemetry._windows.json_forms import data_of
from ttpline.telemetry._windows.message import data_of_message
from ttpline.telemetry._windows.values import known, process_id


class TableKind(Enum):
    """Where a table has the fields of an event."""

    COLUMNS = "one column a field"
    MESSAGE = "the text of the message"
    JSON = "JSON in one column"
    DEFENDER = "Defender's process events"


_SYSTEM: Mapping[str, tuple[str, ...]] = {
    "event_id": ("eventid", "event id", "id", "eventcode", "winlog.event_id", "event.code", "instanceid"),
    "computer": ("computer", "machinename", "computername", "hostname", "winlog.computer_name", "host.name", "host"),
    "channel": ("channel", "logname", "log name", "winlog.channel", "eventlog"),
    "provider": ("providername", "provider", "source", "sourcename", "eventsourcename", "winlog.provider_name"),
    "record_id": ("eventrecordid", "recordid", "winlog.record_id", "recordnumber", "index"),
    "time": (
        "timecreated", "timegenerated", "timegenerated [utc]", "timecreatedutc", "date and time", "@timestamp", "_time",
        "eventtime", "systemtime", "time",
    ),
    "process_id": ("executionprocessid", "winlog.process.pid"),
    "user": ("userid",),
}  # fmt: skip
"""Parts of an event -> names of columns in lower case, the best first."""

_DATA = (
    "CommandLine", "NewProcessName", "NewProcessId", "ProcessId", "CreatorProcessId", "ParentProcessName", "LogonId",
    "SubjectUserName", "SubjectDomainName", "SubjectLogonId", "Image", "CurrentDirectory", "User", "ParentProcessId",
    "ParentImage", "ParentCommandLine", "ProcessGuid", "UtcTime", "ScriptBlockText", "ScriptBlockId", "MessageNumber",
    "MessageTotal", "Payload", "ContextInfo",
)  # fmt: skip
_DATA_NAMES = {name.lower(): name for name in _DATA} | {
    "process_command_line": "CommandLine",
    "new_process_name": "NewProcessName",
    "new_process_id": "NewProcessId",
    "creator_process_id": "ProcessId",
    "creator_process_name": "ParentProcessName",
}
_PREFIXES = ("winlog.event_data.", "event.eventdata.", "eventdata.", "event_data.", "data.win.eventdata.")

_COMMAND_COLUMNS = frozenset({"NewProcessName", "Image", "ScriptBlockText"})


@dataclass(frozen=True, slots=True)
class Table:
    """What a header says: ``kind``, ``width``, and the places of the parts of an event and of its fields."""

    kind: TableKind
    width: int
    system: Mapping[str, int] = field(default_factory=dict)
    data: Mapping[str, int] = field(default_factory=dict)
    text: int = -1
    """The column of the message or of the JSON, or -1; for Event Viewer it has no name and stands behind all."""

    @property
    def widths(self) -> tuple[int, ...]:
        """How many cells a row may have. Event Viewer names one column less than it writes."""
        return (self.width + 1, self.width) if self.text == self.width else (self.width,)


def table_of(header: Sequence[str]) -> Table | None:
    """What the columns are called in a table of Windows events or of Defender's process events; None for others.

    >>> table_of(["EventID", "Computer", "NewProcessName", "CommandLine"]).kind
    <TableKind.COLUMNS: 'one column a field'>
    >>> table_of(["time", "command"])
    """
    lowered = [name.strip().lower() for name in header]
    width = len(header)
    places = {name: at for at, name in reversed(list(enumerate(lowered)))}
    if "processcommandline" in places and {"devicename", "deviceid"} & places.keys():
        return Table(TableKind.DEFENDER, width, data=places)
    system = {
        part: next(places[name] for name in names if name in places)
        for part, names in _SYSTEM.items()
        if any(name in places for name in names)
    }
    if "event_id" not in system:
        return None
    data: dict[str, int] = {}
    for at, name in enumerate(lowered):
        plain = next((name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix)), name)
        if plain in _DATA_NAMES:
            data.setdefault(_DATA_NAMES[plain], at)
    if "mapdescription" in places and "payload" in places:
        return _with_text(TableKind.JSON, width, system, data, places["payload"])
    if data.keys() & _COMMAND_COLUMNS:
        return Table(TableKind.COLUMNS, width, system, data, places.get("message", -1))
    if "eventdata" in places and {"provider", "channel"} <= system.keys():
        return _with_text(TableKind.JSON, width, system, data, places["eventdata"])
    if "message" in places and "provider" in system:
        return _with_text(TableKind.MESSAGE, width, system, data, places["message"])
    if {"event id", "date and time", "source"} <= places.keys():
        return Table(TableKind.MESSAGE, width, system, {}, width)
    return None


def _with_text(kind: TableKind, width: int, system: Mapping[str, int], data: Mapping[str, int], text: int) -> Table:
    """With all fields in one column, a column ``ProcessId`` is about the process that logged the event."""
    logger = {"process_id": data["ProcessId"]} if "ProcessId" in data else {}
    return Table(kind, width, {**logger, **system}, {}, text)


def row_event(table: Table, cells: Sequence[str], clock: Clock) -> WindowsEvent | None:
    """The event of a row; None where its text or JSON cannot be read though its id is one of a command."""
    system = table.system

    def cell(part: str) -> str | None:
        return known(cells[system[part]]) if part in system else None

    event_id = process_id(cell("event_id"))
    time = cell("time")
    event = WindowsEvent(
        event_id,
        {},
        cell("provider"),
        cell("channel"),
        cell("computer"),
        process_id(cell("record_id")),
        clock.time(time) if time else None,
        process_id(cell("process_id")),
        cell("user"),
    )
    if table.kind is TableKind.COLUMNS:
        is_text = event_id in ENGINE_IDS and table.text >= 0
        event.data = {"Message": cells[table.text]} if is_text else _named(table, cells)
        return event
    if event.kind is None:
        return event
    text = cells[table.text] if table.text < len(cells) else ""
    event.data = json_data(text) if table.kind is TableKind.JSON else data_of_message(event_id, text)
    return event if event.data else None


def _named(table: Table, cells: Sequence[str]) -> dict[str, str]:
    return {name: cells[at] for name, at in table.data.items()}


def json_data(text: str) -> Mapping[str, Any]:
    """``EventData`` as JSON, alone or inside what EvtxECmd calls the payload.

    >>> json_data('{"EventData": {"Data": [{"@Name": "Image", "#text": "a.exe"}]}}')
    {'Image': 'a.exe'}
    """
    try:
        value = msgspec.json.decode(text.encode(errors="surrogatepass"))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return data_of(text)
    return data_of(value.get("EventData", value)) if isinstance(value, dict) else {}
