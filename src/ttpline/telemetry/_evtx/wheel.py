"""Records that are given to the parser of the ``evtx`` package: it knows every form of them.

It gets the chunks behind a header of our own, and what it could not step over is made passable: a gap between two
records, an end inside a chunk, and all that was read already.
"""

import io
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ttpline.telemetry._evtx.chunks import (
    CHUNK_BYTES,
    FILE_MAGIC,
    FIRST_RECORD,
    HEADER_BYTES,
    PASSED,
    PIECE_CHUNKS,
    RECORD_HEADER,
    RECORD_MAGIC,
    Piece,
)
from ttpline.telemetry._evtx.instances import Int64s

if TYPE_CHECKING:
    from evtx import PyEvtxParser

_PANIC = "PanicException"
"""What a panic of the parser arrives as; it is no ``Exception`` and its class cannot be imported."""

_PASSED = struct.Struct("<4sIQQ")
_NUMBER = struct.Struct("<Q")
_NUMBER_AT = 8


def texts(piece: Piece, rows: Int64s, parser: "type[PyEvtxParser]") -> Iterator[tuple[int, str | None]]:
    """For each of ``rows`` of the piece's records, its JSON, None where the parser cannot read it."""
    records = piece.records
    if records is None or not len(rows):
        return
    places = records.at[rows].tolist()
    numbers = [_NUMBER.unpack_from(piece.block, place + _NUMBER_AT)[0] for place in places]
    data = _file(piece.block, places, records.sizes[rows].tolist(), records.chunks[rows].tolist())
    at = 0
    names = rows.tolist()
    for number, text in _parsed(data, len(names), parser):
        # The parser leaves out what it cannot read, and says so apart; the others come in order.
        try:
            found = at if numbers[at] == number else numbers.index(number, at)
        except (ValueError, IndexError):
            continue
        for lost in range(at, found):
            yield names[lost], None
        yield names[found], text
        at = found + 1
    for lost in range(at, len(names)):
        yield names[lost], None


def _parsed(data: bytes, records: int, parser: "type[PyEvtxParser]") -> Iterator[tuple[int, str]]:
    try:
        found: Any = parser(io.BytesIO(data), 1).records_json()
        for _ in range(2 * records + len(data)):
            try:
                record = next(found)
            except StopIteration:
                return
            except (RuntimeError, OSError, ValueError):
                continue
            number = record["event_record_id"]
            if number != PASSED:
                yield number, record["data"]
    except (RuntimeError, OSError, ValueError):
        return
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise


def _header() -> bytes:
    """A header that any parser takes: one chunk, clean."""
    header = bytearray(HEADER_BYTES)
    struct.pack_into("<8sQQQIHHHH", header, 0, FILE_MAGIC, 0, 0, 1, 128, 1, 3, HEADER_BYTES, PIECE_CHUNKS)
    return bytes(header)


_HEADER = _header()


def _file(block: bytes, places: list[int], sizes: list[int], chunks: list[int]) -> bytes:
    """A small EVTX file of the chunks that these records are in; each run of others is an empty record."""
    parts = [_HEADER]
    first = 0
    while first < len(places):
        start = chunks[first]
        chunk = bytearray(block[start : start + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0"))
        at = FIRST_RECORD
        while first < len(places) and chunks[first] == start:
            place = places[first] - start
            if at < place:
                _pass_over(chunk, at, place)
            at = place + sizes[first]
            first += 1
        if at + 4 <= CHUNK_BYTES:
            chunk[at : at + 4] = bytes(4)  # the parser ends here; templates behind it are still found
        parts.append(bytes(chunk))
    return b"".join(parts)


def _pass_over(chunk: bytearray, start: int, stop: int) -> None:
    """One record without content from ``start`` to ``stop``; templates that stand inside stay where they are."""
    _PASSED.pack_into(chunk, start, RECORD_MAGIC, stop - start, PASSED, 0)
    chunk[start + RECORD_HEADER] = 0
