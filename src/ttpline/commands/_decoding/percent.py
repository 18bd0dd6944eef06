"""Addresses whose letters are written as percent codes: ``http://192.0.2.7/%63%6d%64``.

A blank, a slash or a sign has to be written so in an address and stays; a letter or a digit never has to.
"""

import re
from typing import Final

from ttpline.commands._decoding.base import LayerKind, Passage, Replacement

_ADDRESS = re.compile(r"https?://[^\s'\"<>|`]{1,2000}", re.IGNORECASE)
_CODE = re.compile(r"%([2-7][0-9A-Fa-f])")
_LEAST_CODES: Final = 2


def _find(passage: Passage) -> list[Replacement]:
    found = []
    for match in _ADDRESS.finditer(passage.text):
        codes = [chr(int(code, 16)) for code in _CODE.findall(match[0])]
        if sum(character.isalnum() for character in codes) >= _LEAST_CODES:
            found.append(Replacement.of(match.start(), match.end(), "percent", _CODE.sub(_character, match[0])))
    return found


def _character(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character.isalnum() or character in "/._-" else match[0]


LAYER: Final = LayerKind(re.compile(r"%[2-7][0-9A-Fa-f]").search, _find)
