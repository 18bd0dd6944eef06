"""Where the values of a column are, row by row, in groups of lines that have one skeleton."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._lines import Int64s
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
    """Lines with one skeleton. ``kinds``: what each column has there, ``slots``: in which row of ``starts`` and
    ``stops`` its places are, -1 where all lines have the same."""

    lines: Int64s
    kinds: list[Kind]
    slots: list[int]
    starts: Int64s
    stops: Int64s


@dataclass(slots=True)
class Places:
    """Both are 0 where there is no value that differs from line to line. ``kinds``: of each row, or of all."""

    starts: Int64s
    stops: Int64s
    kinds: npt.NDArray[np.int8] | Kind

    def is_a(self, *kinds: Kind) -> Mask:
        """Which are of one of ``kinds``."""
        if isinstance(self.kinds, Kind):
            return np.full(len(self.starts), self.kinds in kinds)
        return np.isin(self.kinds, kinds)


def places_of(groups: Sequence[Group], column: int, order: Int64s | None) -> Places:
    """Of one column; ``order``: the rows that are wanted, None: all as they are."""
    if len(groups) == 1 and order is None:
        (group,) = groups
        starts, stops = _spans(group, column)
        return Places(starts, stops, group.kinds[column])
    spans = [_spans(group, column) for group in groups]
    starts = np.concatenate([start for start, _ in spans])
    stops = np.concatenate([stop for _, stop in spans])
    kinds = {group.kinds[column] for group in groups}
    if len(kinds) == 1:
        (kind,) = kinds
        return Places(starts, stops, kind) if order is None else Places(starts[order], stops[order], kind)
    each = np.concatenate([np.full(len(group.lines), group.kinds[column], np.int8) for group in groups])
    return Places(starts, stops, each) if order is None else Places(starts[order], stops[order], each[order])


def _spans(group: Group, column: int) -> tuple[Int64s, Int64s]:
    slot = group.slots[column]
    if slot < 0:
        nothing = np.zeros(len(group.lines), np.int64)
        return nothing, nothing
    return group.starts[slot], group.stops[slot]


def first_of(columns: Sequence[Places]) -> Places:
    """In each row the first that is not null and not an empty text."""
    found = columns[0]
    for other in columns[1:]:
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
