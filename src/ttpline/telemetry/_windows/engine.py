"""What the log ``Windows PowerShell`` tells: an engine that starts (400) and the lines of pipelines (800).

Their fields are lines ``Name=value`` in one of several values without names, or in the message. Which events are
commands, and why no others are, is in ``docs/formats/evtx.md``.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from ttpline.domain.event import Origin
from ttpline.telemetry._windows.event import WindowsEvent
from ttpline.telemetry._windows.powershell import pipeline_of
from ttpline.telemetry._windows.process import record_key
from ttpline.telemetry._windows.values import known

START, DETAILS = 400, 800
ENGINE_IDS = frozenset({START, DETAILS})

MAX_KNOWN = 4096
"""Engines and lines remembered: an engine logs its start at once, a pipeline its parts in a row."""

_CONTEXT = re.compile(
    r"(?:NewEngineState=\w{1,20}\s{1,9}PreviousEngineState|DetailSequence=\d{1,6}\s{1,9}DetailTotal)="
)
_STATE = re.compile(r"NewEngineState=(\w{1,20})")
_TOTAL = re.compile(r"DetailTotal=(\d{1,6})")
_USER = re.compile(r"\sUserId=([^\r\n]{0,256}?)\s{1,9}HostName=")
_HOST_ID = re.compile(r"\sHostId=([\w-]{1,64})")
_APPLICATION = "HostApplication="
_APPLICATION_END = re.compile(r"\s{1,9}EngineVersion=[\w.]{0,40}\s{1,9}RunspaceId=([\w-]{0,64})")
_PIPELINE = re.compile(r"\sPipelineId=(\d{0,20})\s")
_LINE = re.compile(r"\sCommandLine=[ \t]*(.*)")
_SHIFTED = re.compile(r"\.?\s*Context Information:")
"""The message of an 800 without its first value, behind a line that is empty."""

_DETAIL = re.compile(r"(?:^|[\n,])\s{0,9}(?=CommandInvocation\()")
_DETAIL_END = re.compile(r"\s{0,9}\n\s{0,9}Details: ?\n")
_TEXTS = ("Data", "", "param1", "param2", "param3", "Message", "message", "RenderedDescription")


@dataclass(frozen=True, slots=True)
class EngineCommand:
    """``fields``: as ``EventRows.add`` takes them."""

    fields: dict[str, Any]
    origin: Origin
    complete: bool = True


@dataclass(slots=True)
class EngineEvents:
    """The commands of one log, each once: what an engine's later events repeat is none."""

    _known: OrderedDict[tuple[str, ...], None] = field(default_factory=OrderedDict)

    def command(self, event: WindowsEvent) -> EngineCommand | None:
        """The command that a 400 or an 800 tells of."""
        text = context_of(event.data)
        if text is None:
            return None
        found = _started(event, text) if event.event_id == START else _ran(event, text)
        if found is None:
            return None
        name, command = found
        if name is not None:
            if name in self._known:
                return None
            self._known[name] = None
            if len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)
        return command


def context_of(data: Mapping[str, Any]) -> str | None:
    """The lines ``Name=value``, and what stands behind them.

    >>> context_of({"Data": ["Available", "None", "\\tNewEngineState=Available\\n\\tPreviousEngineState=None"]})
    '\\tNewEngineState=Available\\n\\tPreviousEngineState=None'
    """
    values = [value for name in _TEXTS for value in _values(data.get(name))]
    for at, value in enumerate(values):
        if _CONTEXT.match(value.lstrip()):
            return "\n".join(values[at:])
    for value in values:
        found = _CONTEXT.search(value)
        if found is not None:
            return value[found.start() :]
    return None


def _values(written: Any) -> Iterator[str]:
    if isinstance(written, str):
        yield written
    elif isinstance(written, list):
        for one in written:
            yield from _values(one.get("#text", one.get("Value")) if isinstance(one, dict) else one)
    elif isinstance(written, dict):
        yield from _values(written.get("#text"))


@dataclass(frozen=True, slots=True)
class _Context:
    """What both events have. ``before`` and ``after``: the text on both sides of the application."""

    before: str
    application: str
    runspace: str
    after: str

    @property
    def engine(self) -> str | None:
        found = _HOST_ID.search(self.before)
        return found[1].lower() if found else None


def _split(text: str) -> _Context | None:
    """None where no application is named, as in PowerShell 2."""
    start = text.find(_APPLICATION)
    end = _APPLICATION_END.search(text, start) if start >= 0 else None
    if end is None:
        return None
    return _Context(text[:start], text[start + len(_APPLICATION) : end.start()], end[1].lower(), text[end.end() :])


def _started(event: WindowsEvent, text: str) -> tuple[tuple[str, ...] | None, EngineCommand] | None:
    """An engine that became available, and the command line of its process."""
    context = _split(text)
    state = _STATE.search(text)
    if context is None or not context.application.strip() or (state is not None and state[1] != "Available"):
        return None
    host, engine = (event.computer or "").lower(), context.engine
    fields = _fields(event, context.application)
    fields["event_id"] = record_key(event) or (f"ps400:{host}:{engine}" if host and engine else None)
    return (host, engine) if engine else None, EngineCommand(fields, Origin.COMMAND_LINE, event.complete)


def _ran(event: WindowsEvent, text: str) -> tuple[tuple[str, ...] | None, EngineCommand] | None:
    """The line a pipeline was written in; where the log has none, the pipeline as its details tell it."""
    context = _split(text)
    if context is None:
        return None
    line, pipeline = _line_of(context.after), _PIPELINE.search(context.after)
    command, complete = line or _detailed(context.after), event.complete
    if command is None:
        return None
    if not line:
        total = _TOTAL.search(context.before)
        complete = complete and (total is None or total[1] == "1")
    host, engine, name = (event.computer or "").lower(), context.engine, None
    if line and engine and pipeline is not None and pipeline[1]:
        name = host, engine, context.runspace, pipeline[1], line
    user = _USER.search(context.before)
    fields = _fields(event, command)
    fields["user"] = known(user[1]) if user is not None and user[1] else event.user
    fields["parent_command_line"] = known(context.application)
    fields["event_id"] = record_key(event)
    if fields["event_id"] is None and host and event.time is not None:
        fields["event_id"] = f"ps800:{host}:{event.time}:{crc32(text.encode(errors='surrogatepass'))}"
    return name, EngineCommand(fields, Origin.HISTORY, complete)


def _detailed(after: str) -> str | None:
    start = _DETAIL.search(after)
    if start is None:
        return None
    end = _DETAIL_END.search(after, start.end())
    return pipeline_of(after[start.end() : end.start() if end else len(after)])


def _line_of(after: str) -> str:
    """``CommandLine`` is one line of a script; a table puts the details behind it, in the same line."""
    found = _LINE.search(after)
    if found is None or _SHIFTED.match(after, found.start(1)):
        return ""
    line = found[1]
    details = line.find(", CommandInvocation(")
    return (line if details < 0 else line[:details]).rstrip()


def _fields(event: WindowsEvent, command: str) -> dict[str, Any]:
    return {
        "command_line": command,
        "time": event.time,
        "host": event.computer,
        "user": event.user,
        "pid": event.process_id or None,
        "platform": "windows",
    }
