"""``fish-history``: what fish keeps of the commands typed. It looks like YAML and is not: fish has its own escapes."""

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

COMMAND = b"- cmd:"
_WHEN = re.compile(rb" +when: ?(\d{1,19})[ \t]*", re.ASCII)
_DETAIL = re.compile(rb" +(?:- |[a-z_]{1,40}:)", re.ASCII)
"""``paths:`` and what stands below it, and keys that a later fish may write."""

_ESCAPE = re.compile(rb"\\([\\n])")

SURE = 0.95
NAMES = ("fish_history",)
REMEDY = "is it a history of fish? say what it is with --from"
STRAY = "a line that is no part of an entry"


def unescaped(raw: bytes) -> bytes:
    """fish's escapes undone: two backslashes are one, backslash and ``n`` is a line end, all else is itself."""
    return _ESCAPE.sub(lambda found: b"\n" if found[1] == b"n" else b"\\", raw) if b"\\" in raw else raw


@dataclass(frozen=True, slots=True)
class FishHistoryReader:
    """``- cmd:`` begins an entry; ``when:`` is its time. Paths that fish found among the arguments are not kept."""

    name: str = "fish-history"
    description: str = "history of fish"

    def sniff(self, head: bytes) -> float:
        lines = [line.encode(errors="replace") for line in head_text(head).split("\n") if line.strip()]
        known = sum(line.startswith((COMMAND, b"  ")) for line in lines)
        is_fish = bool(lines) and lines[0].startswith(COMMAND) and known >= 0.8 * len(lines)
        return SURE if is_fish else 0.0

    def claims_name(self, name: str) -> bool:
        return has_name(name, *NAMES)

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        rows = EventRows(self.name, uri, REMEDY)
        entry: Entry | None = None
        for line in history_lines(stream):
            rows.count()
            if isinstance(line, LongLine):
                skip_long(rows, line)
            elif line.raw.startswith(COMMAND):
                _finish(entry, rows)
                entry = Entry(line)
                entry.add(line, line.raw[len(COMMAND) :].removeprefix(b" "))
            elif line.is_blank:
                continue
            elif entry is not None and _DETAIL.match(line.raw):
                entry.extend(line)
                if entry.time is None and (when := _WHEN.fullmatch(line.raw)):
                    entry.time = epoch(when[1].decode()) or None
            else:
                rows.skip(line.record, STRAY, line.raw)
            yield from rows.full()
        _finish(entry, rows)
        yield from rows.rest()


def _finish(entry: Entry | None, rows: EventRows) -> None:
    if entry is None:
        return
    raw = b"".join(entry.parts)
    command = unescaped(raw)
    if entry.is_too_long:
        rows.skip(entry.first.record, TOO_LONG, raw)
    elif command.strip():
        complete = not entry.damaged
        rows.add(entry.place, raw, decode(command), origin=Origin.HISTORY, complete=complete, time=entry.time)


READER = FishHistoryReader()
