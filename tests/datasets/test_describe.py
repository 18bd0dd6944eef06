"""Every figure of a description, on tables whose answers are known."""

import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.datasets.labelled_samples import study_like, study_table, tables_of, write

from ttpline.datasets.describe import describe
from ttpline.datasets.description import Description, Pair, TopShare
from ttpline.datasets.grouping import Rule
from ttpline.datasets.labelled_tables import LabelledTables
from ttpline.datasets.load import load_tables

ORDER_DECIDES = {"leakage", "structure"}
"""The study's split draws rows by their place; the files' digests are of their bytes."""


def described(tables: LabelledTables, rule: Rule | None = None, seed: int = 42) -> Description:
    return describe(tables, rule or Rule(), seed, str.split)


def test_structure_counts_rows_repeats_kinds_and_missing_cells(tmp_path: Path) -> None:
    columns = ["command", "technique", "count", "note", "score", "nothing"]
    rows = [
        ["id", "T1033", "1", "a", "0.5", ""],
        ["id", "T1033", "1", "a", "0.5", ""],
        ["id", "T1033", "4", "", "2", ""],
        ["ls -la", "Normal", "2", "b", "-1e3", " "],
    ]
    found = described(load_tables([write(tmp_path / "t.csv", columns, rows)])).structure
    assert (found.rows_read, found.identical_rows, found.repeated_rows, found.rows, found.commands) == (4, 1, 2, 2, 2)
    assert [(each.name, each.kind, each.missing, each.distinct, each.longest) for each in found.columns] == [
        ("command", "text", 0, 2, 6),
        ("technique", "text", 0, 2, 6),
        ("count", "whole number", 0, 3, 1),
        ("note", "text", 1, 2, 1),
        ("score", "number", 0, 3, 4),
        ("nothing", "empty", 4, 0, 1),
    ]


def test_times_seen_are_told_by_quantiles_gini_and_the_share_of_the_top(tmp_path: Path) -> None:
    rows = [[f"cat /{letter}", "T1082", count] for letter, count in zip("abcd", ("1", "1", "2", "96"), strict=True)]
    found = described(tables_of(tmp_path, rows)).counts
    assert (found.occurrences, found.once_rows, found.quantiles[0], found.quantiles[-1]) == (100.0, 2, 1.0, 96.0)
    assert found.gini == pytest.approx(2 * (1 * 1 + 2 * 1 + 3 * 2 + 4 * 96) / (4 * 100) - 5 / 4)
    assert found.top == (TopShare(1, 0.96),)


def test_equal_counts_have_no_gini(tmp_path: Path) -> None:
    rows = [[f"cat /{letter}", "T1082", "7"] for letter in "abcdefg"]
    assert described(tables_of(tmp_path, rows)).counts.gini == pytest.approx(0.0, abs=1e-12)


def test_commands_with_several_labels_bound_what_one_answer_can_reach(tmp_path: Path) -> None:
    rows = [
        ["id", "T1033", "6"],
        ["id", "T1087", "2"],
        ["id", "Normal", "2"],
        ["w", "T1033", "5"],
        ["w", "Normal", "5"],
    ]
    rows += [["ls", "Normal", "30"]]
    found = described(tables_of(tmp_path, rows), Rule(1)).shared
    assert (found.commands, found.rows, found.occurrences, found.most_labels) == (2, 5, 20.0, 3)
    assert found.best_by_row == 3 / 6
    assert found.best_by_occurrence == (6 + 5 + 30) / 50
    assert found.pairs == (Pair("Normal", "T1033", 2), Pair("Normal", "T1087", 1), Pair("T1033", "T1087", 1))
    assert [(each.command, each.labels) for each in found.examples] == [
        ("id", ("Normal", "T1033", "T1087")),
        ("w", ("Normal", "T1033")),
    ]


def test_cut_titles_and_what_the_lstm_does_not_read_are_counted(tmp_path: Path) -> None:
    rows = [["a" * 128, "T1082", "1"], ["é" * 64 + "", "T1082", "1"], ["b" * 129, "T1082", "1"]]
    rows += [[" ".join("w" * 20), "T1082", "1"], [" ".join("w" * 21), "T1082", "1"]]
    lengths = {each.unit: each for each in described(tables_of(tmp_path, rows)).lengths}
    assert (lengths["bytes"].limit, lengths["bytes"].at_limit, lengths["bytes"].over_limit) == (128, 2, 1)
    assert (lengths["words"].limit, lengths["words"].at_limit, lengths["words"].over_limit) == (20, 1, 1)
    assert lengths["characters"].quantiles[-1] == 129.0
    for each in lengths.values():
        assert sum(part.rows for part in each.bins) == len(rows)
        assert all(part.least > each.limit or part.most <= each.limit for part in each.bins if each.limit is not None)


