"""Tar archives as a stream: old, POSIX (pax) and GNU headers; damaged headers are passed over."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ttpline.domain.raw_text import decode
from ttpline.telemetry._archive import Refused
from ttpline.telemetry._compressed import DamagedError, is_tar_header

BLOCK = 512
READ_BYTES = 1 << 16

MAX_HEADER_BYTES = 1 << 20
"""Of a pax header or a long name: a path has 4096 bytes at most."""

ENDS_EARLY = "tar data ends too early"

_REGULAR = (b"0", b"\0", b"7")
_LINKS = (b"1", b"2")
_SPECIALS = (b"3", b"4", b"6")
_NO_FILES = (b"5", b"D", b"V", b"N")
_WITHOUT_DATA = (*_LINKS, *_SPECIALS, b"5")
"""Whatever size they state."""

_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL, _SOLARIS = b"L", b"K", b"x", b"g", b"X"
_SPARSE, _CONTINUED = b"S", b"M"

LINK = Refused("", "a link")
SPECIAL = Refused("", "a device or a pipe")
SPARSE = Refused("", "a sparse file", "unpack it and give the folder")
CONTINUED = Refused("", "a file that another archive begins", "unpack all volumes and give the folder")
DAMAGED = Refused("", "a header of a tar archive that is damaged")
LONG_HEADER = Refused("", "a header of more than 1 MiB")


@dataclass(slots=True)
class _Said:
    """What headers before a member's own say of it."""

    name: bytes | None = None
    size: int | None = None
    is_sparse: bool = False


@dataclass(slots=True)
class TarMember:
    """``pieces`` can be taken once, before the next member is asked for."""

    name: str
    size: int
    _archive: "TarArchive"

    def pieces(self) -> Iterator[bytes]:
        """Its bytes; ``DamagedError`` where the archive ends before them."""
        while self._archive.left:
            piece = self._archive.take(READ_BYTES)
            if not piece:
                raise DamagedError(ENDS_EARLY)
            yield piece


class TarArchive:
    """``left``: bytes of the present member that were not taken."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._padding = 0
        self.left = 0

    def take(self, most: int) -> bytes:
        """Some bytes of the present member; none at its end."""
        piece = self._stream.read(min(most, self.left)) if self.left else b""
        self.left -= len(piece)
        return piece

    def members(self) -> Iterator[TarMember | Refused]:
        """In order, folders left out; ``DamagedError`` where it breaks off inside a header."""
        said, is_lost, has_ended = _Said(), False, False
        while True:
            self._pass_member()
            block = self._exactly(BLOCK)
            if len(block) < BLOCK:
                if block.strip(b"\0") and not has_ended:
                    raise DamagedError(ENDS_EARLY)
                return
            if not block.strip(b"\0"):  # the end; another archive may follow
                has_ended = True
                continue
            size = _number(block[124:136])
            if not is_tar_header(block) or size is None:
                if has_ended:
                    return
                if not is_lost:
                    yield DAMAGED
                is_lost = True
                continue
            is_lost, has_ended = False, False
            kind = block[156:157]
            self._begin(size)
            if kind in (_LONG_NAME, _PAX, _PAX_GLOBAL, _LONG_LINK, _SOLARIS):
                if size > MAX_HEADER_BYTES:
                    yield LONG_HEADER
                elif kind == _LONG_NAME:
                    said.name = self._exactly_left().rstrip(b"\0")
                elif kind in (_PAX, _SOLARIS):
                    _read_pax(self._exactly_left(), said)
                continue
            if kind in _WITHOUT_DATA or said.size is not None:
                self._begin(0 if kind in _WITHOUT_DATA else said.size or 0)
            if kind == _SPARSE:
                self._pass_sparse_map(block)
            name = _own_name(block) if said.name is None else said.name
            member = self._member(kind, name, is_sparse=said.is_sparse or kind == _SPARSE)
            said = _Said()
            if member is not None:
                yield member

    def _member(self, kind: bytes, raw_name: bytes, *, is_sparse: bool) -> TarMember | Refused | None:
        name = decode(raw_name)
        if kind in _LINKS:
            return LINK._replace(name=name)
        if kind in _SPECIALS:
            return SPECIAL._replace(name=name)
        if kind == _CONTINUED:
            return CONTINUED._replace(name=name)
        if is_sparse:
            return SPARSE._replace(name=name)
        if kind in _NO_FILES or (kind in _REGULAR and raw_name.endswith(b"/")):
            return None
        return TarMember(name, self.left, self)

    def _begin(self, size: int) -> None:
        self.left, self._padding = size, -size % BLOCK

    def _pass_member(self) -> None:
        while self.left:
            if not self.take(READ_BYTES):
                raise DamagedError(ENDS_EARLY)
        if self._padding:
            self._exactly(self._padding)
        self.left = self._padding = 0

    def _pass_sparse_map(self, block: bytes) -> None:
        goes_on = block[482:483] not in (b"", b"\0")
        while goes_on:
            more = self._exactly(BLOCK)
            goes_on = more[504:505] not in (b"", b"\0")

    def _exactly_left(self) -> bytes:
        data = self._exactly(self.left)
        self.left = 0
        return data

    def _exactly(self, size: int) -> bytes:
        """``size`` bytes, fewer at the end."""
        out = io.BytesIO()
        while size and (piece := self._stream.read(size)):
            out.write(piece)
            size -= len(piece)
        return out.getvalue()


def _number(raw: bytes) -> int | None:
    """Octal digits, or base 256 with the first bit set; None for what is neither, or negative."""
    if raw[0] & 0x80:
        value = int.from_bytes(raw, "big") & ((1 << (8 * len(raw) - 1)) - 1)
        return value if raw[0] == 0x80 and value < 1 << 63 else None
    digits = raw.strip(b" \0")
    if not digits:
        return 0
    return int(digits, 8) if digits.isdigit() and b"8" not in digits and b"9" not in digits else None


def _own_name(block: bytes) -> bytes:
    name = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _read_pax(data: bytes, said: _Said) -> None:
    """``<length> <key>=<value>`` and a line end, one after another; what makes no sense ends it."""
    at = 0
    while at < len(data):
        digits, _, _ = data[at : at + 20].partition(b" ")
        if not digits.isdigit():
            return
        length = int(digits)
        key, _, value = data[at + len(digits) + 1 : at + length - 1].partition(b"=")
        if length <= len(digits):
            return
        if key == b"path":
            said.name = value
        elif key == b"size" and value.isdigit() and len(value) < 19:
            said.size = int(value)
        elif key.startswith(b"GNU.sparse."):
            said.is_sparse = True
        at += length
