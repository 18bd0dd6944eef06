"""Processes that read files. This module imports no large library, so that a run can start them before it loads any.

What they are told is pickled and comes from this program alone; what they read comes back in files (``_parallel``).
"""

import gc
import importlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Lock
from types import TracebackType
from typing import Any, Self

from ttpline.errors import TelemetryError, UsageError
from ttpline.telemetry._open import STDIN
from ttpline.telemetry._walk import input_bytes, input_files

LEAST_BYTES = 1 << 25
"""Of all files together; below it the processes take longer to start than one takes to read."""

_THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_READING = "ttpline.telemetry._inputs"
"""What a process imports while there is nothing to read yet."""


class Processes:
    """``jobs`` processes, each of which takes the next piece of work when it is done with the one before.

    ``beside``: the first file is left to this process, which would else wait for it.
    """

    def __init__(self, jobs: int, *, beside: bool = False) -> None:
        self.jobs = jobs
        self.beside = beside
        context = multiprocessing.get_context("spawn")
        work, self._work = context.Pipe(duplex=False)
        self._lock = context.Lock()  # must last until the processes have found it
        given = (work, self._lock, gc.get_threshold())
        self._all = [context.Process(target=_serve, args=given, daemon=True) for _ in range(jobs)]
        before = {name: os.environ.get(name) for name in _THREADS}
        os.environ.update(dict.fromkeys(_THREADS, "1"))  # a spawned process reads them when it starts
        try:
            with _held_back(signal.SIGINT):
                for process in self._all:
                    process.start()
        finally:
            work.close()
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})

    def begin(self, work: Callable[..., None], *arguments: Any) -> None:
        """Have ``work`` done; whether and how far it is done, it must tell itself."""
        try:
            self._work.send((work, arguments))
        except OSError as error:  # nobody is left to read it; and no closed pipe of an output
            raise ended() from error

    def has_failed(self) -> bool:
        """Whether one ended before its time, so that its work is never done."""
        return any(process.exitcode for process in self._all)

    def close(self) -> None:
        """End them, whatever they are at."""
        for process in self._all:
            process.terminate()
        for process in self._all:
            process.join()
            process.close()
        self._all = []
        self._work.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def _held_back(number: signal.Signals) -> Iterator[None]:
    """The signal comes afterwards; to processes that are started meanwhile, never: they would say where it met them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def processes_for(paths: Sequence[str], jobs: int) -> Processes | None:
    """Processes that read ``paths``; None where that would not pay."""
    return started(paths, jobs) if pays(paths, jobs) else None


def pays(paths: Sequence[str], jobs: int) -> bool:
    """Whether there are several files that are worth processes of their own."""
    try:
        is_worth = jobs > 1 and _files(paths, 2) > 1
    except UsageError:  # whoever reads them says it
        return False
    return is_worth and (input_bytes([path for path in paths if path != STDIN]) or 0) >= LEAST_BYTES


def started(paths: Sequence[str], jobs: int) -> Processes:
    """Processes for ``paths``. Where every file can have one, the first has this one: what is read here need not come
    here. Of more files it would get less than its share, as it gives out what the others read."""
    files = _files(paths, jobs + 2)
    return Processes(files - 1, beside=True) if 1 < files <= jobs + 1 else Processes(jobs)


def _files(paths: Sequence[str], most: int) -> int:
    """How many of the first ``most`` inputs a process can read."""
    return sum(isinstance(file, str) and file != STDIN for file in islice(input_files(paths), most))


def ended() -> TelemetryError:
    """What to say of a process that has failed."""
    reason = "a reading process ended without a word, as when memory or disk runs out"
    return TelemetryError(reason, remedy="use fewer --jobs, or set TMPDIR to a larger disk")


def _serve(pieces: "Connection[Any, Any]", lock: Lock, gc_thresholds: tuple[int, int, int]) -> None:
    """In a process: do piece after piece, until the parent is gone or ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; up to here it was held back
    gc.set_threshold(*gc_thresholds)
    importlib.import_module(_READING)
    while True:
        try:
            with lock:
                work, arguments = pieces.recv()
        except EOFError:
            return
        work(*arguments)
