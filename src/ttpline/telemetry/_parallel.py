"""Several files read at once, each in a process of its own, given in their order.

A process writes what it reads to a temporary file, as the reader of the first file may be far behind the others: so
memory stays bounded, and no process waits. The temporary files are as large as the events and are gone at the end.
"""

import multiprocessing
import os
import signal
import struct
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import polars as pl

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.skipped import SkipCounter, SkippedRecord
from ttpline.errors import TelemetryError
from ttpline.telemetry._open import STDIN

LEAST_BYTES = 1 << 25
"""Of all files together; below it the processes take longer to start than one takes to read."""

AHEAD = 2
"""Files begun before they are asked for, a process."""

_PAUSE_S = 0.005
_LENGTHS = struct.Struct("<II")
_THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

Told = tuple[str, list[Any]]
"""What else a process says: ``progress`` (bytes), ``choice`` (its arguments), ``error`` (reason, where, remedy),
``outcome`` (of a file that was read to its end)."""

Given = tuple[str | SkippedRecord, Iterator[EventBatch] | None]

FileReader = Callable[[str, Callable[[Told], None]], Iterator[EventBatch]]
"""Reads one file and says what happens; must be picklable. A ``TelemetryError`` comes out of it in the parent."""


class _Head(msgspec.Struct):
    """What stands before the columns of a batch in a temporary file; ``kind`` ``end`` is the last."""

    kind: str
    told: list[Any] = []
    counts: dict[str, int] = {}
    samples: list[SkippedRecord] = []
    records: int = 0


class ParallelFiles:
    """A pool of ``jobs`` processes; ``read`` gives a file's batches as ``reader`` would."""

    def __init__(self, reader: FileReader, jobs: int, on_told: Callable[[Told], None]) -> None:
        self._reader = reader
        self._jobs = jobs
        self._on_told = on_told
        self._folder = tempfile.TemporaryDirectory(prefix="ttpline-")
        self._number = 0
        context = multiprocessing.get_context("spawn")
        before = {name: os.environ.get(name) for name in _THREADS}
        os.environ.update(dict.fromkeys(_THREADS, "1"))  # a spawned process reads them when it starts
        try:
            self._pool = ProcessPoolExecutor(jobs, context, initializer=_set_up)
            for _ in range(jobs):
                self._pool.submit(_nothing)
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})

    def in_order(self, files: Iterator[str | SkippedRecord]) -> Iterator["Given"]:
        """Each file with its batches; None for what no other process can read."""
        begun: deque[tuple[str | SkippedRecord, Path | None, Future[None] | None]] = deque()
        while True:
            for file in islice(files, self._jobs * AHEAD - len(begun)):
                begun.append((file, *self._begin(file)))
            if not begun:
                return
            file, spill, future = begun.popleft()
            yield file, None if spill is None or future is None else self._batches(spill, future)

    def _begin(self, file: str | SkippedRecord) -> tuple[Path | None, Future[None] | None]:
        if isinstance(file, SkippedRecord) or file == STDIN:
            return None, None
        self._number += 1
        spill = Path(self._folder.name) / str(self._number)
        spill.touch()
        return spill, self._pool.submit(_read_into, self._reader, file, str(spill))

    def _batches(self, spill: Path, future: Future[None]) -> Iterator[EventBatch]:
        with spill.open("rb") as stream:
            while True:
                head, columns = _next(stream, future)
                if head.kind == "end":
                    spill.unlink()
                    return
                if head.kind == "error":
                    reason, where, remedy = head.told
                    raise TelemetryError(reason, where=where, remedy=remedy)
                if head.kind == "batch":
                    yield _batch(head, columns)
                else:
                    self._on_told((head.kind, head.told))

    def close(self) -> None:
        """Stop the processes and remove what they wrote."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._folder.cleanup()


def _set_up() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's


def _nothing() -> None:
    """A process is started for each piece of work while none is idle."""


def _read_into(reader: FileReader, path: str, spill: str) -> None:
    """In a process: read ``path``; each batch is in the file before the next is begun."""
    with Path(spill).open("wb", buffering=0) as stream:

        def tell(told: Told) -> None:
            _write(stream, _Head(told[0], told[1]), b"")

        try:
            for batch in reader(path, tell):
                columns = BytesIO()
                batch.frame.write_ipc_stream(columns, compression="lz4")
                skipped = batch.skipped
                head = _Head("batch", [], dict(skipped.counts), skipped.samples, batch.records_read)
                _write(stream, head, columns.getvalue())
        except TelemetryError as error:
            tell(("error", [error.reason, error.where, error.remedy]))
        else:
            tell(("end", []))


def _write(stream: Any, head: _Head, columns: bytes) -> None:
    encoded = msgspec.msgpack.encode(head)
    data = memoryview(_LENGTHS.pack(len(encoded), len(columns)) + encoded + columns)
    while data:
        data = data[stream.write(data) :]


_DECODE = msgspec.msgpack.Decoder(_Head).decode


def _next(stream: BinaryIO, future: Future[None]) -> tuple[_Head, bytes]:
    lengths = _LENGTHS.unpack(_whole(stream, _LENGTHS.size, future))
    return _DECODE(_whole(stream, lengths[0], future)), _whole(stream, lengths[1], future)


def _whole(stream: BinaryIO, size: int, future: Future[None]) -> bytes:
    """As many bytes, as soon as they are written."""
    parts: list[bytes] = []
    while size:
        is_over = future.done()
        part = stream.read(size)
        if not part:
            if is_over:
                raise _ended(future)
            time.sleep(_PAUSE_S)
            continue
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _ended(future: Future[None]) -> BaseException:
    error = future.exception()
    if error is None or isinstance(error, BrokenProcessPool):
        reason = "a reading process ended without a word, as when memory or disk runs out"
        return TelemetryError(reason, remedy="use fewer --jobs, or set TMPDIR to a larger disk")
    return error


def _batch(head: _Head, columns: bytes) -> EventBatch:
    skipped = SkipCounter()
    skipped.counts.update(head.counts)
    skipped.samples.extend(head.samples)
    return EventBatch(pl.read_ipc_stream(BytesIO(columns)), skipped, head.records)
