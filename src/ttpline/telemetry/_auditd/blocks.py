"""A stream as blocks of whole lines, cut at the same places however the stream hands out its bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ttpline.telemetry._auditd.headers import MAX_LINE_BYTES
from ttpline.telemetry._auditd.reasons import SAMPLE_BYTES
from ttpline.telemetry._live import is_live

BLOCK_BYTES = 2 << 20
"""Bytes read at once. Two million empty lines still fit in 50 MB of line table."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines (the last of the input may lack its line feed) from byte ``offset`` on.

    Or, with ``long_line``, no lines but the beginning of one that was streamed past. A block of neither is a pause of
    a growing input.
    """

    data: bytes
    offset: int
    long_line: bytes | None = None


def line_blocks(stream: BinaryIO, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """All of ``stream``, read once to its end; a line that does not end within ``MAX_LINE_BYTES`` is streamed past."""
    offset, pending, in_long_line = 0, b"", False
    while True:
        while is_live(stream) and not stream.has_more():
            yield Block(b"", offset)
        data = _read_exactly(stream, size)
        if not data:
            break
        if in_long_line:
            end = data.find(b"\n") + 1
            offset, data = offset + (end or len(data)), data[end:] if end else b""
            if not end:
                continue
            in_long_line = False
        data = pending + data
        end = data.rfind(b"\n") + 1
        lines, pending = data[:end], data[end:]
        if lines:
            yield Block(lines, offset)
            offset += end
        if len(pending) > MAX_LINE_BYTES:
            yield Block(b"", offset, pending[:SAMPLE_BYTES])
            offset, pending, in_long_line = offset + len(pending), b"", True
    if pending:
        yield Block(pending, offset)


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    """``size`` bytes, or what is left: a pipe hands out less at a time."""
    parts, missing = [], size
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
        if is_live(stream):
            break
    return b"".join(parts)
