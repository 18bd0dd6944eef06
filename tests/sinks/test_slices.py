"""A batch is rendered in pieces, whatever its commands weigh."""

import polars as pl
import pytest

from ttpline.sinks import _slices
from ttpline.sinks._slices import slices


@pytest.mark.parametrize("rows", [0, 1, 5, 100])
@pytest.mark.parametrize("most", [1, 3, 1_000])
def test_slices_cover_every_row_once_in_order(rows: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_slices, "SLICE_ROWS", most)
    frame = pl.DataFrame({"a": range(rows)})
    assert [row for piece in slices(frame) for row in frame[piece]["a"].to_list()] == list(range(rows))


def test_long_commands_make_small_slices() -> None:
    frame = pl.DataFrame({"a": ["x" * 4_000_000] * 9})
    assert max(piece.stop - piece.start for piece in slices(frame)) <= 4
