"""The reader that all JSON formats share: objects one a line, in an array, printed over lines, in search exports."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Any, BinaryIO, cast

import msgspec
import numpy as np

from ttpline.columns.event_batch import EventBatch
from ttpline.telemetry._event_columns import EventColumns
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.damage import objects_in, without_cut_end
from ttpline.telemetry._json.documents import Document, documents, held
from ttpline.telemetry._json.shape import Shape, UnreadableRecordError
from ttpline.telemetry._lines import Int64s, LineBlock, LongLine, head_text, line_blocks
from ttpline.telemetry._peekable import Peekable
from ttpline.telemetry._regular.lines import RegularLines
from ttpline.telemetry._regular.table import Table
from ttpline.telemetry.base import FOREIGN

SNIFFED_RECORDS = 20
FIRST_LINES = 5
REMEDY = "name the format with --from, or look at the record"
_BLANK = b" \t\r\0"
_BRACKETS = b"[]{},"
_GLUE = b" \t\r,\0\x1e"


def unwrapped(record: Any) -> Any:
    """What an export put its own object around: Elastic (``_source``), Splunk (``result``, ``_raw``), containers.

    >>> unwrapped({"_index": "a", "_source": {"b": 1}}), unwrapped({"result": {"_raw": '{"b": 1}'}})
    ({'b': 1}, {'b': 1})
    """
    for _ in range(3):
        if not isinstance(record, dict):
            return record
        inner = record.get("_source", record.get("result"))
        if isinstance(inner, dict):
            record = inner
            continue
        held = record.get("_raw", record.get("log"))
        if held is None and isinstance(record.get("properties"), dict):  # Azure Monitor: AKS writes kube-audit so
            held = record["properties"].get("log")
        if not isinstance(held, str) or not held.lstrip().startswith("{"):
            return record
        try:
            record = msgspec.json.decode(held)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return record
    return record


@lru_cache(maxsize=4)
def _head_records(head: bytes) -> tuple[dict[str, Any], ...]:
    """The first whole objects of a file; all JSON readers look at the same ones."""
    text = head_text(head).lstrip("\0 \t\r\n")
    if text[:1] not in ("{", "["):
        return ()
    found: list[dict[str, Any]] = []
    cut: dict[str, Any] | None = None
    for document in documents(cast(BinaryIO, BytesIO(text.encode(errors="replace")))):
        if len(found) == SNIFFED_RECORDS:
            break
        try:
            record = msgspec.json.decode(document.raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            cut = cut or without_cut_end(document.raw)
            continue
        if isinstance(record, dict):
            found.append(record)
    if not found and cut is not None:  # one record that is longer than what is looked at
        found.append(cut)
    return tuple(found)


@lru_cache(maxsize=4)
def _first_object(head: bytes) -> dict[str, Any] | None:
    """The first object of a file as far as it is there, where others stand in a list in it."""
    text = head_text(head).lstrip("\0 \t\r\n").encode(errors="replace")
    if not text.startswith(b"{"):
        return None
    first = next(documents(cast(BinaryIO, BytesIO(text)), lambda _: True), None)
    if first is None:
        return None
    try:
        record = msgspec.json.decode(first.raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return without_cut_end(first.raw)
    return record if isinstance(record, dict) else None


@lru_cache(maxsize=4)
def _one_object(line: bytes) -> dict[str, Any] | None:
    """The object that ``line`` is, as nearly every line of a JSON log is one; all JSON readers look at the same."""
    try:
        record = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


@dataclass(frozen=True, slots=True)
class JsonReader:
    """A ``TelemetryReader`` for one ``shape`` of record."""

    name: str
    description: str
    shape: Shape = field(repr=False)

    def sniff(self, head: bytes) -> float:
        records = _head_records(head)
        if not records:
            return 0.0
        first = _first_object(head)
        sure = sum(self._sureness(record) for record in records) / len(records)
        if not sure and first is not None:
            sure = self._sureness(first)
        return round(sure, 3)

    def _sureness(self, record: dict[str, Any]) -> float:
        inner = unwrapped(record)
        return self.shape.sniff(inner) if isinstance(inner, dict) else 0.0

    def claims_line(self, line: bytes) -> float:
        """How sure it is that ``line``, out of a file of several formats, is its own."""
        if not line.lstrip(_BLANK).startswith(b"{") or not _owner(self.shape)(line):
            return 0.0
        record = _one_object(line)
        return self.sniff(line) if record is None else round(self._sureness(record), 3)

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        return _Reading(self, uri).batches(stream)


def _owner(shape: Shape) -> Callable[[bytes], bool]:
    found: Callable[[bytes], bool] | None = getattr(shape, "is_own", None)
    return found if found is not None else lambda raw: shape.mark in raw


class _Reading:
    def __init__(self, reader: JsonReader, uri: str) -> None:
        self._reader = reader
        self._shape = reader.shape
        self._decode = msgspec.json.Decoder(reader.shape.record).decode
        self._is_own = _owner(reader.shape)
        self._rows = _Rows(reader.name, uri, REMEDY)
        self._may_be_command = getattr(reader.shape, "may_be_command", None) or _marked(reader.shape.command_marks)
        self._loosely = getattr(reader.shape, "loosely", None) or self._converted
        opened = getattr(reader.shape, "opened", None)
        self._sink = self._rows if opened is None else opened(self._rows)
        columns = getattr(reader.shape, "columns", None)
        self._regular = None if columns is None else RegularLines(columns)

    def batches(self, stream: BinaryIO) -> Iterator[EventBatch]:
        peek = getattr(stream, "peek", None)
        if peek is None:
            stream = cast(BinaryIO, Peekable(stream))
            peek = stream.peek  # type: ignore[attr-defined]
        if _is_lines(peek(1 << 16)):
            yield from self._lines(stream)
        else:
            for document in documents(stream, lambda record: self._sniff(record) > 0):
                self._rows.count()
                self._document(document)
                yield from self._sink.full()
        yield from self._sink.rest()

    def _converted(self, record: dict[str, Any]) -> Any:
        return msgspec.convert(record, self._shape.record, strict=False)

    def _document(self, document: Document) -> None:
        if document.is_whole:
            self._record(document.raw, document.place)
        elif document.is_stray:
            self._rows.skip(document.place.record, "text between JSON objects", document.raw)
        elif not self._from_cut(document.raw, document.place):
            self._rows.skip(document.place.record, "a JSON object without an end", document.raw)

    def _lines(self, stream: BinaryIO) -> Iterator[EventBatch]:
        for block in line_blocks(stream):
            if isinstance(block, LongLine):
                self._rows.count()
                self._rows.skip(block.record, "line of more than 1 MiB", block.sample.encode())
                continue
            self._rows.count(len(block))
            table = self._regular.of(block) if self._regular is not None else None
            if table is None:
                for line, place in _lines_of(block, np.arange(len(block))):
                    self._line(line, place)
            else:
                self._in_order(block, table)
            yield from self._sink.full()

    def _line(self, line: bytes, place: Place) -> None:
        if self._may_be_command(line) or not self._is_own(line) or not _looks_whole(line):
            self._record(line, place)

    def _in_order(self, block: LineBlock, table: Table) -> None:
        """The events of regular lines all at once, up to each line that is to be read by itself."""
        events: EventColumns = self._shape.events(table)  # type: ignore[attr-defined]
        is_other = np.ones(len(block), np.bool_)
        is_other[table.lines] = False
        for lines in table.left:
            is_other[lines] = True
        others = np.flatnonzero(is_other)
        at = 0
        befores = np.searchsorted(events.records, others + block.first_record).tolist()
        for (line, place), before in zip(_lines_of(block, others), befores, strict=True):
            self._add_events(block, events, at, before)
            at = before
            self._line(line, place)
        self._add_events(block, events, at, len(events))

    def _add_events(self, block: LineBlock, events: EventColumns, start: int, stop: int) -> None:
        if getattr(self._sink, "is_waiting", False):
            for line, place in _lines_of(block, events.records[start:stop] - block.first_record):
                self._record(line, place)
        elif stop > start:
            self._rows.add_columns(events, start, stop)

    def _record(self, raw: bytes, place: Place) -> None:
        """One line or object: an event, another record of the format, or a skip."""
        shape = self._shape
        if self._is_own(raw):
            if not self._may_be_command(raw) and _looks_whole(raw):
                return  # of the format, but no command
            try:
                record = self._decode(raw)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                self._slowly(raw, place)
                return
            try:
                shape.add(record, raw, place, self._sink)
            except WrappedError:
                self._slowly(raw, place)
            except UnreadableRecordError as error:
                self._rows.skip(place.record, str(error), raw)
            return
        self._slowly(raw, place)

    def _slowly(self, raw: bytes, place: Place) -> None:
        """What the typed decoder did not take: other spellings, envelopes, damage, other formats, blank lines."""
        text = raw.strip(_BLANK)
        if not text.strip(_BRACKETS):
            return
        if b"{" not in text:  # plain text, numbers: never a record, whatever befell it
            self._rows.skip(place.record, FOREIGN, raw)
            return
        try:
            record = _decoded(text.rstrip(b","))
            is_own = self._give(record, raw, place) or self._from_held(record, place)
        except RecursionError:
            self._rows.skip(place.record, "JSON nested too deep", raw)
        except ValueError:
            self._from_damaged(text, place)
        else:
            if not is_own:
                self._rows.skip(place.record, FOREIGN, raw)

    def _give(self, record: Any, raw: bytes, place: Place) -> bool:
        """Whether ``record`` is of this format; a command or a skip if it is."""
        inner = unwrapped(record)
        if not isinstance(inner, dict) or self._shape.sniff(inner) <= 0:
            return False
        try:
            self._shape.add(self._loosely(inner), raw, place, self._sink)
        except (msgspec.ValidationError, WrappedError):
            self._rows.skip(place.record, "a field is not what the format says", raw)
        except UnreadableRecordError as error:
            self._rows.skip(place.record, str(error), raw)
        return True

    def _from_held(self, record: Any, place: Place) -> bool:
        """Whether any of the records that ``record`` holds in a list is of this format; the others are counted."""
        inner = [(one, json.dumps(one).encode()) for one in held(record)]
        is_own = [self._give(one, raw, place) for one, raw in inner]
        if any(is_own):
            for (_, raw), own in zip(inner, is_own, strict=True):
                if not own:
                    self._rows.skip(place.record, FOREIGN, raw)
        return any(is_own)

    def _sniff(self, record: Any) -> float:
        inner = unwrapped(record)
        return self._shape.sniff(inner) if isinstance(inner, dict) else 0.0

    def _from_damaged(self, text: bytes, place: Place) -> None:
        """A line that is no JSON: the whole objects in it, what a cut one still says, and one skip for the rest."""
        last, between, is_any = 0, [], False
        for start, raw, record in objects_in(text):
            if self._give(record, raw, place):
                is_any = True
                between.append(text[last:start])
                last = start + len(raw)
        rest = b"".join([*between, text[last:]]).strip(_GLUE)
        if not rest or (not is_any and self._from_cut(rest.rpartition(b"\0")[2], place)):
            return
        self._rows.skip(place.record, "not JSON", text)

    def _from_cut(self, text: bytes, place: Place) -> bool:
        """An event that is not complete, from an object that breaks off behind its command."""
        record = without_cut_end(text.strip(_BLANK))
        inner = unwrapped(record)
        if not isinstance(inner, dict) or self._shape.sniff(inner) <= 0:
            return False
        before, self._rows.is_whole = self._rows.added, False
        try:
            self._shape.add(self._loosely(inner), text, place, self._sink)
        except (msgspec.ValidationError, WrappedError, UnreadableRecordError):
            return False
        finally:
            self._rows.is_whole = True
        return self._rows.added > before


@dataclass(slots=True)
class _Rows(EventRows):
    """While ``is_whole`` is off, every event that is added is not complete."""

    is_whole: bool = True
    added: int = 0

    def add(self, place: Place, raw: bytes, command_line: str, *, complete: bool = True, **fields: Any) -> None:
        self.added += 1
        EventRows.add(self, place, raw, command_line, complete=complete and self.is_whole, **fields)


class WrappedError(Exception):
    """A record that the typed decoder took, but which holds none of the fields it must have: look inside."""


def _decoded(text: bytes) -> Any:
    """As msgspec has it, or the standard library: it takes lone surrogates, bad UTF-8 and bare control characters."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return json.loads(text.decode(errors="surrogateescape"), strict=False)


