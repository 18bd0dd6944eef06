"""Process creations that come many at once, in columns, among events that come one by one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.columns.event_batch import BATCH_BYTES, EventBatch
from ttpline.domain.event import Origin
from ttpline.telemetry._event_columns import EventColumns
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._live import flushes
from ttpline.telemetry._windows.event import WindowsEvent
from ttpline.telemetry._windows.rows import WindowsRows, _Held

CREATED_TEXTS = ("command_line", "exe", "user", "cwd", "parent_command_line", "session")
CREATED_NUMBERS = ("time", "pid", "ppid")
CREATED_FIELDS = ("event_id", "host", *CREATED_NUMBERS, *CREATED_TEXTS)
"""What is known of a process creation; a field that one kind does not have is null."""

_MOST_GATHERED = 1 << 13
"""Events made columns of at once: it costs as much for one as for a thousand."""

_SMALL = 1 << 12
"""Bytes that are not worth a look."""

_COMMON: Mapping[str, pl.Series] = {
    name: pl.Series([value])
    for name, value in (("platform", "windows"), ("origin", Origin.COMMAND_LINE.value), ("complete", True))
}

Bools = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Created:
    """Process creations, one column each.

    ``starts``, ``stops``: where the ``CREATED_TEXTS`` are in ``data``, which is UTF-8, one line for each;
    ``has_text``: which are there. ``numbers``, ``has_number``: the same of ``CREATED_NUMBERS``. ``record_ids``: by
    which their logs count them; ``origins``: host and begin of ``event_id``, and ``origin_of`` which one an event has.
    """

    data: bytes
    starts: Int64s
    stops: Int64s
    has_text: Bools
    numbers: Int64s
    has_number: Bools
    record_ids: npt.NDArray[np.uint64]
    origins: Sequence[tuple[str, str]]
    origin_of: Int64s
    _rows: list[dict[str, Any]] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.record_ids)

    def of(self, which: Any) -> "Created":
        """Some of them."""
        return Created(
            self.data,
            self.starts[:, which],
            self.stops[:, which],
            self.has_text[:, which],
            self.numbers[:, which],
            self.has_number[:, which],
            self.record_ids[which],
            self.origins,
            self.origin_of[which],
        )

    def fields(self) -> dict[str, pl.Series]:
        """The columns by their names; times are numbers still."""
        ids, hosts = self._ids_and_hosts()
        fields = {"event_id": ids, "host": hosts}
        numbers, rows = _or_null(pl.Series(self.numbers.ravel()), self.has_number), len(self)
        fields |= {name: numbers.slice(at * rows, rows) for at, name in enumerate(CREATED_NUMBERS)}
        # All texts at once: a query has its price.
        places = [pl.Series("start", self.starts.ravel()), pl.Series("size", (self.stops - self.starts).ravel())]
        cell = pl.lit(pl.Series([self.data], dtype=pl.Binary)).bin.slice(pl.col("start"), pl.col("size"))
        texts = _or_null(pl.DataFrame(places).select(cell.cast(pl.String)).to_series(), self.has_text)
        return fields | {name: texts.slice(at * rows, rows) for at, name in enumerate(CREATED_TEXTS)}

    def rows(self) -> list[dict[str, Any]]:
        """One by one, with all ``CREATED_FIELDS``."""
        if self._rows is None:
            origins = [self.origins[which] for which in self.origin_of.tolist()]
            ids = zip(origins, self.record_ids.tolist(), strict=True)
            columns: dict[str, list[Any]] = {
                "event_id": [f"{begin}{number}" for (_, begin), number in ids],
                "host": [host for host, _ in origins],
            }
            for name, values, is_there in zip(CREATED_NUMBERS, self.numbers, self.has_number, strict=True):
                pairs = zip(values.tolist(), is_there.tolist(), strict=True)
                columns[name] = [value if there else None for value, there in pairs]
            for name, *places in zip(CREATED_TEXTS, self.starts, self.stops, self.has_text, strict=True):
                triples = zip(*(place.tolist() for place in places), strict=True)
                columns[name] = [self.data[start:stop].decode() if there else None for start, stop, there in triples]
            self._rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return self._rows

    def compact(self) -> "Created":
        """The same without texts of others, if there are many."""
        sizes = self.stops - self.starts
        if 2 * int(sizes.sum()) + _SMALL >= len(self.data):
            return self
        places = zip(self.starts.ravel().tolist(), self.stops.ravel().tolist(), strict=True)
        stops = sizes.cumsum().reshape(sizes.shape)
        data = b"".join([self.data[start:stop] for start, stop in places])
        return replace(self, data=data, starts=stops - sizes, stops=stops, _rows=None)

    def _ids_and_hosts(self) -> tuple[pl.Series, pl.Series]:
        numbers, rows = pl.Series(self.record_ids).cast(pl.String), len(self)
        if len(self.origins) == 1:
            [(host, begin)] = self.origins
            return pl.Series([begin]) + numbers, pl.Series([host]).new_from_index(0, rows)
        hosts, begins = (pl.Series(texts, dtype=pl.String) for texts in zip(*self.origins, strict=True))
        return begins[self.origin_of] + numbers, hosts[self.origin_of]


def _or_null(column: pl.Series, is_there: Bools) -> pl.Series:
    """Nulls where it is not there; ``is_there`` has the same order, line after line."""
    return column if is_there.all() else column.set(pl.Series(~is_there.ravel()), None)


def joined(parts: Sequence[Created]) -> Created:
    """Those of all ``parts``, one after the other."""
    if len(parts) == 1:
        return parts[0]
    begins: dict[int, int] = {}  # parts of one piece have one text, which is taken once
    datas: list[bytes] = []
    size = 0
    for part in parts:
        if id(part.data) not in begins:
            begins[id(part.data)] = size
            datas.append(part.data)
            size += len(part.data)
    shifts = [begins[id(part.data)] for part in parts]
    origins: dict[tuple[str, str], int] = {}
    numbered = [[origins.setdefault(origin, len(origins)) for origin in part.origins] for part in parts]
    return Created(
        b"".join(datas),
        np.concatenate([part.starts + shift for part, shift in zip(parts, shifts, strict=True)], axis=1),
        np.concatenate([part.stops + shift for part, shift in zip(parts, shifts, strict=True)], axis=1),
        np.concatenate([part.has_text for part in parts], axis=1),
        np.concatenate([part.numbers for part in parts], axis=1),
        np.concatenate([part.has_number for part in parts], axis=1),
        np.concatenate([part.record_ids for part in parts]),
        list(origins),
        np.concatenate([np.array(one)[part.origin_of] for part, one in zip(parts, numbered, strict=True)]),
    )


class CreatedRows(WindowsRows):
    """Rows of Windows events that take process creations as columns of fields."""

    def __init__(self, rows: EventRows) -> None:
        super().__init__(rows)
        self._places: list[Int64s] = []
        self._gathered: list[Created] = []
        self._events = self._bytes = 0

    def add(self, event: WindowsEvent, place: Place, raw: bytes) -> bool:
        self._give_gathered()
        return super().add(event, place, raw)

    def add_created(self, places: Int64s, events: Created, start: int, stop: int) -> None:
        """Events from ``start`` to ``stop`` of some in order of the input; ``places``: record, offset and length."""
        if start >= stop:
            return
        if self.is_waiting:
            for place, row in zip(places[:, start:stop].T.tolist(), events.rows()[start:stop], strict=True):
                self._hold(_Held(Place(*place), b"", row | {"platform": "windows"}))
            return
        is_all = stop - start == len(events)
        self._places.append(places if is_all else places[:, start:stop])
        self._gathered.append(events if is_all else events.of(slice(start, stop)))
        self._events += stop - start
        self._bytes += int(places[-1, start:stop].sum())

    def full(self) -> Iterator[EventBatch]:
        if flushes() or self._events >= _MOST_GATHERED or self._bytes >= BATCH_BYTES:
            self._give_gathered()
        yield from super().full()

    def rest(self) -> Iterator[EventBatch]:
        self._give_gathered()
        yield from super().rest()

    def _give_gathered(self) -> None:
        if not self._places:
            return
        records, offsets, lengths = np.concatenate(self._places, axis=1)
        common = {name: column.new_from_index(0, len(records)) for name, column in _COMMON.items()}
        fields = common | joined(self._gathered).compact().fields()
        self.rows.add_columns(EventColumns(records, offsets, lengths, fields), 0, len(records))
        self._places, self._gathered = [], []
        self._events = self._bytes = 0
