"""Zip archives in bounded memory, also large ones (zip64), ones with something before them, and ones cut short.

The standard library's reader holds the whole directory, which a hostile archive fills with millions of members.
"""

import stat
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from zlib import crc32

from ttpline.domain.raw_text import decode
from ttpline.telemetry._archive import Refused
from ttpline.telemetry._compressed import ZIP_METHODS, DamagedError

_END = struct.Struct("<4s4H2LH")
_END_MAGIC = b"PK\x05\x06"
_END64_PLACE = struct.Struct("<4sLQL")
_END64_PLACE_MAGIC = b"PK\x06\x07"
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_MAGIC = b"PK\x06\x06"
_ENTRY = struct.Struct("<4s6H3L5H2L")
_ENTRY_MAGIC = b"PK\x01\x02"
_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_MAGIC = b"PK\x03\x04"
_DESCRIPTOR_MAGIC = b"PK\x07\x08"

_MAX_COMMENT = (1 << 16) - 1
_FULL32 = 0xFFFFFFFF
_ZIP64_EXTRA = 1
_ENCRYPTED = 1 | 1 << 6 | 1 << 13
_LATER_SIZES = 1 << 3
_UTF8_NAMES = 1 << 11
_AES = 99
_UNIX = 3

READ_BYTES = 1 << 16

ENCRYPTED = Refused("", "a member that is encrypted", "unpack it with its password and give the folder")
METHOD = Refused("", "a member compressed in a way that is not read", "unpack it and give the folder")
LINK = Refused("", "a link")
SPECIAL = Refused("", "a device or a pipe")


@dataclass(frozen=True, slots=True)
class ZipMember:
    """``start``: where its header is. ``size`` and ``crc``: of what it expands to; None where only the end says it."""

    name: str
    start: int
    compressed: int
    size: int | None
    crc: int | None
    method: int


