"""Windows events becoming command events: the one place where all exports of them meet."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import Origin
from ttpline.domain.skipped import REPEATED
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._windows.engine import EngineEvents
from ttpline.telemetry._windows.event import CommandKind, WindowsEvent
from ttpline.telemetry._windows.powershell import block_fields, part_numbers, pipeline_fields
from ttpline.telemetry._windows.process import security_fields, sysmon_fields
from ttpline.telemetry._windows.values import guid

NO_COMMAND = "a process creation without command line and program"
NO_TEXT = "a script block without text"

MAX_HELD_EVENTS = 4096
"""Events that wait behind a script block whose parts are not all there; PowerShell writes the parts in a row."""

MAX_HELD_CHARS = 1 << 24
"""Text of open script blocks at one time. A part has at most 32 KiB."""

MAX_JOINED = 4096
"""Joined blocks remembered, so that a part that comes twice is not the beginning of another block."""


@dataclass(slots=True)
class _Held:
    """An event in waiting; for an open script block ``parts`` (number -> text) of ``total``."""

    place: Place
    raw: bytes
    fields: dict[str, Any] = field(default_factory=dict)
    origin: Origin = Origin.COMMAND_LINE
    complete: bool = True
    key: tuple[str, str] | None = None
    total: int = 0
    parts: dict[int, str] = field(default_factory=dict)
    first: WindowsEvent | None = None
    first_number: int = 0


class WindowsRows:
    """Gives ``rows`` the commands among events that are added in order of the input.

    A script block takes the place of its first part in the input. While parts of one are missing the events after
    it wait, within bounds; a block that is given without all its parts is not complete.
    """

    def __init__(self, rows: EventRows) -> None:
        self.rows = rows
        self._waiting: deque[_Held] = deque()
        self._open: dict[tuple[str, str], _Held] = {}
        self._joined: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._chars = 0
        self._engines = EngineEvents()

    def add(self, event: WindowsEvent, place: Place, raw: bytes) -> bool:
        """Whether ``event`` is of a kind that tells of a command. ``raw``: its bytes, for its id and for a skip."""
        match event.kind:
            case None:
                return False
            case CommandKind.SYSMON_CREATE:
                self._give(sysmon_fields(event), event, place, raw)
            case CommandKind.SECURITY_CREATE:
                self._give(security_fields(event), event, place, raw)
            case CommandKind.PIPELINE:
                fields = pipeline_fields(event)
                if fields is not None:
                    self._hold(_Held(place, raw, fields, Origin.HISTORY, event.complete))
            case CommandKind.SCRIPT_BLOCK:
                self._add_part(event, place, raw)
            case CommandKind.ENGINE:
                command = self._engines.command(event)
                if command is not None:
                    self._hold(_Held(place, raw, command.fields, command.origin, command.complete))
        return True

    @property
    def is_waiting(self) -> bool:
        """Whether events wait for a script block, so that those that come after them must wait too."""
        return bool(self._waiting)

    def full(self) -> Iterator[EventBatch]:
        """A batch, if there are enough events for one."""
        return self.rows.full()

    def rest(self) -> Iterator[EventBatch]:
        """What is left; script blocks that are still open are given as they are. At least one batch."""
        while self._open:
            self._close(next(iter(self._open)), complete=False)
        yield from self.rows.rest()

    def _give(self, fields: dict[str, Any] | None, event: WindowsEvent, place: Place, raw: bytes) -> None:
        if fields is None:
            self.rows.skip(place.record, NO_COMMAND, raw)
        elif self._waiting:
            self._hold(_Held(place, raw, fields, Origin.COMMAND_LINE, event.complete))
        else:
            self.rows.add(place, raw, complete=event.complete, **fields)

    def _hold(self, held: _Held) -> None:
        self._waiting.append(held)
        self._settle()
        if len(self._waiting) > MAX_HELD_EVENTS and self._open:
            self._close(next(iter(self._open)), complete=False)

    def _add_part(self, event: WindowsEvent, place: Place, raw: bytes) -> None:
        text = event.data.get("ScriptBlockText")
        if not isinstance(text, str) or not text.strip():
            # PowerShell logs empty blocks as well: nothing ran.
            if not isinstance(text, str):
                self.rows.skip(place.record, NO_TEXT, raw)
            return
        block = guid(event.data.get("ScriptBlockId")) or ""
        number, total = part_numbers(event.data)
        if total == 1 or not block:
            complete = event.complete and total == 1
            self._hold(_Held(place, raw, block_fields(event, block, text), Origin.HISTORY, complete))
            return
        key = ((event.computer or "").lower(), block)
        if key in self._joined:
            self.rows.skip(place.record, REPEATED, raw)
            return
        held = self._open.get(key)
        if held is None:
            held = _Held(place, raw, origin=Origin.HISTORY, key=key, total=total, first=event, first_number=number)
            self._open[key] = held
            self._waiting.append(held)
        elif number in held.parts:
            self.rows.skip(place.record, REPEATED, raw)
            return
        self._chars += len(text)
        held.parts[number] = text
        held.complete &= event.complete
        if number < held.first_number:
            held.first, held.first_number = event, number
        start = min(held.place.offset, place.offset)
        end = max(held.place.offset + held.place.length, place.offset + place.length)
        held.place = Place(held.place.record, start, end - start)
        if len(held.parts) == held.total:
            self._close(key, complete=True)
        while self._chars > MAX_HELD_CHARS or len(self._waiting) > MAX_HELD_EVENTS:
            if not self._open:
                break
            self._close(next(iter(self._open)), complete=False)

    def _close(self, key: tuple[str, str], *, complete: bool) -> None:
        """Join what there is of a block, in order of the parts."""
        held = self._open.pop(key)
        text = "".join(held.parts[number] for number in sorted(held.parts))
        self._chars -= len(text)
        held.complete &= complete
        if held.first is not None:
            held.fields = block_fields(held.first, key[1], text)
        held.key, held.parts, held.first = None, {}, None
        self._joined[key] = None
        if len(self._joined) > MAX_JOINED:
            self._joined.popitem(last=False)
        self._settle()

    def _settle(self) -> None:
        """Give what waits for no open block any more."""
        waiting = self._waiting
        while waiting and waiting[0].key is None:
            held = waiting.popleft()
            self.rows.add(held.place, held.raw, origin=held.origin, complete=held.complete, **held.fields)
