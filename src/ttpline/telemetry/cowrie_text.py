"""``cowrie-text``: what was typed into a Cowrie honeypot, from its text log, bare or inside syslog."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from zlib import crc32

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._lines import LongLine, head_text, line_blocks
from ttpline.telemetry._syslog.headers import split_line, unescaped
from ttpline.telemetry._times import UTC_NAME, rfc3339, zone
from ttpline.telemetry.base import FOREIGN

_BLANK = b" \t\r\0"
_LINE = re.compile(
    rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) \[([^\]\n]{1,400})\] ?(.*)", re.DOTALL
)
_OURS = re.compile(
    rb"(?i:cowrie|kippo)|HoneyPot|SSHService|CowrieTelnetTransport|^-$|twisted|stdout#info|^[A-Z]\w+#info$"
)
_TRANSPORT = re.compile(
    r"(?:HoneyPot\w*|Cowrie\w*|SSH\w*|Telnet\w*)Transport,(?:T-?)?[\w-]{1,40},([0-9A-Fa-f.:]{2,45})"
)
_TYPED = re.compile(r"CMD: ?(.*)", re.DOTALL)
_FOUND = re.compile(r"Command (?:found|not found): (.*)", re.DOTALL)
_CONNECTED = re.compile(r"New connection: ([0-9A-Fa-f.:]{2,45}):\d{1,5} \(\S{1,64}\) \[session: (\w{1,64})\]")
_LOGIN, _SUCCEEDED = "login attempt [", "] succeeded"
MOST_TYPED_BYTES = 1 << 20
MOST_SESSIONS = 1 << 14
"""Connections remembered; a scanner opens many and none stays long."""


@dataclass(frozen=True, slots=True)
class CowrieTextReader:
    """Each line that was typed (``CMD:``) is one event. ``tz``: the zone of times without one."""

    name: str = "cowrie-text"
    description: str = "Cowrie honeypot text log (cowrie.log), bare or inside syslog"
    tz: str = UTC_NAME

    def sniff(self, head: bytes) -> float:
        """0.95 where half of the lines or more are Cowrie's, less where fewer are."""
        lines = [line for line in head_text(head).encode(errors="replace").split(b"\n") if line.strip(_BLANK)]
        if len(lines) > 1:
            lines.pop()  # may be cut
        lines = [line for line in lines if not line.startswith(b"\t")]
        mine = sum(_own(line) is not None for line in lines)
        if not mine:
            return 0.0
        return 0.95 if 2 * mine >= len(lines) else round(0.45 * mine / len(lines), 3)

    def claims_line(self, line: bytes) -> float:
        return 0.95 if _own(line) is not None else 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        return _Reading(self, uri).batches(stream)


def _own(line: bytes) -> "tuple[str | None, re.Match[bytes]] | None":
    """The machine in the syslog header, if there is one, and the parts of Cowrie's own line."""
    host = None
    found = _LINE.match(line)
    if found is None:
        header = split_line(line)
        if header is None:
            return None
        found = _LINE.match(header.message)
        host = None if header.host is None else decode(header.host)
    return (host, found) if found is not None and _OURS.search(found[2]) is not None else None


def _name(written: str) -> str:
    """The user in ``root``, ``b'root'`` or ``b"root"``."""
    quote = written[1:2]
    return written[2:-1] if written[:1] == "b" and quote in ("'", '"') and written.endswith(quote) else written


@dataclass(slots=True)
class _Session:
    """``name``: Cowrie's own where a connection line gave it."""

    name: str
    user: str | None = None
    has_typed: bool = False


@dataclass(slots=True)
class _Typed:
    place: Place
    raw: bytes
    command: str
    fields: dict[str, Any] = field(default_factory=dict)
    more: list[bytes] = field(default_factory=list)
    size: int = 0


