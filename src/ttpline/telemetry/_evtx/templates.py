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

FREE_PARSES = 32
RECORDS_A_PARSE = 32
"""Parsing a template costs as much as giving so many records to the parser of the package."""

_SHAPES_A_TEMPLATE = 8
_MAX_TEMPLATES = 1024
_MAX_COPIES = 256

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


class Templates:
    """The plans of one reading. Equal ones are one object."""

    def __init__(self) -> None:
        self.records = 0
        """How many were read by these plans."""
        self._parses = 0
        self._shapes: defaultdict[tuple[bytes, int], list[_Shape]] = defaultdict(list)
        self._plans: dict[Plan, Plan] = {}
        self._copies: dict[tuple[int, bytes], tuple[Plan | None, list[tuple[int, bytes]]]] = {}
        """The same bytes at the same place of a chunk: most chunks begin alike."""

    def plan(self, block: bytes, numbers: Numbers, place: int, chunk: int, chunk_end: int) -> Plan | None:
        """Of the template at ``place`` of ``block``, which is in the chunk from ``chunk`` to ``chunk_end``."""
        start = place + DEFINITION_BYTES
        if place < chunk or start > chunk_end:
            return None
        length = int.from_bytes(block[place + LENGTH_AT : start], "little")
        if length > min(MAX_TEMPLATE_BYTES, chunk_end - start):
            return None
        copy = start - chunk, block[start : start + length]
        if (known := self._copies.get(copy)) is not None and all(
            block.startswith(name, chunk + at) and chunk + at + len(name) + 2 <= chunk_end for at, name in known[1]
        ):
            return known[0]
        shapes = self._shapes[block[place + GUID_AT : place + LENGTH_AT], length]
        for shape in shapes:
            if shape.is_same(block, numbers, start, chunk, chunk_end):
                if len(self._copies) < _MAX_COPIES:
                    self._copies[copy] = shape.plan, shape.elsewhere(numbers, start)
                return shape.plan
        if self._parses > FREE_PARSES + self.records // RECORDS_A_PARSE:
            return None
        self._parses += 1
        found = template(block, place, chunk, chunk_end)
        if found is None:
            return None
        root, names = found
        plan: Plan | None = system_plan(root) or data_plan(root)
        if plan is not None:
            plan = self._plans.setdefault(plan, plan)
        if len(self._shapes) > _MAX_TEMPLATES:
            self._shapes.clear()
        if len(shapes) < _SHAPES_A_TEMPLATE:
            shapes.append(_Shape(block[start : start + length], names, plan))
        return plan
