r"""Backslash escapes as ``$'…'``, ``printf`` and ``echo -e`` read them.

>>> ansi_c_text(r"\x63\141t")
'cat'
"""

import re
import string
from typing import Final

_ESCAPE = re.compile(
    r"\\(?:x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{1,2}))|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|(0?[0-7]{1,3})|c(.)|(.))",
    re.DOTALL,
)
_SIMPLE: Final = {
    "n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "E": "\x1b",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_READABLE: Final = frozenset("/" + string.ascii_letters + string.digits)


def ansi_c_text(text: str) -> str:
    """``text`` with its escapes undone; an unknown one stays. UTF-8 written byte by byte is one character."""
    if "\\" not in text:
        return text
    data = ansi_c_bytes(text)
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def ansi_c_bytes(text: str) -> bytes:
    r"""The bytes that are printed: ``\xHH`` and ``\NNN`` are single bytes, everything else is UTF-8."""
    pieces: list[bytes] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        pieces.append(text[at : match.start()].encode("utf-8", "surrogatepass"))
        character = _character(match)
        is_byte = (match[2] or match[5]) is not None
        pieces.append(character.encode("latin-1" if is_byte else "utf-8", "surrogatepass"))
        at = match.end()
    pieces.append(text[at:].encode("utf-8", "surrogatepass"))
    return b"".join(pieces)


def coded_kind(text: str) -> str:
    """``hex`` or ``octal`` where at least two letters, digits or slashes are written as codes; else empty.

    Colours, line ends, quotes and signs are written as codes in ordinary commands; letters are not.
    """
    if "\\" not in text:
        return ""
    kinds = [
        "octal" if match[5] else "hex"
        for match in _ESCAPE.finditer(text)
        if (match[2] or match[5] or match[3] or match[4] or match[1]) and _character(match) in _READABLE
    ]
    return "" if len(kinds) < 2 else "hex" if "hex" in kinds else "octal"


def _character(match: re.Match[str]) -> str:
    braced, hexadecimal, short, long, octal, control, other = match.groups()
    code = braced or hexadecimal or short or long
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else match[0]
    if octal:
        return chr(int(octal, 8) & 0xFF)
    if control:
        return chr(ord(control) & 0x1F) if control.isascii() else match[0]
    return _SIMPLE.get(other, match[0])
