"""Instances of templates in binary XML, many at once and without parsing: where each has its values.

An instance is a reference to a template, the template itself where it is used first, then how many values there are,
their sizes and types, and the values one after the other.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

DEFINITION_BYTES = 24
"""What stands before the tokens of a template: the next template, its GUID, how many bytes of tokens."""

GUID_AT = 4
LENGTH_AT = 20

_FRAGMENT, _FRAGMENT_BYTES = 0x0001010F, 4
_INSTANCE = 0x010C
"""How binary XML begins: a fragment, which a nested one may leave out, and in it the instance of a template."""

_DEFINITION_AT = 6
_VALUES_AT = 10
_MAX_VALUES = 256


class Numbers:
    """Numbers at any places of a block; a place outside of it reads others that are in it."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._last = len(block) - 8
        self._views: dict[int, npt.NDArray[Any]] = {
            size: np.ndarray(len(block) - size + 1, f"<u{size}", block, strides=(1,)) for size in (1, 2, 4, 8)
        }

    def u1(self, places: Int64s) -> Int64s:
        return self._read(places, 1).astype(np.int64)

    def u2(self, places: Int64s) -> Int64s:
        return self._read(places, 2).astype(np.int64)

    def u4(self, places: Int64s) -> Int64s:
        return self._read(places, 4).astype(np.int64)

    def u8(self, places: Int64s) -> npt.NDArray[np.uint64]:
        return self._read(places, 8)

    def table(self, places: Int64s, width: int) -> npt.NDArray[np.uint32]:
        """So many numbers of 32 bits in a row from each place, which are all in the block: one line for each number."""
        rows = np.ndarray((len(self._block) - 4 * width + 1, width), "<u4", self._block, strides=(1, 4))
        return np.ascontiguousarray(rows[places].T)

    def different(self, starts: Int64s, stops: Int64s) -> tuple[list[bytes], Int64s]:
        """The different bytes that there are between ``starts`` and ``stops``, and which of them each is."""
        block, first, last = self._block, int(starts[0]), int(stops[0])
        size = last - first
        if (stops - starts == size).all():
            whole = np.ndarray(len(block) - size + 1, f"V{size}", block, strides=(1,))[starts] if size else b""
            if bytes(whole) == block[first:last] * len(starts):
                return [block[first:last]], np.zeros(len(starts), np.int64)
        found: dict[bytes, int] = {}
        places = zip(starts.tolist(), stops.tolist(), strict=True)
        which = [found.setdefault(block[start:stop], len(found)) for start, stop in places]
        return list(found), np.array(which)

    def _read(self, places: Int64s, size: int) -> npt.NDArray[Any]:
        return self._views[size][np.minimum(places, self._last + 8 - size)]


@dataclass(slots=True)
class Instances:
    """``is_usual``: one that is whole as far as its table of values; what the others say of theirs means nothing.

    ``definitions``: where the templates begin; ``values``: where the tables of values do; ``counts``: their lengths.
    """

    is_usual: Bools
    definitions: Int64s
    values: Int64s
    counts: Int64s

    @property
    def entries(self) -> Int64s:
        """Where the tables of sizes and types begin."""
        return self.values + 4

    def rows(self, which: Any) -> "Instances":
        return Instances(self.is_usual[which], self.definitions[which], self.values[which], self.counts[which])


def instances(numbers: Numbers, bodies: Int64s, ends: Int64s, chunks: Int64s, *, are_nested: bool) -> Instances:
    """Of the binary XML at ``bodies``, which goes to ``ends`` at most and is in the chunk that begins at ``chunks``."""
    has_fragment = numbers.u4(bodies) == _FRAGMENT
    bodies = bodies + has_fragment * _FRAGMENT_BYTES
    definitions = numbers.u4(bodies + _DEFINITION_AT) + chunks
    values = bodies + _VALUES_AT
    # Where the template itself stands in the record, the values come after it.
    values += (definitions == values) * (DEFINITION_BYTES + numbers.u4(definitions + LENGTH_AT))
    counts = numbers.u4(values)
    is_usual = (numbers.u2(bodies) == _INSTANCE) & (counts <= _MAX_VALUES) & (values + 4 + 4 * counts <= ends)
    return Instances(is_usual if are_nested else is_usual & has_fragment, definitions, values, counts)


def different(places: Int64s) -> tuple[list[int], Int64s]:
    """The different ones, and which of them each is."""
    ordered = places.copy()
    ordered.sort()
    is_first = np.ones(len(ordered), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    found = ordered[is_first]
    return found.tolist(), found.searchsorted(places)
