"""Events as lines keep all that a run asks of events."""

import msgspec
import numpy as np
import polars as pl
import pytest

from ttpline.columns.distinct import DistinctCounter, text_hashes
from ttpline.columns.event_lines import EventLines
from ttpline.sinks import _slices
from ttpline.sinks._json import event_pieces
from ttpline.telemetry._repeats import event_keys
from ttpline.testing.batches import batch_of

HOSTILE = ["ls", "bad \U0010ff80\U0010ffff", "c1 \x85\x9b", 'line\nfeed \\u0041 "', "\ud7ff\ue000 é \0", "ls", "", "z"]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_slices, "SLICE_ROWS", 3)


@pytest.fixture
def frame() -> pl.DataFrame:
    return batch_of(HOSTILE).frame.with_columns(event_id=pl.Series([f"host:{at}" for at in range(7)] + ["8:99"]))


def lines_of(frame: pl.DataFrame) -> EventLines:
    lines = EventLines.of(event_pieces(frame), *event_keys(frame), text_hashes(frame["command_line"]))
    return msgspec.msgpack.decode(msgspec.msgpack.encode(lines), type=EventLines)


def test_the_lines_come_back_in_pieces(frame: pl.DataFrame) -> None:
    lines = lines_of(frame)
    assert lines.rows == len(HOSTILE)
    assert list(lines.text()) == list(event_pieces(frame))
    assert len(lines.pieces) == 3


def test_an_event_is_told_as_columns_hold_it(frame: pl.DataFrame) -> None:
    for places in ([], [0], [1, 2, 4], [3, 7], list(range(8))):
        told = [(event["command_line"], event["source"]) for event in lines_of(frame).told_at(places)]
        assert told == list(frame[places].select("command_line", "source").iter_rows())


@pytest.mark.parametrize("places", [[], [0, 1, 2], [7], [1, 3, 6], list(range(8))])
def test_without_some_it_is_as_if_made_of_the_others(frame: pl.DataFrame, places: list[int]) -> None:
    left = frame.filter(~pl.Series(np.isin(np.arange(8), places)))
    lines, others = lines_of(frame).without(np.array(places, np.intp)), lines_of(left)
    assert b"".join(lines.text()) == b"".join(others.text())
    assert (lines.rows, lines.named, lines.keys) == (others.rows, others.named, others.keys)


def test_commands_are_counted_as_by_columns(frame: pl.DataFrame) -> None:
    counter = DistinctCounter()
    counter.add(frame["command_line"][:2])
    counter.add_hashes(lines_of(frame).command_hashes())
    assert counter.total == len(set(HOSTILE))
