"""Splits that do not leak, are the same every time, and refuse what cannot be split."""

import random
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from ttpline.datasets.grouping import LEAST_ROWS
from ttpline.datasets.near_duplicates import inseparable
from ttpline.datasets.split import (
    Fold,
    Split,
    check_leakage,
    grouped_folds,
    grouped_holdout,
    grouped_split,
    leave_one_source_out,
    study_split,
)
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError, LeakageError, MissingExtraError


def word(number: int) -> str:
    """A word without digits, which masking would hide."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def make_rows(groups: int, per_group: int = 2, labels: int = 3) -> list[LabelledCommand]:
    return [
        LabelledCommand(
            f"tool-{word(group)} verb-{word(item)}", f"T{1000 + group % labels}", f"g{group}", origin=f"o{group % 2}"
        )
        for group in range(groups)
        for item in range(per_group)
    ]


row_lists = st.lists(
    st.builds(
        LabelledCommand,
        st.sampled_from(["id", "ping 192.0.2.1", "ping 192.0.2.2", "ls", "cat /a/b", "cat /c/d", "who", "ps"]),
        st.sampled_from(["T1033", "T1018", "Normal"]),
        st.sampled_from("abcdefgh"),
        origin=st.sampled_from(["x", "y"]),
    ),
    min_size=2,
    max_size=40,
)


@given(rows=row_lists, folds=st.integers(2, 4), seed=st.integers(0, 3))
@settings(deadline=None)
def test_grouped_folds_hold_out_every_row_once_and_cut_no_group(
    rows: list[LabelledCommand], folds: int, seed: int
) -> None:
    if int(inseparable(rows).max()) + 1 < folds:
        with pytest.raises(DatasetError, match="independent groups cannot make"):
            grouped_folds(rows, folds, seed)
        return
    split = grouped_folds(rows, folds, seed)
    check_leakage(rows, split)
    assert sorted(np.concatenate([fold.test for fold in split.folds]).tolist()) == list(range(len(rows)))
    for fold in split.folds:
        assert sorted([*fold.train.tolist(), *fold.test.tolist()]) == list(range(len(rows)))
        assert not {rows[i].group for i in fold.train} & {rows[i].group for i in fold.test}


def test_labels_are_spread_evenly_where_groups_allow_it() -> None:
    rows = make_rows(60, per_group=1, labels=3)
    for fold in grouped_folds(rows, 5, 0).folds:
        labels = [rows[i].label for i in fold.test]
        assert {label: labels.count(label) for label in set(labels)} == {"T1000": 4, "T1001": 4, "T1002": 4}


def test_the_seed_decides_the_folds() -> None:
    rows = make_rows(40)
    first, again, other = (grouped_folds(rows, 4, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(first.folds, again.folds, strict=True))
    assert any(not np.array_equal(a.test, b.test) for a, b in zip(first.folds, other.folds, strict=True))


def test_a_cut_group_is_a_leak() -> None:
    rows = make_rows(4)
    cut = Split("by-row", 0, (Fold("one", np.array([0, 2, 3, 4, 5, 6, 7]), np.array([1])),))
    with pytest.raises(LeakageError, match=r"by-row, one: 1 groups stand on both sides, the first is that of 'g0'"):
        check_leakage(rows, cut)


def test_a_near_duplicate_on_the_other_side_is_a_leak_too() -> None:
    rows = [LabelledCommand("ping 192.0.2.1", "T1018", "a"), LabelledCommand("ping 192.0.2.9", "T1018", "b")]
    with pytest.raises(LeakageError):
        check_leakage(rows, Split("by-group", 0, (Fold("one", np.array([0]), np.array([1])),)))


def test_a_cut_between_train_and_dev_is_a_leak() -> None:
    rows = make_rows(2)
    with pytest.raises(LeakageError):
        check_leakage(rows, Split("dev", 0, (Fold("one", np.array([0, 2, 3]), np.array([], int), dev=np.array([1])),)))


def test_the_study_split_deals_each_label_60_20_20() -> None:
    rows = [LabelledCommand(f"c{word(i)}", label, f"g{i}") for i, label in enumerate(["T1082"] * 100 + ["T1033"] * 10)]
    [fold] = study_split(rows).folds
    assert [len(part) for part in (fold.train, fold.dev, fold.test)] == [66, 22, 22]
    assert sum(rows[i].label == "T1033" for i in fold.test) == 2
    assert np.array_equal(fold.test, study_split(rows).folds[0].test)


@given(
    sizes=st.lists(st.integers(LEAST_ROWS, 40), min_size=1, max_size=9),
    seed=st.integers(0, 50),
    order=st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=60)
def test_the_study_split_draws_the_rows_of_train_test_split_and_every_label_into_every_part(
    sizes: list[int], seed: int, order: random.Random
) -> None:
    labels = [f"T{1000 + number}" for number, size in enumerate(sizes) for _ in range(size)]
    order.shuffle(labels)
    rows = [LabelledCommand(f"c{word(i)}", label, f"g{i}") for i, label in enumerate(labels)]
    rest, test = train_test_split(rows, test_size=0.2, stratify=labels, random_state=seed)
    train, dev = train_test_split(rest, test_size=0.25, stratify=[row.label for row in rest], random_state=seed)
    [fold] = study_split(rows, seed).folds
    for part, drawn in ((fold.train, train), (fold.dev, dev), (fold.test, test)):
        assert [rows[i] for i in part] == sorted(drawn, key=rows.index)
        assert {rows[i].label for i in part} == set(labels)


def test_four_rows_of_a_label_may_be_missing_from_a_part() -> None:
    labels = [f"T{1000 + number}" for number in range(5) for _ in range(LEAST_ROWS - 1)] + ["T1999"] * 20
    rows = [LabelledCommand(f"c{word(i)}", label, f"g{i}") for i, label in enumerate(labels)]
    [fold] = study_split(rows).folds
    assert {rows[i].label for i in fold.test} < {row.label for row in rows}


def test_more_labels_than_test_rows_cannot_be_split_by_label() -> None:
    rows = [LabelledCommand(f"c{word(i)}", f"T{1000 + i % 4}", f"g{i}") for i in range(12)]
    with pytest.raises(DatasetError, match=r"12 rows of 4 labels cannot be split by label: .*; put rare labels"):
        study_split(rows)


def test_without_scikit_learn_the_study_split_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.model_selection", None)
    with pytest.raises(MissingExtraError, match=r"ttpline\[train\]"):
        study_split(make_rows(20))


@given(rows=row_lists, seed=st.integers(0, 3))
@settings(deadline=None)
def test_the_grouped_split_holds_each_row_once_and_leaks_nothing(rows: list[LabelledCommand], seed: int) -> None:
    if int(inseparable(rows).max()) + 1 < 5:
        with pytest.raises(DatasetError, match="independent groups cannot make 5 folds"):
            grouped_split(rows, seed)
        return
    split = grouped_split(rows, seed)
    check_leakage(rows, split)
    [fold] = split.folds
    assert sorted([*fold.train.tolist(), *fold.dev.tolist(), *fold.test.tolist()]) == list(range(len(rows)))


def test_the_grouped_split_has_the_study_s_shares_and_labels_where_groups_allow_it() -> None:
    rows = make_rows(100, per_group=1, labels=4)
    [fold] = grouped_split(rows, 7).folds
    assert [len(part) for part in (fold.train, fold.dev, fold.test)] == [60, 20, 20]
    assert {rows[i].label for i in fold.test} == {row.label for row in rows}


def test_a_label_of_one_group_is_trained_on_where_that_is_possible() -> None:
    rows = make_rows(40, per_group=1, labels=2)
    rows.append(LabelledCommand("rare verb", "T1999", "rare"))
    for seed in range(6):
        [fold] = grouped_split(rows, seed).folds
        assert len(rows) - 1 in fold.train


def test_the_study_split_leaks_and_the_check_says_so() -> None:
    rows = make_rows(30, per_group=3)
    with pytest.raises(LeakageError):
        check_leakage(rows, study_split(rows))


def test_a_class_with_two_rows_cannot_be_split_into_three() -> None:
    rows = [LabelledCommand(f"c{word(i)}", "T1082", f"g{i}") for i in range(9)]
    rows += [LabelledCommand(f"d{word(i)}", "T1033", f"h{i}") for i in range(2)]
    with pytest.raises(DatasetError, match=r"label T1033 has 2 row\(s\).*--min-rows 5"):
        study_split(rows)


def test_leaving_a_source_out_leaves_its_likes_out_of_training() -> None:
    rows = [
        LabelledCommand("ping 192.0.2.1", "T1018", "a", origin="one"),
        LabelledCommand("ping 192.0.2.2", "T1018", "b", origin="two"),
        LabelledCommand("id", "T1033", "c", origin="two"),
    ]
    split = leave_one_source_out(rows)
    check_leakage(rows, split)
    assert [(f.name, f.train.tolist(), f.test.tolist(), f.left_out.tolist()) for f in split.folds] == [
        ("one", [2], [0], [1]),
        ("two", [], [1, 2], [0]),
    ]


def test_one_source_or_an_unknown_one_cannot_be_left_out() -> None:
    rows = make_rows(4)
    with pytest.raises(DatasetError, match="no row has the origin 'elsewhere'"):
        leave_one_source_out(rows, ["elsewhere"])
    with pytest.raises(DatasetError, match="one origin"):
        leave_one_source_out([row for row in rows if row.origin == "o0"])


def test_a_holdout_keeps_groups_whole_and_has_about_the_size_asked_for() -> None:
    rows = make_rows(50)
    split = grouped_holdout(rows, 0.2, 7)
    check_leakage(rows, split)
    assert split.name == "grouped-holdout-0.2"
    for fraction in (0.1, 0.2, 0.35, 0.5, 0.9):
        [fold] = grouped_holdout(rows, fraction, 7).folds
        assert len(fold.test) / len(rows) == pytest.approx(fraction, abs=0.05)
        assert len(fold.train) + len(fold.test) == len(rows)
    with pytest.raises(DatasetError, match="between 0 and 1"):
        grouped_holdout(rows, 1.5, 7)
