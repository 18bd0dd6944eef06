r"""Decoding calls inside one-liners of python, perl, ruby, php, node and VBScript, with their text written out.

``exec(base64.b64decode('…'))`` becomes the code, ``os.system(bytes.fromhex('…').decode())`` becomes
``os.system('…')``. A newcomer adds a line in ``_PATTERNS``.
"""

import codecs
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from ttpline.commands._decoding.ansi_c import ansi_c_text, coded_kind
from ttpline.commands._decoding.base import LayerKind, Passage, Replacement
from ttpline.commands._decoding.bytes_as_text import as_text, base64_bytes, hex_bytes, unpacked

_Q = r"(?:[bru]{0,2}(?P<q>\\?[\"'])(?P<data>[^\"'\\\n]*)(?P=q))"
_TO_TEXT = r"(?:\s*\.\s*(?:decode|toString|to_s|force_encoding)\(\s*(?:\\?[\"'][\w\-]{1,10}\\?[\"'])?\s*\))?"


def _base64(data: str) -> str | None:
    decoded = base64_bytes(data, url_safe=True)
    return None if decoded is None else as_text(decoded)


def _packed_base64(data: str) -> str | None:
    decoded = base64_bytes(data)
    plain = unpacked(decoded) if decoded else None
    return None if plain is None else as_text(plain)


def _hex(data: str) -> str | None:
    decoded = hex_bytes(data)
    return None if decoded is None else as_text(decoded)


def _percent(data: str) -> str | None:
    return unquote(data) if "%" in data else None


def _rot13(data: str) -> str | None:
    return codecs.decode(data, "rot13")


_BASE64_NAMES = (
    r"(?:__import__\(\\?[\"']base64\\?[\"']\)\.|base64\.|\b)(?:b64decode|standard_b64decode|urlsafe_b64decode|"
    r"decodebytes|decodestring|base64_decode|decode_base64|atob)"
)
_PACKED_NAMES = r"(?:__import__\(\\?[\"'](?:zlib|gzip|bz2|lzma)\\?[\"']\)|zlib|gzip|bz2|lzma)\.decompress"
_UNQUOTE_NAMES = (
    r"(?:urllib\.parse\.|urllib\.)?(?:unquote(?:_plus)?|decodeURIComponent|decodeURI|unescape|urldecode|rawurldecode)"
)
_BACKWARDS = r"(?:\[::-1\]|\.reverse(?!\w)(?:\(\))?|\.split\(\\?[\"']{2}\\?\)\.reverse\(\)\.join\(\\?[\"']{2}\\?\))"


def _named(name: str) -> str:
    """A short literal: the name of a codec or a form."""
    return rf"\\?[\"']{name}\\?[\"']"


