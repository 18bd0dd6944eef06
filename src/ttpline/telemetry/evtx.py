"""``evtx``: Windows event log files, as they lie in ``System32\\winevt\\Logs``: process creations, PowerShell."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from ttpline.columns.event_batch import EventBatch
from ttpline.errors import MissingExtraError, TelemetryError
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._evtx.chunks import CHUNK_MAGIC, FILE_MAGIC, PASSED, Piece, pieces
from ttpline.telemetry._evtx.records import NO_RECORD, event_of
from ttpline.telemetry._windows import WindowsRows

if TYPE_CHECKING:
    from evtx import PyEvtxParser

REMEDY = "export the log again with wevtutil epl, or copy the file again"

_PANIC = "PanicException"
"""What a panic of the parser arrives as; it is no ``Exception`` and its class cannot be imported."""


@dataclass(frozen=True, slots=True)
class EvtxReader:
    """Sysmon 1, Security 4688, PowerShell 4103 and 4104. Needs the package ``evtx``, and only to read.

    ``record`` counts the records of the file in its order, those that are no commands too.
    """

    name: str = "evtx"
    description: str = "Windows event log files (.evtx)"

    def sniff(self, head: bytes) -> float:
        """Sure by the magic of the file, or of a chunk that was carved out of one."""
        return 1.0 if head.startswith((FILE_MAGIC, CHUNK_MAGIC)) else 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        head = _first(stream, len(FILE_MAGIC))
        if not head:
            return
        if not head.startswith((FILE_MAGIC, CHUNK_MAGIC)):
            raise TelemetryError("it is no EVTX file", where=uri, remedy="name its format with --from")
        parser = _parser()
        rows = EventRows(self.name, uri, REMEDY)
        events = WindowsRows(rows)
        before = 0
        for piece in pieces(head, stream):
            _add(piece, before, events, parser)
            before += piece.seen
            yield from events.full()
        yield from events.rest()


def _first(stream: BinaryIO, size: int) -> bytes:
    head = b""
    while len(head) < size and (part := stream.read(size - len(head))):
        head += part
    return head


def _parser() -> "type[PyEvtxParser]":
    try:
        from evtx import PyEvtxParser
    except ImportError as error:
        raise MissingExtraError("evtx", "evtx") from error
    return PyEvtxParser


def _add(piece: Piece, before: int, events: WindowsRows, parser: "type[PyEvtxParser]") -> None:
    """Records and damage of ``piece``, in order; ``before``: records in the pieces before it."""
    rows = events.rows
    rows.count(piece.seen)
    damage = iter(piece.damage)
    broken = next(damage, None)
    for index, text in _texts(piece, parser):
        ordinal = piece.ordinals[index]
        while broken is not None and broken[0] < ordinal:
            rows.skip(before + max(broken[0], 1), broken[1], broken[2])
            broken = next(damage, None)
        _, offset, length = piece.records[index]
        place = Place(before + ordinal, offset, length)
        event = event_of(text) if text is not None else None
        if event is None:
            rows.skip(place.record, NO_RECORD, piece.raw(index))
        else:
            events.add(event, place, b"")
    while broken is not None:
        rows.skip(before + max(broken[0], 1), broken[1], broken[2])
        broken = next(damage, None)


def _texts(piece: Piece, parser: "type[PyEvtxParser]") -> Iterator[tuple[int, str | None]]:
    """For each record of ``piece`` its place in ``records`` and its JSON, None where the parser cannot read it."""
    at = 0
    numbers = [record[0] for record in piece.records]
    for number, text in _parsed(piece, parser) if numbers else ():
        # The parser leaves out what it cannot read, and says so apart; the others come in order.
        try:
            found = at if numbers[at] == number else numbers.index(number, at)
        except (ValueError, IndexError):
            continue
        for lost in range(at, found):
            yield lost, None
        yield found, text
        at = found + 1
    for lost in range(at, len(numbers)):
        yield lost, None


def _parsed(piece: Piece, parser: "type[PyEvtxParser]") -> Iterator[tuple[int, str]]:
    try:
        records: Any = parser(io.BytesIO(piece.data), 1).records_json()
        for _ in range(2 * len(piece.records) + len(piece.data)):
            try:
                record = next(records)
            except StopIteration:
                return
            except (RuntimeError, OSError, ValueError):
                continue
            number = record["event_record_id"]
            if number != PASSED:
                yield number, record["data"]
    except (RuntimeError, OSError, ValueError):
        return
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise


READER = EvtxReader()
