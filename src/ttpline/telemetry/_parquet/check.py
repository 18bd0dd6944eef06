"""Whether the sizes that a parquet file states can be true, before memory is asked for by them.

What polars cannot allocate ends the process, and a hostile file states what it likes. Columns in other files are
refused: nothing that input names is opened.
"""

from pathlib import Path
from typing import Any, BinaryIO

from ttpline.telemetry._parquet.thrift import Compact, Fields, ThriftError

MAGIC = b"PAR1"

MAX_INDEX_BYTES = 1 << 26
"""The index of a million column chunks."""

MAX_EXPANSION = 1000
EXPANSION_FLOOR_BYTES = 1 << 26
"""What one page may become, as for compressed files."""

VALUES_FLOOR = 1 << 24
VALUES_A_BYTE = 64
"""Values of one page: of runs of the same value a page may hold any number, but nobody writes more than a row group."""

MAX_WIDTH = 1 << 20
"""Bytes of one value of fixed length."""

_HEADER_BYTES = (1 << 14, 1 << 22)
"""A page's header is short, unless it holds the smallest and largest text."""

_DICTIONARY = 2


class ParquetDamageError(ValueError):
    """The file contradicts itself."""


def check_sizes(path: Path) -> None:
    """``ParquetDamageError`` where a size, a count or a place in the index or in a page header cannot be true."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 8, 0))
        tail = file.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != MAGIC or not 0 < length <= min(size - 12, MAX_INDEX_BYTES):
            raise ParquetDamageError
        stop = size - 8 - length
        file.seek(stop)
        try:
            _check_index(file, Compact(file.read(length)).struct(), stop)
        except (ThriftError, AttributeError, TypeError, KeyError) as error:  # a value of another kind than it has to be
            raise ParquetDamageError from error


def _need(is_so: bool) -> None:
    if not is_so:
        raise ParquetDamageError


def _check_index(file: BinaryIO, index: Fields, stop: int) -> None:
    schema = index[2]
    for element in schema:
        _need(0 <= element.get(5, 0) < len(schema) and 0 <= element.get(2, 0) <= MAX_WIDTH)
    rows = 0
    for group in index.get(4, []):
        _need(group[3] >= 0)
        rows += group[3]
        for chunk in group[1]:
            _check_chunk(file, chunk, stop)
    _need(rows == index[3])


def _check_chunk(file: BinaryIO, chunk: Fields, stop: int) -> None:
    _need(not chunk.get(1))  # the name of another file
    for place, length in ((4, 5), (6, 7)):
        _need(_is_inside(chunk.get(place, 0), chunk.get(length, 0), stop))
    meta = chunk[3]
    start, size = meta[9], meta[7]
    if 0 < meta.get(11, 0) < start:
        start = meta[11]
    _need(start >= len(MAGIC) and meta[6] >= 0 and meta[5] >= 0 and _is_inside(start, size, stop))
    _need(_is_inside(meta.get(14, 0), meta.get(15, 0), stop))
    values, at, end = 0, start, start + size
    while at < end and values < meta[5]:
        at, count = _check_page(file, at, end)
        values += count
    _need(values == meta[5])


def _check_page(file: BinaryIO, at: int, end: int) -> tuple[int, int]:
    """Where the next page begins, and how many values this one has."""
    header, length = _page_header(file, at, end)
    expanded, size = header[2], header[3]
    _need(0 <= size <= end - at - length)
    _need(0 <= expanded <= max(EXPANSION_FLOOR_BYTES, MAX_EXPANSION * size))
    is_dictionary = header[1] == _DICTIONARY
    about = header.get(7) if is_dictionary else header.get(5) or header.get(8)
    values = about[1] if about is not None else 0
    _need(0 <= values <= max(VALUES_FLOOR, VALUES_A_BYTE * expanded))
    if about is not None and not is_dictionary and 5 not in header:  # levels stand before the data, not compressed
        _need(0 <= about.get(2, 0) <= values and 0 <= about.get(3, 0) <= values)
        _need(
            about.get(5, 0) >= 0 and about.get(6, 0) >= 0 and about.get(5, 0) + about.get(6, 0) <= min(size, expanded)
        )
    return at + length + size, 0 if is_dictionary else values


def _page_header(file: BinaryIO, at: int, end: int) -> tuple[Any, int]:
    for size in _HEADER_BYTES:
        file.seek(at)
        reader = Compact(file.read(min(size, end - at)))
        try:
            return reader.struct(), reader.at
        except ThriftError:
            continue
    raise ParquetDamageError


def _is_inside(place: int, length: int, stop: int) -> bool:
    return 0 <= place <= place + length <= stop
