"""Documents that hold another log's line as text: of Filebeat, Fluentd, Docker, Splunk HEC, Vector, CloudWatch.

The text goes to the reader that claims it, as a line of a stream of such lines; what that reader makes of it gets the
place of the document it came from. A document without such a text stays as it is, on a line of its own.
"""

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any, BinaryIO, Protocol, Self, cast, runtime_checkable

import msgspec
import numpy as np
import polars as pl

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.skipped import SkipCounter
from ttpline.errors import TelemetryError
from ttpline.telemetry._columns import source_series
from ttpline.telemetry._event_rows import Place
from ttpline.telemetry._json.documents import documents
from ttpline.telemetry._json.values import at, text
from ttpline.telemetry._lines import LongLine, head_text, line_blocks
from ttpline.telemetry._mixed import LineReader, select_by_lines
from ttpline.telemetry._open import InputStream
from ttpline.telemetry.base import TelemetryReader

PATHS = (
    ("event", "original"), ("message",), ("MESSAGE",), ("log",), ("_raw",), ("event",), ("textPayload",),
    ("@message",), ("msg",), ("line",), ("body",), ("Body",), ("full_log",),
)  # fmt: skip
"""Where shippers put the line they read, the original first."""

HOSTS = (("host", "hostname"), ("host", "name"), ("host",), ("hostname",), ("HOSTNAME",), ("HOST",), ("_HOSTNAME",))

_EVENTS = (
    ("process", "args"), ("process", "command_line"), ("winlog",), ("auditd", "data"), ("auditd", "summary"),
    ("auditd", "sequence"), ("auditd", "message_type"),
)  # fmt: skip
_DOTTED = ("winlog.", "auditd.data.", "auditd.summary.")
"""What a document has that describes a process itself: ECS, Auditbeat. Filebeat's ``auditd.log`` is one record."""

MIN_SHARE = 0.5
"""Fewer documents with such a text, among those that are no events, and the file is not of this kind."""

SNIFFED = 40
HEAD_BYTES = 1 << 16
_UNWRAPS = 3
_HOST = re.compile(r"[^\s\x1d]{1,255}")
_AUDIT = b"type="
_BREAKS = re.compile(rb"[\r\n]+")

Claims = Callable[[bytes], bool]
"""Whether a line is of a log that some reader knows."""


def held_head(head: bytes) -> bytes:
    """The lines that the documents of a file's head hold; nothing where too few hold one."""
    start = head_text(head).lstrip("\0 \t\r\n")[:1]
    if start not in ("{", "["):
        return b""
    lines, with_text, seen = [], 0, 0
    for raw, _ in _documents(cast(BinaryIO, BytesIO(head)), head):
        record = _decoded(raw)
        if not isinstance(record, dict):
            continue
        found = [line for held, host in texts_of(record) for line in _lines(held, host)]
        seen, with_text = seen + (bool(found) or not _is_event(record)), with_text + bool(found)
        lines += found
        if seen == SNIFFED:
            break
    return b"\n".join(lines) + b"\n" if lines and with_text >= MIN_SHARE * seen else b""


def texts_of(record: dict[str, Any]) -> list[tuple[str, str | None]]:
    """The texts a document holds, each with the machine it names; none where it describes a process itself.

    >>> texts_of({"message": "a", "host": {"name": "web1"}}), texts_of({"logEvents": [{"message": "b"}]})
    ([('a', 'web1')], [('b', None)])
    """
    for _ in range(_UNWRAPS):
        inner = record.get("_source", record.get("result"))
        if not isinstance(inner, dict):
            break
        record = inner
    if _is_event(record):
        return []
    several = record.get("logEvents")
    if isinstance(several, list):
        return [(one["message"], None) for one in several if isinstance(one, dict) and _is_text(one.get("message"))]
    host = next((name for path in HOSTS if (name := text(at(record, *path))) is not None), None)
    for path in PATHS:
        found = at(record, *path)
        if isinstance(found, list) and found and all(map(_is_text, found)):
            return [(one, host) for one in found]
        if _is_text(found):
            return [(found, host)]
    return []


def _is_event(record: dict[str, Any]) -> bool:
    return any(at(record, *path) is not None for path in _EVENTS) or any(key.startswith(_DOTTED) for key in record)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _lines(held: str, host: str | None) -> list[bytes]:
    """``node=``, as auditd writes the machine where it is told to, keeps records of two machines apart."""
    raw = held.encode(errors="replace").strip(b"\r\n\0")
    if raw.lstrip().startswith(b"{"):
        return [_BREAKS.sub(b" ", raw)]  # a string of JSON has no line ends in it
    node = f"node={host} ".encode() if host is not None and _HOST.fullmatch(host) else b""
    return [node + line if line.startswith(_AUDIT) else line for line in raw.split(b"\n")]


