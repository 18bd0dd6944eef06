"""Sysmon for Linux: what one ``<Event>`` says of a process creation."""

import re
from typing import Any

from ttpline.telemetry._event_xml import EventXml, event_xml
from ttpline.telemetry._times import rfc3339

_MARK = b"Linux-Sysmon"
_ID = re.compile(rb"EventID(?:>|\\u003[eE])(\d{1,5})(?:<|\\u003[cC])")
_NOTHING = frozenset({"", "-", "(null)"})
UNSET_SESSION = 4_294_967_295

NO_ID = "Sysmon event without its number"
NO_COMMAND = "process creation without command line and program"


class UnreadableEventError(Exception):
    """Why an event that should be a command is none; fixed wording."""


def is_sysmon(raw: bytes) -> bool:
    """Whether ``raw`` is an event of Sysmon for Linux, as XML or as XML in JSON."""
    return (b"<Event" in raw or b"u003cEvent" in raw or b"u003CEvent" in raw) and _MARK in raw


def is_no_creation(raw: bytes) -> bool:
    """Whether ``raw`` is surely another event than a process creation, without parsing it."""
    first = _ID.search(raw)
    return first is not None and first[1] != b"1"


def creation_fields(text: str, fallback_time: int | None = None) -> dict[str, Any] | None:
    """Fields of an event as ``EventRows.add`` takes them; None for another kind of event.

    Only XML that is whole makes ``complete``; a command line that the end of the text cut through is given as far as
    it goes, a cut parent's is not given.
    """
    event = event_xml(text)
    if event is None or event.event_id is None:
        raise UnreadableEventError(NO_ID)
    if event.event_id != 1:
        return None
    data = event.data
    exe = _known(data.get("Image"))
    command = _known(data.get("CommandLine"))
    if command is None and event.cut is not None and event.cut[0] == "CommandLine":
        command = _known(event.cut[1])
    if command is None or command.isspace():
        command = exe
    if command is None:
        raise UnreadableEventError(NO_COMMAND)
    time = rfc3339(event.time) if event.time else None
    if time is None and (written := data.get("UtcTime")):
        time = rfc3339(written)
    session = _number(data.get("TerminalSessionId"))
    return {
        "event_id": _key(event, time),
        "command_line": command,
        "complete": event.is_whole,
        "time": fallback_time if time is None else time,
        "host": event.computer,
        "user": _known(data.get("User")),
        "session": None if session == UNSET_SESSION else session,
        "pid": _number(data.get("ProcessId")),
        "ppid": _number(data.get("ParentProcessId")),
        "exe": exe,
        "cwd": _known(data.get("CurrentDirectory")),
        "parent_command_line": _known(data.get("ParentCommandLine")),
        "platform": "linux",
    }


def _key(event: EventXml, time: int | None) -> str | None:
    """Record numbers begin anew when Sysmon is installed again, so the time is part of the name."""
    host = (event.computer or "").lower()
    if not host or time is None:
        return None
    if event.record_id is not None:
        return f"sysmon:{host}:{event.record_id}:{time}"
    process = (event.data.get("ProcessGuid") or "").strip("{}").lower()
    return f"sysmon:{host}:{process}:{time}" if process else None


def _known(value: str | None) -> str | None:
    return None if value is None or value in _NOTHING else value


def _number(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
