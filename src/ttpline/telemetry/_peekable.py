"""A stream whose head can be looked at before it is read."""

from typing import BinaryIO


class Peekable:
    """For streams that come without ``peek``; what was looked at stays to be read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._head = b""

    def peek(self, size: int) -> bytes:
        """At least ``size`` bytes unless the stream is shorter."""
        while len(self._head) < size and (piece := self._stream.read(size - len(self._head))):
            self._head += piece
        return self._head

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes, all that is left for a negative ``size``."""
        if not self._head:
            return self._stream.read(size)
        if size < 0:
            out, self._head = self._head, b""
            return out + self._stream.read(-1)
        out, self._head = self._head[:size], self._head[size:]
        return out
