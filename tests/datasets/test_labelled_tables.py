"""Rows of several files under one header read back as what they were understood as."""

from pathlib import Path

from tests.datasets.labelled_samples import write

from ttpline.datasets.csv_write import csv_bytes
from ttpline.datasets.labelled_tables import Columns, LabelledTables
from ttpline.datasets.load import load_tables


def again(tables: LabelledTables, folder: Path) -> LabelledTables:
    path = folder / "again.csv"
    path.write_bytes(csv_bytes(tables.header, tables.cells))
    return load_tables([path], columns=tables.columns)


def test_one_file_keeps_its_columns_and_cells(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", ["x", "command", "technique"], [["=1", " id ", "T1033: Who"], ["", "ls", "normal"]]
    )
    tables = load_tables([path])
    assert csv_bytes(tables.header, tables.cells) == path.read_bytes()
    assert tables.written == ("T1033: Who", "normal")


def test_files_of_different_shapes_read_back_as_the_same_rows(tmp_path: Path) -> None:
    first = write(tmp_path / "a.csv", ["command", "technique", "group"], [["id", "T1033", "g1"], ["ps", "T1057", "g2"]])
    fine = ["proctitle", "technique", "subtechnique", "count", "source", "source_ref", "license", "platform"]
    second = write(
        tmp_path / "b.csv",
        fine,
        [
            ["crontab -l", "T1053", "T1053.003", "7", "them", "b.yaml", "MIT", "linux"],
            ["w", "T1033", "", "2", "", "", "", ""],
        ],
    )
    normal = write(tmp_path / "n.csv", ["command_line", "technique"], [["ls", ""], ["cat a", "Normal"]])
    tables = load_tables([first, second], [normal])
    read = again(tables, tmp_path)
    assert read.rows == tables.rows
    assert [row.label for row in read.rows] == ["T1033", "T1057", "T1053.003", "T1033", "Normal", "Normal"]
    assert [row.origin for row in read.rows] == ["a", "a", "them", "b", "n", "n"]
    assert read.rows[2].group == "them:b.yaml"
    assert again(read, tmp_path).cells == read.cells


def test_a_normal_file_alone_gets_a_label_column(tmp_path: Path) -> None:
    tables = load_tables([], [write(tmp_path / "n.csv", ["command", "platform"], [["ls", "linux"]])])
    assert tables.header == ("command", "platform", "technique")
    assert again(tables, tmp_path).rows[0].label == "Normal"


def test_columns_named_by_flags_keep_their_names(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["cmd", "ttp", "seen", "session"], [["id", "T1033", "3", "s1"]])
    tables = load_tables([path], columns=Columns("cmd", "ttp", "session", "seen"))
    assert tables.header == ("cmd", "ttp", "seen", "session")
    assert again(tables, tmp_path).rows[0].count == 3


def test_the_rows_merged_are_the_dataset(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ["command", "technique", "count"], [["id", "T1033", "3"], ["id", "T1033", "4"]])
    tables = load_tables([path])
    assert len(tables.rows) == 2
    assert [row.count for row in tables.dataset().rows] == [7]
