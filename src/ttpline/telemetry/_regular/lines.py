"""Which lines of a block are regular, by the skeletons that were found so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ttpline.telemetry._lines import Int64s, LineBlock
from ttpline.telemetry._regular.layout import Fit, Layout, Size, known_sizes, layout_of
from ttpline.telemetry._regular.places import Column, Group
from ttpline.telemetry._regular.scan import Scan
from ttpline.telemetry._regular.skeleton import Kind, NoSkeletonError, skeleton_of
from ttpline.telemetry._regular.table import Table

FEWEST_LINES = 256
"""A smaller block is read faster line by line: what polars does with columns has a price a call."""

FEWEST_ALIKE = 8
"""Fewer lines that may have one skeleton are read faster line by line."""

LEARNED_FROM = 256
"""So many lines say how the others of a new skeleton most likely are."""

MOST_SKELETONS = 64
MOST_NEW = 32
"""As many skeletons are made of lines of one block."""

POOR = 4
"""Where not one line in so many is regular, the next ``PAUSE`` blocks are not tried."""

PAUSE = 8


@dataclass(slots=True)
class _Known:
    """A skeleton, and what each column has in it; where one has what it must not have, no line ``is_wanted``.

    ``any_layout`` is that of every line of the skeleton, ``layout`` that of all lines so far. ``fits_found``: how many.
    """

    kinds: list[Kind]
    slots: list[int]
    is_wanted: bool
    any_layout: Layout
    layout: Layout
    fits_found: int = 0

    def fit(self, scan: Scan, lines: Int64s) -> Fit:
        fit = self.layout.fit(scan, lines)
        self.fits_found += len(fit.lines)
        return fit

    def fit_any(self, scan: Scan, lines: Int64s) -> Fit:
        """As ``fit``; what is different in these lines is known then."""
        fit = self.any_layout.fit(scan, lines)
        if len(fit.lines):
            sizes = known_sizes(scan, fit)
            if self.fits_found:
                sizes = [min(pair) for pair in zip(sizes, self.layout.sizes, strict=True)]
            self.layout = layout_of(self.layout.skeleton, sizes)
            self.fits_found += len(fit.lines)
        return fit


@dataclass(slots=True)
class RegularLines:
    """``columns``: what is needed of a line. What was found in one block is known in the next."""

    columns: Mapping[str, Column]
    _known: list[_Known] = field(default_factory=list)
    _pause: int = 0

    def of(self, block: LineBlock) -> Table | None:
        """The regular lines of ``block``; None where there are none, or it is not worth a look."""
        if len(block) < FEWEST_LINES:
            return None
        if self._pause:
            self._pause -= 1
            return None
        scan = Scan(block)
        groups = list(self._groups(scan))
        taken = sum(len(group.lines) for group in groups)
        if taken * POOR < len(block):
            self.pause()
        return _table(scan, self.columns, groups) if taken else None

    def pause(self) -> None:
        """The next blocks are not looked at, as this one was not worth it."""
        self._pause = PAUSE

    def _groups(self, scan: Scan) -> Iterator[Group]:
        """The lines of each skeleton."""
        for known, fit in self._fits(scan):
            if len(fit.lines) and known.is_wanted:
                yield Group(fit, known.kinds, known.slots)

    def _fits(self, scan: Scan) -> Iterator[tuple[_Known, Fit]]:
        left = np.flatnonzero(~scan.is_odd)
        self._known.sort(key=lambda known: -known.fits_found)
        del self._known[MOST_SKELETONS:]
        for known in self._known:
            fit = known.fit(scan, left)
            left = _without(left, fit.lines)
            yield known, fit
        for known in self._known:
            if len(left) < FEWEST_ALIKE:
                return
            fit = known.fit_any(scan, left)
            left = _without(left, fit.lines)
            yield known, fit
        for _ in range(MOST_NEW):
            # Lines with as many quotes are most likely alike.
            counts, sizes = np.unique(scan.counts[left], return_counts=True)
            if not len(counts) or sizes.max() < FEWEST_ALIKE:
                return
            alike = left[scan.counts[left] == counts[np.argmax(sizes)]]
            made = self._made(scan, int(alike[0]))
            if made is not None:
                made.fit_any(scan, alike[:LEARNED_FROM])
                for find in (made.fit, made.fit_any):
                    fit = find(scan, left)
                    left = _without(left, fit.lines)
                    yield made, fit
            left = left[left != alike[0]]

    def _made(self, scan: Scan, row: int) -> _Known | None:
        block = scan.block
        try:
            skeleton = skeleton_of(block.data[int(block.starts[row]) : int(block.stops[row])])
        except NoSkeletonError:
            return None
        columns = list(self.columns.values())
        found = [skeleton.kind(*column.path) for column in columns]
        is_wanted = all(kind in column.kinds for column, (kind, _) in zip(columns, found, strict=True))
        layout = layout_of(skeleton, [Size.ANY] * len(skeleton.slots))
        known = _Known([kind for kind, _ in found], [slot for _, slot in found], is_wanted, layout, layout)
        self._known.append(known)
        return known


def _without(rows: Int64s, taken: Int64s) -> Int64s:
    """Both in order."""
    if len(taken) == len(rows):
        return rows[:0]
    return rows[~np.isin(rows, taken, assume_unique=True)] if len(taken) else rows


def _table(scan: Scan, columns: Mapping[str, Column], groups: list[Group]) -> Table:
    lines, order = np.concatenate([group.lines for group in groups]), None
    if not (lines[1:] > lines[:-1]).all():
        order = np.argsort(lines, kind="stable")
        lines = lines[order]
    return Table(lines, scan, {name: index for index, name in enumerate(columns)}, groups, order)
