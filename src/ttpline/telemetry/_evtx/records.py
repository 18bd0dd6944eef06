"""The JSON that the parser makes of a record, as a Windows event."""

from typing import Any

import msgspec

from ttpline.telemetry._times import rfc3339
from ttpline.telemetry._windows.event import WindowsEvent
from ttpline.telemetry._windows.values import process_id

NO_RECORD = "a record whose binary XML is damaged"


class _Attributes(msgspec.Struct, gc=False):
    """All attributes of the system part that are used; each stands on an element of its own."""

    Name: str | None = None
    SystemTime: str | None = None
    ProcessID: Any = None
    UserID: str | None = None


class _Element(msgspec.Struct, gc=False, rename={"attributes": "#attributes", "text": "#text"}):
    attributes: _Attributes | None = None
    text: Any = None


class _System(msgspec.Struct, gc=False):
    """An element that has attributes is an object with ``#attributes`` and ``#text``; which ones have, varies."""

    Provider: _Element | str | None = None
    EventID: _Element | int | str | None = None
    TimeCreated: _Element | str | None = None
    EventRecordID: _Element | int | str | None = None
    Channel: _Element | str | None = None
    Computer: _Element | str | None = None
    Execution: _Element | str | None = None
    Security: _Element | str | None = None


class _Event(msgspec.Struct, gc=False):
    System: _System
    EventData: Any = None


class _Record(msgspec.Struct, gc=False):
    Event: _Event


_DECODE = msgspec.json.Decoder(_Record).decode
_NONE = _Attributes()


def event_of(text: str) -> WindowsEvent | None:
    """The event, or None where ``text`` is none."""
    try:
        event = _DECODE(text).Event
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    system, data = event.System, event.EventData
    time = _attributes(system.TimeCreated).SystemTime
    return WindowsEvent(
        process_id(_content(system.EventID)),
        data if type(data) is dict else {},
        _attributes(system.Provider).Name,
        _text(system.Channel),
        _text(system.Computer),
        process_id(_content(system.EventRecordID)),
        rfc3339(time) if time else None,
        process_id(_attributes(system.Execution).ProcessID),
        _attributes(system.Security).UserID,
    )


def _attributes(element: _Element | str | None) -> _Attributes:
    return (element.attributes or _NONE) if type(element) is _Element else _NONE


def _content(element: Any) -> Any:
    return element.text if type(element) is _Element else element


def _text(element: Any) -> str | None:
    found = _content(element)
    return found if type(found) is str and found else None
