"""The forms in which tools write a Windows event as JSON, each as a ``WindowsEvent``."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ttpline.telemetry._event_xml import event_xml
from ttpline.telemetry._json.values import number, text
from ttpline.telemetry._times import epoch, rfc3339
from ttpline.telemetry._windows.event import COMMAND_IDS, WindowsEvent
from ttpline.telemetry._windows.message import data_of_message
from ttpline.telemetry._windows.wazuh import from_wazuh, wazuh_win

_NET_DATE = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{4})?\)/", re.ASCII)
"""How Windows PowerShell writes a time: milliseconds since 1970 UTC."""

_FLAT_IDS = ("EventID", "EventId", "event_id", "winlog_event_id", "eventid")
PROVIDERS = ("SourceName", "Provider", "ProviderName", "EventSourceName", "Source")
CHANNELS = ("Channel", "EventLog", "LogName")
COMPUTERS = ("Computer", "Hostname", "ComputerName", "host")
RECORD_IDS = ("EventRecordID", "RecordNumber", "EventRecordId", "RecordId", "record_number")
MESSAGES = ("Message", "RenderedDescription")
TIMES = ("@timestamp", "SystemTime", "TimeCreated", "EventTime", "TimeGenerated", "UtcTime")
"""Fields of flat forms that hold the time, the surest first: ``EventTime`` is local time in NXLog, to the second."""


def event_of(record: Mapping[str, Any]) -> WindowsEvent | None:
    """The event, or None where the object has none of the forms."""
    inner = record.get("Event")
    if isinstance(inner, dict) and "System" in inner:
        return _nested(inner)
    if isinstance(record.get("System"), dict):
        return _nested(record)
    if isinstance(record.get("winlog"), dict):
        return from_winlog(record)
    if "Id" in record and ("ProviderName" in record or "LogName" in record):
        return _from_cmdlet(record)
    if isinstance(record.get("event_data"), dict) and "event_id" in record:
        return _from_old_winlogbeat(record)
    win = wazuh_win(record)
    if win is not None:
        return from_wazuh(win)
    if any(name in record for name in _FLAT_IDS):
        return _flat(record)
    return None


def sureness(record: Mapping[str, Any]) -> float:
    """How sure it is that the object is a Windows event in one of the forms, from 0 to 1."""
    inner = record.get("Event", record)
    if isinstance(inner, dict) and isinstance(inner.get("System"), dict) and "EventID" in inner["System"]:
        return 0.95
    if isinstance(record.get("winlog"), dict):
        return 0.6  # also ECS, which is surer of it
    if "Id" in record and "ProviderName" in record and ("Message" in record or "Properties" in record):
        return 0.95
    if isinstance(record.get("event_data"), dict) and "event_id" in record:
        return 0.95
    win = wazuh_win(record)
    if win is not None and "eventID" in win["system"]:
        return 0.95
    if number(_first(record, "EventID", "EventId")) is not None:
        signs = ("Channel", "SourceName", "Provider", "ProviderName", "EventLog", "EventSourceName", "Computer")
        if sum(sign in record for sign in signs) >= 2 or ("Hostname" in record and "Channel" in record):
            return 0.95
        return 0.6 if any(sign in record for sign in signs) else 0.0
    return 0.0


def from_winlog(record: Mapping[str, Any]) -> WindowsEvent | None:
    """Winlogbeat 7 and later: the event as it was, under ``winlog``."""
    winlog = record.get("winlog")
    if not isinstance(winlog, dict):
        return None
    process = winlog.get("process")
    host = record.get("host")
    data = winlog.get("event_data")
    return WindowsEvent(
        number(winlog.get("event_id")),
        data if isinstance(data, dict) else {},
        provider=text(winlog.get("provider_name")),
        channel=text(winlog.get("channel")),
        computer=text(winlog.get("computer_name")) or (text(host.get("name")) if isinstance(host, dict) else None),
        record_id=number(winlog.get("record_id")),
        time=time_of(record.get("@timestamp")),
        process_id=number(process.get("pid")) if isinstance(process, dict) else None,
        user=_winlog_user(winlog.get("user")),
    )


def _winlog_user(user: Any) -> str | None:
    if not isinstance(user, dict):
        return None
    name, domain = text(user.get("name")), text(user.get("domain"))
    return f"{domain}\\{name}" if name and domain else name or text(user.get("identifier"))


def _from_old_winlogbeat(record: Mapping[str, Any]) -> WindowsEvent:
    """Winlogbeat up to 6: ``event_data`` at the top."""
    return WindowsEvent(
        number(record.get("event_id")),
        record["event_data"],
        provider=text(record.get("source_name")),
        channel=text(record.get("log_name")),
        computer=text(record.get("computer_name")),
        record_id=number(record.get("record_number")),
        time=time_of(record.get("@timestamp")),
        process_id=number(record.get("process_id")),
        user=_winlog_user(record.get("user")),
    )


def _nested(event: Mapping[str, Any]) -> WindowsEvent:
    """``evtx_dump``, Velociraptor, and the XML turned into JSON by others."""
    system = event["System"]
    if not isinstance(system, dict):
        system = {}
    created = system.get("TimeCreated")
    execution = _attributes(system.get("Execution"))
    written = _attributes(created).get("SystemTime") if isinstance(created, dict) else created
    return WindowsEvent(
        number(_plain(system.get("EventID"))),
        data_of(event.get("EventData") or event.get("UserData")),
        provider=text(_attributes(system.get("Provider")).get("Name")) or text(system.get("Provider")),
        channel=text(_plain(system.get("Channel"))),
        computer=text(_plain(system.get("Computer"))),
        record_id=number(_plain(system.get("EventRecordID"))),
        time=time_of(written),
        process_id=number(execution.get("ProcessID") or execution.get("ProcessId")),
        user=text(_attributes(system.get("Security")).get("UserID")),
    )


def _attributes(value: Any) -> Mapping[str, Any]:
    """Attributes as ``evtx_dump`` (``#attributes``), xmltodict (``@Name``) and Velociraptor (plain) have them."""
    if not isinstance(value, dict):
        return {}
    inner = value.get("#attributes")
    if isinstance(inner, dict):
        return inner
    return {name.removeprefix("@"): one for name, one in value.items()}


def _plain(value: Any) -> Any:
    """A value that carries attributes beside itself."""
    return _first(value, "#text", "Value") if isinstance(value, dict) else value


def data_of(written: Any) -> Mapping[str, Any]:
    """``EventData`` in its forms: an object, JSON text, XML text, a list of ``{"@Name", "#text"}``."""
    if isinstance(written, str):
        if written.lstrip().startswith("{"):
            try:
                return data_of(msgspec.json.decode(written))
            except (msgspec.MsgspecError, UnicodeError, RecursionError):
                return {}
        if written.lstrip().startswith("<"):
            found_xml = event_xml(f"<Event><System></System>{written}")
            return found_xml.data if found_xml else {}
        return {}
    if not isinstance(written, dict):
        return {}
    named = written.get("Data")
    if isinstance(named, list):
        pairs = [(_first(one, "@Name", "Name"), _first(one, "#text", "Value", "content")) for one in named if one]
        found = {name: value for name, value in pairs if isinstance(name, str)}
        if found:
            return found
    return written


def _from_cmdlet(record: Mapping[str, Any]) -> WindowsEvent:
    """``Get-WinEvent | ConvertTo-Json``: values without names, so the names come from the message, as it shows them."""
    event_id = number(record.get("Id"))
    created = record.get("TimeCreated")
    if isinstance(created, dict):
        created = _first(created, "value", "DateTime")
    message = record.get("Message")
    data: dict[str, Any] = dict(data_of_message(event_id, message)) if isinstance(message, str) else {}
    values = record.get("Properties")
    if isinstance(values, list):
        plain = [_first(one, "Value", "value") if isinstance(one, dict) else one for one in values]
        data.update(_named(event_id, plain, data))
    user = record.get("UserId")
    return WindowsEvent(
        event_id,
        data,
        provider=text(record.get("ProviderName")),
        channel=text(record.get("LogName")),
        computer=text(record.get("MachineName")),
        record_id=number(record.get("RecordId")),
        time=time_of(created),
        process_id=number(record.get("ProcessId")),
        user=text(_first(user, "Value", "value")) if isinstance(user, dict) else text(user),
    )


_SECURITY_4688 = (
    "SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId", "NewProcessId", "NewProcessName",
    "TokenElevationType", "ProcessId", "CommandLine", "TargetUserSid", "TargetUserName", "TargetDomainName",
    "TargetLogonId", "ParentProcessName", "MandatoryLabel",
)  # fmt: skip
_POWERSHELL_4104 = ("MessageNumber", "MessageTotal", "ScriptBlockText", "ScriptBlockId", "Path")
_POWERSHELL_4103 = ("ContextInfo", "UserData", "Payload")
_PLACES = {4688: _SECURITY_4688, 4104: _POWERSHELL_4104, 4103: _POWERSHELL_4103}
"""The order of the values in the manifests of these events. Sysmon's changes with its versions, but its message names
them."""


def _named(event_id: int | None, values: list[Any], known: Mapping[str, Any]) -> dict[str, Any]:
    names = _PLACES.get(event_id or 0, ())
    if event_id == 1 and "CommandLine" in known:
        return {}
    return {name: value for name, value in zip(names, values, strict=False) if value is not None}


def _flat(record: Mapping[str, Any]) -> WindowsEvent:
    """NXLog, Sentinel and others: the fields of ``EventData`` beside those of ``System``."""
    event_id = number(_first(record, *_FLAT_IDS))
    if event_id not in COMMAND_IDS:
        return WindowsEvent(event_id, {})
    inner = record.get("EventData")
    data: Mapping[str, Any] = {**record, **data_of(inner)} if inner is not None else record
    message = _first(record, *MESSAGES)
    wanted = "ScriptBlockText" if event_id == 4104 else "CommandLine"
    if data.get(wanted) is None and isinstance(message, str):
        data = {**data_of_message(event_id, message), **{name: one for name, one in data.items() if one is not None}}
    provider = _first(record, *PROVIDERS)
    if isinstance(provider, dict):
        provider = _attributes(provider).get("Name")
    return WindowsEvent(
        event_id,
        data,
        provider=text(provider),
        channel=text(_first(record, *CHANNELS)),
        computer=text(_first(record, *COMPUTERS)),
        record_id=number(_first(record, *RECORD_IDS)),
        time=next((time for name in TIMES if (time := time_of(record.get(name) or data.get(name))) is not None), None),
        process_id=number(_first(record, "ExecutionProcessID", "SystemProcessId")),
        user=_flat_user(record),
    )


def _flat_user(record: Mapping[str, Any]) -> str | None:
    name, domain = text(_first(record, "AccountName")), text(_first(record, "Domain"))
    return f"{domain}\\{name}" if name and domain else name or text(_first(record, "UserID", "UserId"))


def time_of(written: Any) -> int | None:
    """Microseconds since 1970 UTC of a time as any of the forms has it."""
    if isinstance(written, str):
        net = _NET_DATE.fullmatch(written.strip())
        return epoch(int(net[1])) if net else rfc3339(written)
    return epoch(written) if isinstance(written, int | float) else None


def _first(record: Any, *names: str) -> Any:
    """The first of ``names`` that says something."""
    if not isinstance(record, dict):
        return None
    for name in names:
        value = record.get(name)
        if value is not None and value != "":
            return value
    return None
