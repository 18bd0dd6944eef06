"""A batch in pieces small enough to be rendered at once."""

from collections.abc import Iterator

import polars as pl

SLICE_ROWS = 8_192
"""Rows: about 20 MB of JSON for ordinary commands, so that a batch never exists twice."""

SLICE_BYTES = 16 << 20
"""Estimated size of the columns, for batches of few but very long commands."""


def slices(frame: pl.DataFrame) -> Iterator[slice]:
    """Ranges of rows that cover ``frame`` in order; none for an empty one.

    >>> list(slices(pl.DataFrame({"a": [1, 2, 3]})))
    [slice(0, 3, None)]
    """
    if not frame.height:
        return
    bytes_a_row = max(1, int(frame.estimated_size()) // frame.height)
    rows = max(1, min(SLICE_ROWS, SLICE_BYTES // bytes_a_row))
    for start in range(0, frame.height, rows):
        yield slice(start, min(start + rows, frame.height))
