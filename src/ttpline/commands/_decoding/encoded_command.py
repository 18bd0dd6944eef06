"""PowerShell's ``-EncodedCommand`` in every abbreviation: base64 of UTF-16LE, wherever PowerShell is started.

``powershell -nop -enc SQBFAFgA…`` becomes ``powershell -nop -Command IEX…``; the script stands as it is.
"""

import re
from typing import Final

from ttpline.commands._decoding.base import LayerKind, Passage, Replacement
from ttpline.commands._decoding.bytes_as_text import as_text, base64_bytes, utf16_text

_DASH = r"[-/\u2013\u2014\u2015]"
_OPTION = re.compile(
    rf"(?<![\w-]){_DASH}+[\"']?(?P<name>e(?:c|n(?:c(?:o(?:d(?:e(?:d(?:c(?:o(?:m(?:m(?:a(?:n(?:d)?)?)?)?)?)?)?)?)?)?)?)?)?)"
    r"[\"']?(?:\s+|\s*:\s*)(?P<quote>['\"]?)(?P<data>[A-Za-z0-9+/]{4,}(?:\s?[A-Za-z0-9+/]{1,}){0,3}={0,2})(?P=quote)(?![\w+/=]|[\"']\s*\+)",
    re.IGNORECASE,
)
_POWERSHELL = re.compile(r"powershell|pwsh|\bposh\b|\bps1\b", re.IGNORECASE).search
_WORDS: Final = re.compile(r"[A-Za-z]{2}").search


def _find(passage: Passage) -> list[Replacement]:
    text = passage.text
    found = []
    is_named = _POWERSHELL(text) is not None
    for match in _OPTION.finditer(text):
        data = match["data"]
        if not is_named and len(data) < 24:
            continue
        script = encoded_script(data)
        if script is None:
            data = data.split()[0]
            script = encoded_script(data)
        if script is None:
            continue
        end = match.end() if data == match["data"] else match.start("data") + len(data)
        script = script.strip()
        if "'" in script and text.count("'", 0, match.start()) % 2:
            script = script.replace("'", "''")  # inside of a string that PowerShell may run
        found.append(Replacement.of(match.start(), end, "base64", "-Command " + script))
    return found


def encoded_script(data: str) -> str | None:
    """The script of an ``-EncodedCommand``; plain UTF-8 is taken where it is longer text, as attackers mistake it."""
    decoded = base64_bytes(data)
    if decoded is None:
        return None
    text = utf16_text(decoded) if decoded[1::2].count(0) > len(decoded) // 4 else None
    if text is None and len(decoded) >= 8:
        text = as_text(decoded)
    return text if text and text.isprintable() | ("\n" in text or "\t" in text) and _WORDS(text) else None


_HINT: Final = re.compile(rf"{_DASH}[\"']?[eE](?:[cCnN][A-Za-z]{{0,13}})?[\"']?[\s:]").search
LAYER: Final = LayerKind(hint=_HINT, find=_find)
