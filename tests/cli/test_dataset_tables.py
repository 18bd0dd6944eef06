"""``ttpline dataset group``, ``split`` and ``describe``, from files to files, as a user runs them."""

import csv
import json
from pathlib import Path

import pytest
from tests.datasets.labelled_samples import HOSTILE, study_table, write

from ttpline.cli.main import run

Said = pytest.CaptureFixture[str]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return study_table(tmp_path)


@pytest.fixture
def sample(root: Path) -> Path:
    return root / "samples/commands.csv"


def occurrences(path: Path) -> int:
    with path.open(newline="") as file:
        return sum(int(row["count"]) for row in csv.DictReader(file))


def test_group_writes_the_study_s_columns_and_says_what_went_where(table: Path, tmp_path: Path, capsys: Said) -> None:
    output = tmp_path / "grouped.csv"
    assert run(["dataset", "group", str(table), "-o", str(output)]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert output.read_text().splitlines()[0] == "proctitle,technique,technique_grouped,count"
    assert occurrences(output) == occurrences(table)
    assert "labels         8 before, 7 after" in said.err
    assert "T1221: Template Injection -> Z999: Other Low-Frequency Techniques" in said.err
    assert f"occurrences    {occurrences(table):,} before and after" in said.err


def test_group_shows_the_largest_labels_that_moved_and_counts_the_others(tmp_path: Path, capsys: Said) -> None:
    labels = [*range(10, 30), 20, 21]  # T1020 and T1021 have two rows, the others one
    rows = [[f"cat /{place}", f"T10{label}", "3"] for place, label in enumerate(labels)]
    table = write(tmp_path / "t.csv", ["command", "technique", "count"], rows)
    assert run(["dataset", "group", str(table), "-o", str(tmp_path / "g.csv"), "--min-rows", "3"]) == 0
    moved = [line.split(maxsplit=1)[1] for line in capsys.readouterr().err.splitlines() if line.startswith("moved")]
    assert len(moved) == 13
    assert moved[0].startswith("T1020 -> Z999") and "(2 rows, 6 occurrences)" in moved[0]
    assert moved[-1] == "8 more (8 rows, 24 occurrences): --json names them all"


def test_group_by_number_of_classes_as_json(table: Path, tmp_path: Path, capsys: Said) -> None:
    output = tmp_path / "grouped.csv"
    group = ["dataset", "group", str(table), "--classes", "3", "--into", "Z999: rest", "-o", str(output), "--json"]
    assert run(group) == 0
    done = json.loads(capsys.readouterr().out)
    assert {each["label"] for each in done["after"]} == {"T1082", "Normal", "Z999"}
    assert {row["technique_grouped"] for row in csv.DictReader(output.read_text().splitlines())} == {
        "T1082: System Information Discovery",
        "Normal",
        "Z999: rest",
    }


def test_the_sample_is_grouped_split_and_read_again(sample: Path, tmp_path: Path, capsys: Said) -> None:
    grouped, out = tmp_path / "grouped.csv", tmp_path / "study"
    assert run(["dataset", "group", str(sample), "-o", str(grouped)]) == 0
    assert run(["dataset", "split", str(grouped), "--kind", "study", "--out", str(out)]) == 0
    capsys.readouterr()
    parts = [out / f"{name}.csv" for name in ("train", "dev", "test")]
    assert sum(map(occurrences, parts)) == occurrences(sample)
    labels = [{row["technique_grouped"] for row in csv.DictReader(path.read_text().splitlines())} for path in parts]
    assert labels[0] == labels[1] == labels[2]
    assert run(["dataset", "describe", *map(str, parts), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["structure"]["rows_read"] == 435


def test_split_is_grouped_where_nothing_is_asked_and_the_same_every_time(
    sample: Path, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["dataset", "split", str(sample)]) == 0
    assert "0 % are tied to a training row" in capsys.readouterr().err
    assert run(["dataset", "split", str(sample), "--out", "again", "--json"]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert manifest == json.loads((tmp_path / "commands-grouped/manifest.json").read_text())
    for part in manifest["parts"]:
        one, other = tmp_path / "commands-grouped" / part["file"], tmp_path / "again" / part["file"]
        assert one.read_bytes() == other.read_bytes()
    assert run(["dataset", "split", str(sample)]) == 5
    assert "not empty" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["folds", "leave-one-source-out"])
def test_folds_have_a_folder_each(kind: str, tmp_path: Path) -> None:
    paths = [str(study_table(tmp_path, 80, seed, f"s{seed}.csv")) for seed in (1, 2)]
    assert run(["dataset", "split", *paths, "--kind", kind, "--folds", "2", "--out", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["fold-1", "fold-2", "manifest.json"]


def test_describe_says_the_same_on_the_terminal_on_the_page_and_as_json(
    table: Path, tmp_path: Path, capsys: Said
) -> None:
    page = tmp_path / "page.html"
    assert run(["dataset", "describe", str(table), "-o", str(page)]) == 0
    shown = capsys.readouterr().out
    assert run(["dataset", "describe", str(table), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    html = page.read_text()
    assert "<script" not in html
    for text in (figures["digest"], f"{figures['structure']['commands']:,}", figures["grouping"]["rule"]):
        assert text in shown
        assert text in html
    study = figures["leakage"][0]
    leak = f"{100 * study['near_rows'] / study['test_rows']:.1f} %"
    assert leak in shown
    assert leak in html


def test_hostile_data_reaches_no_terminal(tmp_path: Path, capsys: Said) -> None:
    rows = [[command, label] for command in HOSTILE for label in ("T1059: \x1b[31mred", "Normal")]
    path = write(tmp_path / "\x1b[31mname.csv", ["command", "technique"], rows)
    assert run(["dataset", "describe", str(path)]) == 0
    assert run(["dataset", "group", str(path), "--min-rows", "99", "-o", str(tmp_path / "g.csv")]) == 0
    assert run(["dataset", "split", str(path), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    for stream in (said.out, said.err):
        assert "\x1b" not in stream
        assert "\u202e" not in stream


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["group", "TABLE", "-o", "TABLE"], 2, "is an input"),
        (["group", "TABLE", "-o", "g.csv", "--min-rows", "3", "--classes", "3"], 2, "two rules"),
        (["group", "TABLE", "-o", "g.csv", "--into", "T1082"], 2, "does not begin with Z999"),
        (["group", "TABLE", "-o", "/dev/null/g.csv"], 5, "cannot be written"),
        (["split", "TABLE", "--kind", "random"], 2, "is no kind of split"),
        (["split", "TABLE", "--kind", "leave-one-source-out", "--out", "o"], 3, "all rows have one origin"),
        (["split", "TABLE", "--kind", "study", "--out", "o"], 3, "row(s), a stratified split into three parts needs 3"),
        (
            ["split", "TABLE", "--kind", "folds", "--folds", "999", "--out", "o"],
            3,
            "independent groups cannot make 999",
        ),
        (["describe"], 2, "no table was given"),
        (["describe", "TABLE", "-o", "page.txt"], 2, "page.txt: the page is HTML; name it .html"),
        (["describe", "nothing.csv"], 3, "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    arguments: list[str], code: int, words: str, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [["id", "T1033", "1"], *([f"cat /{letter}", "T1082", "1"] for letter in "abcdefgh")]
    table = write(tmp_path / "t.csv", ["command", "technique", "count"], rows)
    before = table.read_bytes()
    assert run(["dataset", *("t.csv" if word == "TABLE" else word for word in arguments)]) == code
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert table.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_a_page_never_replaces_the_table_it_is_about(tmp_path: Path, capsys: Said) -> None:
    table = write(tmp_path / "t.html", ["command", "technique"], [["id", "T1033"], ["uname -a", "T1082"]])
    before = table.read_bytes()
    assert run(["dataset", "describe", str(table), "-o", str(table)]) == 2
    assert "is an input" in capsys.readouterr().err
    assert table.read_bytes() == before


@pytest.mark.parametrize("count", ["0", "-3", "many", "nan"])
def test_counts_that_are_no_counts_name_their_row(count: str, tmp_path: Path, capsys: Said) -> None:
    path = write(tmp_path / "t.csv", ["command", "technique", "count"], [["id", "T1033", "1"], ["w", "T1033", count]])
    assert run(["dataset", "group", str(path), "-o", str(tmp_path / "g.csv")]) == 3
    assert f"row 3: count '{count}' is not a number above 0" in capsys.readouterr().err
