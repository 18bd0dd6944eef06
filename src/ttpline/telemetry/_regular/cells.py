"""What stands in many places of a scan: the texts there, and whether they are some bytes."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import polars as pl

from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._regular.places import Places
from ttpline.telemetry._regular.scan import CODED, DROPPED, WORD, Mask, Scan
from ttpline.telemetry._regular.skeleton import Kind

_DROPPED, _CODED = chr(DROPPED), chr(CODED)
_NO_ROWS = np.zeros(0, np.int64)
_START, _SIZE = pl.col("start"), pl.col("size")


def cut(scan: Scan, columns: Sequence[Places], wanted: Sequence[Mask], *, is_plain: bool) -> list[pl.Series]:
    """The bytes of each value as text, null where it is not ``wanted``; all at once, as each call has its price."""
    if not columns:
        return []
    given = {
        "start": np.concatenate([places.starts for places in columns]),
        "size": np.concatenate([places.stops - places.starts for places in columns]),
    }
    cell = pl.lit(scan.cell(is_plain=is_plain)).bin.slice(_START, _SIZE).cast(pl.String)
    every = np.concatenate(wanted)
    if not len(every):
        return [pl.Series([], dtype=pl.String) for _ in columns]
    if not every.all():
        given["wanted"] = every
        cell = pl.when(pl.col("wanted")).then(cell)
    tall, rows = pl.DataFrame(given).select(cell=cell).to_series(), len(columns[0].starts)
    return [tall.slice(at * rows, rows) for at in range(len(columns))]


def texts_at(scan: Scan, lines: Int64s, columns: Mapping[str, Places], nothing: frozenset[str]) -> dict[str, pl.Series]:
    """Texts, and numbers by their digits; null where there is none or it is in ``nothing``. ``lines``: of each row."""
    says = [places.is_a(Kind.TEXT, Kind.NUMBER) for places in columns.values()]
    written = {one.encode() for one in nothing} | {one.replace("/", r"\/").encode() for one in nothing}
    for places, mask in zip(columns.values(), says, strict=True):
        for text in written:
            mask &= ~equals(scan, places, text)
    cells = dict(zip(columns, cut(scan, list(columns.values()), says, is_plain=True), strict=True))
    for key, places in columns.items():
        if len(rows := np.flatnonzero(is_escaped(scan, lines, places))):
            cell = _replaced(cells[key], rows)
            if scan.has_codes:
                cell = _decoded(scan, cell, places)
                cell = cell.set(cell.is_in(list(nothing)).fill_null(False), None)
            cells[key] = cell
    return cells


def value_at(scan: Scan, places: Places) -> Any:
    """What all rows have there: a text, a number, a list of texts or None."""
    if not len(places.starts):
        return None
    text = scan.raw[places.starts[0] : places.stops[0]].tobytes()
    if places.kinds is Kind.TEXT:
        return msgspec.json.decode(b'"%b"' % text)
    return msgspec.json.decode(text) if places.kinds in (Kind.NUMBER, Kind.LIST) else None


def equals(scan: Scan, places: Places, text: bytes) -> Mask:
    """Whether the bytes of the value are these."""
    if places.is_same and len(places.starts) > 1:
        return np.broadcast_to(equals(scan, places.first, text), len(places.starts)).copy()
    found = np.asarray(places.stops - places.starts == len(text))
    return found & begins(scan, places.starts, text) if text and found.any() else found


def begins(scan: Scan, starts: Int64s, text: bytes) -> Mask:
    """Where there are as many bytes as that and more."""
    found = np.ones(len(starts), np.bool_)
    last = len(scan.words) - 1
    for at in range(0, len(text), WORD):
        part = text[at : at + WORD]
        words = scan.words[np.minimum(starts + at, last)]
        if len(part) < WORD:
            words = words & np.uint64((1 << 8 * len(part)) - 1)
        found &= words == np.uint64(int.from_bytes(part, "little"))
    return found


def is_escaped(scan: Scan, lines: Int64s, places: Places) -> Mask:
    """Which of the values have an escape."""
    found, escapes = np.zeros(len(lines), np.bool_), scan.escapes
    rows = np.flatnonzero(scan.escaped_lines[lines]) if escapes.size else _NO_ROWS
    if rows.size:
        starts, stops = places.starts[rows], places.stops[rows]
        first = escapes.take(np.searchsorted(escapes, starts), mode="clip")
        found[rows] = (first >= starts) & (first < stops)
    return found


def _replaced(cell: pl.Series, rows: Int64s) -> pl.Series:
    """Without the backslashes of escapes, which ``rows`` have."""
    if len(rows) * 2 > len(cell):
        return cell.str.replace_all(_DROPPED, "", literal=True)
    return cell.scatter(rows, cell.gather(rows).str.replace_all(_DROPPED, "", literal=True))


def _decoded(scan: Scan, cell: pl.Series, places: Places) -> pl.Series:
    """With each ``\\u`` as it is meant."""
    rows = cell.str.contains(_CODED, literal=True).fill_null(False).arg_true()
    if not len(rows):
        return cell
    raw, spans = scan.raw, zip(places.starts[rows].tolist(), places.stops[rows].tolist(), strict=True)
    meant = [msgspec.json.decode(b'"%b"' % raw[start:stop].tobytes()) for start, stop in spans]
    return cell.scatter(rows, pl.Series(meant, dtype=pl.String))
