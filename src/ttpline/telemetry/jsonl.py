"""``jsonl``: our own events, one JSON object a line, as ``ingest`` and ``classify --to jsonl`` write them."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from operator import attrgetter
from typing import Annotated, Any, BinaryIO, Literal

import msgspec
import numpy as np
import polars as pl

from ttpline.columns.event_batch import EVENT_SCHEMA, SOURCE_DTYPE, EventBatch, event_frame
from ttpline.domain.event import EVENT_FIELDS, EventField, Kind, Origin
from ttpline.domain.raw_text import decode
from ttpline.domain.skipped import SkipCounter, SkippedRecord
from ttpline.telemetry._columns import text_lists
from ttpline.telemetry._lines import LineBlock, LongLine, head_text, line_blocks, sample_of
from ttpline.telemetry._regular.lines import RegularLines
from ttpline.telemetry._regular.own_events import OWN_COLUMNS, are_plain, own_events
from ttpline.telemetry._regular.table import Table

Int64 = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
ZonedTime = Annotated[datetime, msgspec.Meta(tz=True)]


class SourceLine(msgspec.Struct, gc=False):
    """``source`` of an event; ours says more than the log's, so it is kept as it is."""

    format: str
    uri: str
    record: Int64
    offset: Int64
    length: Int64


_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.INTEGER: Int64,
    Kind.BOOLEAN: bool,
    Kind.TIME: ZonedTime,
    Kind.TEXTS: list[str],
    Kind.TEXT_OR_INTEGER: Int64 | str,
    Kind.SOURCE: SourceLine,
}


def _field(field: EventField) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = Literal[tuple(o.value for o in Origin)] if field.name == "origin" else _TYPES[field.kind]
    return (field.name, kind | None, None) if field.nullable else (field.name, kind)


EventLine: Any = msgspec.defstruct("EventLine", [_field(f) for f in EVENT_FIELDS], kw_only=True, gc=False)
"""One line of ``ingest``: made from ``EVENT_FIELDS``, so a new field needs no second place."""

ScoredLine: Any = msgspec.defstruct("ScoredLine", [("event", EventLine)], gc=False)
"""One line of ``classify``; only the event is read."""

_DECODE_EVENT = msgspec.json.Decoder(EventLine).decode
_DECODE_SCORED = msgspec.json.Decoder(ScoredLine).decode

_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_PATH = re.compile(r"at `(\$[^`]*)`")
_INDEX = re.compile(r"\[\d+\]")
_STARTS = re.compile(r'\{\s*"event(?:_id"\s*:\s*"|"\s*:\s*\{\s*"event_id")')

SURE = 0.99
SURE_FROM_START = 0.9
"""The first line is longer than what is sniffed, but begins as ours do."""

MOST_RUNS = 64
"""A block in which sessions change kind more often becomes one batch with sessions as text: each batch costs 1 ms."""

REMEDY = "write the file with ttpline ingest, or name its format with --from"


class UnreadableLineError(Exception):
    """Why a line is no event; never holds the line's own text, because reasons are counted by it."""


@dataclass(frozen=True, slots=True)
class JsonlReader:
    """An event that was read, written and read again is the same event, its ``source`` that of the first log."""

    name: str = "jsonl"
    description: str = "events as ttpline ingest or classify writes them"

    def sniff(self, head: bytes) -> float:
        text = head_text(head)
        lines = [line for line in text.split("\n") if line.strip()]
        if not lines:
            return 0.0
        try:
            _event_of(lines[0].encode(errors="replace"))
        except UnreadableLineError:
            return SURE_FROM_START if len(lines) == 1 and _STARTS.match(lines[0].lstrip()) else 0.0
        return SURE

    def claims_line(self, line: bytes) -> float:
        """Nearly sure of a whole event; of nothing else."""
        return self.sniff(line) if b'"event_id"' in line else 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        regular = RegularLines(OWN_COLUMNS)
        for block in line_blocks(stream):
            if isinstance(block, LongLine):
                yield _too_long(block, uri)
                continue
            table = regular.of(block) if are_plain(block.data) else None
            batch = None if table is None else _in_columns(block, uri, table)
            if batch is not None:
                yield batch
                continue
            if table is not None:
                regular.pause()
            yield from _batches(block, uri)


def _too_long(line: LongLine, uri: str) -> EventBatch:
    batch = EventBatch(event_frame({}, 0), records_read=1)
    batch.skipped.add(SkippedRecord(uri, line.record, "line of more than 1 MiB", line.sample, REMEDY))
    return batch


def _in_columns(block: LineBlock, uri: str, table: Table) -> EventBatch | None:
    """All events of ``block``, those of ``table`` at once; None where they make more than one batch."""
    found = own_events(table)
    if found is None:
        return None
    lines, frame = found
    if len(lines) == len(block):
        return EventBatch(frame, records_read=len(block))
    is_other = np.ones(len(block), np.bool_)
    is_other[lines] = False
    others = np.flatnonzero(is_other)
    places = zip(others.tolist(), block.starts[others].tolist(), block.stops[others].tolist(), strict=True)
    events, indices, skipped = _read(((index, block.data[start:stop]) for index, start, stop in places), block, uri)
    if events:
        singly = _frame(events)
        kinds = [one["session"].dtype for one in (frame, singly) if one["session"].null_count() < one.height]
        if len(set(kinds)) > 1 or len(_runs(events)) > 1:
            return None
        session = kinds[0] if kinds else pl.String
        alike = [one.with_columns(pl.col("session").cast(session)) for one in (frame, singly)]
        frame = pl.concat(alike)[np.argsort(np.concatenate([lines, np.array(indices, np.int64)]))]
    return EventBatch(frame, skipped, len(block))


