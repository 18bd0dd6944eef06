"""A file with the types of the events, whole or not there."""

import json
from pathlib import Path

import polars as pl
import pytest

from ttpline.columns.event_batch import EVENT_SCHEMA
from ttpline.errors import SinkError
from ttpline.scoring.score import score
from ttpline.sinks import parquet
from ttpline.sinks.jsonl import JsonLines
from ttpline.sinks.parquet import SINK
from ttpline.testing.batches import batch_of
from ttpline.testing.check_sink import sample_batches
from ttpline.testing.fixed_classifier import shadow_model


def test_the_columns_are_the_event_schema_and_the_answer(tmp_path: Path) -> None:
    with SINK(str(tmp_path / "out.parquet")) as sink:
        for batch in sample_batches():
            sink.write(batch)
    schema = pl.read_parquet_schema(tmp_path / "out.parquet")
    assert list(schema) == [*EVENT_SCHEMA, "command", "prediction"]
    assert {name: schema[name] for name in EVENT_SCHEMA} == dict(EVENT_SCHEMA)


def test_the_answer_is_that_of_the_json(tmp_path: Path) -> None:
    batch = next(score(iter([batch_of(["cat /etc/shadow", "ls"])]), shadow_model()))
    with SINK(str(tmp_path / "out.parquet")) as sink, JsonLines(str(tmp_path / "out.jsonl")) as lines:
        sink.write(batch)
        lines.write(batch)
    frame = pl.read_parquet(tmp_path / "out.parquet")
    expected = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert frame["prediction"].to_list() == [line["prediction"] for line in expected]
    assert frame["command"].to_list() == [line["command"] for line in expected]


def test_many_parts_become_one_file_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BATCH_ROWS", 60)
    with SINK(str(tmp_path / "out.parquet")) as sink:
        for batch in sample_batches(batches=5):
            sink.write(batch)
    ids = pl.read_parquet(tmp_path / "out.parquet")["event_id"].to_list()
    assert ids == [f"event-{batch}-{row}" for batch in range(5) for row in range(50)]


def test_the_target_appears_only_when_it_is_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    target.write_text("old")
    sink = SINK(str(target))
    for batch in sample_batches():
        sink.write(batch)
        sink.flush()
        assert target.read_text() == "old"
    sink.close()
    assert pl.read_parquet(target).height == 150
    assert list(tmp_path.iterdir()) == [target]


def test_stdout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"parquet:out\.parquet"):
        SINK("-")


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="folder"):
        SINK(str(tmp_path))


def test_a_number_in_session_is_text_so_that_formats_can_be_mixed(tmp_path: Path) -> None:
    with SINK(str(tmp_path / "out.parquet")) as sink:
        for values in (pl.Series("session", [7], dtype=pl.Int64), pl.Series("session", ["x"])):
            batch = next(score(iter([batch_of(["ls"])]), shadow_model()))
            batch.events.frame = batch.events.frame.with_columns(values)
            sink.write(batch)
    assert pl.read_parquet(tmp_path / "out.parquet")["session"].to_list() == ["7", "x"]
