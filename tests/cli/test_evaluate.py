"""``ttpline evaluate`` as a user calls it."""

import json
from pathlib import Path

import pytest

from ttpline.cli.main import run
from ttpline.testing.made_up_commands import attack_rows, normal_rows, write_attack, write_normal


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    data = write_attack(folder / "mine.csv", attack_rows(4))
    normal = write_normal(folder / "normal.csv", normal_rows(10))
    arguments = ["--data", str(data), "--normal", str(normal), "--no-calibrate", "--out", str(folder / "m")]
    assert run(["train", "tfidf-lr", *arguments]) == 0
    return folder / "m"


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_attack(tmp_path_factory.mktemp("theirs") / "theirs.csv", attack_rows(2, "theirs", 2000))


def test_json_says_what_was_measured_on_what(model: Path, theirs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["evaluate", str(model), "--data", str(theirs), "--json"]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert result["data"]["name"] == "theirs" and result["data"]["sha256"].startswith("sha256:")
    assert result["whole"]["rows"] == 36 and result["whole"]["figures"]["top1"]["value"] > 0.8
    assert result["overlap_rows"] == 0 and "near-duplicates" not in captured.err


def test_a_table_and_markdown_hold_the_same_figures(
    model: Path, theirs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["evaluate", str(model), "--data", str(theirs), "--to", "md"]) == 0
    markdown = capsys.readouterr().out
    assert run(["evaluate", str(model), "--data", str(theirs)]) == 0
    table = capsys.readouterr().out
    line = next(line for line in markdown.splitlines() if line.startswith("| top-3"))
    value = line.split("|")[2].strip()
    assert value in table and "theirs, sha256:" in table and "theirs, sha256:" in markdown


def test_data_that_the_model_learned_from_is_warned_of(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ["--data", str(model.parent / "mine.csv"), "--normal", str(model.parent / "normal.csv")]
    assert run(["evaluate", str(model), *both]) == 0
    assert "this is the data the model was trained on" in capsys.readouterr().err
    half = write_attack(tmp_path / "half.csv", attack_rows(4)[:30] + attack_rows(2, "new", 3000)[:30])
    assert run(["evaluate", str(model), "--data", str(half)]) == 0
    assert "30 of 60 rows (50%) are near-duplicates of training data" in capsys.readouterr().err


def test_labels_of_the_newer_version_are_led_into_the_models_own(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "newer.csv"
    path.write_text("command,technique\n" + "".join(f"tool-{c} off,T1685\n" for c in "abcdef"))
    capsys.readouterr()
    assert run(["evaluate", str(model), "--data", str(path), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["attack_version"] == "18.1"
    assert "6 rows: T1685 read as T1562.001" in captured.err


def test_a_missing_model_and_unreadable_data_have_their_exit_codes(
    model: Path, theirs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", "no-such-model", "--data", str(theirs)]) == 4
    assert run(["evaluate", str(model), "--data", str(model / "nowhere.csv")]) == 3
    assert run(["evaluate", str(model), "--data", str(theirs), "--label-space", "galaxy"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_file_whose_name_says_no_form_is_refused_before_any_work(
    model: Path, theirs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ttpline.reports.evaluation_run.run_evaluation", None)
    monkeypatch.setattr("ttpline.reports.comparison_run.run_comparison", None)
    for start in (["evaluate", str(model), "--data", str(theirs)], ["compare", str(model), "builtin"]):
        assert run([*start, "-o", str(tmp_path / "figures.txt")]) == 2
        assert "figures.txt: its name does not say a form" in capsys.readouterr().err


def test_the_per_class_report_is_asked_for_in_the_terminal_and_always_in_json(
    model: Path, theirs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["evaluate", str(model), "--data", str(theirs)]) == 0
    assert "top-3 recall" not in capsys.readouterr().out
    assert run(["evaluate", str(model), "--data", str(theirs), "--per-class"]) == 0
    shown = capsys.readouterr().out
    assert "label\tname\trows\toccurrences\tanswered\tprecision\trecall\tF1\ttop-3 recall" in shown
    assert run(["evaluate", str(model), "--data", str(theirs), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {report["label"] for report in result["per_class"]} >= {"T1003", "T1053", "T1082"}
    first = result["per_class"][0]
    assert f"{first['label']}\t{first['name']}\t{first['rows']}" in shown
    assert sum(cell[2] for cell in result["confusion"]) == sum(part["rows"] for part in result["reliability"]) == 36


def test_a_page_holds_the_figures_and_the_pictures(
    model: Path, theirs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "evaluation.html"
    assert run(["evaluate", str(model), "--data", str(theirs), "-o", str(out)]) == 0
    page = out.read_text()
    assert page.count("<figure>") == 4 and "<script" not in page
    capsys.readouterr()
    assert run(["evaluate", str(model), "--data", str(theirs), "--to", "md"]) == 0
    markdown = capsys.readouterr().out
    line = next(line for line in markdown.splitlines() if line.startswith("| macro F1 over"))
    assert line.split("|")[2].strip() in page
    assert run(["evaluate", str(model), "--data", str(theirs), "--to", "table", "-o", str(out)]) == 2
    assert run(["evaluate", str(model), "--data", str(theirs), "-o", str(tmp_path / "no" / "where.md")]) == 5
