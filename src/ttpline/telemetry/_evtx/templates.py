"""Templates of a log, each parsed once: what comes again in another chunk is compared, which is ten times faster.

A chunk has its own copy of each template. They are the same but for the places of names: a name stands where a chunk
uses it first, in the template or before it.
"""

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._evtx.instances import DEFINITION_BYTES, GUID_AT, LENGTH_AT, Numbers
from ttpline.telemetry._evtx.plan import DataPlan, SystemPlan, data_plan, system_plan
from ttpline.telemetry._evtx.template import MAX_TEMPLATE_BYTES, Name, template

Plan = SystemPlan | DataPlan

_Key = tuple[bytes, int]
"""The GUID of a template and how many bytes of tokens it has."""

FREE_PARSES = 32
RECORDS_A_PARSE = 32
"""Parsing a template costs as much as giving so many records to the parser of the package."""

_SHAPES_A_TEMPLATE = 8
_MAX_TEMPLATES = 1024
_MAX_COPIES = 256
_MAX_PARSED = 256

_LINK_BYTES = 6
"""Before a name stand the place of another and a hash, which mean nothing here."""


class _Shape:
    """One template with its names at certain places: what it means, and whether another is the same."""

    def __init__(self, body: bytes, names: list[Name], plan: Plan | None) -> None:
        self.plan = plan
        self._mask = np.full(len(body), 0xFF, np.uint8)
        for name in names:
            self._mask[name.at : name.at + 4 + (_LINK_BYTES if name.is_here else 0)] = 0
        self._masked = (np.frombuffer(body, np.uint8) & self._mask).tobytes()
        self._at = np.array([name.at for name in names], dtype=np.int64)
        self._is_here = np.array([name.is_here for name in names], dtype=np.bool_)
        # Of the references to equal names that stand elsewhere all go to the place where the first goes.
        firsts: dict[str, int] = {}
        first_of = [at if name.is_here else firsts.setdefault(name.name, at) for at, name in enumerate(names)]
        self._first_of = np.array(first_of, dtype=np.int64)
        raws = ((first, name.encode("utf-16-le")) for name, first in firsts.items())
        self._names = [(first, (len(raw) // 2).to_bytes(2, "little") + raw) for first, raw in raws]

    def is_same(self, block: bytes, numbers: Numbers, start: int, chunk: int, chunk_end: int) -> bool:
        """Whether the tokens at ``start`` of ``block`` are these, with names that say the same."""
        body: npt.NDArray[Any] = np.frombuffer(block, np.uint8, len(self._masked), start)
        if (body & self._mask).tobytes() != self._masked:
            return False
        places = numbers.u4(self._at + start)
        is_here = places == self._at + (start + 4 - chunk)
        if (is_here != self._is_here).any() or (places != places[self._first_of]).any():
            return False
        for first, name in self._names:
            place = chunk + int(places[first]) + _LINK_BYTES
            if place + len(name) + 2 > chunk_end or not block.startswith(name, place):
                return False
        return True

    def elsewhere(self, numbers: Numbers, start: int) -> list[tuple[int, bytes]]:
        """Where in the chunk the names that the tokens at ``start`` refer to stand, and what is there."""
        places = numbers.u4(self._at + start)
        return [(int(places[first]) + _LINK_BYTES, name) for first, name in self._names]


class _Parsed:
    """The templates of all readings: the logs of a folder have the same ones, each in many of them."""

    def __init__(self) -> None:
        self._shapes: dict[_Key, list[_Shape]] = {}
        self._count = 0

    def shape(self, key: _Key, block: bytes, numbers: Numbers, place: int, chunk: int, chunk_end: int) -> _Shape | None:
        """Of the template at ``place``, which is in the chunk; None where it is not plain."""
        start, stop = place + DEFINITION_BYTES, place + DEFINITION_BYTES + key[1]
        for known in self._shapes.get(key, ()):
            if known.is_same(block, numbers, start, chunk, chunk_end):
                return known
        found = template(block, place, chunk, chunk_end)
        if found is None:
            return None
        root, names = found
        shape = _Shape(block[start:stop], names, system_plan(root) or data_plan(root))
        if self._count == _MAX_PARSED:
            self._shapes, self._count = {}, 0
        shapes = self._shapes.setdefault(key, [])
        if len(shapes) < _SHAPES_A_TEMPLATE:
            shapes.append(shape)
            self._count += 1
        return shape


_PARSED = _Parsed()


class Templates:
    """The plans of one reading. Equal ones are one object."""

    def __init__(self) -> None:
        self.records = 0
        """How many were read by these plans."""
        self._parses = 0
        self._shapes: defaultdict[_Key, list[tuple[_Shape, Plan | None]]] = defaultdict(list)
        self._plans: dict[Plan, Plan] = {}
        self._copies: dict[tuple[int, _Key], tuple[bytes, Plan | None, list[tuple[int, bytes]]]] = {}
        """The same bytes at the same place of a chunk: most chunks begin alike."""

    def plan(self, block: bytes, numbers: Numbers, place: int, chunk: int, chunk_end: int) -> Plan | None:
        """Of the template at ``place`` of ``block``, which is in the chunk from ``chunk`` to ``chunk_end``."""
        start = place + DEFINITION_BYTES
        if place < chunk or start > chunk_end:
            return None
        length = int.from_bytes(block[place + LENGTH_AT : start], "little")
        if length > min(MAX_TEMPLATE_BYTES, chunk_end - start):
            return None
        key = block[place + GUID_AT : place + LENGTH_AT], length
        copy = start - chunk, key
        if (known := self._copies.get(copy)) is not None:
            tokens, plan, names = known
            if block.startswith(tokens, start) and all(
                block.startswith(name, chunk + at) and chunk + at + len(name) + 2 <= chunk_end for at, name in names
            ):
                return plan
        shapes = self._shapes[key]
        for shape, plan in shapes:
            if shape.is_same(block, numbers, start, chunk, chunk_end):
                if len(self._copies) < _MAX_COPIES:
                    self._copies[copy] = block[start : start + length], plan, shape.elsewhere(numbers, start)
                return plan
        if self._parses > FREE_PARSES + self.records // RECORDS_A_PARSE:
            return None
        self._parses += 1  # be it known from another log: how one is read does not depend on others
        new = _PARSED.shape(key, block, numbers, place, chunk, chunk_end)
        if new is None:
            return None
        plan = None if new.plan is None else self._plans.setdefault(new.plan, new.plan)
        if len(self._shapes) > _MAX_TEMPLATES:
            self._shapes.clear()
        if len(shapes) < _SHAPES_A_TEMPLATE:
            shapes.append((new, plan))
        return plan
