"""Opening one input: a file or standard input, expanded when it is compressed, in bounded memory.

What stands before a damaged place is handed out; the damage itself ends the stream and is kept in
``InputStream.damage`` for the caller to count.
"""

import io
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from ttpline.domain.raw_text import from_surrogates
from ttpline.errors import TelemetryError
from ttpline.telemetry._compressed import (
    HEAD_BYTES,
    MAGIC_BYTES,
    Codec,
    DamagedError,
    archive_of,
    codec_of,
    members_of,
)

STDIN = "-"

READ_BYTES = 1 << 20
"""Bytes asked of the operating system at once."""

MAX_EXPANSION = 1000
"""Most bytes that one compressed byte may become: logs expand 5 to 50 times, repeated lines a few hundred times."""

EXPANSION_FLOOR_BYTES = 1 << 26
"""The ratio is looked at only past 64 MiB: what is smaller harms nobody, however small it was."""

MAX_LAYERS = 2
"""``audit.log.gz`` inside ``backup.xz`` is read; deeper nesting is only known from bombs."""

UNPACK = "unpack it and give the folder"

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
        self.path: str | None = None
        """The file whose bytes these are as they are, for a reader that needs to seek."""

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


@dataclass(slots=True)
class Expansion:
    """The bound on what compressed bytes become: ``given`` bytes from ``taken[0]`` of the disk, so far."""

    most: int
    taken: list[int]
    given: int = 0

    def room(self) -> int:
        """Bytes that may still be given."""
        return max(EXPANSION_FLOOR_BYTES, self.most * self.taken[0]) - self.given

    def fresh(self) -> "Expansion":
        """The same bound for another layer, or for a second reading."""
        return Expansion(self.most, self.taken)


class Opened(NamedTuple):
    """``archive``: what kind of archive the bytes of ``stream`` are, if one whose members can be read."""

    stream: InputStream
    uri: str
    archive: str | None
    expansion: Expansion
    layers: int


def open_input(
    path: str, *, max_expansion: int = MAX_EXPANSION, on_progress: Progress | None = None, stdin: BinaryIO | None = None
) -> tuple[InputStream, str]:
    """The uncompressed bytes of ``path`` (``-``: standard input) and its uri, which is the path as it was given.

    ``on_progress`` gets the number of bytes taken from the file since it was last called. Raises ``TelemetryError``
    when the file cannot be opened, is an archive, or is compressed more than ``MAX_LAYERS`` times.
    """
    opened = open_any(path, max_expansion=max_expansion, on_progress=on_progress, stdin=stdin)
    if opened.archive is not None:
        opened.stream.close()
        raise TelemetryError(f"it is a {opened.archive} archive, no log", where=opened.uri, remedy=UNPACK)
    return opened.stream, opened.uri


def open_any(
    path: str, *, max_expansion: int = MAX_EXPANSION, on_progress: Progress | None = None, stdin: BinaryIO | None = None
) -> Opened:
    """``open_input``, but for archives of a kind that ``_archives`` reads, which are given as they are."""
    uri = from_surrogates(path)
    faults: list[TelemetryError] = []
    taken = [0]
    if path == STDIN:
        file, close = stdin if stdin is not None else sys.stdin.buffer, False
    else:
        file, close = open_file(path, uri), True
    stream = InputStream(_file_pieces(file, uri, faults, taken, on_progress, close=close), faults)
    expansion = Expansion(max_expansion, taken)
    expanded, archive, layers = expand(stream, uri, faults, expansion, each_layer=True)
    if not layers and path != STDIN and stat.S_ISREG(Path(path).stat().st_mode):
        expanded.path = path
    return Opened(expanded, uri, archive, expansion, layers)


def expand(
    stream: InputStream, uri: str, faults: list[TelemetryError], expansion: Expansion, *, each_layer: bool = False
) -> tuple[InputStream, str | None, int]:
    """``stream`` without its compression, what kind of archive that is, and how often it was compressed.

    All layers count towards ``expansion``, or ``each_layer`` towards a bound of its own. Closes ``stream`` and raises
    ``TelemetryError`` for an archive that cannot be read, and for more than ``MAX_LAYERS``.
    """
    try:
        for layers in range(MAX_LAYERS + 1):
            head = stream.peek(HEAD_BYTES)
            refused = archive_of(head)
            if refused is not None:
                raise TelemetryError(f"it is {refused}, which is not read", where=uri, remedy=UNPACK)
            codec = codec_of(head)
            if codec is None:
                return stream, members_of(head), layers
            if layers == MAX_LAYERS:
                break
            bound = expansion.fresh() if each_layer else expansion
            stream = InputStream(_expanded(stream, codec, uri, faults, bound), faults)
        raise TelemetryError(
            f"it is compressed more than {MAX_LAYERS} times", where=uri, remedy="expand it first and look at it"
        )
    except BaseException:
        stream.close()
        raise


def open_file(path: str, uri: str) -> BinaryIO:
    """``path`` for reading; ``TelemetryError`` says why not."""
    try:
        return cast(BinaryIO, Path(path).open("rb", buffering=0))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise TelemetryError(_why(error), where=uri, remedy="check the path and its permissions") from error


def _why(error: OSError | ValueError) -> str:
    known = isinstance(error, OSError) and error.strerror
    return f"it cannot be read ({error.strerror})" if known else "it cannot be read"  # type: ignore[union-attr]


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
    source: InputStream, codec: Codec, uri: str, faults: list[TelemetryError], expansion: Expansion
) -> Iterator[bytes]:
    try:
        yield from bounded(_members(source, codec, faults), codec.name, uri, faults, expansion)
    finally:
        source.close()


def bounded(
    pieces: Iterator[bytes], name: str, uri: str, faults: list[TelemetryError], expansion: Expansion
) -> Iterator[bytes]:
    """``pieces`` of what ``name`` was expanded to, up to the damage or the bound, which ends in ``faults``."""
    try:
        for piece in pieces:
            room = max(expansion.room(), 0)
            if len(piece) > room:
                raise DamagedError(f"{name} data expands more than {expansion.most} times", piece[:room])
            expansion.given += len(piece)
            yield piece
    except DamagedError as damage:
        is_bomb = "expands" in damage.reason
        remedy = "raise --max-expansion if you trust it" if is_bomb else "fetch or copy the file again"
        if damage.recovered:
            yield damage.recovered
        faults.append(TelemetryError(damage.reason, where=uri, remedy=remedy))


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
