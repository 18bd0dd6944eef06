"""Text from a log, safe to show: nothing in it can move a cursor, recolour a terminal or reverse a line.

Attackers write to logs. Every character that a terminal or an editor acts on instead of showing becomes an escape:
``\\u001b`` for a control character (C0, DEL, C1, bidirectional controls, line separators), ``\\xff`` for a byte that
was not UTF-8. ``unprintable`` is the way back: a backslash that could be taken for an escape is doubled.

>>> printable("\\x1b[31mred")
'\\\\u001b[31mred'
>>> printable("C:\\\\Windows")
'C:\\\\Windows'
>>> unprintable(printable("\\\\x41\\x07")) == "\\\\x41\\x07"
True
"""

import re

_ACTING = "\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
"""Characters that act: C0, DEL, C1, soft hyphen, zero-width and bidirectional ones (Unicode TR 36 and TR 39)."""
_BYTES = "\udc80-\udcff\U0010ff80-\U0010ffff"
"""Undecodable bytes: at the door lone surrogates, in columns the reserved characters of ``raw_text``."""

NEEDS_ESCAPE = re.compile(f"[{_ACTING}\ud800-\udfff{_BYTES}]|\\\\[\\\\xu]")
_ESCAPED = re.compile(f"[{_ACTING}\ud800-\udfff{_BYTES}\\\\]")
_ESCAPE = re.compile(r"\\(?:(\\)|x([0-9a-f]{2})|u([0-9a-f]{4}))")


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    code = ord(char)
    if char == "\\":
        return "\\\\"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code >= 0x10FF80:
        return f"\\x{code - 0x10FF00:02x}"
    return f"\\u{code:04x}"


def printable(text: str) -> str:
    """``text`` with everything that acts on a terminal escaped; ordinary text comes back as it is."""
    return _ESCAPED.sub(_escape, text) if NEEDS_ESCAPE.search(text) else text


def _unescape(match: re.Match[str]) -> str:
    backslash, byte, code = match.groups()
    if backslash:
        return "\\"
    return chr(0xDC00 + int(byte, 16)) if byte else chr(int(code, 16))


def unprintable(text: str) -> str:
    """The inverse of ``printable``; undecodable bytes come back as lone surrogates."""
    return _ESCAPE.sub(_unescape, text)
