"""Events of one reading on their way to batches: the one door for formats that have an event a record.

A reader calls ``add`` and ``skip`` for its records in order, or ``add_columns`` for many at once, yields what ``full``
gives now and then, and what ``rest`` gives at the end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import polars as pl

from ttpline.columns.event_batch import BATCH_BYTES, BATCH_ROWS, EVENT_SCHEMA, EventBatch, event_frame
from ttpline.domain.event import EVENT_FIELDS, Kind, Origin
from ttpline.domain.raw_text import from_surrogates
from ttpline.domain.skipped import REPEATED, SkipCounter, SkippedRecord
from ttpline.telemetry._columns import source_series, text_lists, zoned_times
from ttpline.telemetry._event_columns import EventColumns, Run, first_of, joined
from ttpline.telemetry._lines import sample_of
from ttpline.telemetry._live import flushes
from ttpline.telemetry._seen import SeenEvents

_GIVEN = tuple(field.name for field in EVENT_FIELDS if field.kind is not Kind.SOURCE)


class Place(NamedTuple):
    """Where a record is: ``record`` counts from 1, ``offset`` and ``length`` are bytes of the input."""

    record: int
    offset: int
    length: int


@dataclass(slots=True)
class EventRows:
    """``format``: the reader's name. ``uri``: the input. ``remedy``: what to do about a record it cannot read."""

    format: str
    uri: str
    remedy: str | None = None
    _places: list[Place] = field(default_factory=list)
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _skipped: SkipCounter = field(default_factory=SkipCounter)
    _records: int = 0
    _seen: SeenEvents = field(default_factory=SeenEvents)
    _runs: list[Run] = field(default_factory=list)
    _ordered: int = 0
    _bytes: int = 0

    def count(self, records: int = 1) -> None:
        """As many records of the input were looked at, events or not."""
        self._records += records

    def add(
        self,
        place: Place,
        raw: bytes,
        command_line: str,
        *,
        event_id: str | None = None,
        origin: Origin = Origin.COMMAND_LINE,
        complete: bool = True,
        **fields: Any,
    ) -> None:
        """One event. Texts are as ``domain.raw_text.decode`` gives them, or Python's with lone surrogates for bytes.

        ``event_id``: what the log itself calls the event, the same in every copy of it, with the host in it and at
        least one letter; an event that comes again is counted as skipped. Without one it is
        ``<record>:<CRC-32 of raw>``, which is unique in this file only. ``time``: whole microseconds since 1970 UTC.
        """
        self._places.append(place)
        fields["command_line"] = command_line
        fields["event_id"] = f"{place.record}:{crc32(raw)}" if event_id is None else event_id
        fields["origin"] = origin
        fields["complete"] = complete
        self._rows.append(fields)
        self._bytes += len(raw) + len(command_line)

    def skip(self, record: int, reason: str, raw: bytes, remedy: str | None = None) -> None:
        """One unreadable record. ``reason`` never holds text of the record: skips are counted by it."""
        self._skipped.add(SkippedRecord(self.uri, record, reason, sample_of(raw), remedy or self.remedy))

    def add_columns(self, columns: EventColumns, start: int, stop: int) -> None:
        """The events from ``start`` to ``stop`` of ``columns``."""
        self._order_rows()
        self._runs.append(Run(columns, start, stop))
        self._bytes += int(columns.lengths[start:stop].sum())

    def full(self) -> Iterator[EventBatch]:
        """A batch, if there are enough events or bytes for one, or if they are waited for (``_live``)."""
        while (
            (waiting := self._waiting()) >= BATCH_ROWS
            or self._bytes >= BATCH_BYTES
            or (flushes() and (waiting or self._skipped.total))
        ):
            yield self._take()

    def rest(self) -> Iterator[EventBatch]:
        """What is left: events, skips, counts. At least one batch."""
        yield from self.full()
        yield self._take()

    def _waiting(self) -> int:
        return len(self._rows) + sum(run.stop - run.start for run in self._runs if run.columns is not None)

    def _order_rows(self) -> None:
        """What was added alone since columns came last is a run like them."""
        if len(self._rows) > self._ordered:
            self._runs.append(Run(None, 0, len(self._rows) - self._ordered))
            self._ordered = len(self._rows)

    def _take(self) -> EventBatch:
        frame = self._without_repeats(self._taken_runs() if self._runs else self._taken_rows(BATCH_ROWS))
        records, self._records = self._records, 0
        self._bytes = 0  # those of events that are left are few
        skipped, self._skipped = self._skipped, SkipCounter()
        return EventBatch(frame, skipped, records)

    def _taken_runs(self) -> pl.DataFrame:
        self._order_rows()
        runs, self._runs = first_of(self._runs, BATCH_ROWS)
        rows = sum(run.stop - run.start for run in runs if run.columns is None)
        self._ordered -= rows
        alone = [self._taken_rows(rows)] if rows else []
        return joined(runs, alone, lambda columns: columns.frame(self.format, self.uri))

    def _taken_rows(self, count: int) -> pl.DataFrame:
        rows, self._rows = self._rows[:count], self._rows[count:]
        places, self._places = self._places[:count], self._places[count:]
        return self._frame(rows, places)

    def _frame(self, rows: list[dict[str, Any]], places: list[Place]) -> pl.DataFrame:
        numbers = np.fromiter(chain.from_iterable(places), np.int64, 3 * len(rows)).reshape(len(rows), 3)
        columns: dict[str, Any] = {"source": source_series(self.format, self.uri, *numbers.T)}
        names = set().union(*rows)  # one pass in C
        if not names.issubset(_GIVEN):
            raise ValueError(f"not event fields: {sorted(names.difference(_GIVEN))}")
        is_whole = set(map(len, rows)) == {len(names)}  # each has all, as rows of one format do
        for name in _GIVEN:
            if name in names:
                columns[name] = _series(
                    name, [row[name] for row in rows] if is_whole else [row.get(name) for row in rows]
                )
        return event_frame(columns, len(rows))

    def _without_repeats(self, frame: pl.DataFrame) -> pl.DataFrame:
        if not frame.height:
            return frame
        repeated = pl.Series(self._seen.add(frame["event_id"].hash().to_numpy()))
        if not repeated.any():
            return frame
        for again in frame.filter(repeated).iter_rows(named=True):
            sample = again["command_line"].encode()
            self._skipped.add(SkippedRecord(self.uri, again["source"]["record"], REPEATED, sample_of(sample)))
        return frame.filter(~repeated)


