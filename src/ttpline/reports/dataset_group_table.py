"""A ``Grouping`` in a few lines: before, after, what went where."""

from collections.abc import Iterator

from ttpline.datasets.grouping import Grouping
from ttpline.reports.dataset_chapters import number

SHOWN_MOVED = 12
"""As many rows as the tables of dataset describe show on a terminal."""


def grouping_lines(done: Grouping) -> Iterator[tuple[str, str]]:
    """(name, text); of the labels that moved, those with most rows have a line, the others are counted."""
    yield "rule", done.rule
    yield "labels", f"{len(done.before)} before, {len(done.after)} after"
    read = f"{done.rows_read:,} read, {done.repeated_rows:,} repeated another, {done.merged_rows:,} merged by grouping"
    yield "rows", f"{read}, {done.rows:,} left"
    yield "occurrences", f"{number(done.occurrences)} before and after"
    moved = sorted(done.moved(), key=lambda each: -each.rows)
    for each in moved[:SHOWN_MOVED]:
        yield "moved", f"{each.written} -> {done.into} ({each.rows:,} rows, {number(each.occurrences)} occurrences)"
    if rest := moved[SHOWN_MOVED:]:
        rows, occurrences = sum(each.rows for each in rest), number(sum(each.occurrences for each in rest))
        yield "moved", f"{len(rest):,} more ({rows:,} rows, {occurrences} occurrences): --json names them all"
    for note in done.notes:
        yield "note", note
    yield "digest", f"{done.digest} (before: {done.digest_before})"
