"""A batch of events as polars columns; ``EVENT_SCHEMA`` is made from ``EVENT_FIELDS``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ttpline.columns.event_lines import EventLines
from ttpline.domain.event import EVENT_FIELDS, CommandEvent, Kind
from ttpline.domain.raw_text import to_surrogates
from ttpline.domain.skipped import SkipCounter

BATCH_ROWS = 65_536
"""Most rows in one batch: large enough to amortise Python, small enough to bound memory."""

BATCH_BYTES = 1 << 24
"""So many bytes of records are a batch, however few events they are: a command may be as long as a line."""

SOURCE_DTYPE = pl.Struct(
    {"format": pl.String, "uri": pl.String, "record": pl.Int64, "offset": pl.Int64, "length": pl.Int64}
)

_DTYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.INTEGER: pl.Int64(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.TIME: pl.Datetime("us", "UTC"),
    Kind.TEXTS: pl.List(pl.String),
    Kind.TEXT_OR_INTEGER: pl.String(),  # or Int64: a reader picks one for all its batches
    Kind.SOURCE: SOURCE_DTYPE,
}

EVENT_SCHEMA = pl.Schema({column.name: _DTYPES[column.kind] for column in EVENT_FIELDS})
_NULLS = {name: pl.Series(name, [None], dtype=dtype) for name, dtype in EVENT_SCHEMA.items()}
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%.6fZ"
"""RFC 3339 in UTC with microseconds, for ``dt.to_string``."""


@dataclass(slots=True)
class EventBatch:
    """Up to ``BATCH_ROWS`` events in input order, and what was skipped while reading them.

    ``frame`` has exactly the columns of ``EVENT_SCHEMA``; ``session`` may be Int64. Text columns follow
    ``domain.raw_text``. ``records_read`` counts the input's records (lines, events) behind this batch.
    ``lines``: the events themselves where they came as lines, which was asked for; there are no rows in ``frame`` then.
    """

    frame: pl.DataFrame
    skipped: SkipCounter = field(default_factory=SkipCounter)
    records_read: int = 0
    lines: EventLines | None = None

    @property
    def height(self) -> int:
        """How many events."""
        return self.frame.height if self.lines is None else self.lines.rows

    def rows(self) -> Iterator[CommandEvent]:
        """The door: one ``CommandEvent`` a row."""
        times = self.frame["time"].dt.to_string(TIME_FORMAT)
        for row, time in zip(self.frame.iter_rows(named=True), times, strict=True):
            row["time"] = time
            yield CommandEvent.from_dict({name: _at_the_door(value) for name, value in row.items()})


def _at_the_door(value: Any) -> Any:
    match value:
        case str():
            return to_surrogates(value)
        case list():
            return [to_surrogates(item) for item in value]
        case dict():
            return {name: _at_the_door(item) for name, item in value.items()}
        case _:
            return value


def event_frame(columns: dict[str, Iterable[Any] | pl.Series], rows: int) -> pl.DataFrame:
    """A frame in ``EVENT_SCHEMA`` from the columns a reader has; the others are null.

    An Int64 ``session`` series is kept as it is; everything else is cast, and a column nobody knows is refused.
    """
    unknown = columns.keys() - EVENT_SCHEMA.keys()
    if unknown:
        raise ValueError(f"not event fields: {sorted(unknown)}")
    series = []
    for name, dtype in EVENT_SCHEMA.items():
        values = columns.get(name)
        if values is None:
            series.append(_NULLS[name].new_from_index(0, rows))
        elif isinstance(values, pl.Series):
            is_fitting = values.dtype == dtype or (name == "session" and values.dtype == pl.Int64)
            series.append((values if is_fitting else values.cast(dtype)).alias(name))
        else:
            series.append(pl.Series(name, values, dtype=dtype))
    return pl.DataFrame(series)
