"""One Windows event as every export of it can give it, and what kind of command it is, if any."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

COMMAND_IDS = frozenset({1, 400, 800, 4688, 4103, 4104})
"""Ids that can be commands; they mean that only together with their provider."""


_ENGINES = frozenset({"powershell", "windows powershell"})
"""Provider and channel of the log that PowerShell wrote first; the other log's are longer."""


class CommandKind(Enum):
    """The events that tell of a command."""

    SYSMON_CREATE = "Sysmon 1"
    SECURITY_CREATE = "Security 4688"
    SCRIPT_BLOCK = "PowerShell 4104"
    PIPELINE = "PowerShell 4103"
    ENGINE = "PowerShell 400, 800"


@dataclass(slots=True)
class WindowsEvent:
    """``data``: the fields of ``EventData`` by their names; values are texts, or numbers where an export has them.

    ``provider``, ``channel``: as logged; None where the export leaves them out, then the names in ``data`` decide.
    ``time``: when it was logged, in microseconds since 1970 UTC. ``process_id``: who logged it (``Execution``).
    ``user``: under whom it was logged (``Security``), a SID in most exports; used where the event's own fields name
    nobody. ``complete``: False where the export was cut or damaged inside this event.
    """

    event_id: int | None
    data: Mapping[str, Any]
    provider: str | None = None
    channel: str | None = None
    computer: str | None = None
    record_id: int | None = None
    time: int | None = None
    process_id: int | None = None
    user: str | None = None
    complete: bool = True

    @property
    def kind(self) -> CommandKind | None:
        """The kind of command, or None: a logon, a network connection, a service install (7045) is none.

        >>> WindowsEvent(1, {}, provider="Microsoft-Windows-Sysmon").kind
        <CommandKind.SYSMON_CREATE: 'Sysmon 1'>
        >>> WindowsEvent(1, {}, provider="Microsoft-Windows-Kernel-General").kind
        """
        if self.event_id not in COMMAND_IDS:
            return None
        origin = (self.provider or self.channel or "").lower()
        data = self.data
        match self.event_id:
            case 1 if "sysmon" in origin or (not origin and "ProcessGuid" in data and "Image" in data):
                return CommandKind.SYSMON_CREATE
            case 4688 if "security" in origin or (not origin and "NewProcessName" in data):
                return CommandKind.SECURITY_CREATE
            case 4104 if "powershell" in origin or (not origin and "ScriptBlockText" in data):
                return CommandKind.SCRIPT_BLOCK
            case 4103 if "powershell" in origin or (not origin and "Payload" in data):
                return CommandKind.PIPELINE
            case 400 | 800 if origin in _ENGINES:
                return CommandKind.ENGINE
        return None
