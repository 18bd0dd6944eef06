"""The logs of one machine as one stream that ends, with a note, where the archive is damaged."""

import io
from collections.abc import Sequence
from typing import BinaryIO

from ttpline.datasets.origins._archive import READ_ERRORS, Archive, Member
from ttpline.datasets.origins._casinolimit_filter import LabelledLines
from ttpline.datasets.origins._casinolimit_recorded import RecordedTitles
from ttpline.datasets.origins.base import Progress
from ttpline.errors import DatasetError

CHUNK_BYTES = 1 << 20


class LogStream(io.RawIOBase):
    """The bytes of ``members`` one after another, as far as ``lines`` lets them through (None: all of them).

    A file that does not end a line is ended, so that two records are never joined. What cannot be read goes to
    ``damaged``; the bytes before it were given, the next file follows. ``titles`` is fed on the way.
    """

    def __init__(
        self,
        archive: Archive,
        members: Sequence[Member],
        titles: RecordedTitles,
        lines: LabelledLines | None,
        progress: Progress,
    ) -> None:
        self._archive = archive
        self._waiting = list(reversed(members))
        self._titles = titles
        self._lines = lines
        self._progress = progress
        self._member: Member | None = None
        self._stream: BinaryIO | None = None
        self._last = b"\n"
        self._ready = memoryview(b"")
        self.damaged: list[str] = []

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        while not self._ready:
            chunk = self._next()
            kept = chunk if self._lines is None else self._lines.keep(chunk) if chunk else self._lines.rest()
            if not kept and not chunk:
                return 0
            self._titles.feed(kept)
            self._ready = memoryview(kept)
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        self._finish()
        super().close()

    def _next(self) -> bytes:
        """The next bytes as they are; none at the end of all files."""
        while self._stream is not None or self._open():
            chunk = self._read()
            if chunk:
                self._last = chunk[-1:]
                self._progress(len(chunk))
                return chunk
            self._finish()
            if self._last != b"\n":
                self._last = b"\n"
                return b"\n"
        return b""

    def _open(self) -> bool:
        while self._waiting:
            self._member = self._waiting.pop()
            try:
                self._stream = self._archive.open(self._member)
            except DatasetError as error:
                self.damaged.append(f"{self._member.name}: {error.reason}")
                continue
            return True
        return False

    def _read(self) -> bytes:
        assert self._stream is not None and self._member is not None
        try:
            return self._stream.read(CHUNK_BYTES)
        except READ_ERRORS as error:
            self.damaged.append(f"{self._member.name}: {error}")
            return b""

    def _finish(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
