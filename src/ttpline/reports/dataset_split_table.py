"""A split in a few lines: its parts and its leak."""

from collections.abc import Iterator

from ttpline.datasets.split_files import SplitFiles
from ttpline.reports.dataset_chapters import number, percent


def split_lines(made: SplitFiles) -> Iterator[str]:
    """Name and seed, a line a file, the leak, and what to know."""
    yield f"{made.split.name}, seed {made.split.seed}, data {made.manifest['data']['rows_sha256']}"
    width = max(len(part.file) for part in made.parts)
    for part in made.parts:
        of_fold = "" if part.fold in part.file or len(made.split.folds) == 1 else f" ({part.fold})"
        yield (
            f"{part.file:<{width}}  {part.rows:,} rows, {number(part.occurrences)} occurrences, "
            f"{len(part.labels)} labels, {part.sha256}{of_fold}"
        )
    leak = made.leakage
    shares = [
        percent(rows, leak.test_rows) for rows in (leak.exact_rows, leak.near_rows, leak.tied_rows, leak.copied_rows)
    ]
    yield (
        f"leak: of {leak.test_rows:,} test rows {shares[0]} have their command in training, {shares[1]} a "
        f"near-duplicate, {shares[2]} are tied to a training row; {shares[3]} are right by copying"
    )
    for note in made.notes:
        yield f"note: {note}"
