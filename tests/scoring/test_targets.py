"""What is written where is checked before any work, and one failing sink costs the others nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ttpline.columns.scored_batch import ScoredBatch
from ttpline.errors import SinkError, UsageError
from ttpline.scoring.run import classify_batches
from ttpline.scoring.score import ScoreOptions
from ttpline.scoring.summary import RunSummary
from ttpline.scoring.targets import SinkSet, Target, check_targets, open_sinks, parse_target
from ttpline.sinks.jsonl import JsonLines
from ttpline.testing.batches import batch_of
from ttpline.testing.fixed_classifier import shadow_model


def test_a_kind_alone_is_stdout() -> None:
    assert parse_target("jsonl") == Target("jsonl", "-")


@pytest.mark.parametrize("spec", ["", ":out", "jsonl:"])
def test_half_a_target_is_refused(spec: str) -> None:
    with pytest.raises(UsageError, match="KIND"):
        parse_target(spec)


def test_an_unknown_kind_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match="jsonl"):
        open_sinks([Target("jsnol")], [])


def test_two_sinks_on_stdout_are_refused() -> None:
    with pytest.raises(UsageError, match="stdout"):
        check_targets([Target("jsonl"), Target("csv")], [])


def test_one_file_for_two_sinks_is_refused_even_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "out")
    with pytest.raises(UsageError, match="same file"):
        check_targets([Target("jsonl", str(tmp_path / "out")), Target("csv", str(tmp_path / "link"))], [])


def test_an_input_is_never_overwritten(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    log.write_text("x")
    for inputs in ([str(log)], [str(tmp_path)]):
        with pytest.raises(UsageError, match=r"it is (read|in a folder that is read)"):
            open_sinks([Target("jsonl", str(log))], inputs)
    assert log.read_text() == "x"


def test_an_output_is_not_written_into_a_folder_that_is_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(UsageError, match="folder that is read"):
        check_targets([Target("jsonl", str(tmp_path / "sub" / "new.jsonl"))], [str(tmp_path)])


def test_an_output_beside_an_input_is_allowed(tmp_path: Path) -> None:
    check_targets([Target("jsonl", str(tmp_path / "new.jsonl"))], [str(tmp_path / "audit.log")])


class Failing:
    """Fails from the second batch on."""

    def __init__(self) -> None:
        self.written = 0

    def write(self, batch: ScoredBatch) -> None:
        self.written += 1
        if self.written > 1:
            raise SinkError("the disk is gone", where="failing")

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> "Failing":
        return self

    def __exit__(self, *_: object) -> None: ...


def run_with(sinks: SinkSet, batches: int = 4) -> None:
    events = (batch_of([f"wget {at}"]) for at in range(batches))
    classify_batches(events, shadow_model(), ScoreOptions(), sinks, RunSummary())


def test_a_sink_that_fails_midway_costs_the_others_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with (
        pytest.raises(SinkError, match="failing: the disk is gone"),
        SinkSet([Failing(), JsonLines(str(out))]) as sinks,
    ):
        run_with(sinks)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["command"]["text"] for line in lines] == ["wget 0", "wget 1", "wget 2", "wget 3"]


def test_when_the_last_sink_fails_the_run_stops() -> None:
    asked = []

    def batches() -> Iterator[ScoredBatch]:
        for at in range(9):
            asked.append(at)
            yield ScoredBatch(batch_of(["x"]))

    with pytest.raises(SinkError), SinkSet([Failing()]) as sinks:
        for batch in batches():
            sinks.write(batch)
    assert asked == [0, 1]


def test_sinks_opened_before_one_that_cannot_be_are_closed(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="no-folder"):
        open_sinks([Target("jsonl", str(tmp_path / "a")), Target("csv", str(tmp_path / "no-folder" / "b"))], [])