_PATTERNS: Final[tuple[tuple[str, str, str, Callable[[str], str | None]], ...]] = (
    ("gzip", "decompress", rf"{_PACKED_NAMES}\(\s*{_BASE64_NAMES}\(\s*{_Q}\s*\)\s*\)", _packed_base64),
    ("base64", "", rf"{_BASE64_NAMES}\s*\(\s*{_Q}(?:\s*\.\s*encode\(\s*\))?\s*\)", _base64),
    ("base64", "decode64", rf"Base64\.(?:strict_|urlsafe_)?decode64\s*\(\s*{_Q}\s*\)", _base64),
    ("base64", "base64", rf"Buffer\.from\(\s*{_Q}\s*,\s*{_named('base64')}\s*\)", _base64),
    ("base64", "base64", rf"codecs\.decode\(\s*{_Q}\s*,\s*{_named('base64(?:_codec)?')}\s*\)", _base64),
    ("base64", "base64", rf"(?<![\w.]){_Q}\s*\.\s*decode\(\s*{_named('base64')}\s*\)", _base64),
    ("base64", "unpack", rf"(?<![\w.]){_Q}\s*\.\s*unpack1?\(?\s*{_named('m0?')}\s*\)?(?:\[0\]|\.first)?", _base64),
    ("hex", "fromhex", rf"(?:bytes|bytearray)\.fromhex\(\s*{_Q}\s*\)", _hex),
    ("hex", "hex", rf"(?:binascii\.)?(?:unhexlify|a2b_hex)\(\s*{_Q}\s*\)", _hex),
    ("hex", "hex", rf"codecs\.decode\(\s*{_Q}\s*,\s*{_named('hex(?:_codec)?')}\s*\)", _hex),
    ("hex", "hex", rf"Buffer\.from\(\s*{_Q}\s*,\s*{_named('hex')}\s*\)", _hex),
    ("hex", "hex2bin", rf"\bhex2bin\(\s*{_Q}\s*\)", _hex),
    ("hex", "pack", rf"\[\s*{_Q}\s*\]\.pack\(\s*{_named('H[*]')}\s*\)", _hex),
    ("hex", "pack", rf"\bpack\s*\(?\s*{_named('H[*]')}\s*,\s*{_Q}\s*\)?", _hex),
    ("percent", "%", rf"{_UNQUOTE_NAMES}\(\s*{_Q}\s*\)", _percent),
    ("rot13", "13", rf"codecs\.decode\(\s*{_Q}\s*,\s*{_named('rot_?13')}\s*\)", _rot13),
    ("rot13", "str_rot13", rf"\bstr_rot13\(\s*{_Q}\s*\)", _rot13),
    ("reverse", "", rf"(?<![\w.]){_Q}{_BACKWARDS}", lambda data: data[::-1]),
    ("reverse", "rev", rf"\b(?:strrev|reverse|StrReverse)\(\s*{_Q}\s*\)", lambda data: data[::-1]),
)
"""Kind, what the text must hold for it (empty: anything), the call, and what its literal stands for."""

_CALLS: Final = tuple((kind, hint, re.compile(call + _TO_TEXT), function) for kind, hint, call, function in _PATTERNS)

_NUMBER = r"(?:0x[0-9A-Fa-f]{1,4}|\d{1,5})"
_NUMBERS = rf"[\[(]\s*{_NUMBER}(?:\s*,\s*{_NUMBER})*\s*,?\s*[\])]"
_EMPTY = r"(?:\\?\"\\?\"|\\?'\\?')"
_CHAR_CALL = rf"(?:chr|Chr|ChrW|CHR|chrw)\(\s*{_NUMBER}\s*\)"
_CHARACTERS: Final = (
    re.compile(rf"{_CHAR_CALL}(?:\s*[+&.]\s*{_CHAR_CALL})+"),
    re.compile(rf"String\.fromCharCode\(\s*{_NUMBER}(?:\s*,\s*{_NUMBER})*\s*\)"),
    re.compile(rf"{_EMPTY}\.join\(\s*map\(\s*chr\s*,\s*{_NUMBERS}\s*\)\s*\)"),
    re.compile(rf"{_EMPTY}\.join\(\s*\[\s*chr\(\s*(\w+)\s*\)\s*for\s+\1\s+in\s*{_NUMBERS}\s*\]\s*\)"),
    re.compile(rf"{_EMPTY}\.join\(\s*chr\(\s*(\w+)\s*\)\s*for\s+\1\s+in\s*{_NUMBERS}\s*\)"),
    re.compile(rf"bytes\(\s*\[\s*{_NUMBER}(?:\s*,\s*{_NUMBER})*\s*\]\s*\)\.decode\(\s*\)"),
    re.compile(rf"\[\s*{_NUMBER}(?:\s*,\s*{_NUMBER})*\s*\]\.pack\(\s*\\?[\"'][cCU]\*\\?[\"']\s*\)"),
)
_JOINED_STRINGS = re.compile(r"(?P<q>[\"'])[^\"'\\\n]*(?P=q)(?:\s*\+\s*(?P=q)[^\"'\\\n]*(?P=q))+")
_CODED_STRING = re.compile(
    r"(?P<q>[\"'])(?P<data>(?:\\(?:x[0-9A-Fa-f]{2}|[0-7]{3}|u[0-9A-Fa-f]{4})|[^\\\n\"']){2,4000})(?P=q)"
)
_INTERPRETER: Final = re.compile(
    r"(?:python[\d.]*|perl|ruby|php|node|nodejs|osascript|g?awk|mshta|wscript|cscript|jrunscript|deno|lua)(?:\.exe)?['\"]?\s",
    re.IGNORECASE,
).search


