"""Rare techniques under one label, so that every class can be in every part of a split: the study's consolidation.

The study put rare techniques under ``Z999: Other Low-Frequency Techniques``, merged rows that then were equal and
summed their counts. Here the rule is explicit, a table in its columns comes out, and nothing is lost: occurrences
before and after are the same number, or it is an error.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ttpline.datasets.dataset import digest_rows, merge_repeats, with_label
from ttpline.datasets.labelled_tables import LabelledTables
from ttpline.datasets.labels import label_id
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL, OTHER
from ttpline.errors import DatasetError, UsageError

GROUPED_COLUMN = "technique_grouped"
STUDY_OTHER = "Z999: Other Low-Frequency Techniques"

LEAST_ROWS = 5
"""The fewest rows that are sure to be in all three parts of the study's split, whatever the other labels are.

scikit-learn gives a label of n rows n x 0.8 rows to training and development, rounded down, and hands out what is left
by the largest remainder. For n = 4 that is 3.2, which may become 4: no test row (five labels of 4 rows beside one of 20
show it). For n = 5 it is 4, and never 5; then 3 of the 4 train. So 5 gives 3/1/1, which a test holds for any sizes.
"""

_EXACT_BELOW = 2.0**53
"""Sums of whole counts below it have no rounding."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which labels are rare. With ``classes``, the ``classes - 1`` most frequent stay; else those of ``min_rows`` rows.

    Rows are counted as different (command, label, platform). ``Normal`` always stays and counts as one that stays.
    ``into`` is the label's cell; its id is ``Z999``, the only one beside techniques that every reader here knows.
    """

    min_rows: int = LEAST_ROWS
    classes: int | None = None
    into: str = STUDY_OTHER

    def __post_init__(self) -> None:
        if label_id(self.into) != OTHER:
            raise UsageError(f"--into {self.into[:60]!r} does not begin with {OTHER}", remedy=f"--into '{STUDY_OTHER}'")
        if self.min_rows < 1:
            raise UsageError(f"--min-rows {self.min_rows} is not at least 1")
        if self.classes is not None and self.classes < 2:
            raise UsageError(f"--classes {self.classes} leaves nothing to tell apart", remedy="at least 2")

    @classmethod
    def asked(cls, min_rows: int | None, classes: int | None, into: str | None = None) -> "Rule":
        """The rule that flags ask for; ``UsageError`` for two rules at once."""
        if min_rows is not None and classes is not None:
            raise UsageError("--min-rows and --classes are two rules", remedy="give one of them")
        return cls(LEAST_ROWS if min_rows is None else min_rows, classes, STUDY_OTHER if into is None else into)

    def words(self) -> str:
        """The rule as a sentence."""
        if self.classes is not None:
            return f"the {self.classes - 1} labels with the most rows stay, all others become {OTHER}"
        return (
            f"labels with fewer than {self.min_rows} rows become {OTHER}; "
            f"while {OTHER} itself has fewer, the rarest label follows"
        )

    def moved(self, rows: Iterable[LabelledCommand]) -> frozenset[str]:
        """The labels of ``rows`` that go; a function of the rows, not of their order."""
        pairs_of: defaultdict[str, set[tuple[str, str | None]]] = defaultdict(set)
        for row in rows:
            pairs_of[row.label].add((row.command_line, row.platform))
        other = pairs_of.pop(OTHER, set())
        has_normal = pairs_of.pop(NORMAL, None) is not None
        rarest_first = sorted(pairs_of, key=lambda label: (len(pairs_of[label]), label))
        if self.classes is not None:
            return frozenset(self._beyond(rarest_first, self.classes, has_normal=has_normal, has_other=bool(other)))
        moved = [label for label in rarest_first if len(pairs_of[label]) < self.min_rows]
        other = other.union(*(pairs_of[label] for label in moved))
        for label in rarest_first[len(moved) :]:
            if not other or len(other) >= self.min_rows:
                break
            moved.append(label)
            other |= pairs_of[label]
        return frozenset(moved)

    @staticmethod
    def _beyond(rarest_first: list[str], classes: int, *, has_normal: bool, has_other: bool) -> list[str]:
        if len(rarest_first) + has_normal + has_other <= classes:
            return []
        kept = max(0, classes - 1 - has_normal)
        return sorted(rarest_first[::-1][kept:])


@dataclass(frozen=True, slots=True)
class Class:
    """One label: rows, times seen, and whether the rule put it under ``Z999``."""

    label: str
    written: str
    rows: int
    occurrences: float
    is_moved: bool = False


@dataclass(frozen=True, slots=True)
class Grouping:
    """What grouping did. ``before`` and ``after`` hold the most frequent label first.

    ``repeated_rows`` were equal before and are one row now; ``merged_rows`` are equal only since they share ``Z999``.
    ``occurrences`` is the sum of counts, before as after. ``digest`` is that of the rows, in any order.
    """

    rule: str
    into: str
    rows_read: int
    repeated_rows: int
    merged_rows: int
    rows: int
    occurrences: float
    before: tuple[Class, ...]
    after: tuple[Class, ...]
    digest_before: str
    digest: str
    notes: tuple[str, ...]

    def moved(self) -> tuple[Class, ...]:
        return tuple(each for each in self.before if each.is_moved)


@dataclass(frozen=True, slots=True)
class GroupedTable:
    """The table under its columns, what was done, and the same rows as models read them."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    labelled: tuple[LabelledCommand, ...]
    grouping: Grouping


