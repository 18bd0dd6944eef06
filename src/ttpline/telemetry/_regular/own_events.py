"""Our own events in JSON lines, many at once: what ``jsonl`` says of each line by itself."""

from collections.abc import Iterator

import polars as pl

from ttpline.columns.event_batch import event_frame
from ttpline.domain.event import EVENT_FIELDS, Origin
from ttpline.domain.event import Kind as Holds
from ttpline.telemetry._columns import zoned_times
from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._regular.places import ABSENT, Column
from ttpline.telemetry._regular.skeleton import Kind
from ttpline.telemetry._regular.table import Table

_KINDS = {
    Holds.TEXT: frozenset({Kind.TEXT}),
    Holds.INTEGER: frozenset({Kind.NUMBER}),
    Holds.BOOLEAN: frozenset({Kind.TRUE, Kind.FALSE}),
    Holds.TIME: frozenset({Kind.TEXT}),
    Holds.TEXTS: frozenset({Kind.LIST}),
    Holds.TEXT_OR_INTEGER: frozenset({Kind.TEXT, Kind.NUMBER}),
}
_SOURCE_TEXTS, _SOURCE_NUMBERS = ("format", "uri"), ("record", "offset", "length")
_ORIGINS = tuple(origin.value.encode() for origin in Origin)

_RESERVED = (b"\xf4\x8f\xbe", b"\xf4\x8f\xbf")
"""How the characters begin that stand for bytes in a column: a text that has them is not taken as it is."""


def _columns() -> Iterator[tuple[str, Column]]:
    for field in EVENT_FIELDS:
        if field.kind is not Holds.SOURCE:
            kinds = _KINDS[field.kind]
            yield field.name, Column((field.name,), kinds | ABSENT if field.nullable else kinds)
    for names, kind in ((_SOURCE_TEXTS, Kind.TEXT), (_SOURCE_NUMBERS, Kind.NUMBER)):
        for name in names:
            yield f"source.{name}", Column(("source", name), frozenset({kind}))


OWN_COLUMNS = dict(_columns())


def _named(*kinds: Holds) -> tuple[str, ...]:
    return tuple(field.name for field in EVENT_FIELDS if field.kind in kinds)


_TEXTS = (*_named(Holds.TEXT), *(f"source.{name}" for name in _SOURCE_TEXTS))
_NUMBERS = (*_named(Holds.INTEGER), *(f"source.{name}" for name in _SOURCE_NUMBERS))


def are_plain(data: bytes) -> bool:
    """Whether no text of ``data`` has a character that means another in a column."""
    return data.isascii() or not any(mark in data for mark in _RESERVED)


def own_events(table: Table) -> tuple[Int64s, pl.DataFrame] | None:
    """Lines of ``table``, and the event of each; None where sessions are numbers and texts, as one column holds one."""
    time, is_ours = table.stamps("time"), table.is_one_of("origin", _ORIGINS)
    is_ours &= time.is_not_null().to_numpy() | ~table.has("time")
    if not is_ours.all():
        table, time = table.where(is_ours), time.filter(pl.Series(is_ours))
    is_counted, is_named = table.is_a("session", Kind.NUMBER).any(), table.is_a("session", Kind.TEXT).any()
    if is_counted and is_named:
        return None
    columns = dict(table.texts(*_TEXTS, *(() if is_counted else ("session",))).to_dict())
    numbers = (*_NUMBERS, *(("session",) if is_counted else ()))
    columns |= dict(zip(numbers, table.integers(*numbers), strict=True))
    columns |= {name: table.flags(name) for name in _named(Holds.BOOLEAN)}
    columns |= {name: table.lists(name) for name in _named(Holds.TEXTS)}
    source = [columns.pop(f"source.{name}").alias(name) for name in (*_SOURCE_TEXTS, *_SOURCE_NUMBERS)]
    columns["source"] = pl.DataFrame(source).to_struct("source")
    columns["time"] = zoned_times(time)
    return table.lines, event_frame(dict(columns), len(table))
