"""Cells of a table: which column means what, and text as the kind its field has."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

from ttpline.domain.event import EVENT_FIELDS, EventField, Kind
from ttpline.errors import TelemetryError, UsageError

MAPPABLE: Mapping[str, EventField] = MappingProxyType(
    {
        field.name: field
        for field in EVENT_FIELDS
        if field.kind not in (Kind.TEXTS, Kind.SOURCE) and field.name not in ("event_id", "origin", "complete")
    }
)
"""The event fields that a column can fill."""

COMMAND = "command_line"

_GUESSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        COMMAND: ("command_line", "commandline", "process.command_line", "proctitle", "command", "cmd", "cmdline"),
        "time": ("time", "timestamp", "@timestamp", "utctime", "timegenerated", "timecreatedutc"),
        "host": ("host", "hostname", "host.name", "computer", "computername"),
        "user": ("user", "username", "user.name"),
        "pid": ("pid", "process.pid"),
        "ppid": ("ppid", "process.parent.pid"),
        "exe": ("exe", "image", "process.executable"),
        "cwd": ("cwd", "currentdirectory", "process.working_directory"),
        "parent_command_line": ("parent_command_line", "parentcommandline", "process.parent.command_line"),
        "technique": ("technique", "technique_id"),
    }
)
"""Header names, in lower case, best first, that mean a field. Fields not here are known by their own name."""

_TRUE_FALSE = MappingProxyType({"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False})
_PLATFORMS = ("linux", "windows", "macos")
_INT64 = range(-(1 << 63), 1 << 63)


class CellError(ValueError):
    """A cell that is not what its column promises. The text never holds the cell: reasons are counted by it."""


def guess(header: Sequence[str]) -> dict[str, int]:
    """Event field -> place of its column, as far as ``header`` tells.

    >>> guess(["Computer", "CommandLine"])
    {'command_line': 1, 'host': 0}
    """
    lowered = [name.strip().lower() for name in header]
    found: dict[str, int] = {}
    for name in (COMMAND, *(name for name in MAPPABLE if name != COMMAND)):
        place = next((lowered.index(known) for known in _GUESSES.get(name, (name,)) if known in lowered), None)
        if place is not None:
            found[name] = place
    return found


def check_mapping(columns: Mapping[str, str]) -> None:
    """``UsageError`` for a field that no column can fill."""
    unknown = sorted(columns.keys() - MAPPABLE.keys())
    if unknown:
        raise UsageError(f"no column can fill {', '.join(unknown)}", remedy=f"fields are: {', '.join(MAPPABLE)}")


def places(header: Sequence[str], columns: Mapping[str, str], uri: str) -> dict[str, int]:
    """Event field -> place of its column: as ``columns`` say, else as the header lets guess."""
    found = guess(header)
    exact = {name: place for place, name in reversed(list(enumerate(header)))}
    for field, column in columns.items():
        if column not in exact:
            raise TelemetryError(
                f"there is no column {column!r} for {field}", where=uri, remedy=f"columns are: {_shown(header)}"
            )
        found[field] = exact[column]
    if COMMAND not in found:
        raise TelemetryError(
            "no column is known to hold the command",
            where=uri,
            remedy=f"name it with --column command_line=NAME; columns are: {_shown(header)}",
        )
    return found


def _shown(header: Sequence[str], most: int = 20) -> str:
    names = ", ".join(repr(name[:40]) for name in header[:most])
    return f"{names}, …" if len(header) > most else names


def cell_value(field: str, cell: str, zone: tzinfo = UTC) -> str | int | bool | datetime | None:
    """``cell`` as the kind of ``field``; an empty one is null. ``CellError`` if it is none."""
    if not cell:
        return None
    match MAPPABLE[field].kind:
        case Kind.INTEGER:
            return _integer(field, cell)
        case Kind.BOOLEAN:
            if cell.strip().lower() not in _TRUE_FALSE:
                raise CellError(f"{field} is neither true nor false")
            return _TRUE_FALSE[cell.strip().lower()]
        case Kind.TIME:
            return _time(field, cell, zone)
        case _:
            if field != "platform":
                return cell
            if cell.lower() not in _PLATFORMS:
                raise CellError(f"platform is none of {', '.join(_PLATFORMS)}")
            return cell.lower()


def _integer(field: str, cell: str) -> int:
    cell = cell.strip()
    is_hex = cell[:2].lower() == "0x"  # Windows writes process ids so
    digits = cell[2:] if is_hex else cell.removeprefix("-")
    # isascii: ``int`` would take other scripts' digits; the bound keeps it linear.
    if not (digits.isascii() and digits.isalnum() and len(digits) <= 20):
        raise CellError(f"{field} is not a whole number")
    try:
        value = int(cell, 16 if is_hex else 10)
    except ValueError as error:
        raise CellError(f"{field} is not a whole number") from error
    if value not in _INT64:
        raise CellError(f"{field} is past 64 bits")
    return value


def _time(field: str, cell: str, zone: tzinfo) -> datetime:
    """RFC 3339 (a time without zone is in ``zone``) or seconds since 1970."""
    cell = cell.strip()
    try:
        if cell.isascii() and cell.replace(".", "", 1).isdecimal() and len(cell) <= 20:
            whole, _, part = cell.partition(".")
            # In whole microseconds: a float would round what the record says.
            moment = datetime.fromtimestamp(int(whole), UTC)
            return moment.replace(microsecond=int(part[:6].ljust(6, "0")) if part else 0)
        moment = datetime.fromisoformat(cell)
        return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise CellError(f"{field} is not a time") from error