def group_rare(tables: LabelledTables, rule: Rule) -> GroupedTable:
    """``tables`` under ``rule``: a column ``technique_grouped`` beside the label, rows that are equal then merged.

    Of merged rows, the place is that of the first and the other cells are those of the one seen most often (of equals,
    the first). ``DatasetError`` if occurrences were lost, which would be a bug.
    """
    moved = rule.moved(tables.rows)
    labelled = [with_label(row, OTHER) if row.label in moved else row for row in tables.rows]
    merged = merge_repeats(labelled)
    shown = _written(tables, rule.into)
    unmerged = merge_repeats(tables.rows)
    total = check_conserved((row.count for row in tables.rows), (row.count for row in merged))
    after = classes(merged, shown)
    grouping = Grouping(
        rule=rule.words(),
        into=rule.into,
        rows_read=len(tables.rows),
        repeated_rows=len(tables.rows) - len(unmerged),
        merged_rows=len(unmerged) - len(merged),
        rows=len(merged),
        occurrences=total,
        before=classes(unmerged, shown, moved),
        after=after,
        digest_before=digest_rows(unmerged),
        digest=digest_rows(merged),
        notes=tuple(_notes(after)),
    )
    header = _header(tables)
    rows = tuple(_cells(tables, header, labelled, merged, shown))
    return GroupedTable(header, rows, tuple(merged), grouping)


def check_conserved(before: Iterable[float], after: Iterable[float]) -> float:
    """The sum of both; ``DatasetError`` if they differ: whole counts exactly, others by more than their rounding."""
    counts = list(before)
    total, left = math.fsum(counts), math.fsum(after)
    is_exact = total < _EXACT_BELOW and all(count.is_integer() for count in counts)
    if total != left if is_exact else not math.isclose(total, left, rel_tol=1e-9):
        raise DatasetError(f"grouping changed the occurrences from {total!r} to {left!r}", remedy="report this bug")
    return total


def classes(
    rows: Iterable[LabelledCommand], shown: Mapping[str, str], moved: frozenset[str] = frozenset()
) -> tuple[Class, ...]:
    """Labels of ``rows``, the one with the most rows first."""
    numbers: Counter[str] = Counter()
    counts: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        numbers[row.label] += 1
        counts[row.label].append(row.count)
    made = (
        Class(label, shown.get(label, label), number, math.fsum(counts[label]), label in moved)
        for label, number in numbers.items()
    )
    return tuple(sorted(made, key=lambda each: (-each.rows, each.label)))


def count_text(count: float) -> str:
    """A count as a table has it: whole numbers without a point.

    >>> count_text(3.0), count_text(0.5)
    ('3', '0.5')
    """
    return str(int(count)) if count.is_integer() and abs(count) < _EXACT_BELOW else repr(count)


def _written(tables: LabelledTables, into: str) -> dict[str, str]:
    """How each label is written most often; a label that nobody wrote with its id (converted) is its id."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for cell, row in zip(tables.written, tables.rows, strict=True):
        if label_id(cell) == row.label:
            seen[row.label][cell.strip()] += 1
    shown = {label: min(cells, key=lambda cell: (-cells[cell], cell)) for label, cells in seen.items()}
    return {**shown, OTHER: into}


def _header(tables: LabelledTables) -> tuple[str, ...]:
    names = [name for name in tables.header if name != GROUPED_COLUMN or name == tables.label_column]
    if GROUPED_COLUMN not in names:
        names.insert(names.index(tables.label_column) + 1, GROUPED_COLUMN)
    if tables.count_column not in names:
        names.append(tables.count_column)
    return tuple(names)


def _cells(
    tables: LabelledTables,
    header: Sequence[str],
    labelled: Sequence[LabelledCommand],
    merged: Sequence[LabelledCommand],
    shown: Mapping[str, str],
) -> Iterable[tuple[str, ...]]:
    best: dict[tuple[str, str, str | None], int] = {}
    for index, row in enumerate(labelled):
        key = (row.command_line, row.label, row.platform)
        other = best.setdefault(key, index)
        if row.count > labelled[other].count:
            best[key] = index
    place_of = {name: place for place, name in enumerate(tables.header)}
    places = [place_of.get(name) for name in header]
    grouped, count = header.index(GROUPED_COLUMN), header.index(tables.count_column)
    for row in merged:
        source = tables.cells[best[(row.command_line, row.label, row.platform)]]
        cells = ["" if place is None else source[place] for place in places]
        cells[grouped] = shown.get(row.label, row.label)
        cells[count] = count_text(row.count)
        yield tuple(cells)


def _notes(after: Sequence[Class]) -> Iterable[str]:
    if len(after) == 1:
        yield f"all rows have the label {after[0].label}: there is nothing to tell apart"
    short = [each.label for each in after if each.rows < LEAST_ROWS]
    if short:
        yield (
            f"fewer than {LEAST_ROWS} rows: {', '.join(short)}; a stratified split may leave them out of a part, "
            f"or be impossible"
        )
