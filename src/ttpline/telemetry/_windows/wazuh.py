"""Windows events as Wazuh's alerts and archives hold them: ``data.win`` with ``system`` and ``eventdata``.

Names begin with a small letter there. Most versions escape the values of ``eventdata`` once more than JSON does
(github.com/wazuh/wazuh/issues/4509), which is undone where the event shows it.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ttpline.telemetry._json.values import number, text
from ttpline.telemetry._times import rfc3339
from ttpline.telemetry._windows.event import WindowsEvent

_ESCAPED = re.compile(r'(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+').fullmatch
"""A text that can be the inside of a JSON string."""
_SIGNS = ("\\\\", '\\"')


def wazuh_win(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The part that holds the event, or None where there is none."""
    outer = record.get("data")
    for holder in (outer if isinstance(outer, dict) else {}, record):
        win = holder.get("win")
        if isinstance(win, dict) and isinstance(win.get("system"), dict):
            return win
    return None


def from_wazuh(win: Mapping[str, Any]) -> WindowsEvent:
    """The event of ``wazuh_win``."""
    system, data = win["system"], win.get("eventdata")
    written = system.get("systemTime")
    return WindowsEvent(
        number(system.get("eventID")),
        _data(data) if isinstance(data, dict) else {},
        provider=text(system.get("providerName")),
        channel=text(system.get("channel")),
        computer=text(system.get("computer")),
        record_id=number(system.get("eventRecordID")),
        time=rfc3339(written) if isinstance(written, str) else None,
        process_id=number(system.get("processID")),
    )


def _data(written: Mapping[str, Any]) -> dict[str, Any]:
    texts = [value for value in written.values() if isinstance(value, str)]
    is_twice = all(map(_ESCAPED, texts)) and any(sign in one for one in texts for sign in _SIGNS)
    return {
        name[:1].upper() + name[1:]: _once(value) if is_twice and isinstance(value, str) else value
        for name, value in written.items()
    }


def _once(value: str) -> str:
    return msgspec.json.decode(f'"{value}"', type=str) if "\\" in value else value
