"""Decompression in bounded memory: every byte before the damage, then the reason.

Known by their first bytes, never by the file's name: gzip (members one after another), bzip2 (streams one after
another), xz, zstd (frames one after another, skippable ones too). At most about ``OUTPUT_BYTES`` (zstd: 32 MiB, when
built to do harm) are in memory at once, whatever the input promises.
"""

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
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

    _wbits, _name = 31, "gzip"

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=self._wbits)
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
            raise DamagedError(f"{self._name} data is damaged", _before_damage(saved, data)) from error
        self._tail = self._inner.unconsumed_tail
        # A full answer may have left output waiting inside, with no input to show for it.
        self.needs_input = not self._tail and len(out) < OUTPUT_BYTES
        return out


class _Deflate(_Gzip):
    """The same without head and checksum, as in zip."""

    _wbits, _name = -15, "zip"


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


class _ZipLzma(_Buffered):
    """LZMA in zip: its properties, then the bare data, which ends where it says so."""

    def __init__(self) -> None:
        self._head: bytes | None = b""

    @property
    def eof(self) -> bool:
        return self._head is None and self._inner.eof

    @property
    def needs_input(self) -> bool:
        return self._head is not None or self._inner.needs_input

    def decompress(self, data: bytes) -> bytes:
        if self._head is not None:
            self._head += data
            if len(self._head) < 9:
                return b""
            data, flags, window = self._head[9:], self._head[4], int.from_bytes(self._head[5:9], "little")
            if window > MEMORY_LIMIT_BYTES:
                raise DamagedError("zip data needs more than 128 MiB to expand")
            if self._head[2:4] != b"\x05\0" or flags >= 225:
                raise DamagedError("zip data is damaged")
            self._head = None
            chosen = {"lc": flags % 9, "lp": flags // 9 % 5, "pb": flags // 45, "dict_size": max(window, 4096)}
            filters = [{"id": lzma.FILTER_LZMA1, **chosen}]
            try:
                self._inner = lzma.LZMADecompressor(format=lzma.FORMAT_RAW, filters=filters)
            except lzma.LZMAError as error:
                raise DamagedError("zip data is damaged") from error
        try:
            return self._inner.decompress(data, FINE_OUTPUT_BYTES)
        except lzma.LZMAError as error:
            raise DamagedError("zip data is damaged") from error


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

ZIP_METHODS: Mapping[int, Codec] = MappingProxyType(
    {
        8: Codec("zip", re.compile(b""), _Deflate, 1 << 14),
        12: Codec("zip", re.compile(b""), _Bzip2, 1 << 14),
        14: Codec("zip", re.compile(b""), _ZipLzma, 1 << 10),
        93: Codec("zip", re.compile(b""), _Zstd, 1 << 10),
        95: Codec("zip", re.compile(b""), _Xz, 1 << 10),
    }
)
"""How members of zip archives are compressed, by the number in their headers; 0 is not at all."""

HEAD_BYTES = 512
"""As many first bytes tell a tar archive."""

_REFUSED: tuple[tuple[str, bytes], ...] = (
    ("a 7-Zip archive", b"7z\xbc\xaf\x27\x1c"),
    ("a RAR archive", b"Rar!\x1a\x07"),
)

_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04")
"""A first member, no member, and what stands before the first one of an archive that was to be split."""

_TAR_CHECKSUM = slice(148, 156)


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
    return next((name for name, magic in _REFUSED if head.startswith(magic)), None)


def members_of(head: bytes) -> str | None:
    """``zip`` or ``tar``, if ``head`` begins an archive whose members can be read.

    >>> members_of(b"PK\\x05\\x06" + bytes(18)), members_of(b"PK is no archive")
    ('zip', None)
    """
    if head.startswith(_ZIP_MAGICS):
        return "zip"
    return "tar" if is_tar_header(head[:HEAD_BYTES]) else None


def is_tar_header(block: bytes) -> bool:
    """Whether the checksum is right: the sum of all bytes, its own place counted as blanks, in octal.

    Some old archivers summed signed bytes.
    """
    if len(block) < HEAD_BYTES or not block[0]:
        return False
    digits = block[_TAR_CHECKSUM].strip(b" \0")
    if not digits or not digits.isdigit() or b"8" in digits or b"9" in digits:
        return False
    rest = block[: _TAR_CHECKSUM.start] + b" " * 8 + block[_TAR_CHECKSUM.stop :]
    total = sum(rest)
    return int(digits, 8) in (total, total - 256 * sum(byte > 127 for byte in rest))
