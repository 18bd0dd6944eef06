"""The page of a description: its figures, its pictures, and nothing that runs."""

import re
from html import unescape
from pathlib import Path

import pytest
from tests.datasets.labelled_samples import HOSTILE, study_table, tables_of, write

from ttpline.datasets.describe import describe
from ttpline.datasets.description import Description
from ttpline.datasets.grouping import Rule
from ttpline.datasets.load import load_tables
from ttpline.reports.dataset_chapters import chapters, facts, number, percent
from ttpline.reports.dataset_page import description_page


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Description:
    path = study_table(tmp_path_factory.mktemp("page"), 300)
    return describe(load_tables([path]), Rule(), 42, str.split)


@pytest.fixture(scope="module")
def page(found: Description) -> str:
    return description_page(found)


def test_the_page_is_offline_and_has_no_script(page: str) -> None:
    assert "default-src 'none'" in page
    assert not re.search(r"<script|javascript:|https?://|\son\w+=", page)


def test_every_figure_of_the_tables_is_on_the_page(found: Description, page: str) -> None:
    text = unescape(page)
    for _, fact in facts(found):
        assert fact in text
    for chapter in chapters(found):
        assert f"<h2>{chapter.heading}</h2>" in page
        assert all(sentence in text for sentence in chapter.sentences)
        for table in chapter.tables:
            assert all(cell in text for row in table.rows for cell in row)


def test_the_page_is_made_of_the_json_alone(found: Description, page: str) -> None:
    read = Description.from_dict(found.to_dict())
    assert description_page(read) == page
    figures = found.to_dict()
    assert number(figures["counts"]["occurrences"]) in page
    study = figures["leakage"][0]
    assert f"<td>{percent(study['near_rows'], study['test_rows'])}</td>" in page.replace('<td class="number">', "<td>")
    assert figures["digest"] in page
    assert "seed of the splits" in page


def test_there_is_a_picture_for_each_question(page: str) -> None:
    assert re.findall(r'<img alt="([^"]+)"', page) == [
        "Bars of rows and times seen for each label before grouping",
        "Bars of rows and times seen for each label after grouping",
        "Times seen against rows of each label",
        "Rows by length in characters",
        "Rows by length in bytes",
        "Rows by length in tokens",
        "Rows by length in words",
        "Share of leaked test rows by split",
    ]


def test_hostile_names_and_commands_stay_text(tmp_path: Path) -> None:
    rows = [[command, label, "2", "<b>p</b>", "\x1b]0;s\x07"] for command in HOSTILE for label in ("T1059", "Normal")]
    tables = tables_of(tmp_path, rows, ("command", "technique", "count", "platform", "source"))
    page = description_page(describe(tables, Rule(1), 0, str.split))
    assert "<script" not in page
    assert "<b>p</b>" not in page
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", page)
    assert "How many commands pairs of labels share" in page


def test_a_table_of_one_row_has_a_page(tmp_path: Path) -> None:
    found = describe(
        load_tables([write(tmp_path / "one.csv", ["command", "technique"], [["id", "T1033"]])]), Rule(), 0, str.split
    )
    page = description_page(found)
    assert "all rows have the label" in page
    assert "the grouped split is not possible" in page


def test_the_same_description_gives_the_same_bytes(found: Description, page: str) -> None:
    assert description_page(found) == page


def test_shares_near_nothing_and_everything_keep_their_digits() -> None:
    assert [percent(part, 10**6) for part in (0, 1, 500_000, 999_999, 10**6)] == [
        "0 %",
        "0.0001 %",
        "50.0 %",
        "99.9999 %",
        "100 %",
    ]
