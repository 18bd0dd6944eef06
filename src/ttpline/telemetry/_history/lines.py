"""Lines of a history, and entries that are made of several."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from ttpline.domain.raw_text import decode, encode
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._lines import MAX_LINE_BYTES, LongLine, line_blocks

MAX_ENTRY_BYTES = MAX_LINE_BYTES
"""The longest entry, all its lines together."""

TOO_LONG = "entry of more than 1 MiB"

_NUL = b"\0"


class Line(NamedTuple):
    """``raw``: without its line end, and without the NULs that a crash puts around it."""

    record: int
    raw: bytes
    offset: int
    length: int
    damaged: bool

    @property
    def is_blank(self) -> bool:
        return not self.raw.strip()

    @property
    def text(self) -> str:
        return decode(self.raw)

    @property
    def place(self) -> Place:
        return Place(self.record, self.offset, self.length)


def history_lines(stream: BinaryIO) -> Iterator[Line | LongLine]:
    """All lines; UTF-16 is decoded, a mark at the start is none of the first line."""
    for block in line_blocks(stream):
        if isinstance(block, LongLine):
            yield block
            continue
        record = block.first_record
        for index, (raw, offset, length) in enumerate(
            zip(block.lines, block.offsets.tolist(), block.lengths.tolist(), strict=True)
        ):
            line = raw[:-1] if raw.endswith(b"\r") else raw
            if line[:1] == _NUL or line[-1:] == _NUL:
                bare = line.lstrip(_NUL)
                if length == len(line):  # else UTF-16, where places count other bytes
                    offset, length = offset + len(line) - len(bare), len(bare.rstrip(_NUL))
                line = bare.rstrip(_NUL)
            yield Line(record + index, line, offset, length, index in block.damaged)


def skip_long(rows: EventRows, line: LongLine) -> None:
    """A line past the bound is an entry that is not read."""
    rows.skip(line.record, TOO_LONG, encode(line.sample))


@dataclass(slots=True)
class Entry:
    """Lines that are one entry; past ``MAX_ENTRY_BYTES`` none is kept and ``is_too_long`` is set."""

    first: Line
    time: int | None = None
    parts: list[bytes] = field(default_factory=list)
    is_too_long: bool = False
    damaged: bool = False
    _end: int = 0
    _size: int = 0

    def __post_init__(self) -> None:
        self._end = self.first.offset + self.first.length
        self.damaged = self.first.damaged

    @property
    def place(self) -> Place:
        return Place(self.first.record, self.first.offset, self._end - self.first.offset)

    def add(self, line: Line, part: bytes) -> None:
        """``part``: what ``line`` has of the command."""
        self.extend(line)
        self._size += len(part) + 1
        if self._size > MAX_ENTRY_BYTES:
            self.is_too_long = True
        if not self.is_too_long:
            self.parts.append(part)

    def extend(self, line: Line) -> None:
        """``line`` belongs to the entry, but not to its command."""
        if not line.is_blank:  # blank lines between entries are of none
            self._end = line.offset + line.length
        self.damaged |= line.damaged

    def command(self) -> bytes:
        """The lines as one text; blank ones before and behind are no part of it."""
        parts = self.parts
        start, stop = 0, len(parts)
        while start < stop and not parts[start].strip():
            start += 1
        while stop > start and not parts[stop - 1].strip():
            stop -= 1
        return b"\n".join(parts[start:stop])
