"""``zsh-history``: what zsh keeps of the commands typed, plain and extended."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode
from ttpline.telemetry._event_rows import EventRows
from ttpline.telemetry._history.lines import TOO_LONG, Entry, history_lines, skip_long
from ttpline.telemetry._history.names import has_name
from ttpline.telemetry._lines import LongLine, head_text
from ttpline.telemetry._times import epoch

START = re.compile(rb": {0,10}(\d{1,19}):(\d{1,19});", re.ASCII)
"""``: <start in seconds since 1970>:<seconds it took>;``"""

_SPACE_AFTER_BACKSLASH = re.compile(rb"\\ +\Z")
_META = 0x83
_METAFIED = re.compile(rb"\x83(.)", re.DOTALL)
_PLAIN = [bytes([code ^ 0x20]) for code in range(256)]

NAMES = ("zsh_history", "zsh_extended_history", ".zhistory", ".histfile", ".zhist")

SURE = 0.95
MIXED = 0.6

REMEDY = "is it a history of zsh? say what it is with --from"


def unmetafied(raw: bytes) -> bytes:
    """zsh's own bytes as what was typed: 0x83 says that the next byte was written with bit 5 turned over.

    >>> unmetafied("é".encode().replace(b"\\xa9", b"\\x83\\x89")).decode()
    'é'
    """
    return _METAFIED.sub(lambda found: _PLAIN[found[1][0]], raw) if _META in raw else raw


@dataclass(frozen=True, slots=True)
class ZshHistoryReader:
    """A line that ends with a backslash goes on in the next one, as zsh reads it back; the backslash is zsh's own."""

    name: str = "zsh-history"
    description: str = "history of zsh, plain and extended"

    def sniff(self, head: bytes) -> float:
        """Only extended entries tell; plain lines could be anything (see ``claims_name``)."""
        text = head_text(head).encode(errors="replace")
        lines = [line for line in text.replace(b"\\\n", b" ").split(b"\n") if line.strip()]
        extended = sum(START.match(line) is not None for line in lines)
        if not extended or extended < len(lines) / 2:
            return 0.0
        return SURE if START.match(lines[0]) else MIXED

    def claims_name(self, name: str) -> bool:
        return has_name(name, *NAMES)

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        rows = EventRows(self.name, uri, REMEDY)
        entry: Entry | None = None
        for line in history_lines(stream):
            rows.count()
            if isinstance(line, LongLine):
                if entry is None:
                    skip_long(rows, line)
                else:
                    entry.is_too_long = True
                    _finish(entry, rows, complete=False)
                    entry = None
                continue
            if entry is None:
                if line.is_blank:
                    continue
                entry = Entry(line)
            if line.raw.endswith(b"\\"):
                entry.add(line, line.raw[:-1])
            else:
                # zsh writes a space behind a backslash that ends a command, so that it is not read on.
                entry.add(line, line.raw[:-1] if _SPACE_AFTER_BACKSLASH.search(line.raw) else line.raw)
                _finish(entry, rows)
                entry = None
            yield from rows.full()
        if entry is not None:
            _finish(entry, rows, complete=False)
        yield from rows.rest()


def _finish(entry: Entry, rows: EventRows, *, complete: bool = True) -> None:
    raw = b"\n".join(entry.parts)
    if entry.is_too_long:
        rows.skip(entry.first.record, TOO_LONG, raw)
        return
    found = START.match(raw)
    time = epoch(found[1].decode()) if found else None
    command = raw[found.end() :] if found else raw[1:] if raw.startswith(b"\\:") else raw
    command = unmetafied(command)
    if command.strip():
        text = decode(command)
        is_whole = complete and not entry.damaged
        rows.add(entry.place, raw, text, origin=Origin.HISTORY, complete=is_whole, time=time)


READER = ZshHistoryReader()