def _lines_of(block: LineBlock, lines: Int64s) -> Iterator[tuple[bytes, Place]]:
    data = block.data
    starts, stops = block.starts[lines].tolist(), block.stops[lines].tolist()
    places = map(
        Place, (lines + block.first_record).tolist(), block.offsets[lines].tolist(), block.lengths[lines].tolist()
    )
    for start, stop, place in zip(starts, stops, places, strict=True):
        yield data[start:stop], place


def _marked(marks: tuple[tuple[bytes, ...], ...]) -> Callable[[bytes], bool]:
    """Whether a record has all the marks of one of ``marks``; a plain loop, as it is asked for every record."""
    if not marks:
        return lambda raw: True
    if len(marks) == 1 and len(marks[0]) == 1:
        ((only,),) = marks
        return lambda raw: only in raw

    def found(raw: bytes) -> bool:
        for wanted in marks:  # noqa: SIM110 - a generator costs three times as much
            if wanted[0] in raw and (len(wanted) == 1 or all(mark in raw for mark in wanted)):
                return True
        return False

    return found


def _looks_whole(raw: bytes) -> bool:
    if raw[:1] != b"{":
        return False
    return raw[-1:] == b"}" or raw.rstrip(b" \t\r,").endswith(b"}")


def _is_lines(head: bytes) -> bool:
    """Whether the objects stand one a line: one of the first lines is a whole one, and nothing is indented before."""
    lines = [line.rstrip(" \t\r\0") for line in head_text(head).split("\n")]
    for line in [line for line in lines if line][:FIRST_LINES]:
        text = line.lstrip("\0\ufeff")
        if text.startswith((" ", "\t", "[")) or text == "{":
            return False
        if text.startswith("{") and text.endswith("}"):
            return True
    return len(lines) > 1 or not lines[0].lstrip().startswith("{")
