"""Records of ``journalctl -o export``: lines ``KEY=value``, or ``KEY``, a length and bytes; a blank line between."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ttpline.telemetry._event_rows import Place

MOST_BYTES = 1 << 22
"""The longest record; what is longer (a core dump lies in the journal as well) is passed over and said."""

MOST_VALUE_BYTES = 1 << 30
"""A length above that is damage: systemd keeps no larger core dump in the journal."""

PIECE_BYTES = 1 << 20
_BINARY_KEY = re.compile(rb"^[A-Z0-9_]{1,64}$", re.MULTILINE)
_KEY = re.compile(rb"[A-Z0-9_]{1,64}")
_LENGTH = 8


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """``fields``: name -> value, the first of several. ``is_whole``: False where the input ended within a value."""

    fields: dict[bytes, bytes]
    raw: bytes
    place: Place
    is_whole: bool = True
    is_too_long: bool = False


def export_records(stream: BinaryIO) -> Iterator[JournalRecord]:
    """All records in order; they count from 1."""
    return _Scan(stream).run()


class _Scan:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._base = 0  # of the buffer's first byte in the input
        self._ended = False
        self._record = 0

    def run(self) -> Iterator[JournalRecord]:
        while True:
            start = self._skip_blank()
            if start is None:
                return
            self._record += 1
            yield self._one()

    def _more(self) -> bool:
        """Another piece of input behind what is left of the buffer."""
        if self._ended:
            return False
        pieces, size = [], 0
        while size < PIECE_BYTES and (piece := self._stream.read(PIECE_BYTES - size)):
            pieces.append(piece)
            size += len(piece)
        self._ended = size < PIECE_BYTES
        if self._at:
            self._base += self._at
            self._buffer, self._at = self._buffer[self._at :], 0
        self._buffer += b"".join(pieces)
        return size > 0

    def _skip_blank(self) -> int | None:
        while True:
            rest = self._buffer[self._at : self._at + 1]
            if rest == b"\n" or rest == b"\r":
                self._at += 1
            elif rest:
                return self._at
            elif not self._more():
                return None

    def _one(self) -> JournalRecord:
        seen = 0  # so that a long record is searched once
        while True:
            end = self._buffer.find(b"\n\n", self._at + seen)
            if end >= 0 or (self._ended and not seen):
                stop = end + 1 if end >= 0 else len(self._buffer)
                text = self._buffer[self._at : stop]
                if _BINARY_KEY.search(text) is None:
                    fields: dict[bytes, bytes] = {}
                    for line in text.split(b"\n"):
                        name, equals, value = line.partition(b"=")
                        if equals and name not in fields:
                            fields[name] = value.removesuffix(b"\r") if value.endswith(b"\r") else value
                    is_whole = text.endswith(b"\n") or end >= 0
                    return self._done(fields, stop, is_whole=is_whole)
                return self._with_binary()
            seen = max(len(self._buffer) - self._at - 1, 0)
            if seen > MOST_BYTES:
                return self._pass()
            if not self._more():
                seen = 0
                self._ended = True

    def _with_binary(self) -> JournalRecord:
        """Field by field: a value may hold blank lines."""
        fields: dict[bytes, bytes] = {}
        at = 0
        while True:
            end = self._find(at) if at <= MOST_BYTES else None
            if end is None:
                return self._pass()
            line = self._buffer[self._at + at : self._at + end]
            if not line and at:
                return self._done(fields, self._at + at, is_whole=True)
            at = min(end + 1, len(self._buffer) - self._at)
            name, equals, value = line.partition(b"=")
            if equals:
                fields.setdefault(name, value)
            elif _KEY.fullmatch(line) is not None:
                if not self._has(at + _LENGTH):
                    return self._done(fields, len(self._buffer), is_whole=False)
                size = int.from_bytes(self._buffer[self._at + at : self._at + at + _LENGTH], "little")
                if size > MOST_BYTES or at + size > MOST_BYTES:
                    return self._pass(at + _LENGTH + size if size <= MOST_VALUE_BYTES else 0)
                if not self._has(at + _LENGTH + size):
                    return self._done(fields, len(self._buffer), is_whole=False)
                begin = self._at + at + _LENGTH
                fields.setdefault(line, self._buffer[begin : begin + size])
                at += _LENGTH + size
                if self._has(at + 1) and self._buffer[self._at + at : self._at + at + 1] == b"\n":
                    at += 1
            if at >= len(self._buffer) - self._at and not self._more():
                return self._done(fields, len(self._buffer), is_whole=self._buffer.endswith(b"\n"))

    def _find(self, at: int) -> int | None:
        """Where the line that begins at ``at`` ends, counted from the record's start; None past the bound."""
        while True:
            end = self._buffer.find(b"\n", self._at + at)
            if end >= 0:
                return end - self._at
            if len(self._buffer) - self._at > MOST_BYTES:
                return None
            if not self._more():
                return len(self._buffer) - self._at

    def _has(self, size: int) -> bool:
        while len(self._buffer) - self._at < size:
            if not self._more():
                return False
        return True

    def _done(self, fields: dict[bytes, bytes], stop: int, *, is_whole: bool) -> JournalRecord:
        raw = self._buffer[self._at : stop]
        place = Place(self._record, self._base + self._at, len(raw))
        self._at = stop
        return JournalRecord(fields, raw, place, is_whole)

    def _pass(self, known: int = 0) -> JournalRecord:
        """A record past the bound: over its ``known`` bytes, then on to the next blank line."""
        offset, sample = self._base + self._at, self._buffer[self._at : self._at + 1024]
        while known:
            step = min(known, len(self._buffer) - self._at)
            self._at, known = self._at + step, known - step
            if known and not self._more():
                break
        while True:
            end = self._buffer.find(b"\n\n", self._at)
            if end >= 0:
                self._at = end + 1
                break
            self._at = max(len(self._buffer) - 1, self._at)
            if not self._more():
                self._at = len(self._buffer)
                break
        length = self._base + self._at - offset
        return JournalRecord({}, sample, Place(self._record, offset, length), True, True)
