"""No event twice, none lost, whenever the run is killed."""

import itertools
import json
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from tests.scoring.following import follow

from ttpline.errors import SinkError, UsageError
from ttpline.scoring.follow import FollowState, check_follow
from ttpline.scoring.targets import Target
from ttpline.sinks._output import Output, keeping
from ttpline.telemetry._follow import Identity
from ttpline.telemetry._followers import Progress
from ttpline.telemetry._given import Given

AT_ONCE = 4
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.scoring.following"])

WAIT_S = 0.25
"""For records of an event: long for a writer that pauses for milliseconds, even on a busy machine."""
LONGEST_RUN_S = 0.6
"""A run lives that long at most before it is killed: start, a few commits, something half written."""


class Writer:
    """Writes numbered records to a log, rotates it in both ways, and knows what it wrote."""

    def __init__(self, log: Path, format: str, choice: random.Random) -> None:
        self._log = log
        self._format = format
        self._choice = choice
        self._numbers = itertools.count(1)
        self.commands: list[str] = []
        self._rest = b""
        log.touch()

    def record(self) -> bytes:
        number = next(self._numbers)
        self.commands.append(f"run -{number}")
        if self._format == "text":
            return f"run -{number}\n".encode()
        stamp = f"msg=audit(1700000000.{number % 1000:03}:{number})"
        return (
            f"type=SYSCALL {stamp}: arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=2 auid=1 uid=0 euid=0 "
            f'tty=pts0 ses=1 comm="run" exe="/bin/run" key=(null)\n'
            f'type=EXECVE {stamp}: argc=2 a0="run" a1="-{number}"\n'
        ).encode()

    def write(self, records: int) -> None:
        """So many records, the last one cut anywhere; its rest comes first next time."""
        data = self._rest + b"".join(self.record() for _ in range(records))
        keep = self._choice.choice([0, 0, self._choice.randrange(1, 20)])
        data, self._rest = (data[:-keep], data[-keep:]) if keep and len(data) > keep else (data, b"")
        with self._log.open("ab") as file:
            file.write(data)

    def finish(self) -> None:
        with self._log.open("ab") as file:
            file.write(self._rest)
        self._rest = b""

    def rotate(self) -> None:
        self.finish()
        if not self._log.stat().st_size:
            return
        others = sorted(self._log.parent.glob(f"{self._log.name}.*"), key=lambda path: -int(path.suffix[1:]))
        for other in others:
            other.rename(other.with_suffix(f".{int(other.suffix[1:]) + 1}"))
        first = self._log.with_name(f"{self._log.name}.1")
        if self._choice.random() < 0.5:
            self._log.rename(first)
            self._log.touch()
        else:
            first.write_bytes(self._log.read_bytes())
            self._log.write_bytes(b"")


def started(folder: Path, format: str) -> BaseProcess:
    log, state, out = (str(folder / "logs" / "log"), str(folder / "state"), str(folder / "out.jsonl"))
    process = CONTEXT.Process(target=follow, args=(log, state, out, format, WAIT_S))
    process.start()
    return process


def written(folder: Path) -> list[str]:
    return [json.loads(line)["command_line"] for line in (folder / "out.jsonl").read_bytes().splitlines()]


def killed_often(folder: Path, format: str, kills: int, seed: int) -> None:
    choice = random.Random(seed)
    (folder / "logs").mkdir()
    writer = Writer(folder / "logs" / "log", format, choice)
    writer.write(2)
    writer.finish()
    process = started(folder, format)  # what was rotated away before anybody followed it is nobody's
    until((folder / "state").exists)
    process.kill()
    process.join()
    for _ in range(kills):
        process = started(folder, format)
        end = time.monotonic() + choice.random() * LONGEST_RUN_S
        while time.monotonic() < end:
            writer.write(choice.randrange(3))
            time.sleep(0.005)
        process.kill()
        process.join()
        if choice.random() < 0.15:
            writer.rotate()
    writer.finish()
    (folder / "out.jsonl.started").unlink(missing_ok=True)
    process = started(folder, format)
    until(lambda: len(writer.commands) <= len(committed(folder)) and (folder / "out.jsonl.started").exists())
    process.terminate()
    process.join(10)
    assert (folder / "out.jsonl.done").exists()
    assert written(folder) == writer.commands


def until(is_true: Callable[[], bool]) -> None:
    """Wait for it, 20 s at most; whoever asked sees whether it came."""
    end = time.monotonic() + 20
    while not is_true() and time.monotonic() < end:
        time.sleep(0.01)


def committed(folder: Path) -> list[bytes]:
    """The lines of the output that its state knows of."""
    out = folder / "out.jsonl"
    length = FollowState.load(str(folder / "state")).outputs.get(str(out.resolve()), 0)
    return out.read_bytes()[:length].splitlines()


@pytest.mark.parametrize("format", ["text", "auditd"])
def test_a_run_that_is_killed_again_and_again_gives_every_event_once(format: str, tmp_path: Path) -> None:
    killed_often(tmp_path, format, kills=15, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["text", "auditd"])
def test_a_thousand_kills_lose_nothing(format: str, tmp_path: Path) -> None:
    """Five hundred a format; several logs at once, because a run mostly waits."""
    folders = [tmp_path / str(seed) for seed in range(AT_ONCE)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = [pool.submit(killed_often, folder, format, 500 // AT_ONCE, int(folder.name)) for folder in folders]
    for one in done:
        one.result()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[FollowState]:
    found = FollowState.load(str(tmp_path / "state"))
    found.files["log"] = Progress("log", Identity(1, 2, 3, "ab"), Given(4, 5, 6, False, {"why": 7}))
    found.outputs["/out"] = 8
    yield found


def test_a_state_is_read_as_it_was_written(state: FollowState) -> None:
    state.save()
    again = FollowState.load(str(state.path))
    assert (again.files, again.outputs) == (state.files, state.outputs)


@pytest.mark.parametrize("content", ["", "[]", '{"version": 99, "files": [], "outputs": {}}', '{"version": 1}', "\x00"])
def test_a_file_that_is_no_state_is_refused_and_left_alone(content: str, tmp_path: Path) -> None:
    (tmp_path / "state").write_text(content)
    with pytest.raises(UsageError):
        FollowState.load(str(tmp_path / "state"))
    assert (tmp_path / "state").read_text() == content


def test_an_output_is_cut_to_what_was_committed_and_written_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_bytes(b"committed\nhalf wri")
    with keeping({str(out): 10}):
        output = Output(str(out))
    output.write(b"more\n")
    output.close()
    assert out.read_bytes() == b"committed\nmore\n"


def test_an_output_that_lost_something_is_not_written_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_bytes(b"short")
    with keeping({str(out): 10}), pytest.raises(SinkError, match="shorter"):
        Output(str(out))
    assert out.read_bytes() == b"short"


def test_with_a_state_only_outputs_that_can_be_continued_are_taken() -> None:
    check_follow([Target("jsonl", "a"), Target("csv", "b")], has_state=True)
    check_follow([Target("parquet", "a")], has_state=False)
    with pytest.raises(UsageError):
        check_follow([Target("parquet", "a")], has_state=True)
