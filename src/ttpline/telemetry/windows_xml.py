"""``windows-xml``: Windows events as XML, as Event Viewer and ``wevtutil qe /f:xml`` export them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ttpline.columns.event_batch import EventBatch
from ttpline.telemetry._event_rows import EventRows
from ttpline.telemetry._event_xml import EventXml, event_xml
from ttpline.telemetry._lines import head_text
from ttpline.telemetry._times import rfc3339
from ttpline.telemetry._windows import WindowsEvent, WindowsRows
from ttpline.telemetry._windows.event import COMMAND_IDS
from ttpline.telemetry._xml_events import TOO_LONG, XmlPiece, codec_of, xml_events

NO_SYSTEM = "an event without an id"
CUT_COMMAND = "an event that was cut before the end of its command"

SURE = 0.95
PARTLY_SURE = 0.6

REMEDY = "export the log again, or name its format with --from"

_EVENT = "<Event"
_SCHEMA = "schemas.microsoft.com/win/2004/08/events/event"
_LINUX = "Linux-Sysmon"
"""The same XML from another system, in its own format ``sysmon-linux``."""

_MAY_BE_COMMAND = tuple(f">{number}</EventID>" for number in sorted(COMMAND_IDS))
_COMMAND_FIELDS = frozenset({"CommandLine", "Image", "NewProcessName", "ScriptBlockText", "Payload"})


@dataclass(frozen=True, slots=True)
class WindowsXmlReader:
    """Sysmon 1, Security 4688, PowerShell 4103 and 4104 from ``<Event>`` elements, however they are laid out.

    ``record`` counts the events of the file, those that are no commands too.
    """

    name: str = "windows-xml"
    description: str = "Windows events as XML (Event Viewer, wevtutil)"

    def sniff(self, head: bytes) -> float:
        codec, length = codec_of(head)
        text = head[length:].decode(codec, errors="replace") if codec else head_text(head)
        text = text.lstrip("\ufeff\0 \t\r\n")
        if text[:1] != "<" or _LINUX in text:
            return 0.0
        at = text.find(_EVENT)
        if at < 0 or ("<System>" not in text[at:] and _SCHEMA not in text[at : at + 500]):
            return 0.0
        begins = text.startswith(("<?xml", "<Events", "<Event ", "<Event>"))
        return SURE if begins and (_SCHEMA in text[at:] or "<EventID" in text[at:]) else PARTLY_SURE

    def claims_held(self, text: bytes) -> bool:
        """Whether ``text`` out of a document is such an element."""
        return b"<Event" in text[:200] and b"<System>" in text and self.sniff(text) > 0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        rows = EventRows(self.name, uri, REMEDY)
        events = WindowsRows(rows)
        for piece in xml_events(stream):
            rows.count()
            _add(piece, rows, events)
            yield from events.full()
        yield from events.rest()


def _add(piece: XmlPiece, rows: EventRows, events: WindowsRows) -> None:
    if piece.text is None:
        rows.skip(piece.place.record, TOO_LONG, piece.raw)
        return
    if "</EventID>" in piece.text and not any(mark in piece.text for mark in _MAY_BE_COMMAND):
        return
    found = event_xml(piece.text)
    if found is None or found.event_id is None:
        rows.skip(piece.place.record, NO_SYSTEM, piece.raw)
        return
    event = windows_event(found, is_exact=piece.is_exact)
    if found.cut is not None and found.cut[0] in _COMMAND_FIELDS and event.kind is not None:
        rows.skip(piece.place.record, CUT_COMMAND, piece.raw)
        return
    events.add(event, piece.place, piece.raw)


def windows_event(found: EventXml, *, is_exact: bool = True) -> WindowsEvent:
    """What the XML says, as the event that all exports share."""
    return WindowsEvent(
        found.event_id,
        found.data,
        found.provider,
        found.channel,
        found.computer,
        found.record_id,
        rfc3339(found.time) if found.time else None,
        found.process_id,
        found.user,
        found.is_whole and is_exact,
    )


READER = WindowsXmlReader()
