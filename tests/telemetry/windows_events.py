"""Windows events for tests, and what becomes of them."""

from collections.abc import Iterable

from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._windows import WindowsEvent, WindowsRows
from ttpline.testing.reading import Reading

POWERSHELL = "Microsoft-Windows-PowerShell"


def part(number: int, total: int, text: str, *, block: str = "b1", record: int | None = None) -> WindowsEvent:
    """One 4104."""
    data = {"MessageNumber": str(number), "MessageTotal": str(total), "ScriptBlockText": text, "ScriptBlockId": block}
    return WindowsEvent(4104, data, provider=POWERSHELL, channel="PS", computer="ws7", record_id=record)


def created(command: str, *, record: int | None = None) -> WindowsEvent:
    """One Sysmon 1."""
    data = {"CommandLine": command, "Image": "C:\\a.exe", "ProcessId": "12"}
    return WindowsEvent(
        1, data, provider="Microsoft-Windows-Sysmon", channel="Sysmon", computer="ws7", record_id=record, time=5
    )


def reading(events: Iterable[WindowsEvent]) -> Reading:
    """Each event as a record of ten bytes."""
    rows = WindowsRows(EventRows("test", "x"))
    found = Reading()
    for at, event in enumerate(events):
        rows.add(event, Place(at + 1, at * 10, 10), b"record %d" % at)
        found.batches += list(rows.full())
    found.batches += list(rows.rest())
    for batch in found.batches:
        found.events.extend(batch.rows())
        found.skipped.merge(batch.skipped)
    return found
