"""The notebooks run, and what they show is what a fresh run gives."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ["01_eda.ipynb", "02_ml_lr.ipynb", "03_dl_lstm.ipynb", "04_what_a_random_split_hides.ipynb"]
OWN_TABLE = "command,technique,count\n" + "".join(
    f"{command} {number},{label},{number + 1}\n"
    for command, label in (("uname -r", "T1082"), ("ping 192.0.2.1 -c", "T1018"), ("ls -l /srv/", "Normal"))
    for number in range(12)
)


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    """``scripts/build_notebooks.py`` as a module."""
    pytest.importorskip("nbclient", reason="the dev group runs notebooks")
    spec = importlib.util.spec_from_file_location("build_notebooks", ROOT / "scripts" / "build_notebooks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_notebooks"] = module
    spec.loader.exec_module(module)
    return module


def needs_all(builder: ModuleType, path: Path) -> None:
    missing = builder.lacks(path)
    if missing:
        pytest.skip(f"{path.name} needs {' and '.join(missing)} (extra deep)")


def test_all_notebooks_are_there_and_tested(builder: ModuleType) -> None:
    assert [path.name for path in builder.notebooks()] == NAMES


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_kept_texts_are_those_of_a_fresh_run(builder: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ROOT / "notebooks" / name
    needs_all(builder, path)
    monkeypatch.delenv("TTPLINE_DATA", raising=False)
    kept, fresh = builder.read(path), builder.run_notebook(path)  # a cell that fails raises
    assert builder.texts(fresh) == builder.texts(kept)
    assert [cell.execution_count for cell in code_of(fresh)] == [cell.execution_count for cell in code_of(kept)]
    assert pictures_of(fresh) == pictures_of(kept)


@pytest.mark.slow
def test_a_notebook_runs_on_ones_own_table(
    builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.csv"
    own.write_text(OWN_TABLE)
    monkeypatch.setenv("TTPLINE_DATA", str(own))
    shown = builder.texts(builder.run_notebook(ROOT / "notebooks" / "02_ml_lr.ipynb"))
    assert ("lr-02", "'own.csv'") in shown
    assert any("| rows | 36 |" in text for _, text in shown)


def test_a_cell_that_fails_is_an_error_and_changes_nothing(
    builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    book = builder.read(ROOT / "notebooks" / "01_eda.ipynb")
    del book.cells[2:]
    book.cells[1].source = "raise ValueError('a cell that fails')"
    broken = tmp_path / "broken.ipynb"
    builder.nbformat.write(book, broken)
    before = broken.read_bytes()
    monkeypatch.setattr(builder, "NOTEBOOKS", tmp_path)
    assert builder.main([]) == 1
    assert "a cell that fails" in capsys.readouterr().err
    assert broken.read_bytes() == before


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_machine_or_a_run_is_kept(name: str) -> None:
    text = (ROOT / "notebooks" / name).read_text(encoding="utf-8")
    # /tmp/file[1].txt is one of the study's examples of a token
    assert not re.search(r"/(home|root|work|Users)/[a-z]|/tmp/[^f]|python3\.\d|\"version\"|iopub|Traceback", text)


@pytest.mark.parametrize("name", NAMES)
def test_every_code_cell_was_run_and_failed_nowhere(builder: ModuleType, name: str) -> None:
    cells = code_of(builder.read(ROOT / "notebooks" / name))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds == {"execute_result"}


def code_of(book: Any) -> list[Any]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def pictures_of(book: Any) -> list[str]:
    """The cells that show one; how it is drawn depends on versions."""
    return [cell.id for cell in code_of(book) for output in cell.outputs if "image/svg+xml" in output.get("data", {})]
