"""Which of thousands of short texts stand in a longer one, without trying them one by one."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final, Generic, TypeVar

_RUN: Final = 4
"""Bytes, so that a run is a number: many are cut and looked up at once."""
_GRAM: Final = 3
_LAST: Final = 1 << 40
"""Where a literal of one or two characters is sorted: behind the others."""

Key = TypeVar("Key")


class LiteralIndex(Generic[Key]):
    """A text is cut into runs of four bytes, twice: from its first and from its third byte on. A literal is filed under
    two runs of its own that begin at neighbouring bytes, the rarest: wherever it stands, one of the cuttings gives one
    of them. Literals that are too short for that are searched for."""

    def __init__(self, *groups: Iterable[tuple[str, Key]]) -> None:
        self._literals: list[str] = []
        self._keys: list[Key] = []
        self._ranks: list[int] = []
        self._filed: defaultdict[int, list[int]] = defaultdict(list)
        self._short: list[int] = []
        for group in groups:
            self._add(list(group))
        short = [re.escape(self._literals[number]) for number in self._short]
        self._has_short = re.compile("|".join(short) or "(?!)").search

    def _add(self, group: list[tuple[str, Key]]) -> None:
        """What is rare is counted in each group for itself."""
        grams_often = Counter(gram for literal, _ in group for gram in _grams(literal))
        often = Counter(run for literal, _ in group for run in _all_runs(literal))
        for number, (literal, key) in enumerate(group, len(self._literals)):
            self._literals.append(literal)
            self._keys.append(key)
            rareness = [grams_often[gram] for gram in _grams(literal)]
            self._ranks.append(rareness.index(min(rareness)) if rareness else _LAST)
            runs = _all_runs(literal)
            if len(runs) < 2:
                self._short.append(number)
                continue
            at = min(range(len(runs) - 1), key=lambda at: often[runs[at]] + often[runs[at + 1]])
            for run in {runs[at], runs[at + 1]}:
                self._filed[run].append(number)

    def find(self, text: str) -> list[tuple[int, str, Key]]:
        """``(first place, literal, key)`` of those that stand in ``text``, by the place of their rarest characters."""
        tried = self._short.copy() if self._has_short(text) else []
        data = text.encode("utf-8", "surrogatepass")
        for run in self._filed.keys() & (_cut(data) + _cut(data[2:])):
            tried += self._filed[run]
        if not tried:
            return []
        literals = self._literals
        places = {number: text.find(literals[number]) for number in tried}
        found = [number for number, place in places.items() if place >= 0]
        found.sort(key=lambda number: (places[number] + self._ranks[number], number))
        return [(places[number], literals[number], self._keys[number]) for number in found]


def _grams(literal: str) -> list[str]:
    return [literal[at : at + _GRAM] for at in range(len(literal) - _GRAM + 1)]


def _all_runs(literal: str) -> list[int]:
    data = literal.encode()
    return [run for at in range(len(data)) for run in _cut(data[at : at + _RUN])]


def _cut(data: bytes) -> list[int]:
    return memoryview(data[: len(data) // _RUN * _RUN]).cast("I").tolist()
