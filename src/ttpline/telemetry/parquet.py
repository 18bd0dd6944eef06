"""``parquet``: our own events as the sink of that name writes them, and any table with a column of commands."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, TypeVar

import polars as pl

from ttpline.columns.event_batch import BATCH_ROWS, EventBatch
from ttpline.errors import TelemetryError
from ttpline.telemetry._cells import check_mapping
from ttpline.telemetry._parquet.check import check_sizes
from ttpline.telemetry._parquet.own import is_own, own_batch, own_columns
from ttpline.telemetry._parquet.table import Table
from ttpline.telemetry._times import UTC_NAME, zone

MAGIC = b"PAR1"
READ_BYTES = 1 << 20

FIRST_ROWS = 1_024
SLICE_BYTES = 1 << 26
"""Bytes of one slice in memory, which the size of the slice before it foretells: rows may be long."""

MOST_GROWTH = 16

REMEDY = "write the file again, or look at it with polars or DuckDB"

SURE = 0.99

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class ParquetReader:
    """``columns``: event field -> column name, where the names do not tell; fields of nested columns have dots in
    theirs (``process.command_line``). ``tz``: the zone of times without one.

    Rows are read in slices of bounded size. The format keeps its index at the end, so what comes from a pipe or out
    of an archive goes through a temporary file.
    """

    name: str = "parquet"
    description: str = "events as ttpline writes them, or a table with a column that holds the command"
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tz: str = UTC_NAME

    def __post_init__(self) -> None:
        check_mapping(self.columns)
        zone(self.tz)

    def sniff(self, head: bytes) -> float:
        return SURE if head.startswith(MAGIC) else 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        named = getattr(stream, "path", None)
        if isinstance(named, str):
            yield from self._file(Path(named), stream, uri)
            return
        with tempfile.TemporaryDirectory(prefix="ttpline-") as folder:
            path = Path(folder) / "input.parquet"
            try:
                with path.open("wb") as spool:
                    while piece := stream.read(READ_BYTES):
                        spool.write(piece)
            except OSError as error:
                reason = f"it cannot be kept in a temporary file ({error.strerror})"
                raise TelemetryError(reason, where=uri, remedy="set TMPDIR to a larger disk") from error
            if path.stat().st_size:
                yield from self._file(path, stream, uri)

    def _file(self, path: Path, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        size = path.stat().st_size
        source = _Source(path, uri)
        own = is_own(source.schema) and not self.columns
        table = None if own else Table(source.schema, self.columns, zone(self.tz), (self.name, uri, size))
        source.columns = own_columns(source.schema) if table is None else table.expressions()
        done = taken = 0
        for frame in source.slices():
            yield from [own_batch(frame, uri, done)] if table is None else table.batches(frame, done)
            done += frame.height
            taken = _advance(stream, taken, size * done // max(source.rows, 1))
        _advance(stream, taken, size + 1)
        if table is not None:
            yield from table.rest()


def _advance(stream: BinaryIO, taken: int, to: int) -> int:
    """Read ``stream`` along with what polars reads by itself: whoever counts its bytes sees how far we are."""
    while taken < to and (piece := stream.read(min(READ_BYTES, to - taken))):
        taken += len(piece)
    return taken


class _Source:
    """One file through polars, whose every complaint becomes a ``TelemetryError``."""

    def __init__(self, path: Path, uri: str) -> None:
        self._path = path
        self._uri = uri
        self.columns: list[pl.Expr] = []
        self._guarded(lambda: check_sizes(path))
        scan = self._scan()
        self.schema = self._guarded(scan.collect_schema)
        self.rows: int = self._guarded(lambda: scan.select(pl.len()).collect()).item()

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_parquet(self._path, glob=False, hive_partitioning=False, low_memory=True)

    def slices(self) -> Iterator[pl.DataFrame]:
        """All rows, as many at once as are expected to be ``SLICE_BYTES``."""
        at, most = 0, FIRST_ROWS
        while at < self.rows:
            scan = self._scan().slice(at, most).select(self.columns)
            frame = self._guarded(scan.collect)
            if not frame.height:
                raise self._unreadable()
            yield frame
            at += frame.height
            fitting = SLICE_BYTES * frame.height // max(int(frame.estimated_size()), 1)
            most = max(1, min(fitting, most * MOST_GROWTH, BATCH_ROWS))

    def _guarded(self, work: Callable[[], Found]) -> Found:
        try:
            return work()
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:
            raise self._unreadable() from error
        except pl.exceptions.PanicException as error:  # not an Exception: Rust code that met what it never expects
            raise self._unreadable() from error

    def _unreadable(self) -> TelemetryError:
        return TelemetryError("it is no parquet file that can be read to its end", where=self._uri, remedy=REMEDY)


READER = ParquetReader()
