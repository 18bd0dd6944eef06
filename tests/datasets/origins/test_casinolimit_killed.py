"""``dataset build casinolimit`` killed with no chance to say goodbye, and run again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.datasets.origins.conftest import random_tree

INSTANCES = 6
SECONDS = 60.0


def command(inputs: tuple[Path, Path], output: Path, state: Path, jobs: int) -> list[str]:
    return [
        sys.executable, "-m", "ttpline", "dataset", "build", "casinolimit", "--syslogs", str(inputs[0]), "--labels",
        str(inputs[1]), "-o", str(output), "--state", str(state), "--jobs", str(jobs), "--unlabelled", "normal",
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are POSIX")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_build_leaves_nothing_running_and_goes_on_to_the_same_bytes(jobs: int, tmp_path: Path) -> None:
    inputs = random_tree(11, instances=INSTANCES, events=900)[0].zips(tmp_path)
    whole, killed, state = tmp_path / "whole.csv", tmp_path / "killed.csv", tmp_path / "state"
    subprocess.run(command(inputs, whole, tmp_path / "other", 1), check=True, capture_output=True, timeout=SECONDS)

    program = subprocess.Popen(command(inputs, killed, state, jobs), stderr=subprocess.DEVNULL, start_new_session=True)
    wait_until(lambda: any(state.glob("*.json")))
    os.kill(program.pid, signal.SIGKILL)
    assert program.wait() == -signal.SIGKILL, "it was killed before it was done"
    wait_until(lambda: not is_running(program.pid))

    assert not killed.exists() and not killed.with_name("killed.csv.report.json").exists()
    kept = {file: file.stat().st_mtime_ns for file in state.glob("*.json")}
    assert 1 <= len(kept) < INSTANCES
    subprocess.run(command(inputs, killed, state, jobs), check=True, capture_output=True, timeout=SECONDS)
    assert {file: file.stat().st_mtime_ns for file in kept} == kept, "what was finished is not made again"
    assert len(list(state.glob("*.json"))) == INSTANCES
    assert killed.read_bytes() == whole.read_bytes()
    report = killed.with_name("killed.csv.report.json").read_bytes()
    assert report == whole.with_name("whole.csv.report.json").read_bytes()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def is_running(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
