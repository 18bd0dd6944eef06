"""The labelled commands: enough of each class, valid labels, written for this project."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

LEAST_ROWS, LEAST_TECHNIQUES, LEAST_NORMAL = 350, 37, 80
LEAST_ROWS_OF_A_CLASS, LEAST_GROUPS_OF_A_CLASS = 6, 3
COLUMNS = ["command", "technique", "platform", "group", "count"]
LONG_ENOUGH_TO_BE_SOMEBODYS = 20
"""Shorter commands (``ipconfig /all``) are the same whoever writes them."""

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def rows(root: Path) -> Rows:
    with (root / "samples/commands.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.fixture(scope="module")
def classes(rows: Rows) -> dict[str, Rows]:
    """Parent technique or Normal -> rows."""
    found: dict[str, Rows] = defaultdict(list)
    for row in rows:
        found[row["technique"].split(".")[0]].append(row)
    return found


def test_the_table_is_well_formed(root: Path, rows: Rows) -> None:
    raw = (root / "samples/commands.csv").read_bytes()
    assert b"\r" not in raw and raw.endswith(b"\n")
    assert len(rows) >= LEAST_ROWS
    assert all(list(row) == COLUMNS and None not in row.values() for row in rows)
    assert all(row["command"] == row["command"].strip() != "" for row in rows)


def test_no_command_is_there_twice_for_a_technique(rows: Rows) -> None:
    assert len({(row["command"], row["technique"], row["platform"]) for row in rows}) == len(rows)


def test_counts_are_skewed_as_in_life(rows: Rows) -> None:
    counts = sorted((int(row["count"]) for row in rows), reverse=True)
    assert counts[-1] == 1
    assert sum(counts[: len(counts) // 10]) > sum(counts) / 2


def test_there_are_at_least_37_techniques_and_normal(classes: dict[str, Rows]) -> None:
    assert len(classes.keys() - {"Normal"}) >= LEAST_TECHNIQUES
    assert len(classes["Normal"]) >= LEAST_NORMAL


def test_each_class_has_rows_in_several_groups(classes: dict[str, Rows]) -> None:
    too_few = {
        name: (len(rows), len({row["group"] for row in rows}))
        for name, rows in classes.items()
        if len(rows) < LEAST_ROWS_OF_A_CLASS or len({row["group"] for row in rows}) < LEAST_GROUPS_OF_A_CLASS
    }
    assert too_few == {}


def test_a_group_has_one_class_and_one_platform(rows: Rows) -> None:
    kinds: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        kinds[row["group"]].add((row["technique"].split(".")[0], row["platform"]))
    assert [group for group, kind in kinds.items() if len(kind) > 1] == []


def test_linux_leads_and_the_others_are_there(rows: Rows) -> None:
    count = {name: sum(row["platform"] == name for row in rows) for name in ("linux", "windows", "macos")}
    assert count["linux"] > count["windows"] > count["macos"] >= 20
    assert sum(count.values()) == len(rows)


def test_every_label_is_a_technique_in_use(classes: dict[str, Rows]) -> None:
    from ttpline.attack.catalogue import load_catalogue

    in_use = {technique.id for technique in load_catalogue("18.1").techniques_in_use()}
    labels = {row["technique"] for rows in classes.values() for row in rows} - {"Normal"}
    assert labels - in_use == set()


def test_no_longer_command_stands_in_the_shared_data(rows: Rows, shared: Path) -> None:
    known: set[str] = set()
    for path in sorted((shared / "data").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            known.update(row["command"].strip() for row in csv.DictReader(file))
    assert len(known) > 10_000
    ours = {row["command"] for row in rows if len(row["command"]) > LONG_ENOUGH_TO_BE_SOMEBODYS}
    assert ours & known == set()


def test_our_loader_takes_every_row_with_its_count(root: Path, rows: Rows) -> None:
    from ttpline.datasets.load import load_csv

    found = [
        (row.command_line, row.label, row.platform, row.group, row.count)
        for row in load_csv(root / "samples/commands.csv").rows
    ]
    assert found == [
        (row["command"], row["technique"], row["platform"], row["group"], float(row["count"])) for row in rows
    ]
