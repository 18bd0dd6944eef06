"""Which lines of a block are regular, by the skeletons that were found so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ttpline.telemetry._lines import Int64s, LineBlock
from ttpline.telemetry._regular.places import Column, Group
from ttpline.telemetry._regular.scan import Scan, scan
from ttpline.telemetry._regular.skeleton import Fit, Kind, NoSkeletonError, Skeleton, skeleton_of
from ttpline.telemetry._regular.table import Table
from ttpline.telemetry._regular.text import Text

PIECE_BYTES = 1 << 20
"""Lines are looked at in pieces that the caches of a core hold."""

FEWEST_LINES = 256
"""A smaller block is read faster line by line: what polars does with columns has a price a call."""

FEWEST_ALIKE = 8
"""Fewer lines that may have one skeleton are read faster line by line."""

MOST_SKELETONS = 64
MOST_NEW = 12
"""As many skeletons are made of lines of one piece."""

POOR = 4
"""Where not one line in so many is regular, the next ``PAUSE`` blocks are not tried."""

PAUSE = 8


@dataclass(slots=True)
class _Known:
    """A skeleton, and what each column has in it; where one has what it must not have, no line ``is_wanted``."""

    skeleton: Skeleton
    kinds: list[Kind]
    slots: list[int]
    is_wanted: bool


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
        text, groups = Text(block.data), []
        row = 0
        while row < len(block):
            begin = int(block.starts[row])
            until = max(int(np.searchsorted(block.stops, begin + PIECE_BYTES)), row + 1)
            end = int(block.stops[until - 1])
            piece = scan(block.data[begin:end], block.starts[row:until] - begin, block.stops[row:until] - begin)
            groups += [_moved(group, row, begin) for group in self._groups(piece)]
            text.add(piece, begin)
            row = until
        taken = sum(len(group.lines) for group in groups)
        if taken * POOR < len(block):
            self.pause()
        return _table(block, text, self.columns, groups) if taken else None

    def pause(self) -> None:
        """The next blocks are not looked at, as this one was not worth it."""
        self._pause = PAUSE

    def _groups(self, scan: Scan) -> Iterator[Group]:
        """The lines of each skeleton; those that most lines may have first."""
        left = MOST_NEW
        order = np.argsort(scan.counts, kind="stable")
        counts, begins, sizes = np.unique(scan.counts[order], return_index=True, return_counts=True)
        self._known.sort(key=lambda known: -known.skeleton.fits_found)
        del self._known[MOST_SKELETONS:]
        for at in np.argsort(-sizes, kind="stable"):
            rows = order[begins[at] : begins[at] + sizes[at]]
            for known in [known for known in self._known if known.skeleton.quotes == counts[at]]:
                fit = known.skeleton.fit(scan, rows)
                rows = _without(rows, fit.rows)
                if len(fit.rows) and known.is_wanted:
                    yield _group(known, fit)
            while len(rows) >= FEWEST_ALIKE and left:
                left -= 1
                made = self._made(scan, int(rows[0]))
                if made is None:
                    rows = rows[1:]
                    continue
                fit = made.skeleton.fit(scan, rows)
                rows = _without(rows[1:], fit.rows)
                if len(fit.rows) and made.is_wanted:
                    yield _group(made, fit)

    def _made(self, scan: Scan, row: int) -> _Known | None:
        try:
            skeleton = skeleton_of(scan, row)
        except NoSkeletonError:
            return None
        columns = list(self.columns.values())
        found = [skeleton.kind(*column.path) for column in columns]
        is_wanted = all(kind in column.kinds for column, (kind, _) in zip(columns, found, strict=True))
        known = _Known(skeleton, [kind for kind, _ in found], [slot for _, slot in found], is_wanted)
        self._known.append(known)
        return known


def _without(rows: Int64s, taken: Int64s) -> Int64s:
    """Both in order."""
    if len(taken) == len(rows):
        return rows[:0]
    return rows[~np.isin(rows, taken, assume_unique=True)] if len(taken) else rows


def _group(known: _Known, fit: Fit) -> Group:
    """The places of the columns alone."""
    wanted = [slot for slot in known.slots if slot >= 0]
    places = iter(range(len(wanted)))
    slots = [next(places) if slot >= 0 else -1 for slot in known.slots]
    return Group(fit.rows, known.kinds, slots, fit.starts[wanted], fit.stops[wanted])


def _moved(group: Group, row: int, begin: int) -> Group:
    """With lines and places of the block, not of the piece that begins there."""
    return Group(group.lines + row, group.kinds, group.slots, group.starts + begin, group.stops + begin)


def _table(block: LineBlock, text: Text, columns: Mapping[str, Column], groups: list[Group]) -> Table:
    lines, order = np.concatenate([group.lines for group in groups]), None
    if not (lines[1:] > lines[:-1]).all():
        order = np.argsort(lines, kind="stable")
        lines = lines[order]
    return Table(lines, block, text, {name: index for index, name in enumerate(columns)}, groups, order)
