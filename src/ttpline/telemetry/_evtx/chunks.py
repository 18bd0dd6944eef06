"""The outer shape of EVTX: a header, then chunks of 64 KiB, each with its records one after the other.

The file is read once and forward, from a pipe as well, and a wrong header does not matter. Records that cannot be
commands are left out at once. The layout is in [MS-EVEN6] and in ``Windows XML Event Log (EVTX) format`` of the
libevtx project.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

import numpy as np

from ttpline.telemetry._evtx.event_ids import may_be_commands
from ttpline.telemetry._evtx.instances import Bools, Instances, Int64s, Numbers, instances
from ttpline.telemetry._evtx.values import LATEST

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
"""The number of a record that stands for those left out; no log counts so far."""

PIECE_CHUNKS = 16
"""Chunks read at once: what is done once for as many costs nothing."""

NO_CHUNK = "a damaged chunk: it does not begin as one"
GAP = "damaged records: bytes between two records that are none"
CUT_CHUNK = "the file ends inside a chunk"

_RECORD = struct.Struct("<II")
_MAGIC_NUMBER = int.from_bytes(RECORD_MAGIC, "little")
_SIZE = struct.Struct("<I")
_LAST_NUMBER_AT, _FREE_SPACE_AT = 32, 48
_NUMBER_AT, _TIME_AT = 8, 16


@dataclass(slots=True)
class Records:
    """Those of a piece that may be commands, one row each.

    ``ordinals``: which one of all records of the piece it is, from 1; ``at``: where it begins in the block;
    ``chunks``: where its chunk does. ``found``: how its binary XML begins. ``is_sound``: nothing is wrong with what the
    chunk says of its records, and with when this one says it was written.
    """

    ordinals: Int64s
    at: Int64s
    sizes: Int64s
    chunks: Int64s
    found: Instances
    is_sound: Bools

    def __len__(self) -> int:
        return len(self.at)


@dataclass(slots=True)
class Piece:
    """Chunks that were read together: ``block``, which begins at ``start`` of the input; ``seen``: its records.

    ``damage``: how many records came before it, why, and the bytes there.
    """

    block: bytes
    start: int
    numbers: Numbers | None = None
    records: Records | None = None
    damage: list[tuple[int, str, bytes]] = field(default_factory=list)
    seen: int = 0


def pieces(begin: bytes, stream: BinaryIO) -> Iterator[Piece]:
    """All chunks in order of what begins with ``begin``."""
    head = begin + _fill(stream, HEADER_BYTES - len(begin))
    left, at = (b"", HEADER_BYTES) if head.startswith(FILE_MAGIC) else (head, 0)
    while block := left + _fill(stream, CHUNK_BYTES * PIECE_CHUNKS - len(left)):
        left = b""
        yield _piece(block, at)
        at += len(block)


class _Walk(NamedTuple):
    """Where the records of the chunk at ``chunk`` of a block begin."""

    chunk: int
    records: list[int]


def _piece(block: bytes, at: int) -> Piece:
    piece = Piece(block, at)
    walks = []
    for chunk in range(0, len(block), CHUNK_BYTES):
        if block.startswith(CHUNK_MAGIC, chunk):
            walk = _walk(piece, chunk)
            if walk.records:
                walks.append(walk)
        elif _has_content(block, chunk):  # a file grows by chunks of zeros
            piece.damage.append((piece.seen, NO_CHUNK, block[chunk : chunk + 64]))
    if walks:
        piece.numbers = Numbers(block)
        piece.records = _records(block, piece.numbers, walks)
    return piece


def _has_content(block: bytes, chunk: int) -> bool:
    return any(block[at : at + size].strip(b"\0") for at, size in ((chunk, 64), (chunk, CHUNK_BYTES)))


def _records(block: bytes, numbers: Numbers, walks: list[_Walk]) -> Records:
    counts = [len(walk.records) for walk in walks]
    at = np.array([record for walk in walks for record in walk.records], dtype=np.int64)
    firsts = np.array([walk.chunk for walk in walks], dtype=np.int64)
    chunks = np.repeat(firsts, counts)
    sizes = numbers.u4(at + 4)
    found = instances(numbers, at + RECORD_HEADER, at + sizes, chunks, are_nested=False)
    which = np.flatnonzero(may_be_commands(block, numbers, found, at + sizes))
    # A parser that goes by the chunk's header ends where that says so: at a number, at a place.
    lasts = np.array([walk.records[-1] for walk in walks], dtype=np.int64)
    last_numbers = numbers.u8(firsts + _LAST_NUMBER_AT)
    is_early = (numbers.u8(at + _NUMBER_AT) == np.repeat(last_numbers, counts)) & (at != np.repeat(lasts, counts))
    is_whole = (numbers.u4(firsts + _FREE_SPACE_AT) + firsts > lasts) & (last_numbers != PASSED)
    if is_early.any():
        is_whole &= ~np.isin(firsts, chunks[is_early])
    is_sound = np.repeat(is_whole, counts)[which]
    found_at, found_chunks = at[which], chunks[which]
    # And at a time that is none.
    no_time = found_chunks[numbers.u8(found_at + _TIME_AT) > LATEST]
    if len(no_time):
        is_sound &= ~np.isin(found_chunks, no_time)
    is_sound &= numbers.u8(found_at + _NUMBER_AT) != PASSED
    return Records(which + 1, found_at, sizes[which], found_chunks, found.rows(which), is_sound)


def _walk(piece: Piece, chunk: int) -> _Walk:
    """The records of the chunk at ``chunk`` of the block, and what is damaged in it."""
    block = piece.block
    end = min(chunk + CHUNK_BYTES, len(block))
    free = end
    if end - chunk >= FIRST_RECORD:
        free = chunk + _SIZE.unpack_from(block, chunk + _FREE_SPACE_AT)[0]
    used = min(free, end) if free > chunk + FIRST_RECORD else end
    records: list[int] = []
    unpack = _RECORD.unpack_from
    at = chunk + FIRST_RECORD
    last = end - SMALLEST_RECORD
    while at <= last:
        magic, size = unpack(block, at)
        if magic == _MAGIC_NUMBER and SMALLEST_RECORD <= size <= end - at:
            records.append(at)
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


def _fill(stream: BinaryIO, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
