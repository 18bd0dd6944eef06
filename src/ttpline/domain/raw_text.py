"""Bytes of a log as text, without losing one.

A column of text must be valid UTF-8, a log need not be. A byte that is not part of valid UTF-8 becomes one character
of U+10FF80..U+10FFFF (byte 0x80..0xFF), the last 128 characters there are, which no text uses. Should a log hold one
of them all the same, its own bytes are taken as not decodable, so that the way back is always exact.

At the door (JSON, row types) these characters become Python's lone surrogates ``U+DC80..U+DCFF``.

>>> decode(b"bad\\xff")
'bad\\U0010ffff'
>>> to_surrogates(decode(b"bad\\xff"))
'bad\\udcff'
>>> encode(decode(b"bad\\xff"))
b'bad\\xff'
"""

_SHIFT = 0x10FF80 - 0xDC80
_FROM_SURROGATE = {code: code + _SHIFT for code in range(0xDC80, 0xDD00)}
_TO_SURROGATE = {to: code for code, to in _FROM_SURROGATE.items()}
_RESERVED = (b"\xf4\x8f\xbe", b"\xf4\x8f\xbf")  # how every reserved character begins in UTF-8


def decode(raw: bytes) -> str:
    """``raw`` as text; valid UTF-8 stays itself, every other byte becomes one reserved character."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode(errors="surrogateescape")
        text = _hide_reserved(text) if any(mark in raw for mark in _RESERVED) else text
        return text.translate(_FROM_SURROGATE)
    return _hide_reserved(text).translate(_FROM_SURROGATE) if any(mark in raw for mark in _RESERVED) else text


def _hide_reserved(text: str) -> str:
    """Reserved characters that the log itself holds, as their four bytes."""
    return "".join(
        char.encode().decode("ascii", "surrogateescape") if ord(char) in _TO_SURROGATE else char for char in text
    )


def to_surrogates(text: str) -> str:
    """Column text -> Python text, undecodable bytes as lone surrogates (PEP 383)."""
    return text if text.isascii() else text.translate(_TO_SURROGATE)


def from_surrogates(text: str) -> str:
    """Python text -> column text; the inverse of ``to_surrogates``."""
    return text if text.isascii() else text.translate(_FROM_SURROGATE)


def encode(text: str) -> bytes:
    """The bytes that ``decode`` was given."""
    return to_surrogates(text).encode(errors="surrogateescape")


def is_exact(text: str) -> bool:
    """Whether ``text`` was valid UTF-8, so that it is its own whole truth."""
    return text.isascii() or not any(ord(char) >= 0x10FF80 for char in text)
