"""Each distinct command is scored once, everything comes out in its place, and more processes change nothing."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.columns.event_batch import EventBatch
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.prediction import Verdict
from ttpline.domain.skipped import SkippedRecord
from ttpline.errors import TtplineError
from ttpline.models._load import load_model
from ttpline.scoring import _workers
from ttpline.scoring import score as score_module
from ttpline.scoring._cache import LONGEST_CACHED, Answer, AnswerCache
from ttpline.scoring.score import ScoreOptions, score
from ttpline.testing.batches import batch_of
from ttpline.testing.fixed_classifier import shadow_model
from ttpline.testing.small_model import small_model


def rows_of(batches: list[ScoredBatch]) -> list[tuple[str, str, str, tuple[object, ...]]]:
    rows = []
    for batch in batches:
        assert batch.command_of is not None
        for line, at in zip(batch.events.frame["command_line"], batch.command_of.tolist(), strict=True):
            prediction = batch.predictions[at]
            rows.append((line, batch.commands[at].text, prediction.verdict.value, prediction.techniques))
    return rows


def test_a_repeated_command_is_scored_once_over_all_batches() -> None:
    model = shadow_model()
    batches = [batch_of(["ls", "cat /etc/shadow", "ls"]), batch_of(["ls", "id", "cat /etc/shadow"])]
    list(score(iter(batches), model))
    assert model.calls == [["ls", "cat /etc/shadow"], ["id"]]


def test_commands_equal_once_normalised_are_scored_once() -> None:
    model = shadow_model()
    scored = next(score(iter([batch_of(["ls", " ls ", "ls\0"])]), model))
    assert model.calls == [["ls"]]
    assert [command.original for command in scored.commands] == ["ls", " ls ", "ls\0"]


@given(
    st.lists(st.lists(st.sampled_from(["ls", "cat /etc/shadow", "wget x", "id", "\x1b", ""]), max_size=9), max_size=5)
)
def test_every_row_gets_the_answer_of_its_own_command(lists: list[list[str]]) -> None:
    model = shadow_model()
    scored = list(score((batch_of(commands) for commands in lists), model))
    assert [row[0] for row in rows_of(scored)] == [command for commands in lists for command in commands]
    for line, text, verdict, _ in rows_of(scored):
        assert text in line
        assert verdict == ("attack" if "/etc/shadow" in line or "wget" in line else "normal")


def test_a_failed_execve_is_never_scored() -> None:
    model = shadow_model()
    batch = batch_of(["cat /etc/shadow", "wget x", "wget x"], [False, False, True])
    scored = next(score(iter([batch]), model))
    assert model.calls == [["wget x"]]
    assert scored.command_of is not None
    answers = [scored.predictions[at] for at in scored.command_of.tolist()]
    assert [(answer.verdict, answer.confidence, len(answer.techniques)) for answer in answers] == [
        (Verdict.UNCERTAIN, 0.0, 0),
        (Verdict.UNCERTAIN, 0.0, 0),
        (Verdict.ATTACK, 0.6, 1),
    ]


def test_an_unknown_success_is_scored() -> None:
    assert next(score(iter([batch_of(["wget x"], [None])]), shadow_model())).predictions[0].verdict is Verdict.ATTACK


def test_below_the_least_confidence_the_verdict_is_uncertain_and_the_rest_stays() -> None:
    options = ScoreOptions(min_confidence=0.8)
    scored = next(score(iter([batch_of(["wget x", "cat /etc/shadow"])]), shadow_model(), options))
    assert [answer.verdict for answer in scored.predictions] == [Verdict.UNCERTAIN, Verdict.ATTACK]
    assert scored.predictions[0].confidence == 0.6
    assert scored.predictions[0].techniques[0].technique == "T1105"


def test_a_platform_is_given_to_events_whose_log_does_not_say() -> None:
    batch = batch_of(["a", "b"])
    batch.frame = batch.frame.with_columns(platform=batch.frame["event_id"].replace({"e0": "windows", "e1": None}))
    scored = next(score(iter([batch]), shadow_model(), ScoreOptions(platform="linux")))
    assert scored.events.frame["platform"].to_list() == ["windows", "linux"]


def test_an_empty_batch_passes_with_what_was_skipped() -> None:
    scored = next(score(iter([batch_of([])]), shadow_model()))
    assert scored.events.frame.height == 0
    assert scored.command_of is not None and scored.command_of.size == 0


def test_one_job_reads_no_batch_ahead() -> None:
    asked = []

    def batches() -> Iterator[EventBatch]:
        for at in range(3):
            asked.append(at)
            yield batch_of([f"command {at}"])

    next(score(batches(), shadow_model()))
    assert asked == [0]


def test_a_batch_of_many_different_commands_comes_in_pieces_that_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_module, "PIECE_ROWS", 4)
    commands = [f"wget {at}" for at in (0, 1, 2, 0, 3, 4, 5, 5, 6, 7)]
    batch = batch_of(commands)
    batch.skipped.add(SkippedRecord("-", 3, "a reason", "sample"))
    model = shadow_model()
    scored = list(score(iter([batch, batch_of(["ls"] * 9)]), model))
    assert [piece.events.frame.height for piece in scored] == [4, 4, 2, 9]
    assert [piece.events.skipped.total for piece in scored] == [1, 0, 0, 0]
    assert [piece.events.records_read for piece in scored] == [10, 0, 0, 9]
    assert [row[:2] for row in rows_of(scored)] == [(command, command) for command in [*commands, *["ls"] * 9]]
    assert model.calls == [["wget 0", "wget 1", "wget 2"], ["wget 3", "wget 4", "wget 5"], ["wget 6", "wget 7"], ["ls"]]


def test_all_of_a_batch_comes_out_before_the_next_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_module, "PIECE_ROWS", 2)
    given: list[int] = []

    def batches() -> Iterator[EventBatch]:
        for at in range(2):
            assert len(given) == 3 * at
            yield batch_of([f"command {at} {number}" for number in range(5)])

    for piece in score(batches(), shadow_model()):
        given.append(piece.events.frame.height)
    assert given == [2, 2, 1, 2, 2, 1]


@pytest.mark.slow
def test_two_jobs_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_workers, "POOL_PAYS_FROM", 1)
    lists = [
        [f"wget {at % 700}" if at % 3 else f"id {at}" for at in range(start, start + 3_000)] for start in (0, 9, 40)
    ]
    alone = rows_of(list(score((batch_of(commands) for commands in lists), shadow_model())))
    model = shadow_model()
    together = rows_of(list(score((batch_of(commands) for commands in lists), model, ScoreOptions(jobs=2))))
    assert together == alone
    assert model.calls == [], "the pool was not used"


def test_a_few_commands_start_no_pool() -> None:
    model = shadow_model()
    list(score(iter([batch_of(["ls"])]), model, ScoreOptions(jobs=8)))
    assert model.calls == [["ls"]]


def test_the_cache_keeps_what_keeps_coming() -> None:
    cache = AnswerCache(size=2)
    often = Answer()
    cache.put("often", often)
    for at in range(20):
        cache.put(f"once {at}", Answer())
        assert cache.get("often") is often
        assert len(cache) <= 4


def test_the_cache_leaves_out_what_is_too_long() -> None:
    cache = AnswerCache()
    cache.put("a" * (LONGEST_CACHED + 1), Answer())
    assert len(cache) == 0


@pytest.mark.slow
def test_workers_that_load_the_model_themselves_give_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_workers, "POOL_PAYS_FROM", 1)
    small_model().save(tmp_path / "small")
    model = load_model(tmp_path / "small")
    lists = [[f"wget http://192.0.2.7/{at}; cat /etc/shadow" for at in range(1_500)]]
    alone = rows_of(list(score((batch_of(commands) for commands in lists), model)))
    load = partial(load_model, tmp_path / "small")
    together = list(score((batch_of(commands) for commands in lists), model, ScoreOptions(jobs=2), load))
    assert rows_of(together) == alone


@pytest.mark.slow
def test_a_worker_that_ends_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_workers, "POOL_PAYS_FROM", 1)
    with pytest.raises(TtplineError, match="use fewer --jobs"):
        list(score(iter([batch_of(["ls"])]), shadow_model(), ScoreOptions(jobs=2), partial(os._exit, 1)))
