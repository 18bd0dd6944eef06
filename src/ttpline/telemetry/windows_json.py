"""Windows events as JSON, in the forms that tools write them.

``evtx_dump`` and Velociraptor (``Event.System``, ``EventData``), NXLog and other flat forms, Winlogbeat before
version 7, ``Get-WinEvent | ConvertTo-Json``, Microsoft Sentinel (``EventData`` as JSON or XML text), Wazuh
(``data.win``). Winlogbeat 7 and later is ``ecs``. The table is in ``docs/formats/windows-json.md``.
"""

import re
from typing import Any, ClassVar

from ttpline.telemetry._event_columns import EventColumns
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._regular.table import Table
from ttpline.telemetry._windows import WindowsRows
from ttpline.telemetry._windows.flat import COLUMNS, flat_events
from ttpline.telemetry._windows.json_forms import event_of, sureness

_COMMAND_ID = re.compile(
    rb'"(?:[Ee]ventI[Dd]|event_id|Id|eventid|winlog_event_id|Value|#text)\\?"\s*+:\s*+\\?"?(?:1|400|800|4103|4104|4688)\b'
).search
"""An event without one of these ids is no command; the quotes are escaped where an export holds the event as text."""


class _Shape:
    record = dict[str, Any]
    mark = b"d"
    command_marks = ()
    columns: ClassVar = COLUMNS

    def may_be_command(self, raw: bytes) -> bool:
        return _COMMAND_ID(raw) is not None

    def is_own(self, raw: bytes) -> bool:
        return b"ventI" in raw or b'"Id"' in raw or b'"event_id"' in raw or b"winlog" in raw

    def sniff(self, record: dict[str, Any]) -> float:
        return sureness(record)

    def opened(self, rows: EventRows) -> WindowsRows:
        return WindowsRows(rows)

    def add(self, record: dict[str, Any], raw: bytes, place: Place, rows: WindowsRows) -> None:
        event = event_of(record)
        if event is None:
            raise WrappedError
        rows.add(event, place, raw)

    def events(self, table: Table) -> EventColumns:
        return flat_events(table)


READER = JsonReader(
    name="windows-json", description="Windows events (Sysmon, Security, PowerShell) as JSON", shape=_Shape()
)
