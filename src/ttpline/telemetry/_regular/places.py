"""Where the values of a column are, row by row, in groups of lines that have one skeleton."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._regular.layout import Fit
from ttpline.telemetry._regular.scan import Mask
from ttpline.telemetry._regular.skeleton import Kind, Path


@dataclass(frozen=True, slots=True)
class Column:
    """Where a value is in a record, and as what; a record that has something else there is not regular."""

    path: Path
    kinds: frozenset[Kind]


ABSENT = frozenset({Kind.MISSING, Kind.NULL})


def text_at(*path: str) -> Column:
    """A text that may be missing."""
    return Column(path, ABSENT | {Kind.TEXT})


def word_at(*path: str) -> Column:
    """A text or a whole number, that may be missing."""
    return Column(path, ABSENT | {Kind.TEXT, Kind.NUMBER})


@dataclass(slots=True)
class Group:
    """Lines with one skeleton. ``kinds``: what each column has there, ``slots``: in which slot its value is, -1 where
    all lines have the same."""

    fit: Fit
    kinds: list[Kind]
    slots: list[int]

    @property
    def lines(self) -> Int64s:
        return self.fit.lines

    def fixed(self, column: int) -> bytes | None:
        """The bytes that all lines have; None where they may differ."""
        slot = self.slots[column]
        return b"" if slot < 0 else self.fit.layout.fixed(slot)

    def span(self, column: int) -> tuple[Int64s, Int64s]:
        slot = self.slots[column]
        if slot < 0:
            nothing = np.zeros(len(self.lines), np.int64)
            return nothing, nothing
        return self.fit.span(slot)


@dataclass(slots=True)
class Places:
    """Both are 0 where there is no value that differs from line to line. ``kinds``: of each row, or of all.
    ``is_same``: every row has the same value; then its places may be those in another line."""

    starts: Int64s
    stops: Int64s
    kinds: npt.NDArray[np.int8] | Kind
    is_same: bool = False

    @property
    def first(self) -> "Places":
        """That of one row, where all have the same."""
        return Places(self.starts[:1], self.stops[:1], self.kinds, is_same=True)

    def is_a(self, *kinds: Kind) -> Mask:
        """Which are of one of ``kinds``."""
        if isinstance(self.kinds, Kind):
            return np.full(len(self.starts), self.kinds in kinds)
        return np.isin(self.kinds, kinds)


def places_of(groups: Sequence[Group], column: int, order: Int64s | None) -> Places:
    """Of one column; ``order``: the rows that are wanted, None: all as they are."""
    kinds = {group.kinds[column] for group in groups}
    texts = {group.fixed(column) for group in groups}
    if len(kinds) == len(texts) == 1 and None not in texts:
        (kind,), height = kinds, sum(len(group.lines) for group in groups) if order is None else len(order)
        starts, stops = (np.broadcast_to(one[0], height) for one in groups[0].span(column))
        return Places(starts, stops, kind, is_same=True)
    spans = [group.span(column) for group in groups]
    starts, stops = spans[0]
    if len(groups) > 1:
        starts = np.concatenate([start for start, _ in spans])
        stops = np.concatenate([stop for _, stop in spans])
    if order is not None:
        starts, stops = starts[order], stops[order]
    if len(kinds) == 1:
        (kind,) = kinds
        return Places(starts, stops, kind)
    each = np.concatenate([np.full(len(group.lines), group.kinds[column], np.int8) for group in groups])
    return Places(starts, stops, each if order is None else each[order])


def first_of(columns: Sequence[Places]) -> Places:
    """In each row the first that is not null and not an empty text."""
    found = columns[0]
    for other in columns[1:]:
        if found.is_same and len(found.starts):
            if found.stops[0] > found.starts[0]:
                return found
            found = other
            continue
        says = found.stops > found.starts
        if says.all():
            return found
        if not says.any():
            found = other
            continue
        kinds = np.where(says, found.kinds, other.kinds).astype(np.int8)
        starts, stops = np.where(says, found.starts, other.starts), np.where(says, found.stops, other.stops)
        found = Places(starts, stops, kinds)
    return found
