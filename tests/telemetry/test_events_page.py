"""``docs/events.md`` says what ``EVENT_FIELDS`` says."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from ttpline.domain.event import EVENT_FIELDS, Origin


@pytest.fixture(scope="module")
def build_docs(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_docs", root / "scripts" / "build_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_up_to_date(build_docs: ModuleType, root: Path) -> None:
    for name, page in build_docs.PAGES.items():
        assert (root / name).read_text(encoding="utf-8") == page(), f"run scripts/build_docs.py to refresh {name}"


def test_every_field_and_origin_has_its_row(build_docs: ModuleType) -> None:
    page = build_docs.events_page()
    assert all(f"\n| `{field.name}` |" in page for field in EVENT_FIELDS)
    assert all(f"\n| `{origin.value}` |" in page for origin in Origin)


def test_check_says_what_is_out_of_date(
    build_docs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_docs, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    assert build_docs.main(["--check"]) == 1
    assert "docs/events.md is out of date" in capsys.readouterr().err
    assert build_docs.main([]) == 0
    assert build_docs.main(["--check"]) == 0
