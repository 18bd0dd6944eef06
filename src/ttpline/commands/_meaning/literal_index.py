"""Which of thousands of short texts stand in a longer one, without trying them one by one."""

import re
import struct
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import numpy as np

_RUN: Final = 4
"""Bytes, so that a run is a number: many are cut and looked up at once."""
_GRAM: Final = 3
"""Characters."""
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
        if not group:
            return
        literals = [literal for literal, _ in group]
        ranks = _rarest(literals, "utf-32-le", 4, _GRAM, neighbours=1)
        runs = _rarest(literals, "utf-8", 1, _RUN, neighbours=2)
        for number, (literal, rank, at) in enumerate(zip(literals, ranks, runs, strict=True), len(self._literals)):
            self._ranks.append(_LAST if rank is None else rank)
            if at is None:
                self._short.append(number)
                continue
            data = literal.encode()
            for run in dict.fromkeys(_run_at(data, at) + _run_at(data, at + 1)):
                self._filed[run].append(number)
        self._literals += literals
        self._keys += [key for _, key in group]

    def find(self, text: str) -> list[tuple[int, str, Key]]:
        """``(first place, literal, key)`` of those that stand in ``text``, by the place of their rarest characters."""
        tried = self._short.copy() if self._has_short(text) else []
        data = text.encode("utf-8", "surrogatepass")
        for run in self._filed.keys() & (_cut(data) + _cut(data, 2)):
            tried += self._filed[run]
        if not tried:
            return []
        literals = self._literals
        places = {number: text.find(literals[number]) for number in tried}
        found = [number for number, place in places.items() if place >= 0]
        found.sort(key=lambda number: (places[number] + self._ranks[number], number))
        return [(places[number], literals[number], self._keys[number]) for number in found]


def _rarest(literals: Sequence[str], encoding: str, width: int, length: int, neighbours: int) -> list[int | None]:
    """Where in each literal the ``neighbours`` pieces of ``length`` units begin that are rarest in all literals; None
    in those that are too short. A unit has ``width`` bytes; a piece of them fits into 64 bits."""
    units = np.frombuffer("".join(literals).encode(encoding), f"<u{width}").astype(np.uint64)
    bits = np.uint64(8 if width == 1 else 21)
    if units.size < length:
        return [None] * len(literals)
    sizes = [len(literal.encode(encoding)) // width for literal in literals]
    pieces = np.zeros(units.size - length + 1, np.uint64)
    for place in range(length):
        pieces = pieces << bits | units[place : place + pieces.size]
    ends = np.cumsum(sizes)
    is_whole = np.ones(units.size, np.bool_)  # a piece that begins in one literal and ends in another is none
    for cut in range(1, length):
        is_whole[np.maximum(ends - cut, 0)] = False
    is_whole = is_whole[: pieces.size]
    _, inverse, counts = np.unique(pieces[is_whole], return_inverse=True, return_counts=True)
    often = np.zeros(pieces.size + neighbours, np.int64)
    often[np.flatnonzero(is_whole)] = counts[inverse]
    together = np.sum([often[shift : shift + pieces.size] for shift in range(neighbours)], axis=0)
    found: list[int | None] = []
    for end, size in zip(ends.tolist(), sizes, strict=True):
        last = end - length - neighbours + 2
        found.append(int(together[end - size : last].argmin()) if last > end - size else None)
    return found


_run_at: Final = struct.Struct("<I").unpack_from


@lru_cache(maxsize=512)  # one for each length of a text up to 2,048
def _runs(number: int) -> Callable[[bytes, int], tuple[Any, ...]]:
    return struct.Struct(f"<{number}I").unpack_from


def _cut(data: bytes, start: int = 0) -> tuple[Any, ...]:
    """The runs from ``start`` on, as many as there are."""
    return _runs((len(data) - start) // _RUN)(data, start) if len(data) > start else ()
