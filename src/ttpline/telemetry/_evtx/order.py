"""What was read of a piece in one way and another, in order of the file again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ttpline.telemetry._event_rows import Place
from ttpline.telemetry._evtx.chunks import Piece, Records
from ttpline.telemetry._evtx.decoder import Decoded
from ttpline.telemetry._evtx.form import Part
from ttpline.telemetry._evtx.instances import Int64s
from ttpline.telemetry._evtx.records import NO_RECORD, event_of
from ttpline.telemetry._evtx.wheel import texts
from ttpline.telemetry._windows import WindowsEvent
from ttpline.telemetry._windows.created import CreatedRows

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
        created = _Created(np.zeros(0, np.int64), np.zeros((3, 0), np.int64), {})
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
        created = _created(records, [part for part in decoded.parts if part.columns is not None], piece.start, before)
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


@dataclass(slots=True)
class _Created:
    """Process creations of a piece, by the rows of its records."""

    rows: Int64s
    places: Int64s
    columns: dict[str, list[Any]]

    def add(self, events: CreatedRows, start: int, stop: int) -> None:
        if start == 0 and stop == len(self.rows) > 0:
            events.add_created(self.places, self.columns)
        elif start < stop:
            columns = {name: column[start:stop] for name, column in self.columns.items()}
            events.add_created(self.places[:, start:stop], columns)


def _created(records: Records, parts: list[Part], start: int, before: int) -> _Created:
    if not parts:
        return _Created(np.zeros(0, np.int64), np.zeros((3, 0), np.int64), {})
    rows = np.concatenate([part.rows for part in parts])
    columns = parts[0].columns or {}
    if len(parts) > 1:
        order = np.argsort(rows)
        rows = rows[order]
        joined = {name: [value for part in parts for value in (part.columns or {})[name]] for name in columns}
        columns = {name: [column[at] for at in order.tolist()] for name, column in joined.items()}
    places = np.array([records.ordinals[rows] + before, records.at[rows] + start, records.sizes[rows]])
    return _Created(rows, places, columns)
