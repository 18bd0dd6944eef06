"""Several files read at once, each in a process of its own, given in their order.

A process writes what it reads to a temporary file, as the reader of the first file may be far behind the others: so
memory stays bounded, and no process waits. The temporary files are as large as the events and are gone at the end.
"""

import struct
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Event, Semaphore, Thread
from typing import Any, BinaryIO

import msgspec
import polars as pl

from ttpline.columns.event_batch import EventBatch, event_frame
from ttpline.columns.event_lines import EventLines
from ttpline.domain.skipped import SkipCounter, SkippedRecord
from ttpline.errors import TelemetryError
from ttpline.telemetry._open import STDIN
from ttpline.telemetry._processes import Processes, ended

AHEAD = 2
"""Files begun before they are asked for, a process."""

BATCHES_AHEAD = 1
"""Batches taken over from a process while the one before is written out."""

_PAUSE_S = 0.005
_LENGTHS = struct.Struct("<II")

Told = tuple[str, list[Any]]
"""What else a process says: ``progress`` (bytes), ``choice`` (its arguments), ``error`` (reason, where, remedy),
``outcome`` (of a file that was read to its end)."""

Given = tuple[str | SkippedRecord, Iterator[EventBatch] | None]

FileReader = Callable[[str, Callable[[Told], None]], Iterator[EventBatch]]
"""Reads one file and says what happens; must be picklable. A ``TelemetryError`` comes out of it in the parent."""


class _Head(msgspec.Struct):
    """What stands before the columns of a batch in a temporary file; ``end`` and what was raised are the last."""

    kind: str
    told: list[Any] = []
    counts: dict[str, int] = {}
    samples: list[SkippedRecord] = []
    records: int = 0
    lines: EventLines | None = None


class ParallelFiles:
    """Files read by ``processes``, a file's batches as ``reader`` would give them, then changed by ``prepare``."""

    def __init__(
        self,
        reader: FileReader,
        processes: Processes,
        on_told: Callable[[Told], None],
        prepare: Callable[[EventBatch], EventBatch],
    ) -> None:
        self._reader = reader
        self._processes = processes
        self._on_told = on_told
        self._prepare = prepare
        self._folder = TemporaryDirectory(prefix="ttpline-")
        self._number = 0

    def in_order(self, files: Iterator[str | SkippedRecord]) -> Iterator["Given"]:
        """Each file with its batches; None for what this process is to read."""
        begun: deque[tuple[str | SkippedRecord, Path | None]] = deque()
        if self._processes.beside:
            begun.extend((file, None) for file in islice(files, 1))
        while True:
            for file in islice(files, self._processes.jobs * AHEAD - len(begun)):
                begun.append((file, self._begin(file)))
            if not begun:
                return
            file, spill = begun.popleft()
            yield file, None if spill is None else self._batches(spill)

    def _begin(self, file: str | SkippedRecord) -> Path | None:
        if isinstance(file, SkippedRecord) or file == STDIN:
            return None
        self._number += 1
        spill = Path(self._folder.name) / str(self._number)
        spill.touch()
        self._processes.begin(_read_into, self._reader, file, str(spill))
        return spill

    def _batches(self, spill: Path) -> Iterator[EventBatch]:
        taking = _Taking(spill, self._processes, self._prepare)
        taking.start()
        try:
            for item in taking.items():
                if isinstance(item, EventBatch):
                    yield item
                else:
                    self._on_told((item.kind, item.told))
        finally:
            taking.stop()
        spill.unlink()

    def close(self) -> None:
        """End the processes and remove what they wrote."""
        self._processes.close()
        self._folder.cleanup()


