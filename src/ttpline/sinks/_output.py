"""A file or stdout that a sink writes bytes to; every failure names the target."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    """Bytes to ``target``, a path or ``-`` for stdout. The file is opened, and emptied, at once.

    ``flush`` returns when the bytes are on disk (a pipe or terminal: handed over). ``close`` flushes first; closing
    again does nothing.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self._is_open = True
        with naming(target):
            self._stream = _stdout() if target == STDOUT else _opened(target)

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


def _opened(target: str) -> BinaryIO:
    return Path(target).open("wb")
