"""The contract checks find what they are for: each broken reader is caught."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import polars as pl
import pytest

from ttpline.columns.event_batch import EventBatch
from ttpline.telemetry.base import TelemetryReader
from ttpline.telemetry.text import TextReader
from ttpline.testing.check_reader import check_reader, cuts_of

SAMPLE = {"two.txt": b"id\nls -la\nwhoami\n"}


@dataclass
class Broken:
    """A text reader with one ``fault``."""

    fault: str
    name: str = "text"
    description: str = "one command a line"

    def sniff(self, head: bytes) -> float:
        return {"too sure": 2.0, "sure of nothing": 0.5}.get(self.fault, 0.0)

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        if self.fault == "one read":
            stream = _once(stream)
        for batch in TextReader().read(stream, uri):
            yield self._broken(batch)

    def _broken(self, batch: EventBatch) -> EventBatch:
        source = pl.col("source").struct
        columns: dict[str, Any] = {
            "equal ids": {"event_id": pl.lit("1")},
            "null": {"complete": pl.lit(None, dtype=pl.Boolean)},
            "origin": {"origin": pl.lit("somewhere")},
            "kind": {"pid": pl.lit("7")},
            "place": {"source": source.with_fields(offset=source.field("offset") + 1)},
            "order": {"source": source.with_fields(record=100 - source.field("record"))},
        }
        frame = batch.frame.with_columns(**columns.get(self.fault, {}))
        if self.fault == "loses":
            frame = frame.head(1)
        if self.fault == "raises" and any("\0" in text for text in frame["command_line"]):
            raise ValueError("no TelemetryError")
        return replace(batch, frame=frame)


def _once(stream: BinaryIO) -> BinaryIO:
    import io

    return io.BytesIO(stream.read(1000))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("too sure", "sniff says 2.0"),
        ("sure of nothing", "is sure of an empty file"),
        ("equal ids", "two events are '1'"),
        ("null", "complete is null in 3 rows"),
        ("origin", "unknown origins"),
        ("kind", "columns are"),
        ("place", "does not begin and end at lines"),
        ("order", "record 98 follows record 99"),
        ("loses", "are neither event nor skip"),
        ("one read", "the events differ"),
    ],
)
def test_broken_reader_is_caught(fault: str, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check_reader(Broken(fault), SAMPLE, uncounted_lines=0)


def test_foreign_error_on_damaged_bytes_passes_through() -> None:
    with pytest.raises(ValueError, match="no TelemetryError"):
        check_reader(Broken("raises"), SAMPLE)


def test_reader_without_a_fault_passes() -> None:
    reader: TelemetryReader = Broken("none")
    check_reader(reader, SAMPLE, uncounted_lines=0)


def test_reader_without_samples_fails() -> None:
    with pytest.raises(AssertionError, match="no sample"):
        check_reader(Broken("none"), {})


def test_sample_without_an_event_fails() -> None:
    with pytest.raises(AssertionError, match="holds no event"):
        check_reader(Broken("none"), {"blank.txt": b"\n\n"})


def test_cuts_stand_around_line_ends() -> None:
    assert {2, 3, 4} <= set(cuts_of(SAMPLE["two.txt"]))
