"""Names of events for many at once, as ``_json.ids`` and ``_windows.process`` make them for one."""

from functools import cache
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.telemetry._columns import checksums
from ttpline.telemetry._json.ids import MICROSECONDS
from ttpline.telemetry._lines import Int64s

MOSTLY_ALIKE = 3
"""Where texts come so many times each, one look at each is cheaper than one at all."""

_TOGETHER = 1000
"""Numbers are taken apart by three digits."""

_PARTS = 4
_MOST_DIGITS = 10

_Crcs = npt.NDArray[np.uint32]


def text_checksums(texts: pl.Series) -> pl.Series:
    """CRC-32 of each text's UTF-8."""
    if texts.n_unique() * MOSTLY_ALIKE < len(texts):
        distinct = texts.unique()
        return texts.replace_strict(distinct, text_checksums(distinct), return_dtype=pl.Int64)
    return pl.Series(checksums(texts.cast(pl.Binary).to_list()))


def number_checksums(numbers: Int64s, end: bytes) -> Int64s:
    """CRC-32 of the decimal digits of each number of 32 bits, ``end`` behind them.

    >>> number_checksums(np.array([0, 1000, 4294967295]), b":0").tolist() == [
    ...     crc32(b"0:0"), crc32(b"1000:0"), crc32(b"4294967295:0")]
    True
    """
    by_size, by_part = _of_digits(end)
    left = numbers.astype(np.uint32)
    found = by_size[np.searchsorted(10 ** np.arange(1, _MOST_DIGITS), numbers, side="right")]
    for of_part in by_part:
        above = left // np.uint32(_TOGETHER)
        found ^= of_part[left - above * np.uint32(_TOGETHER)]
        left = above
    return found.astype(np.int64)


@cache
def _of_digits(end: bytes) -> tuple[_Crcs, list[_Crcs]]:
    """A CRC is the sum (without carries) of what each byte adds to that of as many zeros, by what stands behind it.

    What is added beside three digits, by how many digits there are; what each three add, from the last on.
    """

    def adds(code: int, behind: int) -> int:
        return crc32(bytes([code, *bytes(behind)])) ^ crc32(bytes(1 + behind))

    of_end = crc32(end) ^ crc32(bytes(len(end)))
    places = range(len(end), len(end) + 3 * _PARTS)
    of_place = [np.array([adds(code, place) for code in b"0123456789"], np.uint32) for place in places]
    by_size = []
    for size in range(1, _MOST_DIGITS + 1):
        missing = np.bitwise_xor.reduce([added[0] for added in of_place[size:]])
        by_size.append(crc32(bytes(size + len(end))) ^ of_end ^ int(missing))
    by_part = [
        (high[:, None, None] ^ middle[:, None] ^ low).ravel()
        for low, middle, high in zip(of_place[::3], of_place[1::3], of_place[2::3], strict=True)
    ]
    return np.array(by_size, np.uint32), by_part


def copied_ids(format: str, host: pl.Series, time: pl.Series, who: pl.Series, told: pl.Series) -> pl.Series:
    """As ``copied_id`` has it, null where that is None. ``told``: the text whose checksum it ends with."""
    crcs = text_checksums(told)
    frame = pl.DataFrame({"host": host, "time": time, "who": who, "crc": crcs})
    name = pl.format(format + ":{}:{}:{}:{}", "host", "time", pl.col("who").fill_null("None"), "crc")
    return frame.select(pl.when(pl.col("time") % MICROSECONDS != 0).then(name)).to_series()
