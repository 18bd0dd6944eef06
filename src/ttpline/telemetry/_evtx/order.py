"""What was read of a piece in one way and another, in order of the file again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ttpline.telemetry._event_rows import Place
from ttpline.telemetry._evtx.chunks import Piece, Records
from ttpline.telemetry._evtx.decoder import Decoded
from ttpline.telemetry._evtx.form import Part
from ttpline.telemetry._evtx.instances import Int64s
from ttpline.telemetry._evtx.records import NO_RECORD, event_of
from ttpline.telemetry._evtx.wheel import texts
from ttpline.telemetry._windows import WindowsEvent
from ttpline.telemetry._windows.created import Created, CreatedRows, joined

if TYPE_CHECKING:
    from evtx import PyEvtxParser


@dataclass(frozen=True, slots=True)
class _Skip:
    reason: str
    raw: bytes


def add_piece(piece: Piece, before: int, decoded: Decoded, events: CreatedRows, parser: "type[PyEvtxParser]") -> None:
    """Records and damage of ``piece`` to ``events``; ``before``: records in the pieces before it."""
    # Damage comes behind the record before it.
    single: list[tuple[int, int, WindowsEvent | _Skip, int]] = [
        (count, 1, _Skip(reason, raw), -1) for count, reason, raw in piece.damage
    ]
    records = piece.records
    if records is None:
        created = _NO_CREATIONS
    else:
        ordinals = records.ordinals
        for row, text in texts(piece, decoded.left, parser):
            event = event_of(text) if text is not None else None
            if event is not None and event.kind is None:
                continue
            at, size = records.at[row], records.sizes[row]
            single.append((int(ordinals[row]), 0, event or _Skip(NO_RECORD, piece.block[at : at + size]), row))
        for part in decoded.parts:
            if part.events is not None:
                rows = zip(part.rows.tolist(), part.events, strict=True)
                single += [(int(ordinals[row]), 0, event, row) for row, event in rows]
        created = _creations(records, decoded.parts, piece.start, before)
    done = 0
    for ordinal, _, what, row in sorted(single, key=lambda one: one[:2]):
        if isinstance(what, _Skip):
            events.rows.skip(before + max(ordinal, 1), what.reason, what.raw)
        elif records is not None:
            upto = int(np.searchsorted(created.rows, row))
            created.add(events, done, upto)
            done = upto
            events.add(what, _place(records, row, piece.start, before), b"")
    created.add(events, done, len(created.rows))


def _place(records: Records, row: int, start: int, before: int) -> Place:
    return Place(before + int(records.ordinals[row]), start + int(records.at[row]), int(records.sizes[row]))


@dataclass(frozen=True, slots=True)
class _Creations:
    """Process creations of a piece, if there are any, by the rows of its records."""

    rows: Int64s
    places: Int64s
    events: Created | None

    def add(self, to: CreatedRows, start: int, stop: int) -> None:
        if self.events is not None:
            to.add_created(self.places, self.events, start, stop)


def _creations(records: Records, parts: list[Part], start: int, before: int) -> _Creations:
    created = [part.created for part in parts if part.created is not None and len(part.rows)]
    if not created:
        return _NO_CREATIONS
    rows, events = np.concatenate([part.rows for part in parts if part.created is not None]), joined(created)
    if len(created) > 1:
        order = np.argsort(rows)
        rows, events = rows[order], events.of(order)
    places = np.array([records.ordinals[rows] + before, records.at[rows] + start, records.sizes[rows]])
    return _Creations(rows, places, events)


_NO_CREATIONS = _Creations(np.zeros(0, np.int64), np.zeros((3, 0), np.int64), None)
