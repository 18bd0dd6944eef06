"""``ttpline compare`` and ``evaluate --out`` as a user calls them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from ttpline.cli.main import run
from ttpline.models._folder import verify_model
from ttpline.reports.run_pictures import PICTURES
from ttpline.testing.small_model import small_model

SECONDS = 60
OPTIONS = ["--folds", "2", "--max-features", "300"]


@pytest.fixture(scope="module")
def runs(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small models of the samples' commands, in one folder."""
    folder = tmp_path_factory.mktemp("runs")
    data = root / "samples" / "commands.csv"
    for name, options in (("weak", ["--C", "0.3"]), ("strong", ["--C", "30"])):
        assert run(["train", "tfidf-lr", "--data", str(data), *OPTIONS, *options, "--out", str(folder / name)]) == 0
    return folder


def both(runs: Path) -> list[str]:
    return [str(runs / "weak"), str(runs / "strong")]


def test_a_trained_folder_holds_pictures_predictions_and_cost(runs: Path) -> None:
    report = verify_model(runs / "weak")
    assert report.is_sound and {*PICTURES, "predictions.parquet"} <= set(report.files)
    assert "cost.json" not in report.files
    cost = json.loads((runs / "weak" / "cost.json").read_text())
    assert cost["training_seconds"] > 0 and cost["scoring_seconds_per_1000"] > 0 and cost["parameters"] > 0
    card = (runs / "weak" / "README.md").read_text()
    assert all(f"]({name})" in card for name in PICTURES)
    assert all((runs / "weak" / name).read_text().startswith("<svg") for name in PICTURES)


def test_the_same_data_gives_the_same_digest_whatever_it_cost(root: Path, runs: Path, tmp_path: Path) -> None:
    data = root / "samples" / "commands.csv"
    assert run(["train", "tfidf-lr", "--data", str(data), *OPTIONS, "--C", "0.3", "--out", str(tmp_path / "weak")]) == 0
    for file in (runs / "weak").iterdir():
        if file.name != "cost.json":
            assert file.read_bytes() == (tmp_path / "weak" / file.name).read_bytes(), file.name