def _find(passage: Passage) -> list[Replacement]:
    text = passage.text
    passage.work.spend(len(text))
    for kind, hint, pattern, function in _CALLS:
        if hint not in text:
            continue
        passage.work.spend(len(text))
        found = []
        for match in pattern.finditer(text):
            value = function(match["data"])
            if value is not None:
                found.append(_written(text, match.start(), match.end(), kind, value, match["q"]))
        if found:
            return found
    for pattern in _CHARACTERS:
        found = []
        for match in pattern.finditer(text):
            numbers = re.findall(rf"(?<!\w){_NUMBER}", match[0])
            codes = [int(number, 16) if number[:2] == "0x" else int(number) for number in numbers]
            value = "".join(map(chr, codes)) if all(9 <= code < 0xD800 for code in codes) else ""
            if value.strip():
                found.append(_written(text, match.start(), match.end(), "char-codes", value, _quote_at(text, match)))
        if found:
            return found
    return _coded_strings(passage) if _INTERPRETER(text) else []


def _quote_at(text: str, match: re.Match[str]) -> str:
    """The quote that does not close the shell's around it."""
    before = text[: match.start()]
    return "'" if before.count('"') % 2 else '"' if before.count("'") % 2 else "'"


def _coded_strings(passage: Passage) -> list[Replacement]:
    found = []
    for match in _CODED_STRING.finditer(passage.text):
        kind = coded_kind(match["data"])
        value = ansi_c_text(match["data"]) if kind else ""
        if kind and value.isprintable() and match["q"] not in value:
            found.append(Replacement.of(match.start("data"), match.end("data"), kind, value))
    if found:
        return found
    for match in _JOINED_STRINGS.finditer(passage.text):
        value = "".join(re.split(rf"{match['q']}\s*\+\s*{match['q']}", match[0][1:-1]))
        found.append(Replacement.of(match.start(), match.end(), "concatenation", f"{match['q']}{value}{match['q']}"))
    return found


_EXEC_BEFORE = re.compile(r"(?<![\w.$])(?:exec|eval)\s*\(\s*(?:compile\s*\(\s*)?\Z")
_EXEC_AFTER = re.compile(r"\s*\)").match


def _written(text: str, start: int, end: int, kind: str, value: str, quote: str) -> Replacement:
    """A literal of the same quotes, or the code itself where it is only executed."""
    run = _EXEC_BEFORE.search(text, max(0, start - 40), start)
    closing = _EXEC_AFTER(text, end)
    if run and closing and "compile" not in run[0]:
        return Replacement.of(run.start(), closing.end(), kind, value.strip())
    other = "'" if quote.endswith('"') else '"'
    if quote[-1] in value and other not in value and "\\" not in quote:
        surrounding = text.count(other, 0, start) % 2
        quote = quote if surrounding else other
    body = value.replace("\n", "\\n")
    return Replacement.of(start, end, kind, f"{quote}{body.replace(quote, chr(92) + quote)}{quote}")


_HINTS: Final = tuple(
    (word, re.compile(pattern or re.escape(word)).search)
    for word, pattern in (
        ("decode", "b64decode|base64_decode|decode_base64|decode64|decodebytes|decodestring|decodeURI|urldecode"),
        ("hex", "fromhex|unhexlify|a2b_hex|hex2bin|[\"']hex"),
        ("rot", "rot_?13"),
        ("hr", r"[cC]hr[wW]?\(|\bchr\b"),
        ("\\", r"\\[xu0-7]"),
        ("+", r"[\"']\s*\+\s*[\"']"),
        *((word, "") for word in ("base64", "atob", "pack", "unquote", "unescape", "::-1", "everse", "strrev")),
        *((word, "") for word in ("decompress", "CHR(", "fromCharCode", "bytes([")),
    )
)
"""A word that is looked for first, and what then must be there; one of them is in every text with a call to undo."""
_HAS_LITERAL: Final = re.compile(r"['\"(\[]").search


def _is_hinted(text: str) -> bool:
    return _HAS_LITERAL(text) is not None and any(word in text and search(text) for word, search in _HINTS)


LAYER: Final = LayerKind(hint=_is_hinted, find=_find)
