"""Local dates as ``strftime("%x %T")`` writes them: the order of day and month is the locale's."""

import re
from datetime import datetime, tzinfo

from ttpline.telemetry._times import microseconds

_STAMP = re.compile(
    r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})\.?,? (\d{1,2}):(\d\d):(\d\d)(?: ?([AaPp])\.?[Mm]\.?)?\.(\d{1,3})", re.ASCII
)


class DateOrder:
    """What a log shows of its order: a part above 12 is a day. Until then ``day_first``, or the C locale's month first.

    >>> from datetime import UTC
    >>> order = DateOrder(UTC, day_first=False)
    >>> order.milliseconds("06/10/24 06:13:21.823"), order.see("25/06/24 00:00:00.000"), order.shown
    (1718000001823, None, True)
    """

    def __init__(self, zone: tzinfo, *, day_first: bool) -> None:
        self._zone = zone
        self._day_first = day_first
        self.shown: bool | None = None

    def see(self, stamp: str) -> None:
        """A stamp of the log; the first one that can be read in one way only decides."""
        if self.shown is not None:
            return
        found = _STAMP.fullmatch(stamp)
        if found is None or len(found[1]) > 2 or found[2] == ".":
            return
        first, second = int(found[1]), int(found[3])
        if first > 12 >= second:
            self.shown = True
        elif second > 12 >= first:
            self.shown = False

    def milliseconds(self, stamp: str) -> int | None:
        """Since 1970 UTC; None for what is no time. A date that makes sense in one way only is read in that way."""
        found = _STAMP.fullmatch(stamp)
        if found is None:
            return None
        parts = int(found[1]), int(found[3]), int(found[4])
        if len(found[1]) > 2:
            year, month, day = parts
        else:
            is_day_first = found[2] == "." or (self._day_first if self.shown is None else self.shown)
            day, month, year = parts if is_day_first else (parts[1], parts[0], parts[2])
            if month > 12 >= day:
                day, month = month, day
            year += 2000 if year < 100 else 0
        hour = int(found[5])
        if found[8]:
            hour = hour % 12 + (12 if found[8] in "Pp" else 0)
        thousandths = int(found[9].ljust(3, "0"))
        try:
            at = datetime(year, month, day, hour, int(found[6]), min(int(found[7]), 59), thousandths * 1000, self._zone)
        except (ValueError, OverflowError):
            return None
        micro = microseconds(at)
        return None if micro is None else micro // 1000
