"""Messages in the order of a log becoming events; what sudo cut into pieces is put together again."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._syslog.messages import program_of, said
from ttpline.telemetry._syslog.said import Said
from ttpline.telemetry._syslog.sudo import CONTINUED, joined, message_of, said_by_sudo

NO_BEGINNING = "continued sudo message without its beginning"
SAID_AGAIN = "command that the log says was repeated"
HELD_RECORDS = 64
"""sudo writes its pieces in one go; as many records of others may come between."""

MOST_PIECES = 4096

_REPEATED = "message repeated "
_LAST_REPEATED = ("last message repeated ", "--- last message repeated ", "last message buffered ")


@dataclass(frozen=True, slots=True)
class Context:
    """What a record says beside its message. ``cmdline``: of the process that logged it. ``id``: None for a local one.

    ``by_logger``: the tag is one that only a shell's history logger writes.
    """

    tag: str | None
    time: int | None = None
    host: str | None = None
    pid: int | None = None
    uid: int | None = None
    auid: int | None = None
    session: str | int | None = None
    cmdline: str | None = None
    id: str | None = None
    platform: str | None = None
    by_logger: bool = False


@dataclass(slots=True)
class _Waiting:
    place: Place
    raw: bytes
    context: Context
    said: Said | None = None
    user: str = ""
    first: str = ""
    rest: list[str] = field(default_factory=list)
    is_open: bool = False
    ready: dict[str, Any] | None = None


@dataclass(slots=True)
class SaidRows:
    """Gives ``rows`` the commands among messages; events come in the order of their first records."""

    rows: EventRows
    _queue: deque[_Waiting] = field(default_factory=deque)
    _open: dict[tuple[str | None, str, int | None], _Waiting] = field(default_factory=dict)
    _last: str | None = None
    _is_last_command: bool = False

    def message(self, text: str, place: Place, raw: bytes, context: Context) -> bool:
        """One record; whether it tells of a command."""
        if self._queue:
            self._settle(place.record)
        tells = self._message(text, place, raw, context)
        if tells or self._is_last_command:
            self._last, self._is_last_command = context.host, tells
        return tells

    def row(self, place: Place, raw: bytes, fields: dict[str, Any]) -> None:
        """An event that is read already, in its place among the others."""
        if self._queue:
            self._settle(place.record)
        self._give(_Waiting(place, raw, Context(None), ready=fields))

    def passed(self) -> None:
        """A record that tells of no command came between."""
        self._is_last_command = False

    def end(self) -> None:
        """No more will come."""
        self._settle(None)

    def _message(self, text: str, place: Place, raw: bytes, context: Context) -> bool:
        if text.startswith(_LAST_REPEATED):
            if self._is_last_command and self._last == context.host:
                self.rows.skip(place.record, SAID_AGAIN, raw)
            return False
        if text.startswith(_REPEATED):
            self._repeated(text, place, raw, context)
            return False
        if context.tag is not None and program_of(context.tag) == "sudo" and self._by_sudo(text, place, raw, context):
            return True
        found = said(context.tag, text, by_logger=context.by_logger)
        if found is None:
            return False
        self._give(_Waiting(place, raw, context, found))
        return True

    def _repeated(self, text: str, place: Place, raw: bytes, context: Context) -> None:
        """``message repeated 3 times: [ …]`` of rsyslog."""
        inner = text.partition(": [")[2].rstrip().removesuffix("]").lstrip()
        if said(context.tag, inner) is not None:
            self.rows.skip(place.record, SAID_AGAIN, raw)

    def _by_sudo(self, text: str, place: Place, raw: bytes, context: Context) -> bool:
        more = CONTINUED.match(text)
        if more is not None:
            begun = self._open.get((context.host, more[1], context.pid))
            if begun is None or len(begun.rest) >= MOST_PIECES:
                self.rows.skip(place.record, NO_BEGINNING, raw)
                return True
            begun.rest.append(more[2])
            begun.raw += b"\n" + raw
            begun.place = Place(
                begun.place.record, begun.place.offset, place.offset + place.length - begun.place.offset
            )
            return True
        parts = message_of(text)
        if parts is None:
            return False
        key = context.host, parts[0], context.pid
        if (earlier := self._open.pop(key, None)) is not None:
            self._close(earlier)
        waiting = _Waiting(place, raw, context, None, parts[0], parts[1], [], True)
        self._open[key] = waiting
        self._queue.append(waiting)
        return True

    def _give(self, waiting: _Waiting) -> None:
        if self._queue:
            self._queue.append(waiting)
        else:
            self._add(waiting)

    def _close(self, waiting: _Waiting) -> None:
        waiting.is_open = False
        waiting.said = said_by_sudo(waiting.user, joined(waiting.user, waiting.first, waiting.rest))
        if waiting.said is not None:
            waiting.said.is_parent = True

    def _settle(self, record: int | None) -> None:
        """Give what waits for nothing any more; all, at the end (``record`` None)."""
        while self._queue:
            first = self._queue[0]
            if first.is_open:
                if record is not None and record - first.place.record <= HELD_RECORDS:
                    return
                self._open.pop((first.context.host, first.user, first.context.pid), None)
                self._close(first)
            self._queue.popleft()
            self._add(first)

    def _add(self, waiting: _Waiting) -> None:
        context, found = waiting.context, waiting.said
        if waiting.ready is not None:
            self.rows.add(waiting.place, waiting.raw, **waiting.ready)
        if found is None:
            return
        fields: dict[str, Any] = found.fields()
        if fields["pid"] is None and not found.is_elsewhere:
            fields["pid"] = context.pid
        if fields["session"] is None:
            fields["session"] = context.session
        if fields["uid"] is None and found.is_own:
            fields["uid"] = context.uid
        self.rows.add(
            waiting.place,
            waiting.raw,
            found.command_line,
            event_id=context.id,
            time=context.time,
            host=context.host,
            auid=context.auid,
            parent_command_line=context.cmdline if found.is_parent else None,
            platform=context.platform,
            **fields,
        )
