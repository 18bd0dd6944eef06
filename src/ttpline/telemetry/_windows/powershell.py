"""What PowerShell logs of what it ran: script blocks (4104) and pipelines (4103)."""

import re
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from ttpline.telemetry._windows.event import WindowsEvent
from ttpline.telemetry._windows.process import record_key
from ttpline.telemetry._windows.values import known

_INVOCATION = re.compile(r"(CommandInvocation|ParameterBinding)\(([^)\n]*)\): (.*)", re.DOTALL)
_BINDING = re.compile(r'name="([^"\n]*)"; value="(.*)"\s*', re.DOTALL)
_STARTS = re.compile(r"^(?=(?:CommandInvocation|ParameterBinding)\()", re.MULTILINE)
_PLAIN = re.compile(r"[\w.:/\\%+=~?*-]+")

_PIPED = "InputObject"
"""Bound by the pipeline, not by the one who wrote the command: it is data, of any length."""

_HOST_COMMANDS = frozenset({"out-default", "out-lineoutput", "psconsolehostreadline", "prompt"})
"""Run by the host around each command, for the screen."""


def context_of(event: WindowsEvent) -> dict[str, str]:
    """The lines ``Name = value`` of ``ContextInfo``: Host Application, Command Name, User, …"""
    written = event.data.get("ContextInfo")
    if not isinstance(written, str):
        return {}
    pairs = (line.partition("=") for line in written.splitlines())
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def pipeline_of(payload: str) -> str | None:
    """The commands and arguments of a 4103 payload as one line of PowerShell; None where the host alone was at work.

    >>> pipeline_of('CommandInvocation(gi): "gi"\\nParameterBinding(gi): name="Path"; value="C:\\\\a b"')
    "gi -Path 'C:\\\\a b'"
    """
    commands: list[list[str]] = []
    latest: dict[str, list[str]] = {}
    for part in _STARTS.split(payload):
        found = _INVOCATION.match(part)
        if found is None:
            continue
        kind, name, rest = found.groups()
        if kind == "CommandInvocation" or name not in latest:
            latest[name] = [name]
            commands.append(latest[name])
        bound = _BINDING.fullmatch(rest)
        if kind == "ParameterBinding" and bound is not None and bound[1] != _PIPED:
            latest[name] += [f"-{bound[1]}", _quoted(bound[2])]
    own = [" ".join(one) for one in commands if one[0].lower() not in _HOST_COMMANDS]
    return " | ".join(own) or None


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else "'" + value.replace("'", "''") + "'"


def pipeline_fields(event: WindowsEvent) -> dict[str, Any] | None:
    """Event fields of a 4103; None where only the host's own commands ran."""
    payload = event.data.get("Payload")
    command = pipeline_of(payload) if isinstance(payload, str) else None
    if command is None:
        return None
    context = context_of(event)
    key = record_key(event)
    if key is None and event.computer and event.time is not None:
        crc = crc32(f"{payload}\0{event.data.get('ContextInfo')}".encode(errors="surrogatepass"))
        key = f"ps4103:{event.computer.lower()}:{event.time}:{crc}"
    return {
        "event_id": key,
        "command_line": command,
        "time": event.time,
        "host": event.computer,
        "user": known(context.get("User")) or event.user,
        "pid": event.process_id,
        "parent_command_line": known(context.get("Host Application")),
        "platform": "windows",
    }


def block_fields(event: WindowsEvent, block: str, text: str) -> dict[str, Any]:
    """Event fields of a script block whose first known part is ``event``."""
    key = record_key(event)
    if key is None and event.computer and block:
        key = f"ps4104:{event.computer.lower()}:{block}"
    return {
        "event_id": key,
        "command_line": text,
        "time": event.time,
        "host": event.computer,
        "user": event.user,
        "pid": event.process_id,
        "platform": "windows",
    }


def part_numbers(data: Mapping[str, Any]) -> tuple[int, int]:
    """``MessageNumber`` and ``MessageTotal``, 1 of 1 where they are missing or make no sense."""
    try:
        number, total = int(data.get("MessageNumber", 1)), int(data.get("MessageTotal", 1))
    except (TypeError, ValueError):
        return 1, 1
    return (number, total) if 1 <= number <= total else (1, 1)
