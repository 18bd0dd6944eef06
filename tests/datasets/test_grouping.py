"""Rare labels under one: nothing is lost, the rule is the one that is said, and grouping twice is grouping once."""

import math
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.datasets.labelled_samples import study_table, tables_of, write

from ttpline.datasets.csv_write import csv_bytes
from ttpline.datasets.grouping import LEAST_ROWS, STUDY_OTHER, Rule, check_conserved, group_rare
from ttpline.datasets.load import load_tables
from ttpline.datasets.split import study_split
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL, OTHER
from ttpline.errors import DatasetError, LabelError, UsageError

rows_of_labels = st.lists(
    st.builds(
        LabelledCommand,
        st.sampled_from([f"{name} {part}" for name in ("id", "ls", "ps", "w") for part in "abcdef"]),
        st.sampled_from(["T1033", "T1018", "T1057", "T1110", NORMAL, OTHER]),
        st.sampled_from("gh"),
        count=st.integers(1, 10**6).map(float),
    ),
    min_size=1,
    max_size=60,
)
rules = st.one_of(st.builds(Rule, st.integers(1, 9)), st.builds(Rule, classes=st.integers(2, 6)))


@given(rows=rows_of_labels, rule=rules)
@settings(deadline=None)
def test_counts_are_conserved_and_grouping_twice_is_grouping_once(
    rows: list[LabelledCommand], rule: Rule, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    tables = tables_of(folder, [[row.command_line, row.label, f"{row.count:.0f}"] for row in rows])
    made = group_rare(tables, rule)
    assert math.fsum(row.count for row in made.labelled) == math.fsum(row.count for row in rows)
    assert sum(int(cells[made.header.index("count")]) for cells in made.rows) == sum(row.count for row in rows)
    assert {row.command_line for row in made.labelled} == {row.command_line for row in rows}
    assert sum(each.rows for each in made.grouping.after) == len(made.rows)
    path = folder / "grouped.csv"
    path.write_bytes(csv_bytes(made.header, made.rows))
    read = load_tables([path])
    assert [(row.command_line, row.label, row.count) for row in read.rows] == [
        (row.command_line, row.label, row.count) for row in made.labelled
    ]
    again = group_rare(read, rule)
    assert (again.header, again.rows, again.grouping.moved()) == (made.header, made.rows, ())


@given(rows=rows_of_labels, rule=rules, seed=st.integers(0, 9))
@settings(deadline=None)
def test_the_order_of_rows_decides_nothing(rows: list[LabelledCommand], rule: Rule, seed: int) -> None:
    other = list(rows)
    random.Random(seed).shuffle(other)
    assert rule.moved(rows) == rule.moved(other)


@given(rows=rows_of_labels, least=st.integers(1, 9))
@settings(deadline=None)
def test_every_class_has_the_rows_the_rule_asks_for_or_nothing_is_left_to_give(
    rows: list[LabelledCommand], least: int
) -> None:
    moved = Rule(least).moved(rows)
    pairs = {(row.command_line, OTHER if row.label in moved else row.label) for row in rows}
    numbers = Counter(label for _, label in pairs)
    kept = set(numbers) - {OTHER, NORMAL}
    assert all(numbers[label] >= least for label in kept)
    assert not kept or numbers.get(OTHER, least) >= least


@given(rows=rows_of_labels, classes=st.integers(2, 7))
@settings(deadline=None)
def test_as_many_classes_as_asked_for_are_left(rows: list[LabelledCommand], classes: int) -> None:
    labels = {row.label for row in rows}
    moved = Rule(classes=classes).moved(rows)
    after = {OTHER if label in moved else label for label in labels}
    assert len(after) == min(classes, len(labels))
    assert (NORMAL in after) == (NORMAL in labels)


def test_the_study_s_columns_come_out(tmp_path: Path) -> None:
    rows = [[f"cat /{letter}", "T1082: System Information Discovery", "2"] for letter in "abcdef"]
    rows += [["nmap -sS", "T1018: Remote System Discovery", "3"], ["nmap -sS", "T1046: Network Service Discovery", "4"]]
    rows += [[f"hydra {letter}", "T1110: Brute Force", "1"] for letter in "abcd"]
    made = group_rare(tables_of(tmp_path, rows, ("proctitle", "technique", "count")), Rule())
    assert made.header == ("proctitle", "technique", "technique_grouped", "count")
    assert made.rows[0] == ("cat /a", "T1082: System Information Discovery", "T1082: System Information Discovery", "2")
    assert made.rows[6] == ("nmap -sS", "T1046: Network Service Discovery", STUDY_OTHER, "7")
    assert [(each.label, each.rows, each.occurrences) for each in made.grouping.after] == [
        ("T1082", 6, 12.0),
        ("Z999", 5, 11.0),
    ]
    assert (made.grouping.merged_rows, made.grouping.rows) == (1, 11)


def test_a_z999_that_is_too_small_takes_the_rarest_label_with_it(tmp_path: Path) -> None:
    rows = [[f"a {letter}", "T1082", "1"] for letter in "abcdefgh"] + [
        [f"b {letter}", "T1018", "1"] for letter in "abcdef"
    ]
    rows += [["c", "T1110", "1"]]
    grouping = group_rare(tables_of(tmp_path, rows), Rule()).grouping
    assert [each.label for each in grouping.moved()] == ["T1018", "T1110"]
    assert [(each.label, each.rows) for each in grouping.after] == [("T1082", 8), ("Z999", 7)]


def test_other_columns_stay_with_the_row_that_was_seen_most(tmp_path: Path) -> None:
    columns = ("command", "technique", "count", "group", "source", "note")
    rows = [["id", "T1033", "2", "g1", "s1", "=x"], ["id", "T1087", "5", "g2", "s2", "y"]]
    rows += [[f"ls {letter}", "Normal", "1", "n", "s", ""] for letter in "abcde"]
    made = group_rare(tables_of(tmp_path, rows, columns), Rule())
    assert made.rows[0] == ("id", "T1087", STUDY_OTHER, "7", "g2", "s2", "y")


def test_a_table_without_counts_gets_them(tmp_path: Path) -> None:
    rows = [["id", "T1033"], ["id", "T1033"], ["ls", "Normal"]]
    made = group_rare(tables_of(tmp_path, rows, ("command", "technique")), Rule(1))
    assert made.header == ("command", "technique", "technique_grouped", "count")
    assert [cells[-1] for cells in made.rows] == ["2", "1"]
    assert made.grouping.repeated_rows == 1


def test_a_label_written_in_several_ways_is_one_class_under_the_usual_way(tmp_path: Path) -> None:
    rows = [["a", "T1033: Who", "1"], ["b", "T1033: Who", "1"], ["c", "t1033", "1"], ["d", "Normal", "1"]]
    made = group_rare(tables_of(tmp_path, rows), Rule(1))
    assert [cells[2] for cells in made.rows] == ["T1033: Who", "T1033: Who", "T1033: Who", "Normal"]


def test_regrouping_by_the_finer_label_replaces_the_grouped_column(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.csv",
        ["proctitle", "technique", "technique_grouped", "count"],
        [
            ["a", "T1033: Who", "Z999: Other", "1"],
            ["b", "T1018: Remote", "Z999: Other", "1"],
            ["c", "T1082: S", "T1082: S", "9"],
        ],
    )
    from ttpline.datasets.labelled_tables import Columns

    made = group_rare(load_tables([path], columns=Columns(label="technique")), Rule(1))
    assert made.header == ("proctitle", "technique", "technique_grouped", "count")
    assert [cells[2] for cells in made.rows] == ["T1033: Who", "T1018: Remote", "T1082: S"]


def test_after_the_default_rule_the_study_s_split_has_every_class_in_every_part(tmp_path: Path) -> None:
    made = group_rare(load_tables([study_table(tmp_path)]), Rule())
    assert min(each.rows for each in made.grouping.before) < LEAST_ROWS
    [fold] = study_split(made.labelled).folds
    labels = {row.label for row in made.labelled}
    assert all({made.labelled[i].label for i in part} == labels for part in (fold.train, fold.dev, fold.test))
    assert made.grouping.notes == ()


def test_a_normal_class_too_small_for_a_split_is_a_note(tmp_path: Path) -> None:
    rows = [[f"a {letter}", "T1082", "1"] for letter in "abcdef"] + [["ls", "Normal", "1"]]
    assert "fewer than 5 rows: Normal" in group_rare(tables_of(tmp_path, rows), Rule()).grouping.notes[0]


@pytest.mark.parametrize(("before", "after"), [([3.0], [4.0]), ([0.5, 0.5], [1.1]), ([2.0**52], [2.0**52 + 1])])
def test_lost_occurrences_are_an_error(before: list[float], after: list[float]) -> None:
    with pytest.raises(DatasetError, match="changed the occurrences"):
        check_conserved(before, after)


def test_fractions_may_differ_by_their_rounding() -> None:
    assert check_conserved([0.1] * 10, [sum([0.1] * 10)]) == 1.0


def test_rules_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UsageError, match="does not begin with Z999"):
        Rule(into="T1082: hidden")
    with pytest.raises(UsageError, match="at least 1"):
        Rule(0)
    with pytest.raises(UsageError, match="nothing to tell apart"):
        Rule(classes=1)
    with pytest.raises(UsageError, match="two rules"):
        Rule.asked(5, 5)


def test_a_technique_without_an_id_is_refused_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"made.csv, row 2: label 'Account Discovery' is no technique id"):
        tables_of(tmp_path, [["id", "Account Discovery", "1"]])
