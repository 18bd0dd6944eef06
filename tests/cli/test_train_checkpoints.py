"""``ttpline train`` of a family that is trained in epochs: checkpoints, going on, progress."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ttpline.cli.main import run
from ttpline.testing.made_up_commands import attack_rows, normal_rows

from .test_terminal import on_terminal

pytest.importorskip("torch", reason="needs the extra deep")

SMALL = ["--units", "8", "--embedding", "8", "--batch", "4"]


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "mine.csv"
    lines = [f'"{row.command_line}",{row.label},{row.group}' for row in [*attack_rows(3), *normal_rows(2)]]
    path.write_text("\n".join(["command,technique,group", *lines]) + "\n")
    return path


def arguments(mine: Path, out: Path, *extra: str) -> list[str]:
    return ["train", "lstm", "--data", str(mine), "--out", str(out), *SMALL, *extra]


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_a_killed_training_goes_on_to_the_same_bits(executable: str, mine: Path, tmp_path: Path) -> None:
    many = ["--no-calibrate", "--epochs", "25", "--patience", "25"]
    checkpoints = tmp_path / "run"
    broken = [executable, *arguments(mine, tmp_path / "b" / "m", *many, "--checkpoints", str(checkpoints))]
    process = subprocess.Popen(broken, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (checkpoints / "checkpoint.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL
    assert not (tmp_path / "b" / "m").exists()
    resumed = subprocess.run([*broken, "--resume"], capture_output=True, timeout=120, check=True)
    assert resumed.stderr.count(b"\n") == resumed.stderr.count(b"ttpline: note:")
    assert run(arguments(mine, tmp_path / "a" / "m", *many)) == 0
    for name in ("weights.safetensors", "model.onnx", "vocabulary.json", "model.json"):
        assert (tmp_path / "a/m" / name).read_bytes() == (tmp_path / "b/m" / name).read_bytes()


def test_a_checkpoint_of_other_data_is_refused(mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extra = ["--no-calibrate", "--epochs", "1", "--checkpoints", str(tmp_path / "run")]
    assert run(arguments(mine, tmp_path / "m", *extra)) == 0
    assert run(arguments(mine, tmp_path / "m", *extra, "--resume", "--seed", "7")) == 4
    assert "is a checkpoint of another run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("family", "extra", "message"),
    [
        ("tfidf-lr", ["--checkpoints", "run"], "tfidf-lr is trained in one go and leaves no checkpoints"),
        ("lstm", ["--resume"], "--resume needs the folder to go on from; give it with --checkpoints DIR"),
        ("lstm", ["--checkpoints", "m/run"], "checkpoints cannot lie in the model's own folder"),
    ],
)
def test_checkpoints_that_make_no_sense_are_usage_errors(
    mine: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    family: str,
    extra: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["train", family, "--data", str(mine), "--out", "m", *extra]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "m").exists()


def test_folds_leave_the_checkpoint_alone_and_epochs_are_shown_on_a_terminal(
    executable: str, mine: Path, tmp_path: Path
) -> None:
    extra = ["--epochs", "3", "--folds", "2", "--checkpoints", str(tmp_path / "run")]
    code, shown = on_terminal([executable, *arguments(mine, tmp_path / "m", *extra)])
    assert code == 0
    assert "the model, epoch" in shown or "fold 2 of 2" in shown
    assert sorted(path.suffix for path in (tmp_path / "run").iterdir()) == [".json", ".safetensors"]
    assert (tmp_path / "m" / "model.json").exists()
