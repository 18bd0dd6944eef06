"""How the lines of a skeleton lie: runs of bytes that are at the same distance from each other in every line.

Between two runs there is a value of any size; in them there are values that had the same size, or were the same, in
every line so far. A run is compared as a whole, so a line costs little more than what differs in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._regular.numbers import are_digits
from ttpline.telemetry._regular.quotes import Words
from ttpline.telemetry._regular.scan import WORD, Mask, Scan
from ttpline.telemetry._regular.skeleton import MOST_ITEMS, Kind, Skeleton, Slot

_AT_ONCE = 1 << 17
"""Bytes that are compared with the caches of a core."""

_TOGETHER = 1 << 15
"""So many bytes all runs of a layout have at most that are compared by one loop in C, as each loop has its price."""

MOST_RUNS = 4
"""A line is read faster by itself than as one of few with more runs than that for each of them."""

_ZERO = 0x30


class Size(IntEnum):
    """What is known of a value, the least first."""

    ANY = 0
    SAME = 1
    """As many bytes in every line."""
    FIXED = 2
    """The same bytes."""


@dataclass(frozen=True, slots=True)
class Run:
    """Bytes ``start`` to ``stop`` of the skeleton's line. ``wanted``: the words of many such runs, one behind the
    other, each filled up to ``width``; ``counted``: which bits of them are not those of a value that may be any.

    ``end``: the slot behind it, which has any size. ``before_quote``: how far that slot's end is before the next quote,
    where that is what ends it; ``before_end``: how far it is before the end of the line, where there is no quote.
    """

    start: int
    stop: int
    width: int
    wanted: Words = field(repr=False)
    counted: Words = field(repr=False)
    end: Slot | None
    before_quote: int
    before_end: int

    @property
    def size(self) -> int:
        return self.stop - self.start

    def fits(self, scan: Scan, places: Int64s) -> Mask:
        """At which of ``places``, of which there are some, it stands; it must not go beyond the end of the bytes."""
        # Many bytes of one kind are copied at once, and compared as words without an end.
        cut = np.ndarray((len(scan.bare) - self.width + 1,), f"V{self.width}", scan.bare, strides=(1,))
        fits, step, many = np.ones(len(places), np.bool_), max(1, _AT_ONCE // self.width), len(self.wanted)
        for at in range(0, len(places), step):
            words = cut[places[at : at + step]].view("<u8")
            is_same = np.empty(len(words), np.bool_)
            whole = len(words) // many * many
            for part, same in ((words[:whole], is_same[:whole]), (words[whole:], is_same[whole:])):
                rows = part.reshape(-1, min(many, len(part) or 1))
                rows &= self.counted[: rows.shape[1]]
                np.equal(rows, self.wanted[: rows.shape[1]], out=same.reshape(rows.shape))
            if not is_same.all():
                fits[at : at + step] = is_same.reshape(-1, self.width // WORD).all(axis=1)
        return fits


@dataclass(slots=True)
class Fit:
    """The ``lines`` of a scan that a layout fits, and where its runs begin in each, a row a run."""

    lines: Int64s
    layout: "Layout"
    places: list[Int64s]

    def span(self, slot: int) -> tuple[Int64s, Int64s]:
        """From where to where the value of a slot is in each line."""
        run, offset = self.layout.run_of[slot]
        wanted = self.layout.skeleton.slots[slot]
        if offset < 0:
            return self.places[run] + self.layout.runs[run].size, self.places[run + 1]
        starts = self.places[run] + offset
        return starts, starts + (wanted.stop - wanted.start)


@dataclass(frozen=True, slots=True)
class Layout:
    """``sizes``: of each slot. ``run_of``: in which run it is and how far from its start; -1 where it is behind it."""

    skeleton: Skeleton
    sizes: tuple[Size, ...]
    runs: tuple[Run, ...] = field(repr=False)
    run_of: tuple[tuple[int, int], ...] = field(repr=False)
    quotes: int
    """How many are in the runs."""
    numbers: tuple[int, ...]
    """Slots of whole numbers that are not fixed."""

    def fixed(self, slot: int) -> bytes | None:
        """The bytes that a value is in every line, if it is fixed."""
        value = self.skeleton.slots[slot]
        return self.skeleton.line[value.start : value.stop] if self.sizes[slot] is Size.FIXED else None

    @property
    def has_lists(self) -> bool:
        """Whether a line may have more quotes than ``quotes``."""
        return any(run.end is not None and run.end.kind is Kind.LIST for run in self.runs)

    def fit(self, scan: Scan, lines: Int64s) -> Fit:
        """Those of ``lines`` that lie like this; none where they are too few for their runs."""
        counts = scan.counts[lines]
        lines = lines[counts >= self.quotes if self.has_lists else counts == self.quotes]
        fit, quotes = Fit(lines, self, []), np.full(len(lines), self.quotes)
        at, stops = scan.block.starts[lines], scan.block.stops[lines]

        def keep(mask: Mask) -> None:
            nonlocal at, stops, quotes
            if not mask.all():
                at, stops, quotes, fit.lines = at[mask], stops[mask], quotes[mask], fit.lines[mask]
                fit.places = [places[mask] for places in fit.places]

        for index, run in enumerate(self.runs):
            keep(at + run.size <= stops)
            if len(at):
                keep(run.fits(scan, at))
            if len(at) * MOST_RUNS <= len(self.runs) - index - 1:
                nothing = at[:0]
                return Fit(nothing, self, [nothing] * len(self.runs))
            fit.places.append(at)
            at = at + run.size
            if run.end is None:
                break
            if run.end.kind is Kind.LIST:
                at, items = _list_ends(scan, at, stops)
                quotes = quotes + 2 * items
                keep(items >= 0)
            elif run.before_quote >= 0:
                at = np.maximum(scan.quotes.next(at) - run.before_quote, at)
            else:
                at = np.maximum(stops - run.before_end, at)
        keep((at == stops) & (quotes == scan.counts[fit.lines]))
        if self.numbers and len(at):
            spans = [fit.span(slot) for slot in self.numbers]
            starts, ends = np.stack([start for start, _ in spans]), np.stack([stop for _, stop in spans])
            keep(_are_numbers(scan, starts, ends))
        return fit


def _are_numbers(scan: Scan, starts: Int64s, stops: Int64s) -> Mask:
    """Of which rows all values are whole numbers as JSON writes them."""
    fits = (stops - starts == 1) | (scan.raw.take(starts, mode="clip") != _ZERO)
    return np.asarray((fits & are_digits(scan.words, starts, stops)).all(axis=0))


def _list_ends(scan: Scan, starts: Int64s, stops: Int64s) -> tuple[Int64s, Int64s]:
    """Where lists of strings end, and how many each has; -1 where there is no such list."""
    ends, counts = starts.copy(), np.full(len(starts), -1)
    words = scan.words[starts]
    is_empty = (words & _TWO) == _word(b"[]")
    ends[is_empty] += 2
    counts[is_empty] = 0
    rows = np.flatnonzero((words & _TWO) == _word(b'["'))
    places = starts[rows] + 2  # behind a quote
    for count in range(1, MOST_ITEMS + 1):
        if not len(rows):
            break
        places = scan.quotes.next(places)
        is_in = places < stops[rows]
        if not is_in.all():
            rows, places = rows[is_in], places[is_in]
        words = scan.words[places]
        is_last = (words & _TWO) == _word(b'"]')
        ends[rows[is_last]] = places[is_last] + 2
        counts[rows[is_last]] = count
        is_narrow, is_wide = (words & _THREE) == _word(b'","'), (words & _FOUR) == _word(b'", "')
        goes_on = is_narrow | is_wide
        rows, places = rows[goes_on], (places + 3 + is_wide)[goes_on]
    return ends, counts


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


_TWO, _THREE, _FOUR = (np.uint64((1 << 8 * size) - 1) for size in (2, 3, 4))


def layout_of(skeleton: Skeleton, sizes: Sequence[Size]) -> Layout:
    """Of the lines of ``skeleton`` whose values are like this."""
    bare = skeleton.bare
    runs: list[Run] = []
    most = _TOGETHER // (sizes.count(Size.ANY) + 1)
    run_of: list[tuple[int, int]] = []
    start = 0
    free: list[Slot] = []  # of any bytes
    for slot, size in zip(skeleton.slots, sizes, strict=True):
        if size is Size.ANY:
            run_of.append((len(runs), -1))
            runs.append(_run(bare, start, slot.start, free, slot, most))
            start, free = slot.stop, []
            continue
        run_of.append((len(runs), slot.start - start))
        if size is Size.SAME:
            free.append(slot)
    runs.append(_run(bare, start, len(bare), free, None, most))
    numbers = [
        index
        for index, (slot, size) in enumerate(zip(skeleton.slots, sizes, strict=True))
        if slot.kind is Kind.NUMBER and size is not Size.FIXED
    ]
    quotes = sum(bare.count(b'"', run.start, run.stop) for run in runs)
    return Layout(skeleton, tuple(sizes), tuple(runs), tuple(run_of), quotes, tuple(numbers))


def _run(bare: bytes, start: int, stop: int, free: Sequence[Slot], end: Slot | None, most: int) -> Run:
    before_quote = before_end = -1
    if end is not None:
        quote = bare.find(b'"', end.stop)
        before_quote, before_end = quote - end.stop if quote >= 0 else -1, len(bare) - end.stop
    padding = bytes(-(stop - start) % WORD if stop > start else WORD)
    wanted, counted = bytearray(bare[start:stop] + padding), bytearray(b"\xff" * (stop - start) + padding)
    for slot in free:
        place, nothing = slice(slot.start - start, slot.stop - start), bytes(slot.stop - slot.start)
        wanted[place] = counted[place] = nothing
    times = max(1, most // len(wanted))
    return Run(
        start,
        stop,
        len(wanted),
        np.frombuffer(bytes(wanted) * times, "<u8"),
        np.frombuffer(bytes(counted) * times, "<u8"),
        end,
        before_quote,
        before_end,
    )


def known_sizes(scan: Scan, fit: Fit) -> list[Size]:
    """What is so of the values in all the lines of ``fit``, and in that of the skeleton."""
    return [_known_size(scan, fit, index, slot) for index, slot in enumerate(fit.layout.skeleton.slots)]


def _known_size(scan: Scan, fit: Fit, index: int, slot: Slot) -> Size:
    known, size = fit.layout.sizes[index], slot.stop - slot.start
    if known is Size.FIXED:
        return known
    starts, stops = fit.span(index)
    if known is Size.ANY and not (stops - starts == size).all():
        return Size.ANY
    text = fit.layout.skeleton.bare[slot.start : slot.stop]
    for at in range(0, size, WORD):
        part = text[at : at + WORD]
        words = scan.words[starts + at] & np.uint64((1 << 8 * len(part)) - 1)
        if not (words == _word(part)).all():
            return Size.ANY if slot.kind is Kind.LIST else Size.SAME
    return Size.FIXED
