"""Bytes as CSV cells: what is refused, and that the refusal names the place."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ttpline.datasets.csv_rows import read_table
from ttpline.errors import DatasetError


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"command,technique\n", "a header and no rows"),
        (b"command,technique\nid,T1033\nls\n", r"row 3: has 1 cells, the header has 2"),
        (b"command,technique\nfind . -name a,b,T1083\n", r"row 2: has 3 cells.*quote commands"),
        (b"command,technique,command\na,b,c\n", "row 1: the header names 'command' twice"),
        (b'command,technique\n"id,T1033\n', r"row 2: is not CSV"),
        (b"command,technique\nid,T1033\n\xff\xfe,T1033\n", r"line 3: byte 0xff is not UTF-8"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=message) as caught:
        read_table(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_a_dataset_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere\.csv: cannot be read"):
        read_table(tmp_path / "nowhere.csv")


def test_blank_lines_are_no_rows_but_count_for_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("a,b\n\n1,2\n\n3,4\n")
    table = read_table(path)
    assert table.rows == (("1", "2"), ("3", "4"))
    assert table.where(1) == f"{path}, row 5"


def test_the_csv_module_keeps_its_own_field_limit(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("command,technique\n" + "a" * 200_000 + ",T1033\n")
    before = csv.field_size_limit()
    assert len(read_table(path).rows[0][0]) == 200_000
    assert csv.field_size_limit() == before


@given(content=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_random_bytes_raise_nothing_but_dataset_errors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "random.csv"
    path.write_bytes(content)
    try:
        table = read_table(path)
    except DatasetError:
        return
    assert all(len(row) == len(table.columns) for row in table.rows)
