"""Names of events for many at once, as ``_json.ids`` and ``_windows.process`` make them for one."""

import polars as pl

from ttpline.telemetry._columns import checksums
from ttpline.telemetry._json.ids import MICROSECONDS

MOSTLY_ALIKE = 3
"""Where texts come so many times each, one look at each is cheaper than one at all."""


def text_checksums(texts: pl.Series) -> pl.Series:
    """CRC-32 of each text's UTF-8."""
    if texts.n_unique() * MOSTLY_ALIKE < len(texts):
        distinct = texts.unique()
        return texts.replace_strict(distinct, text_checksums(distinct), return_dtype=pl.Int64)
    return pl.Series(checksums(texts.cast(pl.Binary).to_list()))


def copied_ids(format: str, host: pl.Series, time: pl.Series, who: pl.Series, told: pl.Series) -> pl.Series:
    """As ``copied_id`` has it, null where that is None. ``told``: the text whose checksum it ends with."""
    crcs = text_checksums(told)
    frame = pl.DataFrame({"host": host, "time": time, "who": who, "crc": crcs})
    name = pl.format(format + ":{}:{}:{}:{}", "host", "time", pl.col("who").fill_null("None"), "crc")
    return frame.select(pl.when(pl.col("time") % MICROSECONDS != 0).then(name)).to_series()
