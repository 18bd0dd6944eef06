"""What a line of JSON is but for its values: made from one line, and found again in others byte by byte."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._regular.numbers import are_digits
from ttpline.telemetry._regular.scan import WORD, Mask, Scan

MOST_SLOTS = 400
MOST_BYTES = 1 << 15
"""Longer lines make no skeleton: one that large serves hardly any other line."""

MOST_DEPTH = 30
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|-?[0-9][0-9.eE+-]*+|true|false|null|[][{}:,]|[ \t\r]++')
_NUMBER = re.compile(rb"(?:0|[1-9][0-9]{0,17})")
"""A whole number of 64 bits; a longer one is part of the skeleton."""

_ZERO, _QUOTE = 0x30, 0x22

Path = tuple[str | int, ...]


class Kind(IntEnum):
    """What stands in a place of a record."""

    MISSING = 0
    NULL = 1
    TEXT = 2
    NUMBER = 3
    """A whole number."""
    LIST = 4
    """Of texts."""
    TRUE = 5
    FALSE = 6
    OTHER = 7


@dataclass(slots=True)
class Slot:
    """A value that differs from line to line. ``start``, ``stop``: in the line that the skeleton was made from."""

    path: Path
    kind: Kind
    start: int
    stop: int


class NoSkeletonError(Exception):
    """A line from which none is made."""


@dataclass(slots=True)
class Fit:
    """The ``rows`` of a scan that a skeleton fits, and where the value of each slot is, a row a slot."""

    rows: Int64s
    starts: Int64s
    stops: Int64s

    def where(self, mask: Mask) -> "Fit":
        return Fit(self.rows[mask], self.starts[:, mask], self.stops[:, mask])


@dataclass(slots=True)
class Skeleton:
    """``record``: what the line that it was made from says. ``slots``: the values, in order of the line.

    ``fits_found``: how many lines it fitted so far.
    """

    record: dict[str, Any] = field(repr=False)
    slots: list[Slot]
    quotes: int
    _fixed_sizes: Int64s = field(repr=False)
    _part: Int64s = field(repr=False)
    _offset: Int64s = field(repr=False)
    _wanted: npt.NDArray[np.uint64] = field(repr=False)
    _ignored: npt.NDArray[np.uint64] | None = field(repr=False)
    _start_quote: Int64s = field(repr=False)
    _start_offset: Int64s = field(repr=False)
    _stop_quote: Int64s = field(repr=False)
    _stop_offset: Int64s = field(repr=False)
    _numbers: Int64s = field(repr=False)
    _lists: Int64s = field(repr=False)
    _slot_at: dict[Path, int] = field(repr=False)
    fits_found: int = 0

    def kind(self, *path: str | int) -> tuple[Kind, int]:
        """What stands at ``path``; the slot, or -1 where every line has the same there."""
        index = self._slot_at.get(path)
        if index is not None:
            return self.slots[index].kind, index
        value: Any = self.record
        for name in path:
            if value is None:
                return Kind.MISSING, -1
            if not isinstance(value, dict):
                return Kind.OTHER, -1
            if name not in value:
                return Kind.MISSING, -1
            value = value[name]
        if value is None:
            return Kind.NULL, -1
        return (Kind.TRUE if value else Kind.FALSE) if isinstance(value, bool) else Kind.OTHER, -1

    def fit(self, scan: Scan, rows: Int64s) -> Fit:
        """Those of ``rows``, all with as many quotes, that this is the skeleton of."""
        quotes, first, stops = scan.quotes, scan.first[rows], scan.stops[rows]
        begins = quotes.take(first + self._start_quote[:, None], mode="clip") + self._start_offset[:, None]
        ends = quotes.take(first + self._stop_quote[:, None], mode="clip") - self._stop_offset[:, None]
        if len(self.slots) and self._stop_quote[-1] == self.quotes:
            ends[-1] = stops - self._stop_offset[-1]
        bounds = np.vstack([scan.starts[rows], ends])
        sizes = np.vstack([begins, stops]) - bounds
        fits = (sizes == self._fixed_sizes[:, None]).all(axis=0) & (begins <= ends).all(axis=0) & ~scan.is_odd[rows]
        found = Fit(rows, begins, ends)
        if not fits.all():
            found, bounds = found.where(fits), bounds[:, fits]
        fits = self._has_fixed(scan, bounds)
        if self._numbers.size:
            fits &= _are_numbers(scan, found.starts[self._numbers], found.stops[self._numbers])
        if self._lists.size:
            fits &= _are_lists(scan, found.starts[self._lists], found.stops[self._lists])
        if not fits.all():
            found = found.where(fits)
        self.fits_found += len(found.rows)
        return found

    def _has_fixed(self, scan: Scan, bounds: Int64s) -> Mask:
        fits = np.ones(bounds.shape[1], np.bool_)
        step = max(1, _WORDS_AT_ONCE // max(len(self._part), 1))
        for at in range(0, bounds.shape[1], step):
            places = bounds[:, at : at + step].take(self._part, axis=0)
            places += self._offset[:, None]
            found = scan.words[places]
            if self._ignored is not None:
                found &= self._ignored[:, None]
            fits[at : at + step] = (found == self._wanted[:, None]).all(axis=0)
        return fits


_WORDS_AT_ONCE = 1 << 16
"""So many are compared in the caches of a core."""


def _are_numbers(scan: Scan, starts: Int64s, stops: Int64s) -> Mask:
    """Of which rows all values are whole numbers as JSON writes them."""
    sizes = stops - starts
    fits = (sizes == 1) | (scan.raw.take(starts, mode="clip") != _ZERO)
    return np.asarray((fits & are_digits(scan.words, starts, stops)).all(axis=0))


def _are_lists(scan: Scan, starts: Int64s, stops: Int64s) -> Mask:
    """Of which rows all values are lists of strings."""
    if not scan.list_starts.size:
        return np.zeros(starts.shape[1], np.bool_)
    at = np.minimum(np.searchsorted(scan.list_starts, starts), len(scan.list_starts) - 1)
    return np.asarray(((scan.list_starts[at] == starts) & (scan.list_stops[at] == stops)).all(axis=0))


def skeleton_of(scan: Scan, row: int) -> Skeleton:
    """That of one line; ``NoSkeletonError`` where it is no plain object."""
    start, stop = int(scan.starts[row]), int(scan.stops[row])
    line = scan.raw[start:stop].tobytes()
    if len(line) > MOST_BYTES or scan.is_odd[row]:
        raise NoSkeletonError
    try:
        record = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NoSkeletonError from error
    if not isinstance(record, dict):
        raise NoSkeletonError
    at = np.searchsorted(scan.list_starts, start)
    end = np.searchsorted(scan.list_starts, stop)
    lists = dict(
        zip((scan.list_starts[at:end] - start).tolist(), (scan.list_stops[at:end] - start).tolist(), strict=True)
    )
    slots = list(_slots(line, lists))
    first = int(scan.first[row])
    quotes = scan.quotes[first : first + int(scan.counts[row])] - start
    return _compiled(line, record, slots, quotes)


def _slots(line: bytes, lists: dict[int, int]) -> Iterator[Slot]:
    """The values of ``line``, which is JSON: strings, whole numbers of an object's, lists of strings."""
    path: list[str | int] = []
    seen: list[set[str]] = []
    is_key, at = False, 0
    while at < len(line):
        token = _TOKEN.match(line, at)
        if token is None:
            raise NoSkeletonError
        text, start, at = token[0], at, token.end()
        code = text[:1]
        if code == b"{":
            path.append("")
            seen.append(set())
            is_key = True
        elif code == b"[" and start in lists:
            if not path or not isinstance(path[-1], str):
                raise NoSkeletonError  # a list of lists
            at = lists[start]
            yield Slot(tuple(path), Kind.LIST, start, at)
        elif code == b"[":
            path.append(0)
            seen.append(set())
        elif code in (b"}", b"]"):
            path.pop()
            seen.pop()
        elif code == b",":
            last = path[-1]
            is_key = isinstance(last, str)
            if isinstance(last, int):
                path[-1] = last + 1
        elif code == b'"' and is_key:
            key = msgspec.json.decode(text)
            if b"\\" in text or key in seen[-1]:
                raise NoSkeletonError  # of two alike, only one counts
            seen[-1].add(key)
            path[-1] = key
            is_key = False
        elif code == b'"':
            yield Slot(tuple(path), Kind.TEXT, start + 1, at - 1)
        elif path and isinstance(path[-1], str) and _NUMBER.fullmatch(text):
            yield Slot(tuple(path), Kind.NUMBER, start, at)
        if len(path) > MOST_DEPTH:
            raise NoSkeletonError