def _series(name: str, values: list[Any]) -> pl.Series:
    if name == "time":
        return zoned_times(pl.Series(values, dtype=pl.Int64))
    if name == "origin":
        return pl.Series([value._value_ for value in values], dtype=pl.String)  # ``value`` costs ten times as much
    if name == "session":
        if str in set(map(type, values)):
            return _texts([None if value is None else str(value) for value in values])
        return _series("pid", values)
    dtype = EVENT_SCHEMA[name]
    if dtype == pl.String:
        return _texts(values)
    if dtype == pl.List(pl.String):
        return text_lists(values, _texts)
    try:
        return pl.Series(values, dtype=dtype)
    except (OverflowError, TypeError):  # no id has more than 64 bits
        return pl.Series([value if value is None or abs(value) < 1 << 63 else None for value in values], dtype=dtype)


def _texts(values: Sequence[str | None]) -> pl.Series:
    """One pass in C decides whether any needs a look: nearly all of a log is ASCII."""
    if not "".join(filter(None, values)).isascii():
        values = [None if value is None else _text(value) for value in values]
    return pl.Series(values, dtype=pl.String)


def _text(text: str) -> str:
    """Lone surrogates for bytes become what columns hold for them; one that stands for no byte becomes U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        whole = from_surrogates(text)
        return whole.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
    return text
