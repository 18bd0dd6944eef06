"""Cells that no spreadsheet runs, and nothing lost."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.raw_text import to_surrogates
from ttpline.scoring.score import score
from ttpline.sinks._cells import FORMULA_STARTS, original_cell, safe_cell, safe_cells
from ttpline.sinks.csv import SINK
from ttpline.testing.batches import batch_of
from ttpline.testing.fixed_classifier import shadow_model

COLUMN_TEXT = st.text(st.characters(codec="utf-8"))


@given(COLUMN_TEXT)
def test_a_cell_never_starts_a_formula_and_the_way_back_is_exact(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.startswith((*FORMULA_STARTS, "\t", "\r"))
    assert original_cell(cell) == to_surrogates(text)


@given(st.lists(COLUMN_TEXT | st.none(), max_size=8))
def test_a_column_of_cells_is_each_cell_made_safe(texts: list[str | None]) -> None:
    column = safe_cells(pl.Series("a", texts, dtype=pl.String))
    assert column.to_list() == [None if text is None else safe_cell(text) for text in texts]


def written(batch: ScoredBatch, target: Path) -> list[dict[str, str]]:
    with SINK(str(target)) as sink:
        sink.write(batch)
    return list(csv.DictReader(io.StringIO(target.read_bytes().decode(), newline="")))


def test_a_scored_row_has_the_first_technique_and_why(tmp_path: Path) -> None:
    batch = next(score(iter([batch_of(["wget x /etc/shadow", "ls"])]), shadow_model()))
    first, second = written(batch, tmp_path / "out.csv")
    assert first["verdict"] == "attack"
    assert (first["predicted_technique"], first["predicted_subtechnique"]) == ("T1003", "T1003.008")
    assert first["predicted_tactics"] == "credential-access"
    assert first["evidence"] == "/etc/shadow: seen with T1003.008"
    assert first["other_techniques"] == "T1105=0.6"
    assert (second["verdict"], second["predicted_technique"]) == ("normal", "")


def test_lists_are_json_and_the_source_is_flat(tmp_path: Path) -> None:
    row = written(ScoredBatch(batch_of(['say "hi"'])), tmp_path / "out.csv")[0]
    assert row["argv"] == '["say \\"hi\\""]'
    assert row["argv_hex"] == ""
    assert (row["source_format"], row["source_record"]) == ("text", "1")
    assert "verdict" not in row


def test_lines_end_as_rfc_4180_says(tmp_path: Path) -> None:
    written(ScoredBatch(batch_of(["a\nb", 'c,"d"'])), tmp_path / "out.csv")
    raw = (tmp_path / "out.csv").read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n") == 3


@pytest.mark.parametrize("batches", [0, 1])
def test_without_rows_there_is_still_the_header(tmp_path: Path, batches: int) -> None:
    with SINK(str(tmp_path / "out.csv")) as sink:
        for _ in range(batches):
            sink.write(next(score(iter([batch_of([])]), shadow_model())))
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("event_id,time,host") and lines[0].endswith("model,model_digest")
