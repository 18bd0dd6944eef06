"""What every log format provides; one file a format, attribute ``READER``."""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from ttpline.columns.event_batch import EventBatch
from ttpline.registry import Registry

FOREIGN = "a record of another format"
"""The reason of a skip that is worth a look by the other readers: the file may hold several formats."""


class TelemetryReader(Protocol):
    """Bytes of one log -> batches of events, in input order, in bounded memory.

    ``sniff(head)`` says from the first 64 KiB how sure it is (0 to 1) that this is its format.
    ``read(stream, uri)`` gets the uncompressed bytes. It raises nothing but ``TelemetryError``, and that only when
    the input as a whole is not its format; a bad record is added to the batch's ``skipped``. The same bytes give the
    same events, however the stream hands them out (short reads included). A last batch carries the last skips.

    A format of lines may also have ``claims_line(line: bytes) -> float``: how sure it is that one line, out of a file
    of several formats, is its own; lines that are not are skipped as ``FOREIGN``.

    A format that is no format of lines but may be held as text in documents (``_held``) may have
    ``claims_held(text: bytes) -> bool``.

    A format whose files have names of their own (``.bash_history``) may have ``claims_name(name: str) -> bool``: it
    gets the path or uri, and reads a text that nobody else recognises.
    """

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    def sniff(self, head: bytes) -> float: ...

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]: ...


def readers(*, plugins: bool = True) -> Registry[TelemetryReader]:
    """The registry of log formats."""
    return Registry("ttpline.telemetry", "READER", plugins=plugins)
