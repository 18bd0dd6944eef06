"""One reading of bytes by a reader, whole, for tests; and streams that behave badly, as pipes do."""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import CommandEvent
from ttpline.domain.skipped import SkipCounter
from ttpline.errors import TelemetryError
from ttpline.telemetry.base import TelemetryReader

SAMPLE_URI = "sample"


class ShortReads(io.RawIOBase):
    """A stream that gives at most ``chunk()`` bytes at once, whatever it is asked for."""

    def __init__(self, data: bytes, chunk: Callable[[], int]) -> None:
        super().__init__()
        self._data = data
        self._chunk = chunk
        self._at = 0

    @classmethod
    def of_random_length(cls, data: bytes, longest: int, seed: int) -> "ShortReads":
        """Between 1 and ``longest`` bytes at once, the same ones for the same ``seed``."""
        draw = random.Random(seed)
        return cls(data, lambda: draw.randint(1, longest))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # type: ignore[override]
        size = min(len(buffer), self._chunk(), len(self._data) - self._at)
        buffer[:size] = self._data[self._at : self._at + size]
        self._at += size
        return size

    def as_binary(self) -> BinaryIO:
        return cast(BinaryIO, self)


@dataclass(slots=True)
class Reading:
    """What came out: batches, their rows, all skips, and the ``TelemetryError`` that ended it, if one did."""

    batches: list[EventBatch] = field(default_factory=list)
    events: list[CommandEvent] = field(default_factory=list)
    skipped: SkipCounter = field(default_factory=SkipCounter)
    error: TelemetryError | None = None


def reading_of(reader: TelemetryReader, data: bytes | BinaryIO, uri: str = SAMPLE_URI) -> Reading:
    """Everything ``reader`` makes of ``data``; anything it raises but ``TelemetryError`` passes."""
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    reading = Reading()
    try:
        for batch in reader.read(stream, uri):
            reading.batches.append(batch)
            reading.events.extend(batch.rows())
            reading.skipped.merge(batch.skipped)
    except TelemetryError as error:
        reading.error = error
    return reading
