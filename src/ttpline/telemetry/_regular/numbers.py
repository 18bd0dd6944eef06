"""Whole numbers and times out of the bytes of lines, many at once; what is not plain is left to who reads one."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._regular.scan import WORD, Bytes, Mask

Words = npt.NDArray[np.uint64]

MOST_DIGITS = 18
"""So many always fit 64 bits."""

_LATEST = 253_402_300_799_999_999
_ZERO, _DIGIT = b"0d"

_SECOND = 19
"""How long a time is up to its seconds."""

_LENGTHS = range(_SECOND, 36)
_FIRST_YEAR, _YEARS = 1970, 8030


def digits(raw: Bytes, starts: Int64s, stops: Int64s) -> tuple[Int64s, Mask]:
    """Numbers of at most ``MOST_DIGITS`` decimal digits, and which are."""
    sizes = stops - starts
    is_plain = (sizes > 0) & (sizes <= MOST_DIGITS)
    values = np.zeros(len(starts), np.int64)
    shortest = int(sizes.min(initial=MOST_DIGITS))
    for at in range(min(int(sizes.max(initial=0)), MOST_DIGITS)):
        digit = raw.take(starts + at, mode="clip") - np.uint8(_ZERO)
        if at < shortest:
            values *= 10
            values += digit
            is_plain &= digit < 10
        else:
            there = at < sizes
            is_plain &= (digit < 10) | ~there
            values = np.where(there, values * 10 + digit, values)
    return values, is_plain


def epochs(numbers: Int64s) -> tuple[Int64s, Mask]:
    """As ``_times.epoch`` has it: microseconds of numbers of seconds to nanoseconds, and which are times."""
    if (numbers < 10**11).all():
        scaled = numbers * 1_000_000
    else:
        units = [numbers < 10**11, numbers < 10**14, numbers < 10**17]
        seconds, milliseconds = np.minimum(numbers, 10**11), np.minimum(numbers, 10**14)
        scaled = np.select(units, [seconds * 1_000_000, milliseconds * 1_000, numbers], numbers // 1_000)
    return scaled, (numbers >= 0) & (scaled <= _LATEST)


def moments(words: Words, starts: Int64s, stops: Int64s) -> tuple[Int64s, Mask]:
    """Microseconds since 1970 of times like ``2026-01-02T03:04:05.678Z``, and which are: in UTC or without a zone."""
    values, is_plain = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.bool_)
    sizes = stops - starts
    longest = int(sizes.max(initial=0))
    for size in (longest,) if (sizes == longest).all() else np.unique(sizes).tolist():
        if size not in _LENGTHS:
            continue
        rows = slice(None) if size == longest and (sizes == longest).all() else np.flatnonzero(sizes == size)
        values[rows], is_plain[rows] = _moments(words, starts[rows], size)
    return values, is_plain


def _moments(words: Words, starts: Int64s, size: int) -> tuple[Int64s, Mask]:
    """Of texts that all have one length."""
    date, fits = _figures(words[starts], b"dddd-dd-")
    day, has_day = _figures(words[starts + 8], b"ddT")
    if not has_day.all():
        other, has_other = _figures(words[starts + 8], b"dd ")
        day, has_day = np.where(has_day, day, other), has_day | has_other
    clock, has_clock = _figures(words[starts + 11], b"dd:dd:dd")
    part, has_part = _fraction(words, starts, size)
    fits &= has_day & has_clock & has_part
    year = 1000 * _at(date, 0) + 100 * _at(date, 1) + 10 * _at(date, 2) + _at(date, 3)
    month, days = 10 * _at(date, 5) + _at(date, 6), 10 * _at(day, 0) + _at(day, 1)
    hour, minute, second = (10 * _at(clock, at) + _at(clock, at + 1) for at in (0, 3, 6))
    fits &= (year >= _FIRST_YEAR) & (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(fits, (year - _FIRST_YEAR) * 12 + month - 1, 0)
    first = _first_days()
    start = first[months]
    fits &= (days >= 1) & (days <= first[months + 1] - start)
    seconds = (start + days - 1) * 86_400 + hour * 3_600 + minute * 60 + second
    return seconds * 1_000_000 + part, fits


def _fraction(words: Words, starts: Int64s, size: int) -> tuple[Int64s, Mask]:
    """Microseconds behind the seconds, and whether nothing but up to nine digits and ``Z`` or ``+00:00`` is there."""
    part, fits = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.bool_)
    for zone in (b"", b"Z", b"+00:00"):
        count = size - _SECOND - len(zone) - 1
        if count != -1 and not 1 <= count <= 9:
            continue
        form = (b"." + b"d" * count if count > 0 else b"") + zone
        found, ok = np.zeros(len(starts), np.int64), np.ones(len(starts), np.bool_)
        for at in range(0, len(form), WORD):
            figures, is_form = _figures(words[starts + _SECOND + at], form[at : at + WORD])
            ok &= is_form
            if at == 0 and count > 0:
                for place in range(1, 7):
                    found = found * 10 + (_at(figures, place) if place <= count else 0)
        part, fits = np.where(ok, found, part), fits | ok
    return part, fits


def _figures(found: Words, form: bytes) -> tuple[Words, Mask]:
    """The digits that stand where ``form`` has a ``d``; and whether they do, and all else is as ``form`` has it."""
    is_digit = [code == _DIGIT for code in form]
    high = sum((0xF0 if one else 0xFF) << 8 * at for at, one in enumerate(is_digit))
    six = sum(0x06 << 8 * at for at, one in enumerate(is_digit) if one)
    differs = found ^ np.uint64(int.from_bytes(form.replace(b"d", b"0"), "little"))
    if len(form) < WORD:
        differs &= np.uint64((1 << 8 * len(form)) - 1)
    return differs, (((differs + np.uint64(six)) | differs) & np.uint64(high)) == 0


def _at(figures: Words, place: int) -> Int64s:
    return ((figures >> np.uint64(8 * place)) & np.uint64(0xF)).astype(np.int64)


@cache
def _first_days() -> Int64s:
    """Days from 1970 to the first of each month up to the year 10000."""
    months = np.arange(_YEARS * 12 + 1, dtype=np.int64)
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
