"""Lines -> events, in bounded memory.

The rule: **a record belongs to the event of its (host, time, serial) when it begins no more than the window's bytes
after that event's first record.** It is a rule about bytes of the log, not about clocks or buffers, so the same log
gives the same events. An event is closed when no further record could belong to it; what is kept is never more than
the last ``window_bytes`` of the log.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._auditd.headers import LINE, HostNames, Int64s, Table

WINDOW_BYTES = 8 << 20
"""Records of one event further apart than this are not joined. It holds some thousand events, and one of the largest
that Linux allows: 2 MiB of arguments, in hex."""


EVENTS_AT_ONCE = 1 << 15
"""Events made into rows at once: more than an ordinary log has in a window, so only one of tiny records is cut."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of the log, each whole lines, in order: what is between them was left out or is not needed any more."""

    offsets: Int64s
    pieces: Sequence[bytes]

    def cut(self, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end`` of the log, which lie within one line."""
        number = int(np.searchsorted(self.offsets, start, side="right")) - 1
        offset = int(self.offsets[number])
        return self.pieces[number][start - offset : end - offset]

    def cut_all(self, starts: Int64s, ends: Int64s) -> Iterator[bytes]:
        """The same for many."""
        number = np.searchsorted(self.offsets, starts, side="right") - 1
        places = self.offsets[number]
        changes = np.flatnonzero(np.diff(number, prepend=-1))  # as a rule, lines come piece by piece
        slices = map(slice, (starts - places).tolist(), (ends - places).tolist())
        counts = np.diff(changes, append=len(starts)).tolist()
        for piece, count in zip(number[changes].tolist(), counts, strict=True):
            yield from map(self.pieces[piece].__getitem__, islice(slices, count))


@dataclass(frozen=True, slots=True)
class Closed:
    """Whole events in the order of their first records.

    ``lines`` are sorted by event and then by place; ``firsts[i]`` is where event ``i`` begins in them.
    """

    log: Pieces
    lines: Table
    firsts: Int64s
    hosts: Sequence[str]

    def __len__(self) -> int:
        return len(self.firsts)

    def parts(self, most: int = EVENTS_AT_ONCE) -> Iterator["Closed"]:
        """The same events, at most ``most`` at a time."""
        for start in range(0, len(self), most):
            firsts = self.firsts[start : start + most]
            end = self.firsts[start + most] if start + most < len(self) else len(self.lines)
            yield Closed(self.log, self.lines[firsts[0] : end], firsts - firsts[0], self.hosts)

    def host(self, number: int) -> str | None:
        """The name of a host number in ``lines``."""
        return None if number < 0 else self.hosts[number]

    @property
    def event_of_line(self) -> Int64s:
        counts = np.diff(self.firsts, append=len(self.lines))
        return np.repeat(np.arange(len(self.firsts)), counts)

    def spans(self, events: Int64s) -> tuple[Int64s, Int64s]:
        """Where the first and the last line of each of ``events`` stand in ``lines``."""
        ends = np.append(self.firsts[1:], len(self.lines))
        return self.firsts[events], ends[events] - 1

    def bodies(self, rows: Int64s) -> Iterator[bytes]:
        """What follows the header in each of ``rows``."""
        return self.log.cut_all(self.lines["body"][rows], self.lines["end"][rows])


class JoinWindow:
    """Takes lines in the order of the log and gives events when they are closed."""

    def __init__(self, hosts: HostNames, window_bytes: int = WINDOW_BYTES) -> None:
        self._hosts = hosts
        self._window = window_bytes
        self._pieces: list[bytes] = []
        self._offsets: list[int] = []
        self._end = 0
        self._tables: list[Table] = [np.zeros(0, LINE)]

    @property
    def open_lines(self) -> int:
        """How many lines wait for their event to close."""
        return sum(map(len, self._tables))

    @property
    def open_bytes(self) -> int:
        """How many bytes of the log are kept."""
        return sum(map(len, self._pieces))

    def add(self, data: bytes, offset: int, table: Table) -> None:
        """The next bytes of the log, whole lines from ``offset`` on, and the records in them."""
        self._pieces.append(data)
        self._offsets.append(offset)
        self._end = offset + len(data)
        self._tables.append(table)

    def close(self, *, final: bool = False, settled: int = 0) -> Closed:
        """All events that can get no further record; all events there are, if this is the end.

        ``settled``: events that begin before this place have all their records (of a log that is still written)."""
        table = np.concatenate(self._tables)
        log = Pieces(np.array(self._offsets, np.int64), tuple(self._pieces))
        event, count = _events(table, self._window)
        first_line = _first_lines(event, count)
        begin = table["start"][first_line]
        line_closed = ((self._end - begin > self._window) | (begin < settled) | final)[event]
        hosts = self._hosts.names
        self._keep(table[~line_closed])
        lines, event = table[line_closed], event[line_closed]
        if np.any(event[1:] < event[:-1]):  # interleaved
            order = np.argsort(event, kind="stable")
            lines, event = lines[order], event[order]
        return Closed(log, lines, np.flatnonzero(np.diff(event, prepend=-1)), hosts)

    def _keep(self, table: Table) -> None:
        self._hosts.forget(table)
        self._tables = [table]
        start = int(table["start"][0]) if len(table) else self._end
        gone = max(bisect_right(self._offsets, start) - 1, 0) if len(table) else len(self._offsets)
        self._pieces, self._offsets = self._pieces[gone:], self._offsets[gone:]


def _first_lines(event: Int64s, count: int) -> Int64s:
    """For each event its first line."""
    first = np.full(count, len(event))
    first[event[::-1]] = np.arange(len(event) - 1, -1, -1)  # of several written to one place, the last one stays
    return first


def _events(table: Table, window: int) -> tuple[npt.NDArray[np.int64], int]:
    """For each line the number of its event, counted in the order of the events' first lines."""
    if not len(table):
        return np.zeros(0, np.int64), 0
    keys = [table[name] for name in ("serial", "ms", "host")]
    new_run = np.ones(len(table), np.bool_)  # lines of one event mostly stand together: sort runs, not lines
    new_run[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    run_starts = np.flatnonzero(new_run)
    run_keys = [key[run_starts] for key in keys]
    order = np.lexsort(run_keys)  # stable: within an event in the order of the log
    new_event = np.ones(len(order), np.bool_)
    new_event[1:] = np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in run_keys])
    event_of_run = np.empty(len(order), np.int64)
    event_of_run[order] = np.cumsum(new_event) - 1
    event = event_of_run[np.cumsum(new_run) - 1]
    return _in_order(_split_late(event, table["start"], window))


def _split_late(event: Int64s, start: Int64s, window: int) -> Int64s:
    """Records that begin too long after their event's first record are an event of their own."""
    if start[-1] - start[0] <= window:
        return event
    while True:
        count = int(event.max()) + 1
        first = _first_lines(event, count)
        late = start - start[first[event]] > window
        if not late.any():
            return event
        event = np.where(late, event + count, event)


def _in_order(event: Int64s) -> tuple[Int64s, int]:
    """The same events, numbered by their first lines."""
    first = _first_lines(event, int(event.max()) + 1)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[event], int((first < len(event)).sum())
