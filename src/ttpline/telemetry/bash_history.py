"""``bash-history``: what bash, and shells that write alike (ash, ksh, tcsh), keep of the commands typed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode
from ttpline.telemetry._event_rows import EventRows
from ttpline.telemetry._history.lines import TOO_LONG, Entry, Line, history_lines, skip_long
from ttpline.telemetry._history.names import has_name
from ttpline.telemetry._history.plain import LIKELY, is_typed
from ttpline.telemetry._lines import LongLine, head_text
from ttpline.telemetry._times import epoch

STAMP = re.compile(rb"#\+?(\d{9,10})[ \t]*", re.ASCII)
"""``#1718000000``, with a plus in tcsh. Ten digits reach to 2286; nine begin in 1973: shorter ones are comments."""

NAMES = ("bash_history", ".sh_history", ".ash_history", ".history", ".bash_sessions_history")

SURE = 0.95
MIXED = 0.6
MIN_SHARE = 0.25
"""Time lines among the lines of a head that does not begin with one."""

REMEDY = "is it a history of bash? say what it is with --from"


@dataclass(frozen=True, slots=True)
class BashHistoryReader:
    """Without time lines each line is an entry; from the first time line on, all up to the next one is one entry.

    That is how bash itself reads it back. Any other line that begins with ``#`` is a comment that was typed.
    """

    name: str = "bash-history"
    description: str = "history of bash, with and without time lines"

    def sniff(self, head: bytes) -> float:
        """Time lines tell for sure; plain lines only where nearly all are commands that people type."""
        written = [line.strip("\r") for line in head_text(head).split("\n")]
        lines = [line.encode(errors="replace") for line in written if line.strip()]
        stamps = [index for index, line in enumerate(lines) if STAMP.fullmatch(line)]
        if not stamps:
            return LIKELY if b"\0" not in head and is_typed(written[: len(written) - 1] or written) else 0.0
        if len(lines) == len(stamps):
            return 0.0
        if stamps[0] == 0:
            return SURE
        return MIXED if len(stamps) >= MIN_SHARE * len(lines) else 0.0

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
            elif line.raw[:1] == b"#" and (stamp := STAMP.fullmatch(line.raw)):
                _finish(entry, rows)
                entry = Entry(line, epoch(stamp[1].decode()))
            elif entry is not None:
                entry.add(line, line.raw)
            elif not line.is_blank:
                _add_line(line, rows)
            yield from rows.full()
        _finish(entry, rows)
        yield from rows.rest()


def _add_line(line: Line, rows: EventRows) -> None:
    rows.add(line.place, line.raw, line.text, origin=Origin.HISTORY, complete=not line.damaged)


def _finish(entry: Entry | None, rows: EventRows) -> None:
    if entry is None:
        return
    command = entry.command()
    if entry.is_too_long:
        rows.skip(entry.first.record, TOO_LONG, command)
    elif command:
        raw = entry.first.raw + b"\n" + command
        rows.add(entry.place, raw, decode(command), origin=Origin.HISTORY, complete=not entry.damaged, time=entry.time)


READER = BashHistoryReader()