def test_a_title_that_ends_in_a_cut_blank_is_as_long_as_it_was_logged(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", ["proctitle", "technique"], [["a" * 127 + " ", "T1082"]])
    lengths = {each.unit: each for each in described(load_tables([path])).lengths}
    assert lengths["bytes"].at_limit == 1
    assert lengths["characters"].quantiles[-1] == 127.0


def test_a_vocabulary_of_five_thousand_leaves_words_out(tmp_path: Path) -> None:
    rows = [[f"cat w{number:04d}", "T1082", "1"] for number in range(5010)]
    tokens, ngrams, words = described(tables_of(tmp_path, rows)).vocabularies
    assert (tokens.distinct, tokens.times, tokens.limit, tokens.unknown_rows) == (5011, 10020, 5000, 11)
    assert tokens.covered == pytest.approx(1 - 11 / 10020)
    assert (tokens.frequent[0].token, tokens.frequent[0].times) == ("cat", 5010)
    assert ngrams.distinct == 5011 + 5010
    assert (words.limit, words.unknown_rows) == (4998, 13)


def test_where_rows_are_from_is_told_by_rows_and_occurrences(tmp_path: Path) -> None:
    columns = ("command", "technique", "count", "platform", "source", "license", "group")
    rows = [
        ["cat /srv/a", "T1082", "1", "linux", "them", "MIT", "g1"],
        ["cat /srv/b", "T1082", "2", "linux", "them", "MIT", "g2"],
        ["dir", "T1083", "4", "windows", "us", "", "g2"],
    ]
    found = described(tables_of(tmp_path, rows, columns)).provenance
    assert [(each.value, each.rows, each.occurrences) for each in found.platforms] == [
        ("linux", 2, 3.0),
        ("windows", 1, 4.0),
    ]
    assert [(each.value, each.rows) for each in found.licences] == [("MIT", 2), ("unknown", 1)]
    assert (found.groups, found.named_groups, found.tied_sets, found.largest_set) == (2, True, 1, 3)


def test_a_random_split_of_like_commands_leaks_and_a_grouped_one_does_not(tmp_path: Path) -> None:
    study, grouped = described(load_tables([study_table(tmp_path, 400)])).leakage
    assert study.split == "study-stratified-rows-60-20-20"
    assert study.share(study.near_rows) > 0.5
    assert grouped.split == "grouped-60-20-20"
    assert (grouped.exact_rows, grouped.near_rows, grouped.tied_rows) == (0, 0, 0)
    assert grouped.test_rows > 0


def test_a_split_that_cannot_be_made_is_a_note(tmp_path: Path) -> None:
    found = described(tables_of(tmp_path, [["id", "T1033", "1"], ["ls", "Normal", "1"]]))
    assert found.leakage == ()
    assert any("the study's split is not possible" in note for note in found.notes)
    assert any("the grouped split is not possible" in note for note in found.notes)


def test_a_description_comes_back_from_its_json(tmp_path: Path) -> None:
    plain = described(load_tables([study_table(tmp_path)])).to_dict()
    read = Description.from_dict(msgspec.json.decode(msgspec.json.encode(plain)))
    assert read.to_dict() == plain


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=8)
def test_permuting_the_rows_changes_no_figure(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    rows = study_like(60, seed)
    one = described(tables_of(folder, rows, ("proctitle", "technique", "count"))).to_dict()
    random.Random(seed).shuffle(rows)
    other = described(tables_of(folder, rows, ("proctitle", "technique", "count"))).to_dict()
    assert {name: one[name] for name in one.keys() - ORDER_DECIDES} == {
        name: other[name] for name in other.keys() - ORDER_DECIDES
    }
    del one["structure"]["files"], other["structure"]["files"]
    assert one["structure"] == other["structure"]


@pytest.mark.slow
def test_a_table_as_large_as_the_study_s_is_described_within_a_minute(tmp_path: Path) -> None:
    import time

    path = study_table(tmp_path, 70_992)
    start = time.process_time()
    found = described(load_tables([path]))
    assert found.structure.rows_read == 70_992
    assert time.process_time() - start < 60
