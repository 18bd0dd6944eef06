"""A ``Grouping`` in a few lines: before, after, what went where."""

from collections.abc import Iterator

from ttpline.datasets.grouping import Grouping
from ttpline.reports.dataset_chapters import number


def grouping_lines(done: Grouping) -> Iterator[tuple[str, str]]:
    """(name, text); every label that moved has a line."""
    yield "rule", done.rule
    yield "labels", f"{len(done.before)} before, {len(done.after)} after"
    read = f"{done.rows_read:,} read, {done.repeated_rows:,} repeated another, {done.merged_rows:,} merged by grouping"
    yield "rows", f"{read}, {done.rows:,} left"
    yield "occurrences", f"{number(done.occurrences)} before and after"
    for each in done.moved():
        yield "moved", f"{each.written} -> {done.into} ({each.rows:,} rows, {number(each.occurrences)} occurrences)"
    for note in done.notes:
        yield "note", note
    yield "digest", f"{done.digest} (before: {done.digest_before})"