def test_stored_runs_are_compared_over_the_rows_they_share(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["compare", *both(runs), "--to", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [model["name"] for model in found["models"]] == ["weak", "strong"]
    assert found["rows"] == 435 and found["split"] == "grouped-2-fold"
    for model in found["models"]:
        stored = json.loads((runs / model["name"] / "metrics.json").read_text())["results"][-1]
        for name in ("accuracy", "accuracy_by_count", "weighted_f1_all", "macro_f1_all", "top1", "top3"):
            assert model["figures"][name]["value"] == stored["whole"]["figures"][name]["value"], name
        assert model["cost"]["training_seconds"] > 0 and "exact additive shares" in model["interpretability"]
    [test] = found["tests"]
    one, other = (model["figures"]["accuracy"]["value"] for model in found["models"])
    assert test["differences"]["accuracy"]["value"] == pytest.approx(other - one, abs=2e-6)
    counts = test["mcnemar"]["accuracy"]
    assert (counts["model_only"] - counts["reference_only"]) / 435 == pytest.approx(other - one, abs=2e-6)


def test_a_table_markdown_and_page_hold_the_same_figures(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["compare", *both(runs), "--against", "strong"]) == 0
    table = capsys.readouterr().out
    assert run(["compare", *both(runs), "--against", "strong", "-o", str(tmp_path / "c.md")]) == 0
    assert run(["compare", *both(runs), "--against", "strong", "-o", str(tmp_path / "c.html")]) == 0
    markdown, page = (tmp_path / "c.md").read_text(), (tmp_path / "c.html").read_text()
    line = next(line for line in table.splitlines() if line.startswith("weighted F1, Normal as a class, count"))
    for cell in line.split("\t"):
        assert cell in markdown and cell in page
    assert "weak − strong" in table and "weak − strong" in markdown and "weak − strong" in page
    assert page.count("<figure>") == 6 and "<script" not in page and "http://" not in page
    assert "takes them as independent" in markdown


def test_models_answer_the_same_data_now(
    runs: Path, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (root / "samples" / "commands.csv").read_text().splitlines()
    data = tmp_path / "theirs.csv"
    data.write_text("\n".join([lines[0], *lines[1::4]]) + "\n")
    capsys.readouterr()
    assert run(["compare", *both(runs), "builtin", "--data", str(data), "--to", "json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["rows"] == 109 and len(found["models"]) == 3 and len(found["tests"]) == 2
    assert all(model["cost"]["scoring_seconds_per_1000"] > 0 for model in found["models"])
    assert "109 of 109 rows are near-duplicates of what it was trained on" in captured.err
    holm = [test["mcnemar"]["accuracy"] for test in found["tests"]]
    assert all(test["p_holm"] >= test["p"] for test in holm)


def test_runs_that_cannot_be_compared_are_refused_with_the_reason(
    runs: Path, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "half.csv"
    lines = (root / "samples" / "commands.csv").read_text().splitlines()
    data.write_text("\n".join(lines[:200]) + "\n")
    other, evaluated = str(tmp_path / "other"), str(tmp_path / "evaluated")
    assert run(["evaluate", str(runs / "weak"), "--data", str(data), "--out", other]) == 0
    whole = str(root / "samples" / "commands.csv")
    assert run(["evaluate", str(runs / "weak"), "--data", whole, "--out", evaluated]) == 0
    weak = str(runs / "weak")
    capsys.readouterr()
    for models, message in (
        ([weak, other], "were not evaluated on the same data"),
        ([weak, evaluated], "were not evaluated on the same split"),
        ([weak, "builtin"], "holds no predictions"),
        ([weak, weak], "is given twice"),
        ([weak], "needs two models"),
        ([weak, str(root / "samples")], "is neither a model's folder nor one that evaluate --out left"),
        ([*both(runs), "--split", "study"], "are for --data"),
        ([*both(runs), "--against", "nobody"], "--against is one of: weak, strong"),
        ([*both(runs), "-o", "comparison.txt"], "its name does not say a form"),
    ):
        assert run(["compare", *models]) == 2, message
        assert message in capsys.readouterr().err
    assert run(["compare", weak, str(tmp_path / "missing")]) == 4


def test_an_evaluation_leaves_a_folder_that_compare_reads(
    runs: Path, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(root / "samples" / "commands.csv")
    folders = []
    for name in ("weak", "strong"):
        folders.append(str(tmp_path / f"{name}-on-samples"))
        assert run(["evaluate", str(runs / name), "--data", data, "--out", folders[-1], "--json"]) == 0
        assert {path.name for path in Path(folders[-1]).iterdir()} == {
            *PICTURES, "README.md", "metrics.json", "predictions.parquet", "cost.json",
        }  # fmt: skip
    capsys.readouterr()
    assert run(["compare", *folders, "--to", "md"]) == 0
    shown = capsys.readouterr().out
    assert "# Comparison: weak-on-samples, strong-on-samples" in shown and "training, fitting the model" in shown
    raw = (Path(folders[0]) / "predictions.parquet").read_bytes()
    (Path(folders[0]) / "predictions.parquet").write_bytes((Path(folders[1]) / "predictions.parquet").read_bytes())
    assert run(["compare", *folders]) == 3
    assert "predictions.parquet: is damaged" in capsys.readouterr().err
    (Path(folders[0]) / "predictions.parquet").write_bytes(raw)
    metrics = json.loads((Path(folders[0]) / "metrics.json").read_text())
    metrics["results"][0]["unknown_rows"] = "many"
    for damaged in (json.dumps(metrics), "{", '{"kind": "evaluation"}', "[]"):
        (Path(folders[0]) / "metrics.json").write_text(damaged)
        assert run(["compare", *folders]) == 3, damaged[:40]
        assert "metrics.json" in capsys.readouterr().err


def test_a_folder_with_other_files_is_never_replaced(
    runs: Path, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    data = str(root / "samples" / "commands.csv")
    assert run(["evaluate", str(runs / "weak"), "--data", data, "--out", str(tmp_path)]) == 5
    assert "holds other files" in capsys.readouterr().err
    assert (tmp_path / "precious.txt").read_text() == "mine"
    assert run(["evaluate", str(runs / "weak"), "--data", data, "--out", str(tmp_path / "e"), "--json"]) == 0
    assert run(["evaluate", str(runs / "weak"), "--data", data, "--out", str(tmp_path / "e"), "--json"]) == 0


def test_a_damaged_model_is_not_compared(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(runs / "weak", tmp_path / "weak")
    with (tmp_path / "weak" / "predictions.parquet").open("ab") as stream:
        stream.write(b"x")
    assert run(["compare", str(tmp_path / "weak"), str(runs / "strong")]) == 4
    assert "predictions.parquet" in capsys.readouterr().err


def test_the_page_opens_in_a_browser_without_network_or_error(runs: Path, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    page = tmp_path / "compare.html"
    assert run(["compare", *both(runs), "-o", str(page)]) == 0
    log = tmp_path / "chrome.log"
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    arguments += ["--proxy-server=127.0.0.1:9", "--enable-logging=stderr", "--v=0", "--dump-dom"]
    with log.open("wb") as errors:
        shown = subprocess.run(
            [chromium, *arguments, page.as_uri()], stdout=subprocess.PIPE, stderr=errors, timeout=SECONDS, check=True
        )
    dom = shown.stdout.decode()
    assert "<h1>Comparison: weak, strong</h1>" in dom and dom.count("<figure>") == 6
    messages = [line for line in log.read_text(errors="replace").splitlines() if "CONSOLE" in line]
    assert messages == []


def test_models_of_two_attack_versions_answer_the_same_rows_each_in_its_own_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("18.1", "19.2"):
        model = small_model()
        model.attack_version = version
        model.save(tmp_path / f"v{version}")
    data = tmp_path / "mine.csv"
    commands = [("cat /etc/shadow", "T1003.008"), ("ufw disable", "T1562.004"), ("ls", "Normal"), ("id", "T1033")]
    data.write_text("command,technique\n" + "".join(f"{command},{label}\n" for command, label in commands))
    capsys.readouterr()
    arguments = [str(tmp_path / "v18.1"), str(tmp_path / "v19.2"), "--data", str(data), "--to", "json"]
    assert run(["compare", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] == 4
    labels = [{report["label"] for report in model["per_class"] if report["rows"]} for model in found["models"]]
    assert "T1562" in labels[0] and "T1562" not in labels[1] and len(labels[1]) == 4  # 19 gave it another id
    assert [model["left_out_rows"] for model in found["models"]] == [0, 0]
