"""Events that came as columns, and how they are put in order with those that came one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from ttpline.columns.event_batch import event_frame
from ttpline.telemetry._columns import source_series, zoned_times
from ttpline.telemetry._lines import Int64s


@dataclass(slots=True)
class EventColumns:
    """Events in order: where the record of each is, and what ``EventRows.add`` would be told of it.

    ``fields``: a column each, or the value that all have in common. ``time`` is microseconds, texts are valid UTF-8;
    ``event_id`` and ``command_line`` are there and never null.
    """

    records: Int64s
    offsets: Int64s
    lengths: Int64s
    fields: Mapping[str, pl.Series | str | bool]
    _frame: pl.DataFrame | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.records)

    def frame(self, format: str, uri: str) -> pl.DataFrame:
        """All of them, as a batch has them."""
        if self._frame is None:
            columns: dict[str, Any] = {"source": source_series(format, uri, self.records, self.offsets, self.lengths)}
            for name, value in self.fields.items():
                column = value if isinstance(value, pl.Series) else pl.Series([value]).new_from_index(0, len(self))
                columns[name] = zoned_times(column) if name == "time" else column
            self._frame = event_frame(columns, len(self))
        return self._frame


class Run(NamedTuple):
    """Events one behind the other: from ``start`` to ``stop`` of ``columns``; where None, so many that came alone."""

    columns: EventColumns | None
    start: int
    stop: int


def first_of(runs: Sequence[Run], most: int) -> tuple[list[Run], list[Run]]:
    """``runs`` of at most so many events, and what is left."""
    for index, (columns, start, stop) in enumerate(runs):
        if stop - start > most:
            cut = start + most
            return [*runs[:index], Run(columns, start, cut)], [Run(columns, cut, stop), *runs[index + 1 :]]
        most -= stop - start
    return list(runs), []


def joined(
    runs: Sequence[Run], alone: Sequence[pl.DataFrame], frame_of: Callable[[EventColumns], pl.DataFrame]
) -> pl.DataFrame:
    """The events of ``runs`` in order. ``alone``: those that came alone, in order, if there are any."""
    frames, has_session = list(alone), [frame["session"].dtype == pl.Int64 for frame in alone]
    last = {id(run.columns): run.stop for run in runs}
    shifts: dict[int, int] = {}  # from a place in columns to one in all frames
    places, next_alone, height = [], 0, sum(frame.height for frame in alone)
    for columns, start, stop in runs:
        if columns is None:
            places.append(np.arange(next_alone, next_alone + stop - start))
            next_alone += stop - start
            continue
        if id(columns) not in shifts:
            shifts[id(columns)] = height - start
            frames.append(frame_of(columns)[start : last[id(columns)]])
            has_session.append("session" in columns.fields)
            height += frames[-1].height
        places.append(np.arange(start, stop) + shifts[id(columns)])
    alike = _alike_in_session(frames, is_given=any(has_session))
    whole = pl.concat(alike) if len(alike) > 1 else alike[0]
    order = np.concatenate(places)
    return whole if (order == np.arange(len(order))).all() else whole[order]


def _alike_in_session(frames: list[pl.DataFrame], *, is_given: bool) -> list[pl.DataFrame]:
    """With ``session`` of one type: text where one is, else numbers if the format gives any, be it none."""
    sessions = [frame["session"] for frame in frames]
    if any(one.dtype == pl.String and one.null_count() < len(one) for one in sessions):
        dtype: type[pl.DataType] = pl.String
    else:
        dtype = pl.Int64 if is_given else pl.String
    return [
        frame if frame["session"].dtype == dtype else frame.with_columns(frame["session"].cast(dtype))
        for frame in frames
    ]
