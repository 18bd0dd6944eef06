"""Scored batches on their way to the sinks."""

import json
from pathlib import Path

import numpy as np
import polars as pl

from ttpline.columns.event_batch import EventBatch, event_frame
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.commands.mask import MASK
from ttpline.domain.skipped import SkippedRecord
from ttpline.scoring.mask import MaskedSinks, Masker, without_secrets
from ttpline.scoring.run import classify_batches
from ttpline.scoring.score import ScoreOptions
from ttpline.scoring.summary import RunSummary
from ttpline.scoring.targets import Target, open_sinks
from ttpline.testing.fixed_classifier import FixedClassifier

SECRET = "Hunter2x"


def _frame() -> pl.DataFrame:
    return event_frame(
        {
            "event_id": ["a", "b", "c"],
            "command_line": [f"mysql -p{SECRET} db", "ls -la", f"mysql -p{SECRET} db"],
            "argv": [["mysql", f"-p{SECRET}", "db"], ["ls", "-la"], None],
            "argv_hex": [["6d", "7a", "64"], None, None],
            "parent_command_line": [None, f"bash -c 'mysql -p{SECRET}'", "bash"],
            "origin": ["execve"] * 3,
            "complete": [True] * 3,
            "source": [{"format": "x", "uri": "u", "record": n, "offset": 0, "length": 1} for n in (1, 2, 3)],
        },
        3,
    )


def test_every_column_that_quotes_a_command_is_masked() -> None:
    made = Masker().frame(_frame())
    assert made["command_line"].to_list() == [f"mysql -p{MASK} db", "ls -la", f"mysql -p{MASK} db"]
    assert made["argv"].to_list() == [["mysql", f"-p{MASK}", "db"], ["ls", "-la"], None]
    assert made["argv_hex"].to_list() == [["6d", f"-p{MASK}".encode().hex(), "64"], None, None]
    assert made["parent_command_line"].to_list() == [None, f"bash -c 'mysql -p{MASK}'", "bash"]
    assert made.schema == _frame().schema


def test_other_columns_stay() -> None:
    before, after = _frame(), Masker().frame(_frame())
    rest = [name for name in before.columns if name not in ("command_line", "argv", "argv_hex", "parent_command_line")]
    assert after.select(rest).equals(before.select(rest))


def test_an_argument_with_quotes_in_it_is_masked_as_a_whole() -> None:
    frame = _frame().with_columns(argv=pl.Series([["mysql", f"-p{SECRET}'", "d b"], ["ls"], None]))
    assert Masker().frame(frame)["argv"].to_list()[0] == ["mysql", MASK, "d b"]


def test_samples_of_what_was_skipped_are_masked() -> None:
    batch = EventBatch(event_frame({}, 0))
    batch.skipped.add(SkippedRecord("u", 1, "damaged", f"mysql -p{SECRET}"))
    (given,) = without_secrets(iter([batch]))
    assert [sample.sample for sample in given.skipped.samples] == [f"mysql -p{MASK}"]


def test_the_model_sees_what_no_sink_gets(tmp_path: Path) -> None:
    model = FixedClassifier()
    out = tmp_path / "out.jsonl"
    with open_sinks([Target("jsonl", str(out))], []) as sinks:
        classify_batches(iter([EventBatch(_frame())]), model, ScoreOptions(), MaskedSinks(sinks), RunSummary())
    assert any(SECRET in text for call in model.calls for text in call)
    assert SECRET not in out.read_text()
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["command"]["text"] for line in lines] == [f"mysql -p{MASK} db", "ls -la", f"mysql -p{MASK} db"]


def test_an_answer_stays_one_object_for_all_batches() -> None:
    """Sinks render a command once while its answer is the same object."""
    masker, model = Masker(), FixedClassifier()
    command, answer = model.normalised(f"mysql -p{SECRET} db"), model.predict(["a"])[0]
    batch = ScoredBatch(EventBatch(_frame()), np.zeros(3, np.int64), [command], [answer])
    first, second = masker.masked(batch), masker.masked(batch)
    assert first.commands[0] is second.commands[0]
    assert first.predictions[0] is second.predictions[0]
