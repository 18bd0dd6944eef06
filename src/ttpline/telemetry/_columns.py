"""Columns that every reader of records in order makes alike: ids and places."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from zlib import crc32

import numpy as np
import polars as pl

from ttpline.columns.event_batch import SOURCE_DTYPE
from ttpline.domain.raw_text import from_surrogates
from ttpline.telemetry._lines import Int64s


def source_series(name: str, uri: str, records: Int64s, offsets: Int64s, lengths: Int64s) -> pl.Series:
    """The ``source`` column of records of one file."""
    rows = len(records)
    frame = pl.DataFrame(
        [
            pl.Series("format", [name]).new_from_index(0, rows),
            pl.Series("uri", [from_surrogates(uri)]).new_from_index(0, rows),
            pl.Series("record", records),
            pl.Series("offset", offsets),
            pl.Series("length", lengths),
        ]
    )
    source = frame.to_struct("source")
    return source if source.dtype == SOURCE_DTYPE else source.cast(SOURCE_DTYPE)


def checksums(records: Iterable[bytes]) -> Int64s:
    """CRC-32 (as in zip and gzip) of each record's bytes. From a list of many small ones the time goes into memory."""
    return np.fromiter(map(crc32, records), dtype=np.int64)


def event_ids(records: Int64s, crcs: Int64s) -> pl.Series:
    """``<record>:<CRC-32 of its bytes, decimal>``: unique by the first half, tied to the content by the second."""
    columns = pl.DataFrame({"record": records, "crc": crcs})
    return columns.select(event_id=pl.format("{}:{}", "record", "crc")).to_series()


def zoned_times(values: pl.Series) -> pl.Series:
    """The ``time`` column, from microseconds since 1970 UTC."""
    return values.cast(pl.Datetime("us", "UTC"))


def text_lists(values: Sequence[Sequence[str] | None], texts: Callable[[list[str | None]], pl.Series]) -> pl.Series:
    """A column of lists from all their items at once; polars takes a Python list a row twenty times slower."""
    counts = np.array([0 if value is None else len(value) for value in values], dtype=np.int64)
    flat = pl.DataFrame(
        {
            "row": np.repeat(np.arange(len(values)), counts),
            "item": texts(list(chain.from_iterable(filter(None, values)))),
        }
    )
    lists = flat.group_by("row", maintain_order=True).agg("item")["item"]
    with_empty = pl.concat([lists.cast(pl.List(pl.String)), pl.Series([[]], dtype=pl.List(pl.String))])
    place = np.where(counts > 0, np.cumsum(counts > 0) - 1, len(lists))
    is_null = pl.Series([value is None for value in values], dtype=pl.Boolean)
    picked = pl.DataFrame({"place": place, "is_null": is_null}).select(
        pl.when(~pl.col("is_null")).then(pl.col("place"))
    )
    return with_empty.gather(picked.to_series())
