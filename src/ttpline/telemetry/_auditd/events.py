"""Closed events -> rows: ordinary ones through ``ordinary``, the others one by one through ``irregular``."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import polars as pl

from ttpline.columns.event_batch import event_frame
from ttpline.telemetry._auditd import reasons
from ttpline.telemetry._auditd.headers import CUT, SYSLOG, Int64s
from ttpline.telemetry._auditd.irregular import EventKey, Line, RawEvent, Row, event_rows
from ttpline.telemetry._auditd.keys import key_hashes
from ttpline.telemetry._auditd.ordinary import Mask, ordinary_events
from ttpline.telemetry._auditd.reasons import Skips
from ttpline.telemetry._auditd.record_types import RecordType
from ttpline.telemetry._auditd.window import Closed
from ttpline.telemetry._seen import Hashes, SeenEvents

_TELLING = [RecordType.SYSCALL, RecordType.EXECVE, RecordType.PROCTITLE, RecordType.USER_CMD, RecordType.TTY]
"""Types that can make an event; a CWD or a PATH alone says nothing about a command."""

ROWS_AT_ONCE = 8192
"""Rows held as Python objects, a kilobyte and more each; a window can hold half a million."""

_ROW_FIELDS = (
    "event_id", "time", "host", "user", "uid", "auid", "euid", "session", "tty", "pid", "ppid", "exe", "cwd", "argv",
    "argv_hex", "command_line", "origin", "complete", "success", "platform", "source",
)  # fmt: skip


@dataclass(slots=True)
class EventBuilder:
    """Rows of closed events. ``in_columns`` off: everything goes one by one (what tests compare with)."""

    uri: str
    skips: Skips
    seen: SeenEvents
    all_titles: bool = False
    in_columns: bool = True

    def build(self, closed: Closed) -> pl.DataFrame | None:
        """The rows of ``closed`` in the order of the log; None when there are none."""
        if not len(closed):
            return None
        event_of_line = closed.event_of_line
        counts = record_counts(closed, event_of_line)
        wanted = self._new_events(closed, counts)
        parts: list[pl.DataFrame] = []
        orders: list[Int64s] = []
        if self.in_columns:
            found = ordinary_events(closed, event_of_line, counts, wanted, self.uri, all_titles=self.all_titles)
            wanted &= ~found.done
            if found.frame is not None:
                parts.append(found.frame)
                orders.append(found.events)
        if wanted.any():
            for frame, events in self._one_by_one(closed, event_of_line, np.flatnonzero(wanted)):
                parts.append(frame)
                orders.append(events)
        if len(parts) > 1:
            return pl.concat(parts)[np.argsort(np.concatenate(orders), kind="stable")]
        return parts[0] if parts else None

    def _new_events(self, closed: Closed, counts: Int64s) -> Mask:
        """Which events may hold a command and were not given before; repeats and stragglers are counted."""
        telling: Mask = counts[:, _TELLING].max(axis=1) > 0
        keyed = np.flatnonzero(telling | (counts[:, RecordType.CWD] > 0))
        firsts = closed.lines[closed.firsts[keyed]]
        hashes = key_hashes(firsts, closed.hosts)
        known = self._known(hashes, telling[keyed])
        for index in np.flatnonzero(known).tolist():
            line = firsts[index]
            sample = closed.log.cut(int(line["start"]), int(line["end"]))
            reason = reasons.TWICE if _is_whole(counts[keyed[index]]) else reasons.TOO_LATE
            self.skips.add(reason, int(line["number"]), sample)
        telling[keyed[known]] = False
        return telling

    def _known(self, hashes: Hashes, telling: Mask) -> Mask:
        """Which events came before: those that can be given are remembered, a CWD alone is only looked up."""
        known = np.zeros(len(hashes), np.bool_)
        known[~telling] = self.seen.contains(hashes[~telling])
        known[telling] = self.seen.add(hashes[telling])
        given, first = np.unique(hashes[telling], return_index=True)
        if len(given):
            place = np.searchsorted(given, hashes).clip(max=len(given) - 1)
            earlier = np.flatnonzero(telling)[first[place]] < np.arange(len(hashes))
            known |= ~telling & earlier & (given[place] == hashes)
        return known

    def _one_by_one(
        self, closed: Closed, event_of_line: Int64s, events: Int64s
    ) -> Iterator[tuple[pl.DataFrame, Int64s]]:
        rows: list[Row] = []
        order: list[int] = []
        for event, raw in zip(events.tolist(), _raw_events(closed, event_of_line, events), strict=True):
            for row in event_rows(raw, self.uri, self.skips, all_titles=self.all_titles):
                rows.append(row)
                order.append(event)
                if len(rows) == ROWS_AT_ONCE:
                    yield _frame(rows), np.array(order, np.int64)
                    rows, order = [], []
        if rows:
            yield _frame(rows), np.array(order, np.int64)


def _raw_events(closed: Closed, event_of_line: Int64s, events: Int64s) -> Iterator[RawEvent]:
    """Each of ``events`` with those of its records that can tell something."""
    firsts, lasts = closed.spans(events)
    heads, ends = closed.lines[firsts], closed.lines["end"][lasts]
    is_asked = np.zeros(len(closed), np.bool_)
    is_asked[events] = True
    kinds = closed.lines["type"]
    rows = np.flatnonzero(is_asked[event_of_line] & (kinds != RecordType.OTHER) & (kinds != RecordType.UNKNOWN))
    table = closed.lines[rows]
    lines = (
        Line(RecordType(kind), body, number, cut=bool(flags & CUT), syslog=bool(flags & SYSLOG))
        for kind, body, number, flags in zip(
            table["type"].tolist(), closed.bodies(rows), table["number"].tolist(), table["flags"].tolist(), strict=True
        )
    )
    counts = np.bincount(event_of_line[rows], minlength=len(closed))[events]
    for count, end, (start, number, ms, serial, host) in zip(
        counts.tolist(), ends.tolist(), heads[["start", "number", "ms", "serial", "host"]].tolist(), strict=True
    ):
        key = EventKey(closed.host(host), ms, serial)
        yield RawEvent(key, list(islice(lines, count)), number, start, end - start)


def _frame(rows: list[Row]) -> pl.DataFrame:
    columns = {name: [row.get(name) for row in rows] for name in _ROW_FIELDS}
    session = pl.Series(columns.pop("session"), dtype=pl.Int64)
    return event_frame({**columns, "session": session}, len(rows))


def record_counts(closed: Closed, event_of_line: Int64s) -> Int64s:
    """How many records of each type each event has."""
    kinds = len(RecordType)
    flat = np.bincount(event_of_line * kinds + closed.lines["type"], minlength=len(closed) * kinds)
    return flat.reshape(-1, kinds)


def _is_whole(counts: Int64s) -> bool:
    """Whether these records would have been an event of their own: then the log has it twice."""
    reported = counts[RecordType.USER_CMD] or counts[RecordType.TTY]
    return bool(reported or (counts[RecordType.SYSCALL] and counts[[RecordType.EXECVE, RecordType.PROCTITLE]].any()))