def _batches(block: LineBlock, uri: str) -> Iterator[EventBatch]:
    events, _, skipped = _read(enumerate(block.lines), block, uri)
    *earlier, last = _runs(events)
    for run in earlier:
        yield EventBatch(_frame(run), records_read=len(run))
    yield EventBatch(_frame(last), skipped, len(block.lines) - sum(map(len, earlier)))


def _read(lines: Iterable[tuple[int, bytes]], block: LineBlock, uri: str) -> tuple[list[Any], list[int], SkipCounter]:
    """The events in ``lines``, in which of them each is, and what was skipped."""
    events: list[Any] = []
    indices: list[int] = []
    skipped = SkipCounter()
    for index, line in lines:
        try:
            # The hot path: our own event in plain JSON.
            events.append(_DECODE_EVENT(line))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            if not line.strip():
                continue
            try:
                if index in block.damaged:
                    raise UnreadableLineError("not UTF-16") from None
                events.append(_event_of(line))
            except UnreadableLineError as error:
                sample = sample_of(line)
                skipped.add(SkippedRecord(uri, block.first_record + index, str(error), sample, REMEDY))
                continue
        indices.append(index)
    return events, indices, skipped


def _runs(events: list[Any]) -> list[list[Any]]:
    """``events`` cut where ``session`` turns from numbers to text or back, so that each keeps its kind."""
    cuts, kind = [0], None
    for index, event in enumerate(events):
        if event.session is not None and type(event.session) is not kind:
            if kind is not None:
                cuts.append(index)
            kind = type(event.session)
    if len(cuts) > MOST_RUNS:
        return [events]
    return [events[start:stop] for start, stop in pairwise([*cuts, len(events)])]


def _event_of(line: bytes) -> Any:
    """The event in ``line``, whichever of the two shapes it has."""
    try:
        if _LONE_SURROGATE.search(line):
            return _with_surrogates(line)
        try:
            return _DECODE_EVENT(line)
        except msgspec.ValidationError as error:
            if b'"event"' not in line:
                raise UnreadableLineError(_reason(error)) from error
            return _DECODE_SCORED(line).event
    except msgspec.ValidationError as error:
        raise UnreadableLineError(_reason(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise UnreadableLineError("not JSON") from error
    except RecursionError as error:
        raise UnreadableLineError("JSON nested too deep") from error


def _with_surrogates(line: bytes) -> Any:
    """As the standard library reads it: it takes the lone surrogates that stand for bytes, msgspec does not."""
    row = json.loads(line)
    if not isinstance(row, dict):
        raise UnreadableLineError("not an event: no object")
    inner = row.get("event")
    event = inner if isinstance(inner, dict) else row
    _check_texts(event)
    return msgspec.convert(event, EventLine)


def _check_texts(value: Any) -> None:
    """``UnreadableLineError`` where a text of ``value`` is none that ``_text`` takes."""
    match value:
        case str():
            _text(value)
        case list():
            for item in value:
                _check_texts(item)
        case dict():
            for item in value.values():
                _check_texts(item)


def _text(text: str) -> str:
    """Text from JSON as text of a column; surrogates that stand for no byte are refused."""
    if text.isascii():
        return text
    try:
        return decode(text.encode(errors="surrogateescape"))
    except UnicodeEncodeError as error:
        raise UnreadableLineError("a lone surrogate stands for no byte") from error


def _reason(error: msgspec.ValidationError) -> str:
    """Bounded in variety: the place comes from our schema, the offending value is left out."""
    message = str(error)
    if "missing required field" in message:
        return "not an event: " + message.partition(" - at ")[0].replace("`", "")
    place = _PATH.search(message)
    return f"not an event: wrong value at {_INDEX.sub('[…]', place[1])}" if place else "not an event: no object"


def _frame(events: list[Any]) -> pl.DataFrame:
    columns = {field.name: _series(field, list(map(attrgetter(field.name), events))) for field in EVENT_FIELDS}
    return event_frame(dict(columns), len(events))


def _series(field: EventField, values: list[Any]) -> pl.Series:
    match field.kind:
        case Kind.SOURCE:
            numbers = {name: list(map(attrgetter(name), values)) for name in ("record", "offset", "length")}
            texts = {name: _texts(list(map(attrgetter(name), values))) for name in ("format", "uri")}
            return pl.DataFrame({**texts, **numbers}, schema=dict(SOURCE_DTYPE)).to_struct(field.name)
        case Kind.TEXT_OR_INTEGER:
            if {type(value) for value in values} <= {int, type(None)} and any(value is not None for value in values):
                return pl.Series(values, dtype=pl.Int64)
            return _texts([None if value is None else str(value) for value in values])
        case Kind.TEXTS:
            return text_lists(values, _texts)
        case Kind.TIME:
            # Without zone polars takes them four times faster; all are UTC by then.
            moments = [None if value is None else value.astimezone(UTC).replace(tzinfo=None) for value in values]
            return pl.Series(moments, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC")
        case Kind.TEXT:
            return _texts(values)
        case _:
            return pl.Series(values, dtype=EVENT_SCHEMA[field.name])


def _texts(values: list[str | None]) -> pl.Series:
    """One pass in C decides whether any needs a look: nearly all of a log is ASCII."""
    if not "".join(filter(None, values)).isascii():
        values = [None if value is None else _text(value) for value in values]
    return pl.Series(values, dtype=pl.String)


READER = JsonlReader()
