"""Different texts are counted exactly."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ttpline.columns.distinct import DistinctCounter


@given(st.lists(st.lists(st.integers(0, 60), max_size=30), max_size=12))
def test_the_count_is_that_of_a_set(batches: list[list[int]]) -> None:
    counter = DistinctCounter()
    for batch in batches:
        counter.add(pl.Series([str(number) for number in batch], dtype=pl.String))
    assert counter.total == len({number for batch in batches for number in batch})
