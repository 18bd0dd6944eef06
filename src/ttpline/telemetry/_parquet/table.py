"""Any table with a column of commands: the same names as in CSV, nested columns too."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

import polars as pl

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import Kind, Origin
from ttpline.domain.raw_text import from_surrogates
from ttpline.errors import TelemetryError
from ttpline.telemetry._cells import COMMAND, MAPPABLE, CellError, cell_value, guess, places
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._parquet.own import LATEST_US
from ttpline.telemetry._times import epoch, microseconds

MAX_DEPTH = 8
"""Structs in structs whose fields are looked at."""

ARGUMENTS = ("argv", "process.args", "args")
"""Columns of lists, in lower case, best first, that hold the arguments; read where no column has the whole command."""

_DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1)

EMPTY = "the command is empty"
REMEDY = "name the column with --column command_line=NAME"


class Table:
    """``where``: the reader's name, the uri, and the size of the file, which is the place of every row.

    Raises ``TelemetryError`` when no column holds the command.
    """

    def __init__(
        self, schema: pl.Schema, columns: Mapping[str, str], zone: tzinfo, where: tuple[str, str, int]
    ) -> None:
        format_name, uri, self._size = where
        flat = dict(_flattened(schema))
        header = list(flat)
        given = {name: from_surrogates(column) for name, column in columns.items()}
        self._zone = zone
        self._arguments = next((name for known in ARGUMENTS for name in header if _is_list(name, known, flat)), None)
        if COMMAND in guess(header) or COMMAND in given or self._arguments is None:
            self._arguments = None
            found = places(header, given, uri)
        else:
            found = places([*header, COMMAND], given, uri)
            del found[COMMAND]
        self._columns = {name: flat[header[place]] for name, place in found.items()}
        if self._arguments is not None:
            self._columns["argv"] = flat[self._arguments]
        elif not _is_text(self._columns[COMMAND][1]):
            raise TelemetryError("the column of the command holds no text", where=uri, remedy=REMEDY)
        self._rows = EventRows(format_name, uri, REMEDY)

    def expressions(self) -> list[pl.Expr]:
        """What to read: a column a field."""
        return [expression.alias(name) for name, (expression, _) in self._columns.items()]

    def batches(self, frame: pl.DataFrame, before: int) -> Iterator[EventBatch]:
        """The events of ``frame``, which begins behind ``before`` rows."""
        self._rows.count(frame.height)
        faults: list[list[str]] = [[] for _ in range(frame.height)]
        values = {name: self._values(name, frame[name], faults) for name in frame.columns}
        commands = values.pop(COMMAND, None)
        for row in range(frame.height):
            record = before + row + 1
            fields = {name: column[row] for name, column in values.items()}
            argv = fields.get("argv")
            command = commands[row] if commands is not None else shlex.join(argv or [])
            if command is None or not command.strip():
                self._rows.skip(record, EMPTY, b"")
                continue
            for fault in faults[row]:
                self._rows.skip(record, f"{fault}: the command is kept without it", command.encode(errors="replace"))
            place = Place(record, 0, self._size)
            self._rows.add(place, command.encode(errors="replace"), command, origin=Origin.INPUT, **fields)
        yield from self._rows.full()

    def rest(self) -> Iterator[EventBatch]:
        return self._rows.rest()

    def _values(self, name: str, series: pl.Series, faults: list[list[str]]) -> list[Any]:
        if name == "argv":
            return [value if value is None else [item or "" for item in value] for value in series.to_list()]
        if name == COMMAND:
            return series.cast(pl.String).to_list()
        read = _reader_of(name, self._zone)
        if isinstance(series.dtype, pl.Datetime):  # Python has no years past 9999
            is_zoned = series.dtype.time_zone is not None
            series = series.dt.cast_time_unit("us").cast(pl.Int64)
            read = partial(_moment, name, UTC if is_zoned else self._zone)
        elif series.dtype == pl.Date:
            series = series.cast(pl.Int64) * _DAY_US
            read = partial(_moment, name, self._zone)
        out: list[Any] = []
        for row, value in enumerate(series.to_list()):
            try:
                out.append(None if value is None else read(value))
            except CellError as error:
                faults[row].append(str(error))
                out.append(None)
        return out


def _reader_of(field: str, zone: tzinfo) -> Callable[[Any], Any]:
    """How a value of a column becomes one of ``field``."""
    is_time = MAPPABLE[field].kind is Kind.TIME

    def read(value: Any) -> Any:
        if is_time:
            return _time(field, value, zone)
        if isinstance(value, bool) and MAPPABLE[field].kind is Kind.BOOLEAN:
            return value
        if isinstance(value, (list, dict, bytes)):
            raise CellError(f"{field} is no single value")
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # a table that was once pandas', where a missing number makes all of them floats
        found = cell_value(field, str(value), zone)
        return int(found) if field == "session" and isinstance(value, int) and isinstance(found, str) else found

    return read


def _time(field: str, value: Any, zone: tzinfo) -> int | None:
    found: int | None = None
    if isinstance(value, (int, float)):
        found = epoch(value)
    elif isinstance(value, str):
        moment = cell_value(field, value, zone)
        if moment is None:
            return None
        found = microseconds(moment) if isinstance(moment, datetime) else None
    if found is None:
        raise CellError(f"{field} is not a time")
    return found


def _moment(field: str, zone: tzinfo, value: int) -> Any:
    """Microseconds on the clock of ``zone``."""
    if MAPPABLE[field].kind is not Kind.TIME or not 0 <= value <= LATEST_US:
        raise CellError(f"{field} is not a time" if MAPPABLE[field].kind is Kind.TIME else f"{field} is a time")
    if zone is UTC:
        return value
    found = microseconds((_EPOCH + timedelta(microseconds=value)).replace(tzinfo=zone))
    if found is None:
        raise CellError(f"{field} is not a time")
    return found


def _flattened(schema: Mapping[str, Any]) -> Iterator[tuple[str, tuple[pl.Expr, pl.DataType]]]:
    """Columns and the fields of nested ones, named with dots, in their order."""
    for name, dtype in schema.items():
        yield from _fields(name, pl.col(name), dtype, 1)


def _fields(
    name: str, expression: pl.Expr, dtype: pl.DataType, depth: int
) -> Iterator[tuple[str, tuple[pl.Expr, pl.DataType]]]:
    if not isinstance(dtype, pl.Struct):
        yield name, (expression, dtype)
    elif depth < MAX_DEPTH:
        for inner in dtype.fields:
            path = f"{name}.{inner.name}"
            yield from _fields(path, expression.struct.field(inner.name), inner.dtype, depth + 1)  # type: ignore[arg-type]


def _is_text(dtype: pl.DataType) -> bool:
    return dtype in (pl.String, pl.Categorical, pl.Enum) or isinstance(dtype, (pl.Categorical, pl.Enum))


def _is_list(name: str, known: str, flat: Mapping[str, tuple[pl.Expr, pl.DataType]]) -> bool:
    return name.strip().lower() == known and flat[name][1] == pl.List(pl.String)