class ZipArchive:
    """``file`` can seek. ``on_read`` gets the number of bytes read, again for those that are read again."""

    def __init__(self, file: BinaryIO, on_read: Callable[[int], None]) -> None:
        self._file = file
        self._on_read = on_read
        self._size = file.seek(0, 2)

    def _at(self, offset: int, size: int) -> bytes:
        """``size`` bytes from ``offset``, fewer at the end."""
        self._file.seek(offset)
        parts: list[bytes] = []
        while size > 0 and (part := self._file.read(size)):
            parts.append(part)
            size -= len(part)
            self._on_read(len(part))
        return b"".join(parts)

    def members(self) -> Iterator[ZipMember | Refused]:
        """In the order of the directory, folders left out; ``DamagedError`` where it cannot go on.

        Without a directory, as the end of the file is missing, the members' own headers tell.
        """
        end = self._end()
        if end is None:
            yield from self._without_directory()
            raise DamagedError("the zip archive ends too early")
        yield from self._directory(*end)

    def _end(self) -> tuple[int, int, int] | None:
        """Where the directory is, its size, and how much stands before the archive."""
        tail_at = max(0, self._size - _END.size - _MAX_COMMENT)
        tail = self._at(tail_at, self._size - tail_at)
        found = tail.rfind(_END_MAGIC)
        while found >= 0 and len(tail) - found < _END.size:
            found = tail.rfind(_END_MAGIC, 0, found)
        if found < 0:
            return None
        _, disk, first_disk, _, _, size, offset, _ = _END.unpack_from(tail, found)
        stop = tail_at + found
        place_at = stop - _END64_PLACE.size
        place = self._at(place_at, _END64_PLACE.size) if place_at >= 0 else b""
        if place.startswith(_END64_PLACE_MAGIC):
            stated = _END64_PLACE.unpack(place)[2]
            # Something before the archive moves the record; it usually ends where its place is noted.
            for at in (stated, place_at - _END64.size):
                record = self._at(at, _END64.size) if 0 <= at < self._size else b""
                if len(record) == _END64.size and record.startswith(_END64_MAGIC):
                    *_, size, offset = _END64.unpack(record)
                    stop = at
                    break
        elif (disk or first_disk) and disk != 0xFFFF:
            raise DamagedError("it is one part of a zip archive of several")
        start = stop - size
        if start < 0:
            raise DamagedError("the directory of the zip archive is damaged")
        return start, size, start - offset

    def _directory(self, start: int, size: int, before: int) -> Iterator[ZipMember | Refused]:
        buffer, at, stop = b"", start, start + size
        while at < stop or buffer:
            buffer, at = self._more(buffer, at, stop, _ENTRY.size)
            if len(buffer) < _ENTRY.size or not buffer.startswith(_ENTRY_MAGIC):
                raise DamagedError("the directory of the zip archive is damaged")
            (
                _, made_by, _, flags, method, _, _, crc, compressed, expanded, name_size, extra_size, comment_size,
                _, _, attributes, offset,
            ) = _ENTRY.unpack_from(buffer)  # fmt: skip
            whole = _ENTRY.size + name_size + extra_size + comment_size
            buffer, at = self._more(buffer, at, stop, whole)
            if len(buffer) < whole:
                raise DamagedError("the directory of the zip archive is damaged")
            raw_name = buffer[_ENTRY.size : _ENTRY.size + name_size]
            extra = buffer[_ENTRY.size + name_size : _ENTRY.size + name_size + extra_size]
            buffer = buffer[whole:]
            expanded, compressed, offset = _large(extra, expanded, compressed, offset)
            member = ZipMember(_name(raw_name, flags), offset + before, compressed, expanded, crc, method)
            if not raw_name.endswith((b"/", b"\\")):
                mode = attributes >> 16 if made_by >> 8 == _UNIX else 0
                yield self._readable(member, flags, mode)

    def _more(self, buffer: bytes, at: int, stop: int, least: int) -> tuple[bytes, int]:
        if len(buffer) >= least or at >= stop:
            return buffer, at
        piece = self._at(at, min(max(least - len(buffer), READ_BYTES), stop - at))
        return buffer + piece, at + len(piece) if piece else stop

    @staticmethod
    def _readable(member: ZipMember, flags: int, mode: int) -> ZipMember | Refused:
        if stat.S_ISLNK(mode):
            return LINK._replace(name=member.name)
        if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
            return SPECIAL._replace(name=member.name)
        if flags & _ENCRYPTED or member.method == _AES:
            return ENCRYPTED._replace(name=member.name)
        if member.method and member.method not in ZIP_METHODS:
            return METHOD._replace(name=member.name)
        return member

    def _without_directory(self) -> Iterator[ZipMember | Refused]:
        at = 0
        while True:
            head = self._at(at, _LOCAL.size)
            if not head.startswith(_LOCAL_MAGIC) and at < 4:  # the mark of an archive that was to be split
                at += 4
                continue
            if len(head) < _LOCAL.size or not head.startswith(_LOCAL_MAGIC):
                return
            _, _, flags, method, _, _, crc, compressed, expanded, name_size, extra_size = _LOCAL.unpack(head)
            rest = self._at(at + _LOCAL.size, name_size + extra_size)
            name = _name(rest[:name_size], flags)
            data = at + _LOCAL.size + name_size + extra_size
            if flags & _LATER_SIZES:
                compressed, following = self._descriptor(data)
                member = ZipMember(name, at, compressed, None, None, method)
            else:
                expanded, compressed, _ = _large(rest[name_size:], expanded, compressed, 0)
                following = data + compressed
                member = ZipMember(name, at, compressed, expanded, crc, method)
            if not rest[:name_size].endswith((b"/", b"\\")):
                yield self._readable(member, flags, 0)
            at = following

    def _descriptor(self, data: int) -> tuple[int, int]:
        """The compressed size of the member whose bytes begin at ``data``, and where the next header is.

        The size stands behind the bytes; what is found there must agree with where it is found.
        """
        at, buffer = data, b""
        while piece := self._at(at + len(buffer), READ_BYTES):
            buffer += piece
            found = buffer.find(_DESCRIPTOR_MAGIC)
            while 0 <= found <= len(buffer) - 24:
                size = at + found - data
                if int.from_bytes(buffer[found + 8 : found + 12], "little") == size & _FULL32:
                    is_large = int.from_bytes(buffer[found + 8 : found + 16], "little") == size and buffer[
                        found + 24 : found + 26
                    ] in (b"PK", b"")
                    return size, at + found + (24 if is_large else 16)
                found = buffer.find(_DESCRIPTOR_MAGIC, found + 1)
            keep = min(len(buffer), 26)
            at, buffer = at + len(buffer) - keep, buffer[-keep:]
        return self._size - data, self._size

    def pieces(self, member: ZipMember) -> Iterator[bytes]:
        """What ``member`` expands to, not bounded; ``DamagedError`` where it ends before its time or is not itself."""
        head = self._at(member.start, _LOCAL.size) if 0 <= member.start < self._size else b""
        if len(head) < _LOCAL.size or not head.startswith(_LOCAL_MAGIC):
            raise DamagedError("the header of the zip member is damaged")
        name_size, extra_size = _LOCAL.unpack(head)[-2:]
        raw = self._raw(member.start + _LOCAL.size + name_size + extra_size, member)
        crc = size = 0
        for piece in raw if not member.method else self._expanded(raw, member.method):
            crc, size = crc32(piece, crc), size + len(piece)
            yield piece
        if member.size is not None and size < member.size:
            raise DamagedError("zip data ends too early")
        if member.crc is not None and crc != member.crc:
            raise DamagedError("zip data is damaged")

    def _raw(self, at: int, member: ZipMember) -> Iterator[bytes]:
        feed = ZIP_METHODS[member.method].feed if member.method else READ_BYTES
        left = member.compressed
        while left and (block := self._at(at, min(left, READ_BYTES))):
            at, left = at + len(block), left - len(block)
            yield from (block[start : start + feed] for start in range(0, len(block), feed))

    @staticmethod
    def _expanded(raw: Iterator[bytes], method: int) -> Iterator[bytes]:
        decoder, data = ZIP_METHODS[method].new(), b""
        while not decoder.eof:
            if decoder.needs_input and not data and not (data := next(raw, b"")):
                raise DamagedError("zip data ends too early")
            piece, data = decoder.decompress(data), b""
            if piece:
                yield piece


def _name(raw: bytes, flags: int) -> str:
    """UTF-8 where it says so or is so; else the code page that zip began with, in which every byte is a character."""
    if flags & _UTF8_NAMES:
        return decode(raw)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _large(extra: bytes, expanded: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """Sizes and place past 4 GiB, which stand apart, those only that are past it."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == _ZIP64_EXTRA:
            numbers = [number for (number,) in struct.iter_unpack("<Q", _whole(extra[at + 4 : at + 4 + size]))]
            values = [expanded, compressed, offset]
            for place, value in enumerate(values):
                if value == _FULL32 and numbers:
                    values[place] = numbers.pop(0)
            return values[0], values[1], values[2]
        at += 4 + size
    return expanded, compressed, offset


def _whole(raw: bytes) -> bytes:
    """As many bytes as are whole numbers of 64 bits."""
    return raw[: len(raw) // 8 * 8]
