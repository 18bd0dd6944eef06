"""JSON lines are exactly the contract, whatever the commands hold."""

import contextlib
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.event import EVENT_FIELDS
from ttpline.domain.raw_text import from_surrogates, to_surrogates
from ttpline.errors import SinkError
from ttpline.scoring.score import score
from ttpline.sinks._json import AnswerLines, json_lines
from ttpline.sinks.jsonl import SINK
from ttpline.testing.batches import batch_of
from ttpline.testing.check_sink import sample_batches
from ttpline.testing.fixed_classifier import FixedClassifier


def lines_of(batch: ScoredBatch) -> list[bytes]:
    return b"".join(json_lines(batch, AnswerLines())).split(b"\n")[:-1]


def scored(*commands: str) -> ScoredBatch:
    model = FixedClassifier({"shadow": ("T1003.008", "/etc/passwd and /etc/shadow", "credential-access", 2 / 3)})
    return next(score(iter([batch_of(list(commands))]), model))


def test_an_event_is_what_its_row_says() -> None:
    for batch in sample_batches(scored=False):
        lines = [json.loads(line) for line in lines_of(batch)]
        assert lines == [event.to_dict() for event in batch.events.rows()]


def test_keys_keep_the_order_of_the_contract() -> None:
    line = json.loads(lines_of(scored("cat /etc/shadow"))[0])
    assert list(line) == ["event", "command", "prediction"]
    assert list(line["event"]) == [field.name for field in EVENT_FIELDS]
    assert list(line["event"]["source"]) == ["format", "uri", "record", "offset", "length"]
    assert list(line["command"]) == ["text", "decoded", "parts"]
    assert list(line["prediction"]) == ["verdict", "confidence", "techniques", "attack_version", "model"]
    technique = line["prediction"]["techniques"][0]
    assert list(technique) == ["technique", "subtechnique", "name", "tactics", "probability", "evidence"]
    assert list(technique["evidence"][0]) == ["kind", "span", "text", "why", "weight"]


def test_floats_have_at_most_six_digits() -> None:
    assert json.loads(lines_of(scored("cat /etc/shadow"))[0])["prediction"]["confidence"] == 0.666667


def test_time_is_rfc_3339_with_microseconds() -> None:
    batch = next(sample_batches(scored=False))
    assert json.loads(lines_of(batch)[1])["time"] == "2023-11-14T22:13:20.000001Z"


def test_text_is_utf8_and_not_escaped_ascii() -> None:
    assert "naïve 日本 😀".encode() in lines_of(scored("naïve 日本 😀"))[0]


def test_a_byte_that_is_not_utf8_is_a_lone_surrogate() -> None:
    line = lines_of(scored("bad \U0010ff80\U0010ffff"))[0]
    assert rb"bad \udc80\udcff" in line
    assert json.loads(line)["event"]["command_line"] == "bad \udc80\udcff"


def test_c1_controls_never_reach_a_terminal() -> None:
    line = lines_of(scored("\u009b31m é\u00a0"))[0]
    assert b"\xc2\x9b" not in line
    assert json.loads(line)["command"]["text"] == "\u009b31m é\u00a0"


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=1, max_size=5))
def test_every_line_is_valid_json_with_the_exact_command(texts: list[str]) -> None:
    columns = [from_surrogates(text.encode("utf-8", "replace").decode() + "\udcfe") for text in texts]
    lines = [json.loads(line) for line in lines_of(scored(*columns))]
    assert [line["event"]["command_line"] for line in lines] == [to_surrogates(column) for column in columns]
    assert [line["event"]["argv"] for line in lines] == [[to_surrogates(column)] for column in columns]


def test_a_full_disk_is_a_sink_error_with_the_target() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    sink = SINK("/dev/full")
    with pytest.raises(SinkError, match=r"/dev/full.*No space left"):
        for batch in sample_batches():
            sink.write(batch)
            sink.flush()
    with contextlib.suppress(SinkError):  # what is still buffered may fail once more
        sink.close()


def test_numbers_in_session_stay_numbers() -> None:
    batch = batch_of(["id"])
    batch.frame = batch.frame.with_columns(pl.Series("session", [3], dtype=pl.Int64))
    assert json.loads(lines_of(ScoredBatch(batch))[0])["session"] == 3
