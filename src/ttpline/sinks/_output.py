"""A file or stdout that a sink writes bytes to; every failure names the target."""

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ttpline.errors import SinkError

STDOUT = "-"
NO_SPACE = "free some space or name another target"


@contextmanager
def naming(target: str) -> Iterator[None]:
    """Turn an ``OSError`` inside into a ``SinkError`` for ``target``; a closed pipe passes through."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        where = "stdout" if target == STDOUT else target
        raise SinkError(
            f"cannot be written: {error.strerror or error}",
            where=where,
            remedy=NO_SPACE if error.errno == errno.ENOSPC else "name a writable target",
        ) from error


class Output:
    """Bytes to ``target``, a path or ``-`` for stdout. The file is opened, and emptied (but see ``keeping``), at once.

    ``is_continued``: there are bytes of an earlier run before what is written.

    ``flush`` returns when the bytes are on disk (a pipe or terminal: handed over). ``close`` flushes first; closing
    again does nothing.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self._is_open = True
        with naming(target):
            self._stream = _stdout() if target == STDOUT else _opened(target)
            self.is_continued = target != STDOUT and _kept(target) is not None and self._stream.tell() > 0

    def write(self, data: bytes) -> None:
        with naming(self.target):
            self._stream.write(data)

    def flush(self) -> None:
        if not self._is_open:
            return
        with naming(self.target):
            self._stream.flush()
            if self.target != STDOUT and Path(self.target).is_file():
                os.fsync(self._stream.fileno())

    def close(self) -> None:
        if not self._is_open:
            return
        try:
            self.flush()
        finally:
            self._is_open = False
            if self.target != STDOUT:
                _let_go(self._stream)


class ByteSink:
    """What sinks that write bytes to one ``Output`` have in common; a kind adds ``write``."""

    def __init__(self, target: str) -> None:
        self._output = Output(target)

    def flush(self) -> None:
        self._output.flush()

    def close(self) -> None:
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _let_go(stream: BinaryIO) -> None:
    """Close without a second complaint: what could not be flushed has been reported."""
    try:
        stream.close()
    except OSError:
        return


def _stdout() -> BinaryIO:
    if sys.stdout is None:  # started with stdout closed: ``>&-``
        raise OSError(errno.EBADF, "it is closed")
    return sys.stdout.buffer


_KEPT: ContextVar[Mapping[str, int] | None] = ContextVar("ttpline_kept_outputs", default=None)


@contextmanager
def keeping(lengths: Mapping[str, int]) -> Iterator[None]:
    """Outputs opened inside are not emptied, but cut to ``lengths`` (bytes, by resolved path) and written on."""
    token = _KEPT.set(lengths)
    try:
        yield
    finally:
        _KEPT.reset(token)


def _kept(target: str) -> int | None:
    return (_KEPT.get() or {}).get(str(Path(target).resolve()))


def _opened(target: str) -> BinaryIO:
    length = _kept(target)
    if length is None:
        return Path(target).open("wb")
    stream = Path(target).open("r+b")  # noqa: SIM115  # closed by close()
    if stream.seek(0, os.SEEK_END) < length:
        stream.close()
        raise SinkError(
            f"it is shorter than the {length:,} bytes that were written to it",
            where=target,
            remedy="bring it back, or delete the state to start anew",
        )
    stream.truncate(length)
    stream.seek(length)
    return stream
