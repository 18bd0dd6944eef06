"""Decompression in bounded memory: every byte before the damage, then the reason.

Known by their first bytes, never by the file's name: gzip (members one after another), bzip2 (streams one after
another), xz, zstd (frames one after another, skippable ones too). At most about ``OUTPUT_BYTES`` (zstd: 32 MiB, when
built to do harm) are in memory at once, whatever the input promises.
"""

import bz2
import lzma
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import zstandard

OUTPUT_BYTES = 1 << 16
"""Most bytes one call may expand to, where the library lets us say so."""

FINE_OUTPUT_BYTES = 1 << 12
"""The same for bzip2 and xz, whose decoders lose what the failing call would have handed out."""

MEMORY_LIMIT_BYTES = 1 << 27
"""Most memory one decoder may ask for its window: 128 MiB, what ``xz -9`` and plain ``zstd -19`` stay under."""

MAGIC_BYTES = 10
"""As many first bytes as the longest signature has."""


class DamagedError(Exception):
    """Compressed data that cannot be expanded further; ``recovered`` is what came out before the damage."""

    def __init__(self, reason: str, recovered: bytes = b"") -> None:
        self.reason = reason
        self.recovered = recovered
        super().__init__(reason)


class Decoder(Protocol):
    """One member, stream or frame. ``decompress`` may hand out less than there is until ``needs_input``."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes) -> bytes: ...


class _Gzip:
    """One gzip member; on damage the last call is repeated byte by byte, so that nothing before it is lost."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self._tail = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes) -> bytes:
        data = self._tail + data
        saved = self._inner.copy()
        try:
            out = self._inner.decompress(data, OUTPUT_BYTES)
        except zlib.error as error:
            raise DamagedError("gzip data is damaged", _before_damage(saved, data)) from error
        self._tail = self._inner.unconsumed_tail
        # A full answer may have left output waiting inside, with no input to show for it.
        self.needs_input = not self._tail and len(out) < OUTPUT_BYTES
        return out


def _before_damage(inner: "zlib._Decompress", data: bytes) -> bytes:
    out = bytearray()
    for at in range(len(data)):
        try:
            out += inner.decompress(data[at : at + 1])
        except zlib.error:
            break
    return bytes(out)


class _Buffered:
    """What bz2's and lzma's decompressors have in common."""

    _inner: "bz2.BZ2Decompressor | lzma.LZMADecompressor"

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return self._inner.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


class _Bzip2(_Buffered):
    """One bzip2 stream. A damaged block (up to 900 kB of text) is lost as a whole: the format has no finer grain."""

    def __init__(self) -> None:
        self._inner = bz2.BZ2Decompressor()

    def decompress(self, data: bytes) -> bytes:
        try:
            return self._inner.decompress(data, FINE_OUTPUT_BYTES)
        except (OSError, ValueError) as error:
            raise DamagedError("bzip2 data is damaged") from error


class _Xz(_Buffered):
    """One xz stream, checked by its own checksums."""

    def __init__(self) -> None:
        self._inner = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=MEMORY_LIMIT_BYTES)

    def decompress(self, data: bytes) -> bytes:
        try:
            return self._inner.decompress(data, FINE_OUTPUT_BYTES)
        except lzma.LZMAError as error:
            asks_too_much = "emory" in str(error)
            reason = "xz data needs more than 128 MiB to expand" if asks_too_much else "xz data is damaged"
            raise DamagedError(reason) from error


class _Zstd:
    """One zstd frame. The library cannot be told how much to hand out, so it is fed little (``Codec.feed``).

    Damage costs the block it is in, up to 128 KiB of text.
    """

    needs_input = True

    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=MEMORY_LIMIT_BYTES).decompressobj()

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes) -> bytes:
        try:
            return self._inner.decompress(data)
        except zstandard.ZstdError as error:
            asks_too_much = "too much memory" in str(error)
            reason = "zstd data needs more than 128 MiB to expand" if asks_too_much else "zstd data is damaged"
            raise DamagedError(reason) from error


@dataclass(frozen=True, slots=True)
class Codec:
    """``feed``: bytes given to the decoder at once. Small where a damaged or hostile piece costs a whole call."""

    name: str
    magic: re.Pattern[bytes]
    new: Callable[[], Decoder]
    feed: int


CODECS: tuple[Codec, ...] = (
    Codec("gzip", re.compile(rb"\x1f\x8b\x08"), _Gzip, 1 << 14),
    # A text may begin with "BZh9"; the block or end-of-stream signature behind it decides.
    Codec("bzip2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"), _Bzip2, 1 << 14),
    Codec("xz", re.compile(rb"\xfd7zXZ\x00"), _Xz, 1 << 10),
    Codec("zstd", re.compile(rb"(?:\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18)"), _Zstd, 1 << 10),
)

_ARCHIVES: tuple[tuple[str, bytes], ...] = (
    ("a zip archive", b"PK\x03\x04"),
    ("a zip archive", b"PK\x05\x06"),
    ("a 7-Zip archive", b"7z\xbc\xaf\x27\x1c"),
    ("a RAR archive", b"Rar!\x1a\x07"),
)


def codec_of(head: bytes) -> Codec | None:
    """What ``head`` (at least ``MAGIC_BYTES``, or all there is) is compressed with.

    >>> import gzip
    >>> codec_of(gzip.compress(b"id")[:MAGIC_BYTES]).name
    'gzip'
    >>> codec_of(b"BZh9 is how bzip2 data begins") is None
    True
    """
    return next((codec for codec in CODECS if codec.magic.match(head)), None)


def archive_of(head: bytes) -> str | None:
    """What kind of archive ``head`` begins, if it is one that has to be unpacked first."""
    return next((name for name, magic in _ARCHIVES if head.startswith(magic)), None)
