"""Parquet for data work: the event's columns with their types, command and prediction nested as in the JSON."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import polars as pl

from ttpline.columns.event_batch import BATCH_ROWS, event_frame
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.errors import SinkError
from ttpline.sinks._nested import ANSWER_SCHEMA, nested_frame
from ttpline.sinks._output import STDOUT, naming

PART_BYTES = 128 << 20
"""Estimated size from which waiting rows are written, should they be few but long."""

COMPRESSION: Literal["zstd"] = "zstd"


class Parquet:
    """The target appears only when it is whole: rows go to parts in a hidden folder beside it, ``close`` joins them
    into one temporary file (row group by row group, so memory stays bounded) and renames that onto the target.

    ``flush`` writes what waits to a part and syncs it. A sink left by an exception keeps what was written so far:
    the parts are joined all the same, so one failing sink loses nothing of another.
    """

    description = "one file with types and nested columns, for polars, DuckDB, Spark"

    def __init__(self, target: str) -> None:
        if target == STDOUT:
            raise SinkError(
                "parquet cannot go to a stream, its index is at the end",
                where="stdout",
                remedy="use parquet:out.parquet",
            )
        self._target = Path(target)
        self._waiting: list[pl.DataFrame] = []
        self._parts: list[Path] = []
        self._is_open = True
        with naming(target):
            if self._target.is_dir():
                raise IsADirectoryError(errno.EISDIR, "it is a folder")
            if self._target.exists() and not os.access(self._target, os.W_OK):
                raise PermissionError(errno.EACCES, "permission denied")
            self._folder = Path(tempfile.mkdtemp(prefix=f".{self._target.name}.", dir=self._target.parent))

    def write(self, batch: ScoredBatch) -> None:
        self._waiting.append(nested_frame(batch))
        rows = sum(frame.height for frame in self._waiting)
        if rows >= BATCH_ROWS or sum(frame.estimated_size() for frame in self._waiting) >= PART_BYTES:
            self._write_part()

    def _write_part(self) -> None:
        if not self._waiting:
            return
        frame = pl.concat(self._waiting, rechunk=False)
        self._waiting.clear()
        part = self._folder / f"{len(self._parts):08d}.parquet"
        with _naming(str(self._target)):
            frame.write_parquet(part, compression=COMPRESSION)
            _sync(part)
        self._parts.append(part)

    def flush(self) -> None:
        if self._is_open:
            self._write_part()

    def close(self) -> None:
        """Join the parts and put the file in place; without any batch, a valid file without rows."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            if not self._parts and not self._waiting:
                self._waiting.append(event_frame({}, 0).hstack(ANSWER_SCHEMA.to_frame()))
            self._write_part()
            whole = self._folder / "whole.parquet"
            with _naming(str(self._target)):
                if len(self._parts) > 1:
                    pl.scan_parquet(self._parts, glob=False).sink_parquet(whole, compression=COMPRESSION)
                    _sync(whole)
                else:
                    whole = self._parts[0]
                whole.replace(self._target)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def _naming(target: str) -> Iterator[None]:
    """Polars' own complaints, too, become a ``SinkError`` for the target."""
    try:
        with naming(target):
            yield
    except pl.exceptions.PolarsError as error:
        raise SinkError(f"cannot be written: {error}", where=target, remedy="name a writable target") from error


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


SINK = Parquet
