"""Columns of events that tell of a command, as fields of events."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ttpline.telemetry._evtx.cells import HEX, Cells
from ttpline.telemetry._evtx.values import HEX64, INT32, NOTHING, TEXT, UINT32
from ttpline.telemetry._windows.event import CommandKind
from ttpline.telemetry._windows.values import known, process_id

Columns = dict[str, list[Any]]

FIELDS: Mapping[CommandKind, tuple[str, ...]] = {
    CommandKind.SYSMON_CREATE: (
        "Image", "CommandLine", "CurrentDirectory", "User", "LogonId", "ProcessId", "ParentProcessId",
        "ParentCommandLine",
    ),
    CommandKind.SECURITY_CREATE: (
        "NewProcessName", "CommandLine", "SubjectUserName", "SubjectLogonId", "NewProcessId", "ProcessId",
        "ParentCommandLine",
    ),
    CommandKind.SCRIPT_BLOCK: ("ScriptBlockText", "ScriptBlockId", "MessageNumber", "MessageTotal"),
    CommandKind.PIPELINE: ("Payload", "ContextInfo"),
}  # fmt: skip
"""What is used of ``EventData``; what ``_windows`` falls back on is not here: those events are left to it."""

_NUMBERS = frozenset({"MessageNumber", "MessageTotal"})

_MOST_ID = (1 << 63) - 1

_LONGEST_NOTHING = 6
"""No longer text stands for nothing: ``(null)``."""


def sysmon(cells: Cells) -> Columns:
    """As ``_windows.process.sysmon_fields`` has them."""
    exes = _known(cells.texts("Image"))
    return {
        "command_line": _commands(cells.texts("CommandLine"), exes),
        "user": _known(cells.texts("User")),
        "session": _sessions(cells, "LogonId"),
        "pid": _ids(cells, "ProcessId"),
        "ppid": _ids(cells, "ParentProcessId"),
        "exe": exes,
        "cwd": _known(cells.texts("CurrentDirectory")),
        "parent_command_line": _known(cells.texts("ParentCommandLine")),
    }


def security(cells: Cells) -> Columns:
    """As ``_windows.process.security_fields`` has them."""
    exes = _known(cells.texts("NewProcessName"))
    return {
        "command_line": _commands(cells.texts("CommandLine"), exes),
        "user": _known(cells.texts("SubjectUserName")),
        "session": _sessions(cells, "SubjectLogonId"),
        "pid": _ids(cells, "NewProcessId"),
        "ppid": _ids(cells, "ProcessId"),
        "exe": exes,
        "cwd": [None] * len(cells),
        "parent_command_line": _known(cells.texts("ParentCommandLine")),
    }


CREATIONS: Mapping[CommandKind, Callable[[Cells], Columns]] = {
    CommandKind.SYSMON_CREATE: sysmon,
    CommandKind.SECURITY_CREATE: security,
}


def _known(texts: list[str]) -> list[str | None]:
    return [text if len(text) > _LONGEST_NOTHING else known(text) for text in texts]


def _commands(texts: list[str], exes: Sequence[str | None]) -> list[str | None]:
    """The program where there is no command line."""
    found = _known(texts)
    return [text if text is not None and not text.isspace() else exe for text, exe in zip(found, exes, strict=True)]


def _sessions(cells: Cells, name: str) -> list[str | None]:
    """A logon's number in hex."""
    if cells.kind(name, (TEXT, *HEX)) in (NOTHING, TEXT):
        return [text.lower() if text else None for text in map(known, cells.texts(name))]
    return [None if number is None else hex(number) for number in cells.numbers_or_nothing(name)]


def _ids(cells: Cells, name: str) -> list[int | None]:
    """Numbers of processes; a number that does not fit is none."""
    kind = cells.kind(name, (TEXT, UINT32, *HEX))
    if kind in (NOTHING, TEXT):
        return [process_id(text) for text in cells.texts(name)]
    found = cells.numbers_or_nothing(name)
    if kind == HEX64:
        return [None if number is None or number > _MOST_ID else number for number in found]
    return found


def script_data(cells: Cells, names: Sequence[str], places: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``EventData`` of PowerShell's events; a name that the template does not have is in none."""
    columns = {name: _script_column(cells, name) for name in names if name in places}
    if not columns:
        return [{} for _ in range(len(cells))]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _script_column(cells: Cells, name: str) -> list[Any]:
    if name not in _NUMBERS:
        return cells.texts(name)
    kind = cells.kind(name, (TEXT, UINT32, INT32))
    if kind in (NOTHING, TEXT):
        return cells.texts(name)
    found = cells.numbers_or_nothing(name)
    sign = 0x80000000 if kind == INT32 else 0
    return ["" if number is None else number - ((number & sign) << 1) for number in found]