def _compiled(line: bytes, record: dict[str, Any], slots: list[Slot], quotes: Int64s) -> Skeleton:
    if len(slots) > MOST_SLOTS:
        raise NoSkeletonError
    starts = np.array([slot.start for slot in slots], np.int64)
    stops = np.array([slot.stop for slot in slots], np.int64)
    begins, ends = [0, *stops.tolist()], [*starts.tolist(), len(line)]
    parts, offsets, wanted, ignored = [], [], [], []
    for index, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        for offset in _words(end - begin):
            size = min(WORD, end - begin)
            parts.append(index)
            offsets.append(offset)
            wanted.append(int.from_bytes(line[begin + offset : begin + offset + size], "little"))
            ignored.append((1 << 8 * size) - 1)
    before = (
        np.searchsorted(quotes, starts) - 1
    )  # the quote that begins a string, or that ends the key of another value
    behind = np.searchsorted(quotes, stops)
    with_end = np.append(quotes, len(line))
    return Skeleton(
        record,
        slots,
        len(quotes),
        np.array(ends, np.int64) - np.array(begins, np.int64),
        np.array(parts, np.int64),
        np.array(offsets, np.int64),
        np.array(wanted, np.uint64),
        None if all(mask == _ALL for mask in ignored) else np.array(ignored, np.uint64),
        before,
        starts - quotes[before] if len(slots) else starts,
        behind,
        with_end[behind] - stops,
        np.array([index for index, slot in enumerate(slots) if slot.kind is Kind.NUMBER], np.int64),
        np.array([index for index, slot in enumerate(slots) if slot.kind is Kind.LIST], np.int64),
        {slot.path: index for index, slot in enumerate(slots)},
    )


_ALL = (1 << 8 * WORD) - 1


def _words(size: int) -> Iterator[int]:
    """Where words begin that cover ``size`` bytes, the last over the one before it."""
    yield from range(0, size - WORD + 1, WORD)
    if size % WORD:
        yield max(size - WORD, 0)
