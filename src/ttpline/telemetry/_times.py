"""Times as logs write them, in whole microseconds since 1970 UTC. Nothing is guessed: what is no time is None."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ttpline.errors import UsageError

UTC_NAME = "UTC"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,12}))? ?(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_NUMBER = re.compile(r"-?\d{1,19}(?:\.\d{1,12})?", re.ASCII)
_ORDINARY_LENGTHS = range(19, 33)
_EARLIEST, _LATEST = 0, 253_402_300_799_999_999
"""1970 to 9999, in microseconds."""


@cache
def zone(name: str) -> tzinfo:
    """The zone that times without one are in; ``UsageError`` for a name that is none.

    >>> zone("+02:00").utcoffset(None)
    datetime.timedelta(seconds=7200)
    """
    offset = re.fullmatch(r"([+-])(\d\d):?(\d\d)", name, re.ASCII)
    try:
        if offset:
            return datetime.strptime(name, "%z").tzinfo or UTC
        return UTC if name.upper() == UTC_NAME else ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise UsageError(f"there is no zone {name[:40]!r}", remedy="write --tz Europe/Prague or --tz +02:00") from error


def microseconds(moment: datetime) -> int | None:
    """A time with its zone; None before 1970.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, UTC))
    1000005
    """
    found = (moment - _EPOCH) // _MICROSECOND
    return found if _EARLIEST <= found <= _LATEST else None


def rfc3339(text: str, default: tzinfo = UTC) -> int | None:
    """``2026-01-02T03:04:05.678Z``, also with a space, a comma, no zone (then ``default``), nanoseconds (cut).

    >>> rfc3339("1970-01-01 00:00:01.5")
    1500000
    """
    if text[4:5] == text[7:8] == "-" and text[10:11] in ("T", " ") and len(text) in _ORDINARY_LENGTHS:
        try:  # in C, for what nearly all logs write
            moment = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return microseconds(moment if moment.tzinfo is not None else moment.replace(tzinfo=default))
    found = _RFC3339.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second, part, offset = found.groups()
    micro = int(part[:6].ljust(6, "0")) if part else 0
    try:
        place: tzinfo = default
        if offset:
            plain = "+0000" if offset.upper() in ("Z", UTC_NAME) else offset.replace(":", "").ljust(5, "0")
            place = datetime.strptime(plain, "%z").tzinfo or UTC
        at = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59), micro, place)
        return microseconds(at)
    except (ValueError, OverflowError):
        return None


def epoch(value: str | int | float | None) -> int | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, by their size; text is taken exactly.

    >>> epoch("1718000000"), epoch(1718000000123), epoch("1718000000.5")
    (1718000000000000, 1718000000123000, 1718000000500000)
    """
    text = repr(value) if isinstance(value, float) else str(value)
    if value is None or isinstance(value, bool) or not _NUMBER.fullmatch(text):
        return None
    whole, _, part = text.partition(".")
    number = int(whole)
    if number < 0:
        return None
    # 1e11 seconds is the year 5138, 1e11 milliseconds is 1973: what is larger counts in smaller units.
    for limit, scale in ((10**11, 1_000_000), (10**14, 1_000), (10**17, 1)):
        if number < limit:
            found = number * scale + (int(part[:6].ljust(6, "0")) * scale // 1_000_000 if part else 0)
            return found if found <= _LATEST else None
    return number // 1_000


def filetime(ticks: int) -> int | None:
    """Windows FILETIME: 100 ns since 1601.

    >>> filetime(116444736000000010)
    1
    """
    found = ticks // 10 - 11_644_473_600_000_000
    return found if _EARLIEST <= found <= _LATEST else None
