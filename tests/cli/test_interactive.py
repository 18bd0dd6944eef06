"""``classify --interactive`` at a real terminal, and in a pipe."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Ttpline
from tests.cli.typist import CTRL_D, CTRL_R, END_OF_PASTE, ENTER, PASTE, UP, Typist

from ttpline.cli._history import history_path

PROMPT = "ttpline> "
Sit = Callable[..., Typist]


@pytest.fixture
def sit(executable: str, model_dir: str, tmp_path: Path) -> Sit:
    """Sit down at a terminal where the interactive predictor runs; its state is below ``tmp_path``."""

    def start(*options: str, **env: str) -> Typist:
        command = [executable, "classify", "--interactive", "--model", model_dir, *options]
        typist = Typist(command, {"XDG_STATE_HOME": str(tmp_path), "NO_COLOR": "1", **env})
        typist.expect(PROMPT)
        return typist

    return start


def ask(typist: Typist, line: str) -> str:
    """Type one line; what is shown up to the next prompt."""
    typist.press(line + ENTER)
    return typist.expect(PROMPT)


def test_a_command_gets_verdict_confidence_ranked_techniques_and_the_parts_that_speak_for_them(sit: Sit) -> None:
    with sit() as typist:
        shown = ask(typist, "cat /etc/shadow")
    lines = shown.splitlines()
    assert lines[1].startswith(" ATTACK  ") and lines[1].strip().endswith("% sure")
    assert lines[2].startswith("T1003.008 OS Credential Dumping: /etc/passwd and /etc/shadow  credential-access")
    assert "█" in lines[2] and lines[2].endswith(" %")
    assert "[++ /etc/shadow]" in lines[3] and "/etc/shadow" in lines[4]
    ranked = [line for line in lines if line.startswith("T1")]
    assert len(ranked) == 3
    figures = [float(line.split()[-2]) for line in ranked]
    assert figures == sorted(figures, reverse=True)
    assert lines[-1].endswith(" ms")


def test_colours_mark_the_parts_where_the_terminal_has_them(sit: Sit) -> None:
    with sit(NO_COLOR="") as typist:
        shown = ask(typist, "cat /etc/shadow")
    assert "[++" not in shown
    assert "\x1b[1;4;32m" in typist.raw, "strong parts are bold, underlined and green"


def test_arrow_up_brings_back_the_last_command_and_ctrl_r_an_earlier_one(sit: Sit) -> None:
    with sit() as typist:
        first = ask(typist, "cat /etc/shadow")
        ask(typist, "uname -a")
        again = ask(typist, UP + UP)
        found = ask(typist, CTRL_R + "una" + ENTER)
    assert answer_of(again) == answer_of(first)
    assert "uname -a" in found


def answer_of(shown: str) -> list[str]:
    """The lines of an answer without what was typed before and the time after."""
    lines = shown.splitlines()
    start = next(index for index, line in enumerate(lines) if line.rstrip().endswith("% sure"))
    return lines[start:-1]


def test_the_history_is_there_next_time_and_only_for_the_user(sit: Sit, tmp_path: Path) -> None:
    with sit() as typist:
        ask(typist, "cat /etc/shadow")
        typist.press(CTRL_D)
        assert typist.left() == 0
    kept = tmp_path / "ttpline" / "history"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert kept.read_text() == "cat /etc/shadow\n"
    with sit() as typist:
        assert "T1003.008" in ask(typist, UP)
    assert kept.read_text() == "cat /etc/shadow\n", "the same line twice is kept once"


def test_a_history_that_others_could_read_is_made_private(sit: Sit, tmp_path: Path) -> None:
    kept = tmp_path / "mine"
    kept.write_text("uname -a\n")
    kept.chmod(0o644)
    with sit(TTPLINE_HISTORY=str(kept)) as typist:
        assert "uname -a" in ask(typist, UP)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize(("options", "env"), [(["--no-history"], {}), ([], {"TTPLINE_HISTORY": ""})])
def test_without_history_nothing_is_kept_on_disk(
    options: list[str], env: dict[str, str], sit: Sit, tmp_path: Path
) -> None:
    with sit(*options, **env) as typist:
        ask(typist, "cat /etc/shadow")
        assert "T1003.008" in ask(typist, UP), "arrow keys work all the same"
    assert not (tmp_path / "ttpline").exists()


def test_a_history_that_is_no_file_is_not_used_and_not_touched(sit: Sit) -> None:
    before = Path(os.devnull).stat().st_mode
    with sit(TTPLINE_HISTORY=os.devnull) as typist:
        ask(typist, "uname -a")
    assert "/dev/null: no history is kept: it is no plain file" in typist.shown
    assert Path(os.devnull).stat().st_mode == before


def test_ctrl_c_forgets_the_line_and_goes_on(sit: Sit) -> None:
    with sit() as typist:
        typist.press("cat /etc/sha")
        typist.expect("cat /etc/sha")
        typist.interrupt()
        typist.expect(PROMPT)
        shown = ask(typist, "uname -a")
        assert "[" in shown and "/etc/sha" not in shown
        typist.press(CTRL_D)
        assert typist.left() == 0


def test_ctrl_d_and_quit_leave_quietly(sit: Sit) -> None:
    for leave in (CTRL_D, f":quit{ENTER}", f":q{ENTER}"):
        with sit() as typist:
            typist.press(leave)
            assert typist.left() == 0
        after = typist.shown.rpartition(PROMPT)[2]
        assert after.strip() in ("", ":quit", ":q")


def test_many_lines_pasted_at_once_are_classified_each_and_instruct_nobody(sit: Sit, tmp_path: Path) -> None:
    pasted = f"cat /etc/shadow\n:export {tmp_path / 'stolen.jsonl'}\nuname -a"
    with sit() as typist:
        assert "\x1b[?2004h" in typist.raw, "the terminal is asked to mark what is pasted"
        shown = ask(typist, f"{PASTE}{pasted}{END_OF_PASTE}")
    assert shown.count("% sure") == 3
    assert shown.index("> cat /etc/shadow") < shown.index("> :export") < shown.index("> uname -a")
    assert not (tmp_path / "stolen.jsonl").exists()


def test_what_is_typed_cannot_act_on_the_terminal(sit: Sit) -> None:
    with sit() as typist:
        typist.press("\x16\x1b]0;owned\x16\x07 \udcff \u202e /etc/shadow" + ENTER)  # Ctrl-V takes the next key as it is
        shown = typist.expect(PROMPT)
    assert "\x1b]0;" not in typist.raw
    assert "\\u001b]0;owned\\u0007" in shown and "\\xff" in shown and "\\u202e" in shown.partition("sure")[2]


def test_instructions_change_the_next_answers(sit: Sit, executable: str, model_dir: str) -> None:
    with sit("--top", "1") as typist:
        assert ask(typist, "cat /etc/shadow").count("\nT1") == 1
        ask(typist, ":top 2")
        assert ask(typist, "cat /etc/shadow").count("\nT1") == 2
        ask(typist, ":explain off")
        assert "[++" not in ask(typist, "cat /etc/shadow")
        assert "3 " in ask(typist, ":history") and ":export FILE" in ask(typist, ":help")
        assert "model small" in ask(typist, f":model {model_dir}")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (":top many", "is not a number"),
        (":top 99999", "is not a number"),
        (":explain perhaps", "neither on nor off"),
        (":model nowhere", "no model 'nowhere'"),
        (":export", ":export needs a file"),
        (":export answers.exe", "ends with none of .jsonl"),
        (":export nowhere/answers.jsonl", "there is no folder nowhere"),
        (":frobnicate", "there is no instruction :frobnicate"),
    ],
)
def test_an_instruction_that_makes_no_sense_is_said_and_it_goes_on(typed: str, said: str, sit: Sit) -> None:
    with sit() as typist:
        assert said in ask(typist, typed)
        assert "% sure" in ask(typist, "uname -a")


@pytest.mark.parametrize("command", [": > /var/log/auth.log", ":(){ :|:& };:", " :top 1; id"])
def test_shell_commands_that_begin_with_a_colon_are_commands(command: str, sit: Sit) -> None:
    with sit() as typist:
        assert "% sure" in ask(typist, command)


def test_exported_answers_are_what_classify_writes(sit: Sit, ttpline: Ttpline, model_dir: str, tmp_path: Path) -> None:
    commands = ["cat /etc/shadow", "uname -a", "cat /etc/shadow"]
    with sit() as typist:
        for command in commands:
            ask(typist, command)
        assert "3 answers" in ask(typist, f":export {tmp_path / 'out.jsonl'}")
    run = ttpline("classify", "--from", "text", "--model", model_dir, stdin="\n".join(commands).encode() + b"\n")
    assert without_uri((tmp_path / "out.jsonl").read_bytes()) == without_uri(run.stdout)


def without_uri(lines: bytes) -> list[dict[str, Any]]:
    """Rows but for where they were read."""
    rows = [json.loads(line) for line in lines.splitlines()]
    for row in rows:
        del row["event"]["source"]["uri"]
    return rows


# --- in a pipe --------------------------------------------------------------------------------------------------------


def test_in_a_pipe_every_line_is_answered_without_a_prompt(ttpline: Ttpline, model_dir: str) -> None:
    run = ttpline("classify", "-i", "--model", model_dir, stdin=b"cat /etc/shadow\n\n \nuname -a\n:quit\nid")
    shown = run.stdout.decode()
    assert run.returncode == 0
    assert PROMPT not in shown and "\x1b" not in shown
    assert [line for line in shown.splitlines() if line.startswith("> ")] == [
        "> cat /etc/shadow", "> uname -a", "> :quit", "> id",
    ]  # fmt: skip
    assert shown.count("% sure") == 4
    assert run.stderr.decode().splitlines()[-1].startswith("read 4 events (0 skipped), 4 commands")


def test_in_a_pipe_an_answer_comes_before_the_next_question(executable: str, model_dir: str) -> None:
    import subprocess

    command = [executable, "classify", "-i", "--model", model_dir]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdin is not None and program.stdout is not None and program.stderr is not None
        for asked in (b"cat /etc/shadow\n", b"uname -a\n"):
            program.stdin.write(asked)
            program.stdin.flush()
            assert program.stdout.readline() == b"> " + asked
            while program.stdout.readline().strip():
                pass
        program.stdin.close()
        assert program.stderr.read().startswith(b"read 2 events")
    assert program.returncode == 0


def test_in_a_pipe_a_line_that_is_too_long_is_skipped_with_a_word(ttpline: Ttpline, model_dir: str) -> None:
    run = ttpline("classify", "-i", "--model", model_dir, stdin=b"x" * (3 << 20) + b"\nuname -a\n")
    assert run.stdout.count(b"% sure") == 1
    said = run.stderr.decode().splitlines()
    assert "line of more than 1048576 bytes" in said[0]
    assert said[-1].startswith("read 1 events (1 skipped)")


def test_hostile_bytes_in_a_pipe_are_escaped(ttpline: Ttpline, model_dir: str) -> None:
    run = ttpline("classify", "-i", "--model", model_dir, stdin=b"cat \xff\x1b[2J /etc/shadow\n")
    assert b"\x1b" not in run.stdout and b"\\xff\\u001b[2J" in run.stdout


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["audit.log"], "reads what is typed, no PATH"),
        (["-"], "reads what is typed, no PATH"),
        (["--to", "jsonl:-"], "it has no --to"),
        (["--jobs", "2"], "takes one command a line"),
        (["--strict"], "takes one command a line"),
        (["--from", "auditd"], "takes one command a line"),
        (["--column", "command_line=a"], "takes one command a line"),
        (["--platform", "linux"], "takes one command a line"),
    ],
)
def test_flags_about_files_are_refused(flags: list[str], said: str, ttpline: Ttpline, model_dir: str) -> None:
    run = ttpline("classify", "--interactive", "--model", model_dir, *flags, stdin=b"id\n")
    assert run.returncode == 2
    assert said in run.stderr.decode() and run.stdout == b""


def test_no_history_alone_makes_no_sense(ttpline: Ttpline) -> None:
    run = ttpline("classify", "--no-history", stdin=b"id\n")
    assert run.returncode == 2 and b"--no-history goes with --interactive" in run.stderr


def test_a_model_that_is_not_there_is_said_before_the_prompt(ttpline: Ttpline) -> None:
    run = ttpline("classify", "-i", "--model", "nowhere", stdin=b"id\n")
    assert run.returncode == 4 and run.stdout == b""


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({}, "/home/a/.local/state/ttpline/history"),
        ({"XDG_STATE_HOME": "/state"}, "/state/ttpline/history"),
        ({"XDG_STATE_HOME": "relative"}, "/home/a/.local/state/ttpline/history"),
        ({"XDG_STATE_HOME": "/state", "TTPLINE_HISTORY": "/mine"}, "/mine"),
        ({"TTPLINE_HISTORY": ""}, None),
    ],
)
def test_where_the_history_is_kept(environ: dict[str, str], path: str | None) -> None:
    found = history_path(environ, Path("/home/a"))
    assert (None if found is None else found.as_posix()) == path
