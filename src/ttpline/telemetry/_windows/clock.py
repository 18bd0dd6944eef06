"""Dates as Windows writes them for people: the order of day and month depends on the settings of a machine."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from ttpline.telemetry._times import microseconds, rfc3339

_NUMBERS = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4}),? {1,2}(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:[.,](\d{1,9}))?)?"
    r"(?:[ \u202f\xa0]?([AaPp])\.?[Mm]\.?)?(?: ?(Z|UTC))?",
    re.ASCII,
)
_NAMED = re.compile(
    r"([A-Za-z]{3})[a-z]{0,6} (\d{1,2}), (\d{4}),? (?:@ )?(\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: ?([AaPp])[Mm])?"
)
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}


@dataclass(slots=True)
class Clock:
    """``zone``: of times without one. What one time of a log tells about the order of day and month holds for the next.

    A time that could be either and stands before any that tells is None, not a guess.

    >>> from datetime import UTC
    >>> clock = Clock(UTC)
    >>> clock.time("1/2/2026 03:04:05"), clock.time("13/2/2026 03:04:05"), clock.time("1/2/2026 03:04:05")
    (None, 1770951845000000, 1769915045000000)
    """

    zone: tzinfo
    _is_day_first: bool | None = None

    def time(self, text: str) -> int | None:
        """Microseconds since 1970 UTC of RFC 3339 or of a date as a Windows culture writes it."""
        text = text.strip()
        found = rfc3339(text, self.zone)
        if found is not None:
            return found
        if numbers := _NUMBERS.fullmatch(text):
            first, mark, second, year, hour, minute, sec, part, half, utc = numbers.groups()
            order = self._order(int(first), int(second), mark, half)
            if order is None:
                return None
            day, month = order
            return self._at(year, month, day, hour, minute, sec, part, half, is_utc=bool(utc))
        if named := _NAMED.fullmatch(text):
            name, day_text, year, hour, minute, sec, part, half = named.groups()
            number = _MONTHS.get(name.lower())
            return self._at(year, number, int(day_text), hour, minute, sec, part, half) if number else None
        return None

    def _order(self, first: int, second: int, mark: str, half: str | None) -> tuple[int, int] | None:
        """Day and month. Dots are only between days and months, AM and PM with slashes stand behind months first."""
        if first > 12 or mark == ".":
            self._is_day_first = True
        elif second > 12 or (mark == "/" and half and self._is_day_first is None):
            self._is_day_first = False
        elif first == second:
            return first, second
        if self._is_day_first is None:
            return None
        return (first, second) if self._is_day_first else (second, first)

    def _at(
        self,
        year: str,
        month: int,
        day: int,
        hour: str,
        minute: str,
        second: str | None,
        part: str | None,
        half: str | None,
        *,
        is_utc: bool = False,
    ) -> int | None:
        hours = int(hour)
        if half:
            if not 1 <= hours <= 12:
                return None
            hours = hours % 12 + (12 if half in "Pp" else 0)
        micro = int(part[:6].ljust(6, "0")) if part else 0
        try:
            moment = datetime(int(year), month, day, hours, int(minute), int(second or 0), micro)
            if is_utc:
                return microseconds(moment.replace(tzinfo=UTC))
            return microseconds(moment.replace(tzinfo=self.zone))
        except (ValueError, OverflowError):
            return None
