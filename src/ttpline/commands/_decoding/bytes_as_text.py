"""Bytes and text: base64, hex, compression, and when the result is plainly text. Pure, bounded, refusing with None."""

import base64
import binascii
import bz2
import lzma
import re
import zlib
from typing import Final

from ttpline.commands._decoding.base import MAX_CHARACTERS

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd\ufffe\uffff\ud800-\udfff]").search
_BLANK = re.compile(r"\s+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,3}").fullmatch
_URL_SAFE = str.maketrans("-_", "+/")
_UNICODE_SHARE: Final = 0.5  # of the odd bytes of UTF-16 text in a European language, more than half are zero


def as_text(data: bytes) -> str | None:
    """UTF-8 or UTF-16 (with zero bytes, or a mark) that has no control characters; None for anything else."""
    if not data or len(data) > 4 * MAX_CHARACTERS:
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decoded(data, "utf-16")
    if len(data) >= 4 and len(data) % 2 == 0 and data[1::2].count(0) > _UNICODE_SHARE * (len(data) // 2):
        return _decoded(data, "utf-16-le")
    return _decoded(data, "utf-8")


def utf16_text(data: bytes) -> str | None:
    """Text as ``-EncodedCommand`` takes it: UTF-16LE, whatever the letters."""
    if not data or len(data) % 2 or len(data) > 4 * MAX_CHARACTERS:
        return None
    return _decoded(data, "utf-16-le")


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    text = text.rstrip("\0")
    return None if not text or _CONTROL(text) else text


def base64_bytes(text: str, *, url_safe: bool = False) -> bytes | None:
    """The bytes of base64 text; missing padding is forgiven, as ``base64 -d`` and PowerShell's callers write it."""
    text = _BLANK.sub("", text)
    if url_safe:
        text = text.translate(_URL_SAFE)
    if not _BASE64(text):
        return None
    text = text.rstrip("=")
    if len(text) % 4 == 1:
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None


def base32_bytes(text: str) -> bytes | None:
    text = _BLANK.sub("", text).rstrip("=")
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return None


def hex_bytes(text: str) -> bytes | None:
    text = re.sub(r"\s+|0x|\\x|[:,-]", "", text)
    try:
        return bytes.fromhex(text) if text else None
    except ValueError:
        return None


def unpacked(data: bytes) -> bytes | None:
    """gzip, zlib, raw deflate, bzip2 or xz, told apart by their first bytes; at most ``4 * MAX_CHARACTERS`` bytes."""
    limit = 4 * MAX_CHARACTERS
    try:
        if data[:3] == b"BZh":
            result = bz2.BZ2Decompressor().decompress(data, limit)
        elif data[:6] == b"\xfd7zXZ\0":
            result = lzma.LZMADecompressor(memlimit=64 << 20).decompress(data, limit)
        elif data[:2] == b"\x1f\x8b":
            result = zlib.decompressobj(31).decompress(data, limit)
        elif data[:1] == b"\x78":
            result = zlib.decompressobj(15).decompress(data, limit)
        else:
            result = zlib.decompressobj(-15).decompress(data, limit)
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError):
        return None
    return result if 0 < len(result) < limit else None
