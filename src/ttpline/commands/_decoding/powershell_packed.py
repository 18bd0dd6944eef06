"""Scripts packed with gzip or deflate and unpacked through ``IO.Compression`` streams."""

import re
from typing import Final

from ttpline.commands._decoding.base import LayerKind, Passage, Replacement
from ttpline.commands._decoding.bytes_as_text import as_text, base64_bytes, unpacked
from ttpline.commands._decoding.quoted import powershell_word

_PACKED = re.compile(
    r"new-object\s*\(?\s*(?:-typename\s+)?['\"]?(?:system\.)?io\.compression\.(gzip|deflate)stream|io\.compression\.(gzip|deflate)stream\]?::new",
    re.IGNORECASE,
).search
_FROM_BASE64 = re.compile(
    r"\[\s*(?:system\.)?convert\s*\]::\s*['\"]?frombase64string['\"]?\s*\(\s*\(?\s*(['\"])([A-Za-z0-9+/=\s]{16,})\1\s*\)?\s*\)",
    re.IGNORECASE,
)
_READ_TO_END = re.compile(r"\.\s*readtoend\s*\(\s*\)", re.IGNORECASE)


def _find_packed(passage: Passage) -> list[Replacement]:
    """``(New-Object IO.StreamReader((New-Object IO.Compression.GzipStream([IO.MemoryStream][Convert]::From…``."""
    text = passage.text
    if not _PACKED(text):
        return []
    encoded = _FROM_BASE64.search(text)
    if not encoded:
        return []
    packed = base64_bytes(encoded[2])
    plain = unpacked(packed) if packed else None
    script = as_text(plain) if plain else None
    ending = _READ_TO_END.search(text, encoded.end())
    if script is None:
        return []
    start, end = _around(text, encoded.start(), encoded.end(), ending.end() if ending else encoded.end())
    after = powershell_word(script.strip())
    held = re.compile(r"\$\w{1,64}\s*=\s*\Z").search(text, 0, start)
    if held and re.search(r"\b(?:iex|invoke-expression)\b", text[encoded.end() : end], re.IGNORECASE):
        start, after = held.start(), f"IEX {after}"
    return [Replacement(start, end, (("base64", after), ("gzip", after)))]


def _around(text: str, start: int, end: int, least: int) -> tuple[int, int]:
    """The expression around the packed bytes: from the bracket or ``New-Object`` that opens it to ``ReadToEnd()``."""
    depth = 0
    for place in range(start - 1, -1, -1):
        if text[place] == ")":
            depth += 1
        elif text[place] == "(":
            depth -= 1
        elif depth >= 0 and text[place] in ";|\n=":
            break
    opening = re.compile(r"[(\s&.$]*new-object", re.IGNORECASE)
    first = next((match.start() for match in opening.finditer(text, 0, start)), start)
    if text[first : first + 1] in (" ", "\t"):
        first += len(text[first:]) - len(text[first:].lstrip())
    balance = text.count("(", first, least) - text.count(")", first, least)
    while balance < 0 and text[first] != "(":
        break
    last = least
    while balance > 0 and text[last : last + 1] in (")", " "):
        balance -= text[last] == ")"
        last += 1
    while balance > 0 and text[first] == "(":
        first, balance = first + 1, balance - 1
    return first, max(last, end)


PACKED: Final = LayerKind(re.compile(r"compression", re.IGNORECASE).search, _find_packed)
