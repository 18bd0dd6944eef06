"""``ttpline tune`` as a user calls it."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ttpline.cli.main import run
from ttpline.models._folder import verify_model
from ttpline.models._load import load_model
from ttpline.testing.made_up_commands import attack_rows, normal_rows

GRID = ["--grid", "C=0.1,10", "--grid", "class-weight=none,balanced"]


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "mine.csv"
    rows = [*attack_rows(6), *normal_rows(5)]
    lines = [f'"{row.command_line}",{row.label},{row.group},{1 + at % 5}' for at, row in enumerate(rows)]
    path.write_text("\n".join(["command,technique,group,count", *lines]) + "\n")
    return path


def tuned(mine: Path, out: Path, *extra: str) -> int:
    return run(["tune", "tfidf-lr", "--data", str(mine), "--out", str(out), *extra])


def test_the_best_point_is_shown_and_becomes_the_model(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "m"
    assert tuned(mine, out, *GRID, "--max-features", "300") == 0
    shown = capsys.readouterr()
    table = [line.split("\t") for line in shown.out.split("\n\n")[0].splitlines()]
    assert [len(row) for row in table] == [7] * 5
    (best,) = [row for row in table if row[0] == "*"]
    assert float(best[2]) == max(float(row[2]) for row in table[1:])
    assert "grouped-3-fold" in shown.out and "flatter a little" in shown.err
    assert verify_model(out).is_sound
    model, metrics = load_model(out), json.loads((out / "metrics.json").read_text())
    tuning = metrics["tuning"]
    assert (model.params.C, model.params.max_features) == (tuning["best"]["parameters"]["C"], 300)
    assert tuning["tried"] == len(tuning["points"]) == 4 and metrics["results"]
    assert "Grid search over 4 points" in (out / "README.md").read_text()


def test_the_same_call_gives_the_same_model(mine: Path, tmp_path: Path) -> None:
    for name in ("a/m", "b/m"):
        assert tuned(mine, tmp_path / name, "--grid", "C=1,10", "--no-calibrate") == 0
    for name in ("model.json", "metrics.json", "weights.safetensors", "README.md"):
        assert (tmp_path / "a/m" / name).read_bytes() == (tmp_path / "b/m" / name).read_bytes()


def test_json_has_every_fold_and_its_seconds(mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tuned(mine, tmp_path / "m", "--grid", "C=1,10", "--no-calibrate", "--json", "--score", "top1") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["family"] == "tfidf-lr" and found["score"] == "top1"
    assert [len(point["scores"]) for point in found["points"]] == [len(point["fit_s"]) for point in found["points"]]


@pytest.mark.parametrize(
    ("extra", "folds"),
    [
        ([], "grouped-3-fold"),
        (["--preset", "study-tuned"], "stratified-3-fold (leaks)"),
        (["--preset", "study-tuned", "--by", "grouped", "--folds", "2"], "grouped-2-fold"),
        (["--by", "stratified"], "stratified-3-fold (leaks)"),
        (["--by", "study"], "stratified-3-fold (leaks)"),
        (["--split", "study"], "stratified-3-fold (leaks)"),
    ],
    ids=str,
)
def test_folds_are_grouped_unless_the_run_is_one_of_the_studys(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str], folds: str
) -> None:
    assert tuned(mine, tmp_path / "m", "--grid", "C=1", "--no-calibrate", "--json", *extra) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["folds"] == folds
    is_split = "study" in (extra[1] if extra and extra[0] in ("--by", "--split") else "")
    rows = len(mine.read_text().splitlines()) - 1
    assert (found["rows"] < rows) == is_split
    results = json.loads((tmp_path / "m" / "metrics.json").read_text())["results"]
    assert [result["split"] for result in results] == (["study-stratified-rows-60-20-20"] if is_split else [])


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--grid", "depth=3"], "no parameter is called 'depth'"),
        (["--grid", "C=0"], "C must be positive"),
        (["--by", "random"], "no folds are called 'random'"),
        (["--score", "luck"], "no score is called 'luck'"),
        (["--preset", "mine"], "there are: builtin, study, study-default, study-tuned"),
        (["--by", "study", "--split", "holdout"], "--by study is on the study's split"),
        (["--grid", "penalty=l1"], "no point of the grid makes a model"),
    ],
)
def test_what_makes_no_search_is_a_usage_error_and_leaves_nothing(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str], message: str
) -> None:
    assert tuned(mine, tmp_path / "m", *extra) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "m").exists()


def test_the_lstm_can_be_tuned_too(mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="needs the extra deep")
    arguments = ["tune", "lstm", "--data", str(mine), "--out", str(tmp_path / "m"), "--no-calibrate", "--folds", "2"]
    small = ["--epochs", "2", "--units", "4", "--embedding", "4"]
    assert run([*arguments, *small, "--grid", "lr=0.001,0.01", "--json"]) == 0
    assert [point["parameters"]["lr"] for point in json.loads(capsys.readouterr().out)["points"]] == [0.001, 0.01]
    assert load_model(tmp_path / "m").family == "lstm"


def test_presets_are_listed_with_the_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tune", "tfidf-lr", "--list-params"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert "--C\t10.0" in shown
    assert any(line.startswith("--preset study-default\t") and "--C 1.0" in line for line in shown)


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_an_interrupted_search_ends_quietly_and_leaves_nothing(executable: str, mine: Path, tmp_path: Path) -> None:
    values = ",".join(str(1 + step / 1000) for step in range(3000))
    command = [
        executable,
        "tune",
        "tfidf-lr",
        "--data",
        str(mine),
        "--out",
        str(tmp_path / "m"),
        "--grid",
        f"C={values}",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(6)  # past the start of Python and into the search
    process.send_signal(signal.SIGINT)
    shown, said = process.communicate(timeout=60)
    assert (process.returncode, shown, said) == (130, b"", b"ttpline: interrupted\n")
    assert not (tmp_path / "m").exists()
