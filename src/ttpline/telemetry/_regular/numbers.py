"""Whole numbers and times out of the bytes of lines, many at once; what is not plain is left to who reads one."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._regular.scan import WORD, Mask

Words = npt.NDArray[np.uint64]

MOST_DIGITS = 18
"""So many always fit 64 bits."""

_LATEST = 253_402_300_799_999_999
_ZERO, _DIGIT = b"0d"

_SECOND = 19
"""How long a time is up to its seconds."""

_LENGTHS = range(_SECOND, 36)
_FIRST_YEAR, _YEARS = 1970, 8030


def digits(words: Words, starts: Int64s, stops: Int64s) -> tuple[Int64s, Mask]:
    """Numbers of at most ``MOST_DIGITS`` decimal digits, and which are."""
    is_plain, values = _may_be_digits(starts, stops), np.zeros(starts.shape, np.int64)
    for before, figures in _eights(words, starts, stops, is_plain):
        is_plain &= _are_figures(figures)
        values += _eight(figures).astype(np.int64) * 10**before
    return values, is_plain


def are_digits(words: Words, starts: Int64s, stops: Int64s) -> Mask:
    """Which are numbers of at most ``MOST_DIGITS`` decimal digits."""
    is_plain = _may_be_digits(starts, stops)
    for _, figures in _eights(words, starts, stops, is_plain):
        is_plain &= _are_figures(figures)
    return is_plain


def _may_be_digits(starts: Int64s, stops: Int64s) -> Mask:
    return np.asarray((stops > starts) & (stops - starts <= MOST_DIGITS))


def _eights(words: Words, starts: Int64s, stops: Int64s, is_plain: Mask) -> Iterator[tuple[int, Words]]:
    """The last eight characters of each number without their ``0``, those before them, the first: as many as stand
    behind, and they; 0 where there is no character."""
    sizes = stops - starts
    for before in range(0, int(sizes.max(initial=0, where=is_plain)), WORD):
        at = np.maximum(starts, stops - (before + WORD))
        missing = np.maximum(before + WORD - sizes, 0)  # a word shifted by its own size and more is 0
        yield before, (words[at] ^ _ZEROS) << (missing * WORD).astype(np.uint64)


def _are_figures(figures: Words) -> Mask:
    return np.asarray((((figures + _SIX) | figures) & _HIGH) == 0)


_THREE = np.uint64((1 << 24) - 1)
_ZEROS, _SIX, _HIGH = (np.uint64(int.from_bytes(bytes([code]) * WORD, "little")) for code in b"0\x06\xf0")


def _eight(found: Words) -> Words:
    """What eight digits say, each a byte, the first in the lowest: by pairs, fours, all."""
    found = (found * np.uint64(10 * 2**8 + 1)) >> np.uint64(8)
    found = ((found & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(100 * 2**16 + 1)) >> np.uint64(16)
    return ((found & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(10_000 * 2**32 + 1)) >> np.uint64(32)


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
    dates, days = words[starts], words[starts + 8] & _THREE
    if len(dates) and (dates == dates[0]).all() and (days == days[0]).all():  # as in most logs
        dates, days = dates[:1], days[:1]
    midnight, is_date = _midnights(dates, days)
    clock, fits = _figures(words[starts + 11], b"dd:dd:dd")
    part, has_part = _fraction(words, starts, size)
    fits &= is_date & has_part
    clock = _paired(clock)
    hour, minute, second = (_byte(clock, at) for at in (0, 3, 6))
    fits &= (hour < 24) & (minute < 60) & (second < 60)
    return (midnight + hour * 3_600 + minute * 60 + second) * 1_000_000 + part, fits


def _midnights(dates: Words, days: Words) -> tuple[Int64s, Mask]:
    """Seconds since 1970 of ``2026-01-`` with ``02T`` or ``02 ``."""
    date, fits = _figures(dates, b"dddd-dd-")
    day, has_day = _figures(days, b"ddT")
    if not has_day.all():
        other, has_other = _figures(days, b"dd ")
        day, has_day = np.where(has_day, day, other), has_day | has_other
    date = _paired(date)
    year, month, number = 100 * _byte(date, 0) + _byte(date, 2), _byte(date, 5), _byte(_paired(day), 0)
    fits &= has_day & (year >= _FIRST_YEAR) & (month >= 1) & (month <= 12)
    months = np.where(fits, (year - _FIRST_YEAR) * 12 + month - 1, 0)
    first = _first_days()
    start = first[months]
    fits &= (number >= 1) & (number <= first[months + 1] - start)
    return (start + number - 1) * 86_400, fits


def _fraction(words: Words, starts: Int64s, size: int) -> tuple[Int64s, Mask]:
    """Microseconds behind the seconds, and whether nothing but up to nine digits and ``Z`` or ``+00:00`` is there."""
    part, fits = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.bool_)
    for zone in (b"Z", b"+00:00", b""):
        count = size - _SECOND - len(zone) - 1
        if count != -1 and not 1 <= count <= 9:
            continue
        form = (b"." + b"d" * count if count > 0 else b"") + zone
        found, ok = np.zeros(len(starts), np.int64), np.ones(len(starts), np.bool_)
        for at in range(0, len(form), WORD):
            figures, is_form = _figures(words[starts + _SECOND + at], form[at : at + WORD])
            ok &= is_form
            if at == 0 and count > 0:
                kept = min(count, 6)
                figures = (figures >> np.uint64(8)) << np.uint64(WORD * (WORD - kept))
                found = _eight(figures).astype(np.int64) * 10 ** (6 - kept)
        part, fits = np.where(ok, found, part), fits | ok
        if fits.all():
            break
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


def _paired(figures: Words) -> Words:
    """In each byte the number that its digit and the next one make."""
    return figures * np.uint64(10) + (figures >> np.uint64(8))


def _byte(words: Words, place: int) -> Int64s:
    return ((words >> np.uint64(8 * place)) & np.uint64(0xFF)).astype(np.int64)


@cache
def _first_days() -> Int64s:
    """Days from 1970 to the first of each month up to the year 10000."""
    months = np.arange(_YEARS * 12 + 1, dtype=np.int64)
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
