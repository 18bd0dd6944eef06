"""``ttpline train`` as a user calls it."""

import json
import sys
from pathlib import Path

import pytest

from ttpline.cli.main import run
from ttpline.models._folder import verify_model
from ttpline.models._load import load_model
from ttpline.testing.made_up_commands import attack_rows, normal_rows, write_attack, write_normal


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("data")
    rows = attack_rows(5)
    mine = folder / "mine.csv"
    mine.write_text("command,technique\n" + "".join(f'"{row.command_line}",{row.label}\n' for row in rows))
    return mine, write_normal(folder / "normal.csv", normal_rows(20))


def test_a_table_of_ones_own_becomes_a_model_with_card_and_metrics(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, normal = files
    out = tmp_path / "mymodel"
    arguments = ["train", "tfidf-lr", "--data", str(mine), "--normal", str(normal), "--out", str(out), "--C", "3"]
    assert run([*arguments, "--max-features=400", "--folds", "2"]) == 0
    assert verify_model(out).is_sound
    model = load_model(out)
    assert (model.params.C, model.params.max_features) == (3.0, 400)
    assert model.predict(["cat /etc/shadow"])[0].techniques[0].technique == "T1003"
    metrics = json.loads((out / "metrics.json").read_text())
    assert [result["split"] for result in metrics["results"]] == ["grouped-2-fold", "grouped-2-fold"]
    card = (out / "README.md").read_text()
    assert card.startswith("# mymodel\n") and model.manifest["dataset"]["sha256"] in card
    shown = capsys.readouterr().out
    assert model.ref.digest in shown and "95 % intervals" in shown


def test_the_same_call_gives_the_same_bytes(files: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("a/m", "b/m"):
        arguments = ["train", "tfidf-lr", "--data", str(files[0]), "--out", str(tmp_path / name), "--no-calibrate"]
        assert run(arguments) == 0
    for file in (tmp_path / "a" / "m").iterdir():
        if file.name == "cost.json":  # seconds and memory, measured: no part of the model
            continue
        assert file.read_bytes() == (tmp_path / "b" / "m" / file.name).read_bytes()


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        ("command,technique\nid,T9999\n", 3, r"row 2: label T9999 is in no ATT&CK version"),
        ("command,technique,count\nid,T1033,0\n", 3, "row 2: count '0' is not a number above 0"),
        ("command,technique\n" + "".join(f"uname -{c},T1082\n" for c in "abcdefghijkl"), 3, "nothing to tell apart"),
        ("command,technique\nid,T1033\nls,T1083\n", 3, "2 rows are too few"),
        ("text,technique\nid,T1033\n", 3, "no column for the command"),
    ],
)
def test_data_that_cannot_be_used_is_named_and_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, code: int, message: str
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(content)
    assert run(["train", "tfidf-lr", "--data", str(path), "--out", str(tmp_path / "m")]) == code
    assert message in capsys.readouterr().err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.csv"]


def test_wrong_flags_are_usage_errors(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = ["train", "tfidf-lr", "--data", str(files[0]), "--out", str(tmp_path / "m")]
    for extra, message in (
        (["--depth", "3"], "no parameter is called --depth"),
        (["--preset", "mine"], "there are: builtin, study"),
        (["--C", "big"], "--C is a number"),
        (["--split", "random"], "no split is called 'random'"),
    ):
        assert run([*start, *extra]) == 2
        assert message in capsys.readouterr().err
    assert run(["train", "no-such-family", "--data", str(files[0]), "--out", str(tmp_path / "m")]) == 2
    assert "no model is called 'no-such-family'; there are: " in capsys.readouterr().err
    assert run(["train", "tfidf-lr"]) == 2


def test_a_folder_that_is_no_model_is_never_replaced(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    arguments = ["train", "tfidf-lr", "--data", str(files[0]), "--no-calibrate", "--out", str(tmp_path)]
    assert run(arguments) == 5
    assert "is no model" in capsys.readouterr().err
    assert (tmp_path / "precious.txt").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that takes no files")
def test_a_folder_that_cannot_be_written_is_an_error_without_a_traceback(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ttpline.reports.training_run.train", None)  # refused before anything is trained
    arguments = ["train", "tfidf-lr", "--data", str(files[0]), "--no-calibrate", "--out", "/proc/self/fdinfo/m"]
    assert run(arguments) == 5
    assert "fdinfo/m: cannot be written" in capsys.readouterr().err


def test_the_parameters_of_a_family_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "tfidf-lr", "--list-params"]) == 0
    shown = capsys.readouterr().out
    assert "--max-features\t5000\n" in shown
    assert "--preset study-tuned\t" in shown


def test_a_family_without_torch_says_what_to_install(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert run(["train", "lstm", "--data", str(files[0]), "--out", str(tmp_path / "m"), "--preset", "study"]) == 2
    assert "torch is not installed; pip install 'ttpline[deep]'" in capsys.readouterr().err
    assert not (tmp_path / "m").exists()


def test_the_family_may_stand_behind_options_but_not_behind_its_own_flags(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = ["--no-calibrate", "--out", str(tmp_path / "m")]
    assert run(["train", "--data", str(files[0]), "tfidf-lr", "--C", "3", *end]) == 0
    assert load_model(tmp_path / "m").params.C == 3.0
    assert run(["train", "--C", "3", "--data", str(files[0]), "tfidf-lr", *end]) == 2
    assert "MODEL has to come before --C" in capsys.readouterr().err


def test_the_study_split_names_a_class_that_is_too_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [*attack_rows(5), *(row for row in attack_rows(1, "rare", 900)[:2])]
    path = write_attack(tmp_path / "mine.csv", rows)
    text = path.read_text().replace("rare-T1003.008", "x").splitlines()
    text[-2:] = [line.replace("T1003.008", "T1003.007") for line in text[-2:]]
    path.write_text("\n".join(text) + "\n")
    start = ["train", "tfidf-lr", "--data", str(path), "--out", str(tmp_path / "m"), "--split", "study"]
    assert run(start) == 3
    assert "label T1003.007 has 2 row(s)" in capsys.readouterr().err
    assert run([*start, "--min-rows", "3", "--no-calibrate", "--preset", "study"]) == 3  # Z999 has the same two rows
