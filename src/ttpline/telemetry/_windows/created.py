"""Process creations that come many at once, in columns, among events that come one by one."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from ttpline.columns.event_batch import EVENT_SCHEMA, EventBatch
from ttpline.domain.event import Origin
from ttpline.telemetry._event_columns import EventColumns
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._live import flushes
from ttpline.telemetry._windows.event import WindowsEvent
from ttpline.telemetry._windows.rows import WindowsRows, _Held

CREATED_FIELDS = (
    "event_id", "time", "host", "user", "session", "pid", "ppid", "exe", "cwd", "parent_command_line", "command_line",
)  # fmt: skip
"""What is known of a process creation; a field that one kind does not have is null."""

_MOST_GATHERED = 1 << 13
"""Events made columns of at once: it costs as much for one as for a thousand."""

_COMMON: Mapping[str, str | bool] = {"platform": "windows", "origin": Origin.COMMAND_LINE.value, "complete": True}

Columns = Mapping[str, list[Any]]


class CreatedRows(WindowsRows):
    """Rows of Windows events that take process creations as columns of fields."""

    def __init__(self, rows: EventRows) -> None:
        super().__init__(rows)
        self._places: list[Int64s] = []
        self._gathered: dict[str, list[Any]] = {name: [] for name in CREATED_FIELDS}

    def add(self, event: WindowsEvent, place: Place, raw: bytes) -> bool:
        self._give_gathered()
        return super().add(event, place, raw)

    def add_created(self, places: Int64s, columns: Columns) -> None:
        """Events in order of the input; ``places``: record, offset and length of each; ``columns``: CREATED_FIELDS."""
        if self.is_waiting:
            for place, row in zip(places.T.tolist(), zip(*columns.values(), strict=True), strict=True):
                self._hold(_Held(Place(*place), b"", dict(zip(columns, row, strict=True)) | {"platform": "windows"}))
            return
        self._places.append(places)
        for name, values in self._gathered.items():
            values += columns[name]

    def full(self) -> Iterator[EventBatch]:
        if flushes() or len(self._gathered["event_id"]) >= _MOST_GATHERED:
            self._give_gathered()
        yield from super().full()

    def rest(self) -> Iterator[EventBatch]:
        self._give_gathered()
        yield from super().rest()

    def _give_gathered(self) -> None:
        if not self._places:
            return
        places = self._places[0] if len(self._places) == 1 else np.concatenate(self._places, axis=1)
        fields: dict[str, pl.Series | str | bool] = dict(_COMMON)
        fields |= {name: pl.Series(values, dtype=_dtype(name)) for name, values in self._gathered.items()}
        records, offsets, lengths = places
        self.rows.add_columns(EventColumns(records, offsets, lengths, fields), 0, len(records))
        self._places = []
        self._gathered = {name: [] for name in CREATED_FIELDS}


def _dtype(name: str) -> pl.DataType:
    """Times are numbers until they are given."""
    return pl.Int64() if name == "time" else EVENT_SCHEMA[name]
