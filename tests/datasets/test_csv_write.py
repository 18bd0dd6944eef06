"""A dataset CSV holds the text itself and reads back as it was."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.datasets.labelled_samples import HOSTILE

from ttpline.datasets.csv_rows import read_table
from ttpline.datasets.csv_write import csv_bytes, write_whole
from ttpline.datasets.load import load_csv
from ttpline.errors import DatasetError, SinkError

cells = st.text(st.characters(codec="utf-8"), max_size=12)


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=8))
@settings(deadline=None)
def test_any_cells_read_back_as_they_were(
    rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(csv_bytes(("a", "b"), rows))
    assert list(read_table(path).rows) == rows


def test_hostile_commands_are_loaded_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "hostile.csv"
    path.write_bytes(csv_bytes(("command", "technique"), [(command, "T1059") for command in HOSTILE]))
    assert [row.command_line for row in load_csv(path).rows] == [command.strip(" \t\r\n") for command in HOSTILE]


def test_column_names_that_hide_the_delimiter_are_refused() -> None:
    with pytest.raises(DatasetError, match="more semicolons or tabs"):
        csv_bytes(("a;;;", "b"), [("x", "y")])


def test_a_file_that_cannot_be_written_is_a_sink_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "table.csv").mkdir()
    with pytest.raises(SinkError, match="cannot be written"):
        write_whole(tmp_path / "table.csv", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