class _Taking(Thread):
    """Takes over what a process writes to ``spill``, a little ahead of who asks for it: decoding and writing out are
    done without the interpreter's lock, so at the end, when no process is at work any more, they share two cores.
    """

    def __init__(self, spill: Path, processes: Processes, prepare: Callable[[EventBatch], EventBatch]) -> None:
        super().__init__(daemon=True)
        self._spill = spill
        self._processes = processes
        self._prepare = prepare
        self._taken: SimpleQueue[_Head | EventBatch | BaseException] = SimpleQueue()
        self._room = Semaphore(BATCHES_AHEAD)
        self._stopped = Event()

    def items(self) -> Iterator[_Head | EventBatch]:
        """Batches and what else the process says, up to its end. What was raised there or here is raised."""
        while True:
            item = self._taken.get()
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, EventBatch):
                self._room.release()
            elif item.kind == "end":
                return
            elif item.kind == "error":
                reason, where, remedy = item.told
                raise TelemetryError(reason, where=where, remedy=remedy)
            elif item.kind == "crash":
                raise RuntimeError("a reading process failed:\n" + item.told[0])
            yield item

    def stop(self) -> None:
        """Whether or not it came to the end."""
        self._stopped.set()
        self._room.release()
        self.join()

    def run(self) -> None:
        try:
            with self._spill.open("rb") as stream:
                while not self._stopped.is_set():
                    head, columns = self._next(stream)
                    if head.kind != "batch":
                        self._taken.put(head)
                        if head.kind in _LAST:
                            return
                        continue
                    self._room.acquire()
                    if not self._stopped.is_set():
                        self._taken.put(self._prepare(_batch(head, columns)))
        except BaseException as error:  # the other thread's now
            self._taken.put(error)

    def _next(self, stream: BinaryIO) -> tuple[_Head, bytes]:
        lengths = _LENGTHS.unpack(self._whole(stream, _LENGTHS.size))
        return _DECODE(self._whole(stream, lengths[0])), self._whole(stream, lengths[1])

    def _whole(self, stream: BinaryIO, size: int) -> bytes:
        """As many bytes, as soon as they are written."""
        parts: list[bytes] = []
        has_failed = False
        while size:
            part = stream.read(size)
            if not part:
                if has_failed or self._stopped.is_set():
                    raise ended()
                has_failed = self._processes.has_failed()  # what it wrote before is still read
                self._stopped.wait(0 if has_failed else _PAUSE_S)
                continue
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


_LAST = frozenset({"end", "error", "crash"})


def _read_into(reader: FileReader, path: str, spill: str) -> None:
    """In a process: read ``path``; each batch is in the file before the next is begun."""
    with Path(spill).open("wb", buffering=0) as stream:

        def tell(told: Told) -> None:
            _write(stream, _Head(told[0], told[1]), b"")

        try:
            for batch in reader(path, tell):
                columns = BytesIO()
                if batch.lines is None:
                    batch.frame.write_ipc_stream(columns, compression="lz4")
                skipped = batch.skipped
                head = _Head("batch", [], dict(skipped.counts), skipped.samples, batch.records_read, batch.lines)
                _write(stream, head, columns.getvalue())
        except TelemetryError as error:
            tell(("error", [error.reason, error.where, error.remedy]))
        except (OSError, MemoryError) as error:  # no room, not even for telling so: the process ends
            raise SystemExit(1) from error
        except Exception:
            tell(("crash", [traceback.format_exc()]))
        else:
            tell(("end", []))


def _write(stream: Any, head: _Head, columns: bytes) -> None:
    encoded = msgspec.msgpack.encode(head)
    data = memoryview(_LENGTHS.pack(len(encoded), len(columns)) + encoded + columns)
    while data:
        data = data[stream.write(data) :]


_DECODE = msgspec.msgpack.Decoder(_Head).decode


def _batch(head: _Head, columns: bytes) -> EventBatch:
    skipped = SkipCounter()
    skipped.counts.update(head.counts)
    skipped.samples.extend(head.samples)
    frame = pl.read_ipc_stream(BytesIO(columns)) if head.lines is None else event_frame({}, 0)
    return EventBatch(frame, skipped, head.records, head.lines)
