"""Opening one input: a file or standard input, expanded when it is compressed, in bounded memory.

What stands before a damaged place is handed out; the damage itself ends the stream and is kept in
``InputStream.damage`` for the caller to count.
"""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from ttpline.domain.raw_text import from_surrogates
from ttpline.errors import TelemetryError
from ttpline.telemetry._compressed import MAGIC_BYTES, Codec, DamagedError, archive_of, codec_of

STDIN = "-"

READ_BYTES = 1 << 20
"""Bytes asked of the operating system at once."""

MAX_EXPANSION = 1000
"""Most bytes that one compressed byte may become: logs expand 5 to 50 times, repeated lines a few hundred times."""

EXPANSION_FLOOR_BYTES = 1 << 26
"""The ratio is looked at only past 64 MiB: what is smaller harms nobody, however small it was."""

MAX_LAYERS = 2
"""``audit.log.gz`` inside ``backup.xz`` is read; deeper nesting is only known from bombs."""

Progress = Callable[[int], None]


class InputStream(io.RawIOBase):
    """Pieces of bytes as a readable stream with ``peek``; ``position`` counts the bytes handed out.

    After the end (or the damage) it stays at its end: a file that goes on growing is not read further.
    """

    def __init__(self, pieces: Iterator[bytes], faults: "list[TelemetryError] | None" = None) -> None:
        super().__init__()
        self._pieces = pieces
        self._buffer = b""
        self._at = 0
        self._ended = False
        self._faults: list[TelemetryError] = [] if faults is None else faults
        self.position = 0
        self.last_byte = b""

    @property
    def damage(self) -> TelemetryError | None:
        """Why the stream ended before its time, if it did."""
        return self._faults[0] if self._faults else None

    def readable(self) -> bool:
        return True

    def _next_piece(self) -> bytes:
        if not self._ended:
            for piece in self._pieces:
                if piece:
                    return piece
            self._ended = True
        return b""

    def peek(self, size: int) -> bytes:
        """At least ``size`` bytes unless the stream is shorter; they stay to be read."""
        have = [self._buffer[self._at :]]
        total = len(have[0])
        while total < size and (piece := self._next_piece()):
            have.append(piece)
            total += len(piece)
        self._buffer, self._at = b"".join(have), 0
        return self._buffer

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to ``size`` bytes (fewer is usual), none at the end; all that is left for a negative ``size``."""
        if size is None or size < 0:
            out = self.peek(sys.maxsize)
            self._buffer = b""
        else:
            if self._at == len(self._buffer):
                self._buffer, self._at = self._next_piece(), 0
            out = self._buffer[self._at : self._at + size]
            self._at += len(out)
        self.position += len(out)
        self.last_byte = out[-1:] or self.last_byte
        return out

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        out = self.read(len(buffer))
        buffer[: len(out)] = out
        return len(out)

    def close(self) -> None:
        close = getattr(self._pieces, "close", None)
        if close is not None and not self.closed:
            close()
        super().close()


def open_input(
    path: str, *, max_expansion: int = MAX_EXPANSION, on_progress: Progress | None = None, stdin: BinaryIO | None = None
) -> tuple[InputStream, str]:
    """The uncompressed bytes of ``path`` (``-``: standard input) and its uri, which is the path as it was given.

    ``on_progress`` gets the number of bytes taken from the file since it was last called. Raises ``TelemetryError``
    when the file cannot be opened, is an archive, or is compressed more than ``MAX_LAYERS`` times.
    """
    uri = from_surrogates(path)
    faults: list[TelemetryError] = []
    taken = [0]
    if path == STDIN:
        file, close = stdin if stdin is not None else sys.stdin.buffer, False
    else:
        file, close = _open_file(path, uri), True
    stream = InputStream(_file_pieces(file, uri, faults, taken, on_progress, close=close), faults)
    try:
        for _ in range(MAX_LAYERS):
            codec = codec_of(_head(stream, uri))
            if codec is None:
                return stream, uri
            stream = InputStream(_expanded(stream, codec, uri, faults, taken, max_expansion), faults)
        if codec_of(_head(stream, uri)) is not None:
            raise TelemetryError(
                f"it is compressed more than {MAX_LAYERS} times", where=uri, remedy="expand it first and look at it"
            )
    except BaseException:
        stream.close()
        raise
    return stream, uri


def _open_file(path: str, uri: str) -> BinaryIO:
    try:
        return cast(BinaryIO, Path(path).open("rb", buffering=0))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise TelemetryError(_why(error), where=uri, remedy="check the path and its permissions") from error


def _why(error: OSError | ValueError) -> str:
    known = isinstance(error, OSError) and error.strerror
    return f"it cannot be read ({error.strerror})" if known else "it cannot be read"  # type: ignore[union-attr]


def _head(stream: InputStream, uri: str) -> bytes:
    head = stream.peek(MAGIC_BYTES)
    archive = archive_of(head)
    if archive is not None:
        raise TelemetryError(f"it is {archive}, which is not read", where=uri, remedy="unpack it and give the folder")
    return head


def _file_pieces(
    file: BinaryIO,
    uri: str,
    faults: list[TelemetryError],
    taken: list[int],
    on_progress: Progress | None,
    *,
    close: bool,
) -> Iterator[bytes]:
    # A buffered standard input would wait for a full piece; ``read1`` takes what there is.
    take = getattr(file, "read1", file.read)
    try:
        while piece := take(READ_BYTES):
            taken[0] += len(piece)
            if on_progress is not None:
                on_progress(len(piece))
            yield piece
    except OSError as error:
        faults.append(TelemetryError(_why(error), where=uri, remedy="check the disk or copy the file first"))
    finally:
        if close:
            file.close()


def _expanded(
    source: InputStream, codec: Codec, uri: str, faults: list[TelemetryError], taken: list[int], max_expansion: int
) -> Iterator[bytes]:
    given = 0
    try:
        for piece in _members(source, codec, faults):
            allowed = max(EXPANSION_FLOOR_BYTES, max_expansion * taken[0]) - given
            if len(piece) > allowed:
                raise DamagedError(f"{codec.name} data expands more than {max_expansion} times", piece[:allowed])
            given += len(piece)
            yield piece
    except DamagedError as damage:
        is_bomb = "expands" in damage.reason
        remedy = "raise --max-expansion if you trust it" if is_bomb else "fetch or copy the file again"
        if damage.recovered:
            yield damage.recovered
        faults.append(TelemetryError(damage.reason, where=uri, remedy=remedy))
    finally:
        source.close()


def _members(source: InputStream, codec: Codec, faults: list[TelemetryError]) -> Iterator[bytes]:
    data = b""
    while True:
        decoder = codec.new()
        while not decoder.eof:
            if decoder.needs_input and not data and not (data := source.read(codec.feed)):
                if not faults:  # the layer below may have said why already
                    raise DamagedError(f"{codec.name} data ends too early")
                return
            piece, data = decoder.decompress(data), b""
            yield piece
        data = decoder.unused_data
        while len(data) < MAGIC_BYTES and (more := source.read(codec.feed)):
            data += more
        # Tape blocks and `dd` pad with zeros, which every decompressor lets pass.
        while data and not data.strip(b"\0"):
            data = source.read(codec.feed)
        if not data:
            return
        if not codec.magic.match(data):
            raise DamagedError(f"{codec.name} data is followed by bytes that are none")
