"""Commands read from binary XML without the parser of the package, many records at once.

Only what is as Windows writes it is read: an instance of a template with a system part, the fields in it or in a
template of their own, values of the usual types and sizes. All other records are left.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from ttpline.telemetry._evtx.chunks import CHUNK_BYTES, Piece, Records
from ttpline.telemetry._evtx.form import Form, Part
from ttpline.telemetry._evtx.instances import Bools, Instances, Int64s, Numbers, different, instances
from ttpline.telemetry._evtx.plan import DataPlan, SystemPlan
from ttpline.telemetry._evtx.templates import Plan, Templates
from ttpline.telemetry._evtx.values import Values, values

_MAX_FORMS = 16
_FEW_FORMS, _FEW_RECORDS = 4, 4
"""Forms of events that are read in a piece. Each has its price: of many forms, those with few records are left."""

_MAX_DEFINITIONS = 256
"""Templates looked at in a piece."""

P = TypeVar("P", bound=Plan)


@dataclass(slots=True)
class Decoded:
    """``parts``: what was read, by forms; ``left``: rows that were not."""

    parts: list[Part] = field(default_factory=list)
    left: Int64s = field(default_factory=lambda: np.zeros(0, np.int64))


class Decoder:
    """Reads pieces of one log, one after the other."""

    def __init__(self) -> None:
        self._templates = Templates()

    def read(self, piece: Piece) -> Decoded:
        """What ``piece.records`` say."""
        found = Decoded()
        records, numbers = piece.records, piece.numbers
        if records is None or numbers is None:
            return found
        is_left = np.ones(len(records), np.bool_)
        for rows, plan, system in self._systems(piece.block, numbers, records):
            for inner, data_plan, data in self._datas(piece.block, numbers, records, rows, plan, system):
                is_plain = system.is_plain[inner] & data.is_plain
                kept = inner
                if not is_plain.all():
                    kept, data = inner[is_plain], data.of(is_plain)
                if len(kept) < len(rows):
                    system_kept, rows_kept = system.of(kept), rows[kept]
                else:
                    system_kept, rows_kept = system, rows
                form = Form(piece.block, numbers, rows_kept, plan, system_kept, data_plan, data)
                for part in form.parts() if len(kept) else ():
                    is_left[part.rows] = False
                    found.parts.append(part)
        found.left = np.flatnonzero(is_left)
        self._templates.records += len(records) - len(found.left)
        return found

    def _systems(self, block: bytes, numbers: Numbers, records: Records) -> Iterator[tuple[Int64s, SystemPlan, Values]]:
        """Rows with equal templates and as many values."""
        rows = np.flatnonzero(records.is_sound & _in_chunk(records.found, records.chunks))
        ends = records.at + records.sizes - 4
        for which, plan in self._by_plan(block, numbers, records.found.rows(rows), SystemPlan):
            part = rows[which]
            counts = records.found.counts[part]
            count = int(counts[0])
            part = part[counts == count]
            if count > plan.most:
                yield part, plan, values(numbers, records.found.rows(part), count, ends[part], plan.nested)

    def _datas(
        self, block: bytes, numbers: Numbers, records: Records, rows: Int64s, plan: SystemPlan, system: Values
    ) -> Iterator[tuple[Int64s, DataPlan, Values]]:
        """Of these rows those with equal fields, as places in ``rows``."""
        if plan.fields is not None:
            yield np.arange(len(rows)), plan.fields, system
        if plan.nested is None:
            return
        bodies, ends = system.starts[plan.nested], system.stops[plan.nested]
        chunks = records.chunks[rows]
        found = instances(numbers, bodies, ends, chunks, are_nested=True)
        usual = np.flatnonzero(system.is_plain & _in_chunk(found, chunks))
        for which, data_plan in self._by_plan(block, numbers, found.rows(usual), DataPlan):
            part = usual[which]
            count = int(found.counts[part[0]])
            part = part[found.counts[part] == count]
            if count > data_plan.most:
                yield part, data_plan, values(numbers, found.rows(part), count, ends[part], None)

    def _by_plan(self, block: bytes, numbers: Numbers, found: Instances, kind: type[P]) -> Iterator[tuple[Int64s, P]]:
        places, which = different(found.definitions)
        plans: dict[int, P] = {}  # equal ones are one object
        plan_of = np.full(len(places), -1)
        for at, place in enumerate(places[:_MAX_DEFINITIONS]):
            chunk = place - place % CHUNK_BYTES
            plan = self._templates.plan(block, numbers, place, chunk, min(chunk + CHUNK_BYTES, len(block)))
            if isinstance(plan, kind) and (id(plan) in plans or len(plans) < _MAX_FORMS):
                plans[id(plan)] = plan
                plan_of[at] = list(plans).index(id(plan))
        of_plan = plan_of[which]
        for number, plan in enumerate(plans.values()):
            rows = np.flatnonzero(of_plan == number)
            if len(rows) >= _FEW_RECORDS or len(plans) <= _FEW_FORMS:
                yield rows, plan


def _in_chunk(found: Instances, chunks: Int64s) -> Bools:
    """Usual ones whose template begins in their own chunk."""
    return found.is_usual & (found.definitions < chunks + CHUNK_BYTES)
