"""Ordinary events of a window, all at once: which they are, and their rows.

The command of an execution is in its EXECVE record; if that is missing in the PROCTITLE; if that is missing too, only
the program's path is left.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.columns.event_batch import event_frame
from ttpline.domain.event import Origin
from ttpline.telemetry._auditd import regular
from ttpline.telemetry._auditd.headers import CUT, SYSLOG, Int64s
from ttpline.telemetry._auditd.record_types import RecordType
from ttpline.telemetry._auditd.window import Closed

Mask = npt.NDArray[np.bool_]

_ONCE = [RecordType.EXECVE, RecordType.CWD, RecordType.PROCTITLE]
_NEVER = [RecordType.USER_CMD, RecordType.TTY]
_COMMAND = ["argv", "command_line", "origin", "complete"]


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of ordinary events, the number of each one's event, and all events that need no second look."""

    frame: pl.DataFrame | None
    events: Int64s
    done: Mask


def ordinary_events(
    closed: Closed, event_of_line: Int64s, counts: Int64s, wanted: Mask, uri: str, *, all_titles: bool
) -> Found:
    """What ``irregular.event_rows`` says about the ordinary ones among the ``wanted`` events."""
    ordinary = _Ordinary(closed, event_of_line, counts, wanted, all_titles=all_titles)
    frame, events = ordinary.commands()
    if not len(events):
        return Found(None, events, ordinary.done)
    frame, events = ordinary.with_directory(frame, events)
    ordinary.done[events] = True
    return Found(_event_columns(closed, frame, events, uri) if len(events) else None, events, ordinary.done)


