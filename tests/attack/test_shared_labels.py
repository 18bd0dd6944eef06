"""Every technique that the project's labelled data names is in the catalogue, or it is known why not."""

import csv
from pathlib import Path

import pytest

from ttpline.attack.catalogue import load_catalogue
from ttpline.attack.crosswalk import crosswalk

LABELLED = ("atomic_red_team.csv", "emulation_plans.csv", "other_authors.csv")

# Written with 18 ids, except this one, which is new in 19 (README of the data).
ONLY_IN_19 = {"T1027.018"}


def rows_of(shared: Path, name: str) -> list[dict[str, str]]:
    path = shared / "data" / name
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", LABELLED)
def test_every_label_is_in_use_in_18_or_explained(shared: Path, name: str) -> None:
    catalogue = load_catalogue("18")
    ids = {row[column] for row in rows_of(shared, name) for column in ("technique", "subtechnique")}
    missing = {each for each in ids if each not in catalogue}
    assert missing <= ONLY_IN_19
    assert all(crosswalk(each, "19", "18").targets for each in missing)
    out_of_use = {each for each in ids - missing if not catalogue.technique(each).in_use}
    assert out_of_use == set()


@pytest.mark.parametrize("name", LABELLED)
def test_every_label_has_a_counterpart_in_19(shared: Path, name: str) -> None:
    catalogue = load_catalogue("18")
    ids = {row["subtechnique"] for row in rows_of(shared, name) if row["subtechnique"] in catalogue}
    assert ids
    assert all(crosswalk(each, "18", "19").targets for each in ids)


@pytest.mark.parametrize("name", LABELLED)
def test_the_datas_tactics_are_those_of_the_catalogue(shared: Path, name: str) -> None:
    catalogue = load_catalogue("18")
    for row in rows_of(shared, name):
        label = row["subtechnique"] if row["subtechnique"] in catalogue else row["technique"]
        assert set(row["tactics"].split(";")) == set(catalogue.technique(label).tactics), row["subtechnique"]


def test_the_ids_that_atomic_red_team_wrote_lead_to_those_in_the_data(shared: Path) -> None:
    newer = load_catalogue("19")
    pairs = {(row["source_technique"], row["subtechnique"]) for row in rows_of(shared, "atomic_red_team.csv")}
    for source, label in pairs:
        assert source in newer
        expected = () if label in ONLY_IN_19 else (label,)
        assert source == label or crosswalk(source, "19", "18").targets == expected, (source, label)
