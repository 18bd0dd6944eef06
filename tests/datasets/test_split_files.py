"""A split as files: the rows as they were, every digest, and nothing but whole folders."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from tests.datasets.labelled_samples import HOSTILE, study_table, tables_of, write

from ttpline.datasets.csv_rows import read_table
from ttpline.datasets.dataset import digest_rows
from ttpline.datasets.load import load_tables
from ttpline.datasets.split_files import MANIFEST, Kind, split_files, write_split
from ttpline.errors import DatasetError, SinkError


def cells(path: Path) -> list[tuple[str, ...]]:
    return list(read_table(path).rows)


def test_the_study_s_parts_are_the_rows_that_the_study_s_code_draws(tmp_path: Path) -> None:
    path = study_table(tmp_path, 400)
    table = [row for row in cells(path) if not row[1].startswith(("T1221", "T1567"))]
    write(path, ["proctitle", "technique", "count"], [list(row) for row in table])
    rest, test = train_test_split(table, test_size=0.2, stratify=[row[1] for row in table], random_state=42)
    train, dev = train_test_split(rest, test_size=0.25, stratify=[row[1] for row in rest], random_state=42)
    write_split(split_files(load_tables([path]), Kind.STUDY, 42), tmp_path / "out")
    for name, drawn in (("train", train), ("dev", dev), ("test", test)):
        assert cells(tmp_path / f"out/{name}.csv") == sorted(drawn, key=table.index)


@pytest.mark.parametrize("kind", [Kind.GROUPED, Kind.FOLDS, Kind.LEAVE_ONE_SOURCE_OUT])
def test_leak_free_kinds_leak_nothing_and_lose_no_row(kind: Kind, tmp_path: Path) -> None:
    paths = [study_table(tmp_path, 120, seed, f"s{seed}.csv") for seed in (1, 2)]
    tables = load_tables(paths)
    made = split_files(tables, kind, 7, 3)
    leak = made.leakage
    assert (leak.exact_rows, leak.near_rows, leak.tied_rows, leak.copied_rows) == (0, 0, 0, 0)
    for fold in {part.fold for part in made.parts}:
        of_fold = [part for part in made.parts if part.fold == fold]
        assert sum(part.rows for part in of_fold) == len(tables.rows)
        assert sum(part.occurrences for part in of_fold) == sum(row.count for row in tables.rows)


def test_the_study_s_split_of_like_commands_leaks_and_the_manifest_says_how_much(tmp_path: Path) -> None:
    tables = tables_of(tmp_path, [[f"cat /srv/{number}", "T1082", "1"] for number in range(50)])
    manifest = split_files(tables, Kind.STUDY, 42).manifest
    assert manifest["leakage"]["near_share"] == 1.0
    assert manifest["leakage"]["copied_share"] == 1.0


def test_the_manifest_names_data_seed_and_the_digest_of_every_part(tmp_path: Path) -> None:
    tables = load_tables([study_table(tmp_path, 200)])
    write_split(split_files(tables, Kind.FOLDS, 5, 3), tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert (manifest["kind"], manifest["split"], manifest["seed"]) == ("folds", "grouped-3-fold", 5)
    assert manifest["data"]["files"][0]["name"] == "commands.csv"
    assert manifest["data"]["rows_sha256"] == digest_rows(tables.rows)
    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.csv")}
    assert {part["file"] for part in manifest["parts"]} == written
    for part in manifest["parts"]:
        content = (tmp_path / "out" / part["file"]).read_bytes()
        assert part["sha256"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert part["rows_sha256"] == digest_rows(
            [tables.rows[tables.cells.index(list(row))] for row in cells(tmp_path / "out" / part["file"])]
        )


def test_the_same_input_and_seed_give_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    tables = load_tables([study_table(tmp_path, 200)])
    assert split_files(tables, Kind.GROUPED, 1).contents == split_files(tables, Kind.GROUPED, 1).contents
    assert split_files(tables, Kind.GROUPED, 1).contents != split_files(tables, Kind.GROUPED, 2).contents


def test_a_source_s_name_is_no_path(tmp_path: Path) -> None:
    rows = [[f"tool-{letter} x", "T1082", "1", "../../etc/x"] for letter in "abcde"]
    rows += [[f"prog-{letter} y", "T1033", "1", "/abs"] for letter in "fghij"]
    tables = tables_of(tmp_path, rows, ("command", "technique", "count", "source"))
    made = split_files(tables, Kind.LEAVE_ONE_SOURCE_OUT, 0)
    assert {Path(name).parts[0] for name in made.contents} == {"fold-1", "fold-2", MANIFEST}
    assert {part.fold for part in made.parts} == {"../../etc/x", "/abs"}


def test_rows_left_out_of_training_have_a_file_of_their_own(tmp_path: Path) -> None:
    rows = [["ping 192.0.2.1", "T1018", "one"], ["ping 192.0.2.2", "T1018", "two"], ["id", "T1033", "two"]]
    made = split_files(tables_of(tmp_path, rows, ("command", "technique", "source")), Kind.LEAVE_ONE_SOURCE_OUT, 0)
    assert [(part.file, part.rows) for part in made.parts] == [
        ("fold-1/train.csv", 1),
        ("fold-1/test.csv", 1),
        ("fold-1/left_out.csv", 1),
        ("fold-2/train.csv", 0),
        ("fold-2/test.csv", 2),
        ("fold-2/left_out.csv", 1),
    ]


def test_labels_that_training_lacks_are_noted(tmp_path: Path) -> None:
    rows = [
        [f"tool-{letter} x", f"T10{number}", "1"] for letter, number in zip("abcde", (16, 18, 33, 57, 82), strict=True)
    ]
    notes = split_files(tables_of(tmp_path, rows), Kind.GROUPED, 0).notes
    assert sum("rows have labels that training lacks" in note for note in notes) == 2


def test_a_hostile_cell_is_in_its_part_as_it_was(tmp_path: Path) -> None:
    tables = tables_of(tmp_path, [[command, "T1059", "1"] for command in HOSTILE])
    write_split(split_files(tables, Kind.FOLDS, 0, 2), tmp_path / "out")
    rows = [*cells(tmp_path / "out/fold-1/test.csv"), *cells(tmp_path / "out/fold-2/test.csv")]
    assert sorted(row[0] for row in rows) == sorted(HOSTILE)


def test_a_folder_that_holds_something_is_not_touched(tmp_path: Path) -> None:
    made = split_files(load_tables([study_table(tmp_path, 100)]), Kind.GROUPED, 0)
    (tmp_path / "out").mkdir()
    write_split(made, tmp_path / "out")
    with pytest.raises(SinkError, match="not empty"):
        write_split(made, tmp_path / "out")
    (tmp_path / "other.part").mkdir()
    with pytest.raises(SinkError, match="left from a run that was stopped"):
        write_split(made, tmp_path / "other")


def test_a_class_with_two_rows_cannot_be_in_three_parts(tmp_path: Path) -> None:
    rows = [[f"a {letter}", "T1082", "1"] for letter in "abcdefgh"] + [["x", "T1033", "1"], ["y", "T1033", "1"]]
    with pytest.raises(DatasetError, match=r"T1033 has 2 row\(s\).*ttpline dataset group"):
        split_files(tables_of(tmp_path, rows), Kind.STUDY, 42)


def test_parts_hold_row_numbers_in_the_order_of_the_file(tmp_path: Path) -> None:
    made = split_files(load_tables([study_table(tmp_path, 150)]), Kind.GROUPED, 3)
    [fold] = made.split.folds
    assert all(np.array_equal(part, np.sort(part)) for part in (fold.train, fold.dev, fold.test))
