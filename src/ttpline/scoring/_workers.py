"""Scoring in several processes, or in this one where that is faster."""

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import TracebackType
from typing import Self

import msgspec

from ttpline.errors import TtplineError
from ttpline.scoring._task import Scored

Task = Callable[[Sequence[str]], list[Scored]]

POOL_PAYS_FROM = 4_000
"""New commands from which the pool is started. Its start costs over a second in every process (imports, the model), in
which one process scores a good thousand commands of a model that understands them."""

THREAD_VARIABLES = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_task: Task | None = None


def _set_up(make_task: Callable[[], Task], gc_thresholds: tuple[int, int, int]) -> None:
    """In a worker: leave Ctrl-C to the parent, collect garbage as seldom as it does, load the model once."""
    global _task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(*gc_thresholds)
    _task = make_task()


def _work(command_lines: Sequence[str]) -> bytes:
    """The answers as MessagePack: five times less work for the parent than pickled ones, floats exact."""
    if _task is None:
        raise RuntimeError("the worker was not set up")
    return msgspec.msgpack.encode(_task(command_lines))


_DECODER = msgspec.msgpack.Decoder(list[Scored])


def _started(jobs: int, make_task: Callable[[], Task]) -> ProcessPoolExecutor:
    """A pool whose processes are all there, one thread of polars and BLAS each: more would only wait for each other."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_set_up, initargs=(make_task, gc.get_threshold()))
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # a spawned process reads them when it starts
    try:
        for _ in range(jobs):
            pool.submit(_work, [])  # starts a process while none is idle
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return pool


def _result(future: Future[bytes]) -> list[Scored]:
    try:
        return _DECODER.decode(future.result())
    except BrokenProcessPool as error:
        raise _died() from error


def _died() -> TtplineError:
    return TtplineError("a worker process ended without a word, as when memory runs out", remedy="use fewer --jobs")


class Workers:
    """Runs ``task`` over lists of commands; ``submit`` returns a function that waits for the result.

    With ``jobs`` 1, and until ``POOL_PAYS_FROM`` commands have come, the work is done in this process when its result
    is asked for. Processes, not threads: the evidence for a prediction is made in Python, so threads wait for each
    other. They are spawned, never forked, because polars and BLAS keep threads of their own. ``make_task`` is called
    once in each of them and must be picklable; its answers must be those of ``task``.
    """

    def __init__(self, task: Task, make_task: Callable[[], Task], jobs: int) -> None:
        self._task = task
        self._make_task = make_task
        self._jobs = jobs
        self._seen = 0
        self._pool: ProcessPoolExecutor | None = None

    @property
    def is_parallel(self) -> bool:
        """Whether there are processes at work."""
        return self._pool is not None

    def will_run_parallel(self, commands: int) -> bool:
        """Announce ``commands`` new commands; starts the pool when it pays."""
        self._seen += commands
        if self._pool is None and self._jobs > 1 and self._seen >= POOL_PAYS_FROM:
            self._pool = _started(self._jobs, self._make_task)
        return self._pool is not None

    def submit(self, command_lines: Sequence[str]) -> Callable[[], list[Scored]]:
        """Begin the work on ``command_lines``."""
        if self._pool is None:
            return lambda: self._task(command_lines)
        try:
            future = self._pool.submit(_work, command_lines)
        except BrokenProcessPool as error:
            raise _died() from error
        return partial(_result, future)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
