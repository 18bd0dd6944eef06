"""A file that is written while it is read, without a second thread: it grows whenever its reader waits."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import BinaryIO, cast

import polars as pl

from ttpline.columns.event_batch import EventBatch
from ttpline.telemetry import _live
from ttpline.telemetry._follow import GrowingFile
from ttpline.telemetry.base import TelemetryReader


class Writing(Event):
    """A ``stop`` that writes the next piece each time somebody waits, and is set once there is none left."""

    def __init__(self, path: Path, pieces: Iterable[bytes], step_s: float) -> None:
        super().__init__()
        self.now = 0.0
        self._path = path
        self._pieces = iter(pieces)
        self._step_s = step_s
        self.write()

    def write(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            self.set()
        else:
            with self._path.open("ab") as file:
                file.write(piece)

    def wait(self, timeout: float | None = None) -> bool:
        self.now += self._step_s
        self.write()
        return self.is_set()

    def clock(self) -> float:
        return self.now


def read_growing(
    reader: TelemetryReader, path: Path, pieces: Iterable[bytes], *, step_s: float = 0.01, wait_s: float = 1e9
) -> Iterator[EventBatch]:
    """The batches of a file that gets ``pieces`` one after another, ``step_s`` apart."""
    path.write_bytes(b"")
    stop = Writing(path, pieces, step_s)
    with path.open("rb", buffering=0) as file:
        stream = GrowingFile(cast(BinaryIO, file), str(path), stop, wait_s, clock=stop.clock)
        _live.reading(stream)
        try:
            yield from reader.read(cast(BinaryIO, stream), "log")
        finally:
            _live.reading(None)


def read_whole(reader: TelemetryReader, data: bytes) -> list[EventBatch]:
    return list(reader.read(BytesIO(data), "log"))


def cut_at(data: bytes, places: Iterable[int]) -> list[bytes]:
    """``data`` in pieces; nothing of it is missing."""
    ends = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


def events_of(batches: Iterable[EventBatch]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for batch in batches:
        rows.extend(batch.frame.with_columns(pl.col("session").cast(pl.String)).to_dicts())
    return rows


def skips_of(batches: Iterable[EventBatch]) -> dict[str, int]:
    found: dict[str, int] = {}
    for batch in batches:
        for reason, count in batch.skipped.counts.items():
            found[reason] = found.get(reason, 0) + count
    return found
