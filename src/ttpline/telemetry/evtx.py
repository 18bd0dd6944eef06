"""``evtx``: Windows event log files, as they lie in ``System32\\winevt\\Logs``: process creations, PowerShell."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from ttpline.columns.event_batch import EventBatch
from ttpline.errors import MissingExtraError, TelemetryError
from ttpline.telemetry._event_rows import EventRows
from ttpline.telemetry._evtx.chunks import CHUNK_MAGIC, FILE_MAGIC, pieces
from ttpline.telemetry._evtx.decoder import Decoder
from ttpline.telemetry._evtx.order import add_piece
from ttpline.telemetry._windows.created import CreatedRows

if TYPE_CHECKING:
    from evtx import PyEvtxParser

REMEDY = "export the log again with wevtutil epl, or copy the file again"


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
        events = CreatedRows(rows)
        decoder = Decoder()
        before = 0
        for piece in pieces(head, stream):
            rows.count(piece.seen)
            add_piece(piece, before, decoder.read(piece), events, parser)
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


READER = EvtxReader()
