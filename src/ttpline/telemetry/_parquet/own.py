"""Our own events, as ``ingest`` and ``classify`` write them to parquet; answers beside them are not read."""

import polars as pl

from ttpline.columns.event_batch import EVENT_SCHEMA, SOURCE_DTYPE, EventBatch, event_frame
from ttpline.domain.event import EVENT_FIELDS, Origin
from ttpline.domain.skipped import SkippedRecord

_NEEDED = tuple(field.name for field in EVENT_FIELDS if not field.nullable)
_ORIGINS = [origin.value for origin in Origin]

LATEST_US = 253_402_300_799_999_999

NO_EVENT = "not an event: a value is missing or out of range"
NO_ORIGIN = "not an event: its origin is unknown"
REMEDY = "write the file with ttpline ingest"


def is_own(schema: pl.Schema) -> bool:
    """Whether the columns are those of our sink, each of its type; nullable ones may be missing."""
    for name, dtype in EVENT_SCHEMA.items():
        if name in schema:
            if schema[name] != dtype and not (name == "session" and schema[name] == pl.Int64):
                return False
        elif name in _NEEDED:
            return False
    return True


def own_columns(schema: pl.Schema) -> list[pl.Expr]:
    """The columns of events, without those of answers."""
    return [pl.col(name) for name in EVENT_SCHEMA if name in schema]


def own_batch(frame: pl.DataFrame, uri: str, before: int) -> EventBatch:
    """``frame`` begins behind ``before`` rows. A row that is no event is counted."""
    numbered = frame.with_row_index("row ", before + 1)
    source = pl.col("source").struct
    whole = pl.all_horizontal(
        *(pl.col(name).is_not_null() for name in _NEEDED),
        *(source.field(part.name).is_not_null() for part in SOURCE_DTYPE.fields),
        *(_is_in_range(name) for name in frame.columns if frame.schema[name] == EVENT_SCHEMA["time"]),
        *(_holds_no_null(name) for name in frame.columns if frame.schema[name] == pl.List(pl.String)),
    )
    checked = numbered.with_columns(
        pl.when(~whole)
        .then(pl.lit(NO_EVENT))
        .when(~pl.col("origin").is_in(_ORIGINS))
        .then(pl.lit(NO_ORIGIN))
        .alias("why ")
    )
    good = checked.filter(pl.col("why ").is_null())
    batch = EventBatch(
        event_frame({name: good[name] for name in frame.columns}, good.height), records_read=frame.height
    )
    for row, why in checked.filter(pl.col("why ").is_not_null()).select("row ", "why ").iter_rows():
        batch.skipped.add(SkippedRecord(uri, row, why, "", REMEDY))
    return batch


def _is_in_range(name: str) -> pl.Expr:
    """A time may be null; it is not before 1970 nor after 9999, which no other format can write."""
    return pl.col(name).cast(pl.Int64).is_between(0, LATEST_US).fill_null(True)


def _holds_no_null(name: str) -> pl.Expr:
    """A list may be null; its items may not."""
    items = pl.col(name).list
    return (items.drop_nulls().list.len() == items.len()).fill_null(True)