class _Ordinary:
    def __init__(
        self, closed: Closed, event_of_line: Int64s, counts: Int64s, wanted: Mask, *, all_titles: bool
    ) -> None:
        self._closed = closed
        self._counts = counts
        self._all_titles = all_titles
        self.done = np.zeros(len(closed), np.bool_)
        single = wanted & (counts[:, RecordType.SYSCALL] == 1)
        single &= (counts[:, _ONCE] <= 1).all(axis=1) & (counts[:, _NEVER] == 0).all(axis=1)
        single[event_of_line[(closed.lines["flags"] & CUT) != 0]] = False
        self._single = np.flatnonzero(single)
        self._row_of = {}
        for kind in (RecordType.SYSCALL, *_ONCE):
            rows = np.flatnonzero(closed.lines["type"] == kind)
            self._row_of[kind] = np.full(len(closed), -1)
            self._row_of[kind][event_of_line[rows]] = rows

    def _records(self, kind: RecordType, events: Int64s) -> pl.Series:
        return regular.split_records(self._closed.bodies(self._row_of[kind][events])).raw

    def commands(self) -> tuple[pl.DataFrame, Int64s]:
        """Caller and command of all ordinary executions, and their events."""
        events = self._single
        syslog = bool((self._closed.lines["flags"] & SYSLOG).any())
        bodies = self._closed.bodies(self._row_of[RecordType.SYSCALL][events])
        calls = regular.system_calls(regular.split_records(bodies, syslog=syslog))
        events = events[calls.mask]
        if not len(events):
            return calls.frame, events
        executes = calls.frame["executes"]
        has_arguments = self._counts[events, RecordType.EXECVE] == 1
        has_title = ~has_arguments & (self._counts[events, RecordType.PROCTITLE] == 1)
        other = ~has_arguments & ~executes.fill_null(True).to_numpy()
        titled = other & has_title if self._all_titles else np.zeros(len(events), np.bool_)
        self.done[events[other & ~titled]] = True  # other system calls are no commands
        sure = executes.fill_null(False).to_numpy()
        sources = (
            (self._by_arguments, has_arguments),
            (self._by_callers_title, titled),
            (self._by_title, has_title & sure),
            (self._by_path, ~has_arguments & ~has_title & sure),
        )
        parts = [source(calls.frame, events, np.flatnonzero(mask)) for source, mask in sources if mask.any()]
        if not parts:
            return calls.frame, events[:0]
        frame = pl.concat([part for part, _ in parts])
        events = np.concatenate([events for _, events in parts])
        order = np.argsort(events)
        return frame[order], events[order]

    def _by_arguments(self, calls: pl.DataFrame, events: Int64s, rows: Int64s) -> tuple[pl.DataFrame, Int64s]:
        found = regular.arguments(self._records(RecordType.EXECVE, events[rows]))
        rows = rows[found.mask]
        command = found.frame.with_columns(origin=pl.lit(Origin.EXECVE.value), complete=pl.lit(True))
        return calls[rows].hstack(command.select(_COMMAND)), events[rows]

    def _by_title(self, calls: pl.DataFrame, events: Int64s, rows: Int64s) -> tuple[pl.DataFrame, Int64s]:
        found = regular.titles(self._records(RecordType.PROCTITLE, events[rows]))
        rows = rows[found.mask]
        worked = pl.col("success")
        command = found.frame.with_columns(calls["success"][rows]).select(
            argv=pl.when(worked).then("argv"),
            command_line=pl.when(worked).then("command_line").otherwise("callers_line"),
            origin=pl.lit(Origin.PROCTITLE.value),
            complete=pl.lit(False),  # the record with the arguments is missing
        )
        return calls[rows].hstack(command), events[rows]

    def _by_callers_title(self, calls: pl.DataFrame, events: Int64s, rows: Int64s) -> tuple[pl.DataFrame, Int64s]:
        """The title beside a system call that executes nothing."""
        found = regular.titles(self._records(RecordType.PROCTITLE, events[rows]))
        rows = rows[found.mask]
        command = found.frame.with_columns(origin=pl.lit(Origin.PROCTITLE.value), complete=pl.col("whole"))
        return calls[rows].hstack(command.select(_COMMAND)), events[rows]

    def _by_path(self, calls: pl.DataFrame, events: Int64s, rows: Int64s) -> tuple[pl.DataFrame, Int64s]:
        rows = rows[(calls["exe"][rows] != "").to_numpy()]
        command = calls[rows].select(
            argv=pl.lit(None, pl.List(pl.String)),
            command_line="exe",
            origin=pl.lit(Origin.EXECVE.value),
            complete=pl.lit(False),
        )
        return calls[rows].hstack(command), events[rows]

    def with_directory(self, frame: pl.DataFrame, events: Int64s) -> tuple[pl.DataFrame, Int64s]:
        """``cwd`` beside the other columns; events whose CWD record is not ordinary are left out."""
        has_record = self._counts[events, RecordType.CWD] == 1
        present = np.flatnonzero(has_record)
        found = regular.directories(self._records(RecordType.CWD, events[present]))
        place = np.full(len(events), len(found.frame))
        place[present[found.mask]] = np.arange(len(found.frame))
        keep = ~has_record
        keep[present[found.mask]] = True
        cwd = pl.concat([found.frame["cwd"], pl.Series([None], dtype=pl.String)]).gather(place)
        return frame.with_columns(cwd=cwd).filter(keep), events[keep]


def _event_columns(closed: Closed, frame: pl.DataFrame, events: Int64s, uri: str) -> pl.DataFrame:
    """``frame`` and what an event's place in the log tells: id, time, host, source."""
    firsts, lasts = closed.spans(events)
    lines = closed.lines[firsts]
    names = pl.Series([*closed.hosts, None], dtype=pl.String)
    keys = pl.DataFrame(
        {
            "host": names.gather(np.where(lines["host"] < 0, len(closed.hosts), lines["host"])),
            "ms": lines["ms"],
            "serial": lines["serial"],
            "record": lines["number"],
            "offset": lines["start"],
            "length": closed.lines["end"][lasts] - lines["start"],
        }
    )
    milliseconds = (pl.col("ms") % 1000).cast(pl.String).str.zfill(3)
    made = keys.select(
        "host",
        event_id=pl.format("{}:{}.{}:{}", pl.col("host").fill_null(""), pl.col("ms") // 1000, milliseconds, "serial"),
        time=(pl.col("ms") * 1000).cast(pl.Datetime("us", "UTC")),
        source=pl.struct(pl.lit("auditd").alias("format"), pl.lit(uri).alias("uri"), "record", "offset", "length"),
        platform=pl.lit("linux"),
    )
    return event_frame({series.name: series for series in (*made, *frame.drop("executes"))}, len(events))
