"""All instances, in this process or in several, largest first; results come back in the order of their names."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from ttpline.datasets.origins._casinolimit_instance import InstanceJob, InstanceResult, build_instance
from ttpline.datasets.origins._casinolimit_state import State
from ttpline.datasets.origins.base import Progress
from ttpline.errors import DatasetError

THREADS_VARIABLE = "POLARS_MAX_THREADS"


def run_instances(
    jobs: Sequence[InstanceJob], processes: int, state: State, progress: Progress
) -> list[InstanceResult]:
    """The results in the order of ``jobs``; what ``state`` has is not made again, what is made is kept there."""
    results: dict[str, InstanceResult] = {}
    waiting: list[tuple[InstanceJob, str]] = []
    for job in jobs:
        key = state.key(job)
        kept = state.load(key)
        if kept is None:
            waiting.append((job, key))
        else:
            results[job.instance.name] = kept
            progress(job.instance.log_bytes)
    waiting.sort(key=lambda item: (-item[0].instance.log_bytes, item[0].instance.name))
    if processes > 1 and len(waiting) > 1:
        _in_processes(waiting, min(processes, len(waiting)), state, progress, results)
    else:
        for job, key in waiting:
            results[job.instance.name] = build_instance(job, progress)
            state.save(key, results[job.instance.name])
    return [results[job.instance.name] for job in jobs]


def _in_processes(
    waiting: Sequence[tuple[InstanceJob, str]],
    processes: int,
    state: State,
    progress: Progress,
    results: dict[str, InstanceResult],
) -> None:
    """Spawned, never forked, because polars keeps threads of its own. An instance is kept as soon as it is done."""
    with (
        _one_thread_each(),
        ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), initializer=_depend_on_the_parent) as pool,
    ):
        futures: dict[Future[InstanceResult], tuple[InstanceJob, str]] = {
            pool.submit(build_instance, job, _no_progress): (job, key) for job, key in waiting
        }
        try:
            for future in as_completed(futures):
                job, key = futures[future]
                results[job.instance.name] = future.result()
                state.save(key, results[job.instance.name])
                progress(job.instance.log_bytes)
        except BrokenProcessPool as error:
            raise DatasetError(
                "a worker process died; what was finished is kept",
                remedy="run it again with fewer --jobs if memory ran out",
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Workers share the cores already; a user's own setting stands."""
    if THREADS_VARIABLE in os.environ:
        yield
        return
    os.environ[THREADS_VARIABLE] = "1"
    try:
        yield
    finally:
        del os.environ[THREADS_VARIABLE]


def _no_progress(_size: int) -> None:
    """Workers report when they are done."""


def _depend_on_the_parent() -> None:
    """Interrupts are the parent's to handle. When it is gone, killed even, its workers go, too: they hold both ends of
    the pipe that they wait at, and would wait there for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
