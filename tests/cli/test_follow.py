"""``--follow`` as a user gives it."""

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Ttpline


class Followed:
    """A run in the background."""

    def __init__(self, executable: str, *arguments: str, stdin: int = subprocess.DEVNULL) -> None:
        self.process = subprocess.Popen(
            [executable, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def interrupted(self) -> tuple[int, bytes, bytes]:
        """Code, stdout and stderr after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.fixture
def runs() -> Iterator[list[Followed]]:
    found: list[Followed] = []
    yield found
    for one in found:
        one.process.kill()
        one.process.communicate()


def commands(path: Path) -> list[str]:
    if not path.exists():
        return []
    whole = path.read_bytes().rpartition(b"\n")[0]
    return [json.loads(line)["command_line"] for line in whole.splitlines()]


def until(path: Path, count: int) -> list[str]:
    end = time.monotonic() + 30
    while len(commands(path)) < count and time.monotonic() < end:
        time.sleep(0.05)
    return commands(path)


def test_lines_are_given_as_they_are_written_and_ctrl_c_ends_quietly(
    executable: str, runs: list[Followed], tmp_path: Path
) -> None:
    log, out = tmp_path / "log", tmp_path / "out.jsonl"
    log.write_text("id\n")
    runs.append(Followed(executable, "ingest", str(log), "--from", "text", "--follow", "--to", f"jsonl:{out}"))
    assert until(out, 1) == ["id"]
    with log.open("a") as file:
        file.write("whoami\nunfinished")
    assert until(out, 2) == ["id", "whoami"]
    code, _, err = runs[0].interrupted()
    assert code == 0
    assert err.splitlines()[-1].startswith(b"read 3 events (0 skipped), 3 commands")
    assert len(err.splitlines()) == 1
    assert commands(out) == ["id", "whoami", "unfinished"]


def test_a_pipe_is_answered_line_by_line(executable: str, runs: list[Followed], model_dir: str) -> None:
    reading, writing = os.pipe()
    arguments = ("classify", "--from", "text", "--follow", "--model", model_dir, "--to", "jsonl")
    runs.append(Followed(executable, *arguments, stdin=reading))
    os.close(reading)
    stdout = runs[0].process.stdout
    assert stdout is not None
    for command in ("id", "cat /etc/shadow"):
        os.write(writing, f"{command}\n".encode())
        ready = select.select([stdout], [], [], 30)[0]  # a line that does not come must not hang the tests
        assert ready
        assert json.loads(stdout.readline())["event"]["command_line"] == command
    os.close(writing)
    assert runs[0].process.wait(30) == 0


def test_the_next_run_goes_on_where_the_last_one_was_killed(
    executable: str, runs: list[Followed], tmp_path: Path
) -> None:
    log, out = tmp_path / "log", tmp_path / "out.jsonl"
    arguments = (
        "ingest", str(log), "--from", "text", "--follow", "--state", str(tmp_path / "state"), "--to", f"jsonl:{out}",
        "--mask",
    )  # fmt: skip
    log.write_text("id\nmysql -pHunter2x\n")
    runs.append(Followed(executable, *arguments))
    until(out, 2)
    end = time.monotonic() + 30
    while not (tmp_path / "state").exists() and time.monotonic() < end:
        time.sleep(0.05)
    runs[0].process.kill()
    runs[0].process.wait()
    with out.open("ab") as file:
        file.write(b'{"half": "wri')
    log.rename(tmp_path / "log.1")
    log.write_text("pwd\n")
    runs.append(Followed(executable, *arguments))
    assert until(out, 3) == ["id", "mysql -p[masked]", "pwd"]
    code, _, _ = runs[1].interrupted()
    assert code == 0
    assert commands(out) == ["id", "mysql -p[masked]", "pwd"]


def test_csv_is_written_on_without_a_second_header(executable: str, runs: list[Followed], tmp_path: Path) -> None:
    log, out = tmp_path / "log", tmp_path / "out.csv"
    arguments = ("ingest", str(log), "--from", "text", "--follow", "--state", str(tmp_path / "s"), "--to", f"csv:{out}")
    for count, line in enumerate(("id\n", "pwd\n"), start=2):
        with log.open("a") as file:
            file.write(line)
        runs.append(Followed(executable, *arguments))
        end = time.monotonic() + 30
        while (not out.exists() or out.read_bytes().count(b"\n") < count) and time.monotonic() < end:
            time.sleep(0.05)
        assert runs[-1].interrupted()[0] == 0
    assert out.read_bytes().count(b"\n") == 3
    assert out.read_bytes().count(b"event_id") == 1


@pytest.mark.parametrize(
    "flags",
    [
        ("--state", "s"),
        ("--follow", "--jobs", "2"),
        ("--follow", "--state", "s", "--to", "parquet:out.parquet"),
        ("--follow", "--state", "s", "--to", "table"),
        ("--follow", "--state", "log"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(ttpline: Ttpline, flags: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "log").write_text("id\n")
    done = ttpline("ingest", "log", "--from", "text", *flags, cwd=tmp_path)
    assert done.returncode == 2
    assert not (tmp_path / "s").exists()


def test_an_input_of_no_known_format_is_an_error(ttpline: Ttpline, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("prose that nobody knows\n")
    done = ttpline("ingest", str(tmp_path / "log"), "--follow", "--follow-wait", "0.1", "--to", "jsonl")
    assert done.returncode == 3
    assert b"unknown format" in done.stderr


def test_an_empty_pipe_ends(ttpline: Ttpline) -> None:
    done = ttpline("ingest", "--from", "text", "--follow", "--to", "jsonl")
    assert (done.returncode, done.stdout) == (0, b"")