class _Reading:
    def __init__(self, reader: CowrieTextReader, uri: str) -> None:
        self._rows = EventRows(reader.name, uri)
        self._zone = zone(reader.tz)
        self._sessions: dict[str, _Session] = {}
        self._connected: dict[str, list[str]] = {}
        self._open: _Typed | None = None

    def batches(self, stream: BinaryIO) -> Iterator[EventBatch]:
        for block in line_blocks(stream):
            if isinstance(block, LongLine):
                self._close()
                self._rows.count()
                self._rows.skip(block.record, "line of more than 1 MiB", block.sample.encode())
                continue
            self._rows.count(len(block.lines))
            places = zip(block.lines, block.offsets.tolist(), block.lengths.tolist(), strict=True)
            for record, (line, offset, length) in enumerate(places, block.first_record):
                self._line(line, Place(record, offset, length))
            yield from self._rows.full()
        self._close()
        yield from self._rows.rest()

    def _line(self, line: bytes, place: Place) -> None:
        if line.startswith(b"\t"):  # Twisted indents what belongs to the line before
            waiting = self._open
            if waiting is not None and waiting.size + len(line) <= MOST_TYPED_BYTES:
                waiting.more.append(line[1:].removesuffix(b"\r"))
                waiting.size += len(line) + 1
                start = waiting.place
                waiting.place = Place(start.record, start.offset, place.offset + place.length - start.offset)
            return
        self._close()
        own = _own(line.lstrip(b"\0"))  # what a crash left before the first line after it
        if own is None:
            if line.strip(_BLANK):
                self._rows.skip(place.record, FOREIGN, line)
            return
        host, found = own
        system, message = decode(found[2]), decode(found[3].removesuffix(b"\r"))
        if host is not None:
            message = unescaped(message)
        if (connected := _CONNECTED.match(message)) is not None:
            self._connect(connected[1], connected[2])
            return
        transport = _TRANSPORT.search(system)
        session = None if transport is None else self._session(transport[0], transport[1])
        if message.startswith(_LOGIN):
            if session is not None and message.endswith(_SUCCEEDED):
                session.user = _name(message[len(_LOGIN) :].partition("/")[0])
            return
        typed = _TYPED.fullmatch(message)
        command = typed[1] if typed is not None else None
        if command is None and (known := _FOUND.fullmatch(message)) is not None:
            # The parts of a typed line; events only where the line itself was not logged.
            command = None if session is not None and session.has_typed else known[1]
        elif command is not None and session is not None:
            session.has_typed = True
        if command is None or not command.strip():
            return
        self._open = _Typed(place, line, command, self._fields(found, host, session))

    def _fields(self, found: "re.Match[bytes]", host: str | None, session: _Session | None) -> dict[str, Any]:
        time = rfc3339(found[1].decode(), self._zone)
        id = None
        if host and time is not None and b"." in found[1]:
            name = session.name if session is not None else ""
            id = f"cowrie-text:{host.lower()}:{time}:{name}:{crc32(found[0].rstrip(_BLANK))}"
        return {
            "event_id": id,
            "time": time,
            "host": host,
            "session": None if session is None else session.name,
            "user": None if session is None else session.user,
            "origin": Origin.INPUT,
            "platform": "linux",
        }

    def _connect(self, address: str, session: str) -> None:
        waiting = self._connected.setdefault(address, [])
        waiting.append(session)
        if len(self._connected) > MOST_SESSIONS:
            self._connected.pop(next(iter(self._connected)))
        if len(waiting) > MOST_SESSIONS:
            del waiting[0]

    def _session(self, transport: str, address: str) -> _Session:
        """The connection of a transport: an address's transports come in the order of its connections."""
        known = self._sessions.get(transport)
        if known is None:
            waiting = self._connected.get(address)
            known = self._sessions[transport] = _Session(waiting.pop(0) if waiting else transport)
            if len(self._sessions) > MOST_SESSIONS:
                self._sessions.pop(next(iter(self._sessions)))
        return known

    def _close(self) -> None:
        waiting, self._open = self._open, None
        if waiting is not None:
            more = "".join("\n" + decode(line) for line in waiting.more)
            self._rows.add(waiting.place, waiting.raw, waiting.command + more, **waiting.fields)


READER = CowrieTextReader()
