"""The outer shape of EVTX: a header, then chunks of 64 KiB, each with its records one after the other.

What a record says is left to the parser of the ``evtx`` package, which is given a few chunks at a time behind a header
of our own. So the file is read once and forward, from a pipe as well, a wrong header does not matter, and what the
parser could not step over is made passable: a gap between two records, an end inside a chunk.

The layout is in [MS-EVEN6] and in ``Windows XML Event Log (EVTX) format`` of the libevtx project.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

import numpy as np

from ttpline.telemetry._evtx.event_ids import SLACK, may_be_commands

FILE_MAGIC = b"ElfFile\0"
CHUNK_MAGIC = b"ElfChnk\0"
RECORD_MAGIC = b"**\0\0"

HEADER_BYTES = 4096
CHUNK_BYTES = 1 << 16
FIRST_RECORD = 512
"""Where the records of a chunk begin: behind its header and its tables of strings and templates."""

RECORD_HEADER = 24
SMALLEST_RECORD = RECORD_HEADER + 4

PASSED = (1 << 64) - 1
"""The number of a record that stands for those left out."""

PIECE_CHUNKS = 16
"""Chunks given to the parser at once: setting it up is a tenth of the work for one chunk, nothing for as many."""

NO_CHUNK = "a damaged chunk: it does not begin as one"
GAP = "damaged records: bytes between two records that are none"
CUT_CHUNK = "the file ends inside a chunk"

_RECORD = struct.Struct("<4sIQ")
_PASSED = struct.Struct("<4sIQQ")
_FREE_SPACE = struct.Struct("<I")
_FREE_SPACE_AT = 48
_SIZE = struct.Struct("<I")


@dataclass(slots=True)
class Piece:
    """Chunks that were read together: ``block``, which begins at ``start`` of the input.

    ``records``: number in the log, offset and length in the input of each record that may be a command;
    ``ordinals``: which one of all records of this piece it is, from 1; ``seen``: how many these are. ``data``: a small
    EVTX file in which the parser finds them.
    ``damage``: how many records came before it, why, and the bytes there.
    """

    block: bytes
    start: int
    data: bytearray = field(default_factory=bytearray)
    records: list[tuple[int, int, int]] = field(default_factory=list)
    ordinals: list[int] = field(default_factory=list)
    damage: list[tuple[int, str, bytes]] = field(default_factory=list)
    seen: int = 0

    def raw(self, index: int) -> bytes:
        """The bytes of ``records[index]`` as they are in the input."""
        _, offset, length = self.records[index]
        return self.block[offset - self.start : offset - self.start + length]


def file_header() -> bytes:
    """A header that any parser takes: one chunk, clean."""
    header = bytearray(HEADER_BYTES)
    struct.pack_into("<8sQQQIHHHH", header, 0, FILE_MAGIC, 0, 0, 1, 128, 1, 3, HEADER_BYTES, PIECE_CHUNKS)
    return bytes(header)


_HEADER = file_header()


def pieces(begin: bytes, stream: BinaryIO) -> Iterator[Piece]:
    """All chunks in order of what begins with ``begin``."""
    head = begin + _fill(stream, HEADER_BYTES - len(begin))
    left, at = (b"", HEADER_BYTES) if head.startswith(FILE_MAGIC) else (head, 0)
    while block := left + _fill(stream, CHUNK_BYTES * PIECE_CHUNKS - len(left)):
        left = b""
        yield _piece(block, at)
        at += len(block)


class _Walk(NamedTuple):
    """Records of the chunk at ``chunk`` of a block: offset in the block, size, number."""

    chunk: int
    records: list[tuple[int, int, int]]


def _piece(block: bytes, at: int) -> Piece:
    piece = Piece(block, at)
    walks = []
    for chunk in range(0, len(block), CHUNK_BYTES):
        if block.startswith(CHUNK_MAGIC, chunk):
            walks.append(_walk(piece, chunk))
        elif block[chunk : chunk + CHUNK_BYTES].strip(b"\0"):  # a file grows by chunks of zeros
            piece.damage.append((piece.seen, NO_CHUNK, block[chunk : chunk + 64]))
    places = np.array([record[:2] for walk in walks for record in walk.records], dtype=np.int64).reshape(-1, 2)
    chunks = np.repeat([walk.chunk for walk in walks], [len(walk.records) for walk in walks]).astype(np.int64)
    padded = block + bytes(-len(block) % CHUNK_BYTES + SLACK)
    is_command = may_be_commands(padded, places[:, 0], places[:, 1], chunks).tolist()
    first = 0
    for walk in walks:
        _add_walk(piece, walk, first, is_command)
        first += len(walk.records)
    return piece


def _walk(piece: Piece, chunk: int) -> _Walk:
    """The records of the chunk at ``chunk`` of the block, and what is damaged in it."""
    block = piece.block
    end = min(chunk + CHUNK_BYTES, len(block))
    free = end
    if end - chunk >= FIRST_RECORD:
        free = chunk + _FREE_SPACE.unpack_from(block, chunk + _FREE_SPACE_AT)[0]
    used = min(free, end) if free > chunk + FIRST_RECORD else end
    records: list[tuple[int, int, int]] = []
    unpack = _RECORD.unpack_from
    at = chunk + FIRST_RECORD
    while at + SMALLEST_RECORD <= end:
        magic, size, number = unpack(block, at)
        if magic == RECORD_MAGIC and SMALLEST_RECORD <= size <= end - at:
            records.append((at, size, number))
            at += size
            continue
        following = _next_record(block, at, used)
        if following < 0:
            break
        piece.damage.append((piece.seen + len(records), GAP, block[at : at + 64]))
        at = following
    piece.seen += len(records)
    if end < chunk + CHUNK_BYTES:
        piece.damage.append((piece.seen, CUT_CHUNK, block[at : min(at + 64, end)]))
    elif at < free <= end and block[at:free].strip(b"\0"):
        piece.damage.append((piece.seen, GAP, block[at : at + 64]))
    return _Walk(chunk, records)


def _add_walk(piece: Piece, walk: _Walk, first: int, is_command: list[bool]) -> None:
    """Records that may be commands, and the chunk as the parser is to see it; each run of others is an empty record."""
    asked: list[tuple[int, int]] = []
    for index, (at, size, number) in enumerate(walk.records, first):
        if is_command[index]:
            asked.append((at - walk.chunk, size))
            piece.records.append((number, piece.start + at, size))
            piece.ordinals.append(index + 1)
    if not asked:
        return
    chunk = bytearray(piece.block[walk.chunk : walk.chunk + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0"))
    at = FIRST_RECORD
    for start, size in asked:
        if at < start:
            _pass_over(chunk, at, start)
        at = start + size
    if at + 4 <= CHUNK_BYTES:
        chunk[at : at + 4] = bytes(4)  # the parser ends here; templates behind it are still found
    piece.data += chunk if piece.data else _HEADER + chunk


def _next_record(chunk: bytes, at: int, end: int) -> int:
    """Where the next whole record begins, or -1. A record says its size at both ends."""
    found = at
    while (found := chunk.find(RECORD_MAGIC, found + 1, end)) >= 0:
        if found + SMALLEST_RECORD > end:
            return -1
        (size,) = _SIZE.unpack_from(chunk, found + 4)
        if SMALLEST_RECORD <= size <= end - found and _SIZE.unpack_from(chunk, found + size - 4)[0] == size:
            return found if found - at >= SMALLEST_RECORD else -1
    return -1


def _pass_over(chunk: bytearray, start: int, stop: int) -> None:
    """One record without content from ``start`` to ``stop``; templates that stand inside stay where they are."""
    _PASSED.pack_into(chunk, start, RECORD_MAGIC, stop - start, PASSED, 0)
    chunk[start + RECORD_HEADER] = 0


def _fill(stream: BinaryIO, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