def _documents(stream: BinaryIO, head: bytes) -> Iterator[tuple[bytes, Place]]:
    """Objects one a line, else wherever they begin; lines that are no objects too. ``head``: how ``stream`` begins."""
    first = head_text(head).lstrip("\0 \t\r\n").split("\n", 1)[0].rstrip()
    if not (first.startswith("{") and first.endswith("}")):
        for document in documents(stream):
            yield document.raw, document.place
        return
    for block in line_blocks(stream):
        if isinstance(block, LongLine):
            yield block.sample.encode(), Place(block.record, block.offset, block.length)
            continue
        places = zip(block.lines, block.offsets.tolist(), block.lengths.tolist(), strict=True)
        for record, (line, offset, length) in enumerate(places, block.first_record):
            yield line, Place(record, offset, length)


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw.strip(b" \t\r\0,"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


@runtime_checkable
class HeldReader(Protocol):
    """A reader that is no reader of lines but reads what documents hold, such as an XML element."""

    @property
    def name(self) -> str: ...

    def claims_held(self, text: bytes) -> bool: ...


def held_reader(lines: bytes, readers: Sequence[TelemetryReader]) -> TelemetryReader | None:
    """The reader that the lines of ``held_head`` are for. Plain words are nobody's: a message is no shell history."""
    found = select_by_lines(lines, readers)
    if found is not None:
        return found
    return next((one for one in readers if isinstance(one, HeldReader) and one.claims_held(lines)), None)


def claims_of(reader: TelemetryReader, readers: Sequence[TelemetryReader]) -> Claims:
    """Whether a text is ``reader``'s, or else another's that reads lines."""
    others = [one for one in readers if isinstance(one, LineReader) and one.name != reader.name]

    def claims(text: bytes) -> bool:
        if isinstance(reader, LineReader):
            return reader.claims_line(text) > 0 or any(one.claims_line(text) > 0 for one in others)
        return isinstance(reader, HeldReader) and reader.claims_held(text)

    return claims


class HeldLines:
    """The lines that documents of ``stream`` hold, as a stream; ``placed`` brings what a reader made of them back."""

    def __init__(self, stream: InputStream, claims: Claims) -> None:
        self._stream = stream
        self._claims = claims
        self._pieces = self._run()
        self._out = b""
        self._written = 0
        self._starts = array("q")  # of lines in what is read here
        self._docs = array("q")  # the document of each line
        self._places = array("q")  # record, offset and length of each document
        self._hosts = array("l")
        self._names: dict[str | None, int] = {None: 0}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    @property
    def damage(self) -> TelemetryError | None:
        return self._stream.damage

    @property
    def position(self) -> int:
        return self._stream.position

    @property
    def last_byte(self) -> bytes:
        return self._stream.last_byte

    def peek(self, size: int) -> bytes:
        while len(self._out) < size and (piece := next(self._pieces, b"")):
            self._out += piece
        return self._out

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            out, self._out = self._out + b"".join(self._pieces), b""
            return out
        if not self._out:
            self._out = next(self._pieces, b"")
        out, self._out = self._out[:size], self._out[size:]
        return out

    def _run(self) -> Iterator[bytes]:
        gathered: list[bytes] = []
        size = 0
        for raw, place in _documents(cast(BinaryIO, self._stream), self._stream.peek(HEAD_BYTES)):
            record = _decoded(raw) if b"{" in raw else None
            held = texts_of(record) if isinstance(record, dict) else []
            lines = [line for one, name in held for line in _lines(one, name)]
            host = held[0][1] if held else None
            if not lines or not self._claims(b"\n".join(lines)):
                lines, host = [_BREAKS.sub(b" ", raw)], None
            self._note(place, host, lines)
            piece = b"\n".join(lines) + b"\n"
            gathered.append(piece)
            size += len(piece)
            if size > 1 << 20:
                yield b"".join(gathered)
                gathered, size = [], 0
        if gathered:
            yield b"".join(gathered)

    def _note(self, place: Place, host: str | None, lines: list[bytes]) -> None:
        number = len(self._hosts)
        self._places.extend(place)
        self._hosts.append(self._names.setdefault(host, len(self._names)))
        for line in lines:
            self._starts.append(self._written)
            self._docs.append(number)
            self._written += len(line) + 1

    def placed(self, batch: EventBatch) -> EventBatch:
        """``batch`` with the places and, where the lines name none, the machines of the documents."""
        batch.skipped = self._skips(batch.skipped)
        frame = batch.frame
        if not frame.height:
            return batch
        source = frame["source"].struct
        offsets = source.field("offset").to_numpy()
        ends = offsets + np.maximum(source.field("length").to_numpy() - 1, 0)
        starts = np.frombuffer(self._starts, np.int64)
        docs = np.frombuffer(self._docs, np.int64)
        places = np.frombuffer(self._places, np.int64).reshape(-1, 3)
        first = docs[np.searchsorted(starts, offsets, side="right") - 1]
        last = docs[np.searchsorted(starts, ends, side="right") - 1]
        begin = places[first, 1]
        placed = source_series(
            str(source.field("format")[0]),
            str(source.field("uri")[0]),
            places[first, 0],
            begin,
            places[last, 1] + places[last, 2] - begin,
        )
        names = pl.Series(list(self._names), dtype=pl.String)
        hosts = names.gather(np.frombuffer(self._hosts, f"i{self._hosts.itemsize}")[first].astype(np.uint32))
        batch.frame = frame.with_columns(placed.alias("source"), pl.coalesce("host", hosts.alias("host")).alias("host"))
        return batch

    def _skips(self, skipped: SkipCounter) -> SkipCounter:
        """Records of skips are lines here; a reader that counts otherwise has a document a record."""
        found = SkipCounter()
        found.counts.update(skipped.counts)
        found.samples.extend(replace(sample, record=self._record(sample.record)) for sample in skipped.samples)
        return found

    def _record(self, line: int) -> int:
        if not 1 <= line <= len(self._docs):
            return line
        return int(self._places[3 * self._docs[line - 1]])
