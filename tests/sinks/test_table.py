"""A table that fits the terminal, says what matters and what it leaves out."""

from pathlib import Path

import pytest

from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.prediction import Verdict
from ttpline.scoring.score import ScoreOptions, score
from ttpline.sinks._table_events import KEPT_EVENTS
from ttpline.sinks._tally import KEPT_ATTACKS, Tally
from ttpline.sinks.table import SINK
from ttpline.testing.batches import batch_of
from ttpline.testing.fixed_classifier import shadow_model


def shown(batches: list[ScoredBatch], target: Path, monkeypatch: pytest.MonkeyPatch, columns: int = 120) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    with SINK(str(target)) as sink:
        for batch in batches:
            sink.write(batch)
    return target.read_text()


def scored(*lists: list[str], options: ScoreOptions | None = None) -> list[ScoredBatch]:
    return list(score((batch_of(commands) for commands in lists), shadow_model(), options))


def test_repeated_commands_are_one_line_with_a_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(scored(["cat /etc/shadow"] * 3, ["cat /etc/shadow", "ls"]), tmp_path / "out", monkeypatch)
    assert text.count("cat /etc/shadow") == 1
    assert "cat /etc/shadow  ×4" in text
    assert "ATTACK   1 command, 4 events" in text


def test_the_technique_has_its_full_name_and_the_command_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shown(scored(["cat /etc/shadow"]), tmp_path / "out", monkeypatch, columns=160)
    assert "T1003.008 OS Credential Dumping: /etc/passwd and /etc/shadow" in text
    assert "because of /etc/shadow" in text
    assert "90%" in text


def test_tactics_stand_in_matrix_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(scored(["wget x", "cat /etc/shadow"]), tmp_path / "out", monkeypatch)
    assert text.index("Credential Access") < text.index("Command and Control")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    text = shown(scored(["wget " + "x" * 500, "cat /etc/shadow"]), tmp_path / "out", monkeypatch, columns)
    assert max(len(line) for line in text.splitlines()) <= columns


def test_normal_commands_are_only_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(scored(["ls", "id", "ls"]), tmp_path / "out", monkeypatch)
    assert "events: 0 attack · 0 uncertain · 3 normal" in text
    assert "ls" not in text.split()


def test_uncertain_commands_come_after_the_attacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = scored(["wget x", "cat /etc/shadow"], options=ScoreOptions(min_confidence=0.8))
    text = shown(batches, tmp_path / "out", monkeypatch)
    assert text.index("cat /etc/shadow") < text.index("UNCERTAIN") < text.index("wget x")


def test_failed_executions_are_counted_and_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = list(score(iter([batch_of(["cat /etc/shadow"], [False])]), shadow_model()))
    text = shown(batches, tmp_path / "out", monkeypatch)
    assert "1 failed to start and were not scored" in text
    assert "cat" not in text


def test_more_commands_than_a_reader_reads_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [f"wget {at}" for at in range(KEPT_ATTACKS + 5)]
    text = shown(scored(commands), tmp_path / "out", monkeypatch)
    assert f"ATTACK   {KEPT_ATTACKS + 5} commands" in text
    assert "and 5 events of less likely commands; all of them: --to jsonl:out.jsonl" in text


def test_where_there_is_no_room_for_all_the_surest_stay_in_input_order() -> None:
    tally = Tally()
    commands = [f"wget {at}" for at in range(KEPT_ATTACKS)]
    for batch in scored(commands, ["cat /etc/shadow"], ["wget 0", "wget 1", "cat /etc/shadow"]):
        tally.add(batch)
    lines = [line.command for line in tally.lines[Verdict.ATTACK].values()]
    assert lines == [*commands[1:], "cat /etc/shadow"]
    assert tally.lines[Verdict.ATTACK]["", "", "wget 1"].times == 2
    assert tally.hidden_events[Verdict.ATTACK] == 2


def test_a_command_in_two_batches_is_one_command() -> None:
    tally = Tally()
    for batch in scored(["wget a", "wget b"], ["wget a", "cat /etc/shadow"]):
        tally.add(batch)
    assert tally.distinct[Verdict.ATTACK].total == 3
    assert tally.techniques["T1105"].distinct.total == 2
    assert tally.techniques["T1105"].events == 3


def test_a_very_long_command_does_not_stay_in_memory() -> None:
    tally = Tally()
    for batch in scored(["wget " + "x" * 1_000_000]):
        tally.add(batch)
    assert max(len(line.command) for line in tally.lines[Verdict.ATTACK].values()) < 10_000


def test_ingest_shows_the_first_events_and_counts_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = [ScoredBatch(batch_of([f"cmd {at}\x1b[2J" for at in range(KEPT_EVENTS + 3)]))]
    text = shown(batches, tmp_path / "out", monkeypatch)
    assert "cmd 0\\u001b[2J" in text
    assert "and 3 more events" in text
    assert "\x1b" not in text
