"""A STIX bundle as facts, and bundles that are refused."""

from typing import Any

import pytest

from ttpline.attack.catalogue import build_catalogue
from ttpline.attack.facts import Origin
from ttpline.attack.stix import BundleReport, bundle_version, facts_from_bundle
from ttpline.errors import CatalogueError

ORIGINS = (Origin("tiny.json", "0" * 64, "everything"),)
Bundle = dict[str, Any]


def item_of(bundle: Bundle, attack_id: str) -> Bundle:
    for item in bundle["objects"]:
        if any(reference["external_id"] == attack_id for reference in item.get("external_references", ())):
            found: Bundle = item
            return found
    raise AssertionError(attack_id)


def test_a_bundle_of_a_version_to_come_is_read(tiny_bundle: Bundle) -> None:
    facts = facts_from_bundle(tiny_bundle["objects"], version="20.0", origins=ORIGINS)
    catalogue = build_catalogue(facts)
    assert [tactic.shortname for tactic in catalogue.tactics] == ["execution", "credential-access"]
    assert [technique.id for technique in catalogue.techniques()] == ["T9000", "T9001", "T9002", "T9002.001", "T9003"]
    fine = catalogue.technique("T9002.001")
    assert (fine.full_name, fine.platforms) == ("Thing: Fine Thing", ("Linux", "macOS"))
    assert catalogue.technique("T9002").tactics == ("execution", "credential-access")
    assert catalogue.technique("T9000").replaced_by == ("T9002.001",)
    assert catalogue.technique("T9003").deprecated


def test_the_bundle_states_its_version(tiny_bundle: Bundle) -> None:
    assert bundle_version(tiny_bundle["objects"]) == "20.0"
    assert bundle_version([{"type": "x-mitre-collection", "x_mitre_version": 20}]) is None


def test_a_tactic_that_only_a_revoked_technique_has_is_left_out_and_counted(tiny_bundle: Bundle) -> None:
    report = BundleReport()
    facts = facts_from_bundle(tiny_bundle["objects"], version="20.0", origins=ORIGINS, report=report)
    assert next(each for each in facts.techniques if each.id == "T9001").tactics == ()
    assert report.left_out["tactic of an older matrix, of a technique out of use"] == 1


def test_of_two_patterns_with_one_id_the_one_in_use_is_kept_and_the_other_counted(tiny_bundle: Bundle) -> None:
    twin = {**item_of(tiny_bundle, "T9002"), "id": "attack-pattern--twin", "revoked": True, "name": "Twin"}
    for objects in ([twin, *tiny_bundle["objects"]], [*tiny_bundle["objects"], twin]):
        report = BundleReport()
        facts = facts_from_bundle(objects, version="20.0", origins=ORIGINS, report=report)
        assert next(each for each in facts.techniques if each.id == "T9002").name == "Thing"
        assert report.left_out["second attack-pattern with one id"] == 1


def test_a_relationship_out_of_use_or_to_no_technique_is_left_out_and_counted(tiny_bundle: Bundle) -> None:
    link = next(item for item in tiny_bundle["objects"] if item["type"] == "relationship")
    link["x_mitre_deprecated"] = True
    stray = {**link, "x_mitre_deprecated": False, "target_ref": "attack-pattern--nowhere"}
    report = BundleReport()
    facts = facts_from_bundle([*tiny_bundle["objects"], stray], version="20.0", origins=ORIGINS, report=report)
    assert next(each for each in facts.techniques if each.id == "T9000").replaced_by == ()
    assert report.left_out["revoked-by relationship to no technique, or itself out of use"] == 2


def test_a_pattern_of_another_domain_is_left_out_and_counted(tiny_bundle: Bundle) -> None:
    mobile = {**item_of(tiny_bundle, "T9002"), "id": "attack-pattern--m"}
    mobile["external_references"] = [{"source_name": "mitre-mobile-attack", "external_id": "T9009"}]
    report = BundleReport()
    facts_from_bundle([*tiny_bundle["objects"], mobile], version="20.0", origins=ORIGINS, report=report)
    assert report.left_out["attack-pattern without an enterprise id"] == 1


def test_a_split_is_added_to_the_technique_it_made(tiny_bundle: Bundle) -> None:
    facts = facts_from_bundle(
        tiny_bundle["objects"], version="20.0", origins=ORIGINS, split_from={"T9003": ["T9002"], "T8000": ["T9002"]}
    )
    assert {each.id: each.split_from for each in facts.techniques if each.split_from} == {"T9003": ("T9002",)}


def test_a_bundle_without_a_matrix_is_refused(tiny_bundle: Bundle) -> None:
    objects = [item for item in tiny_bundle["objects"] if item["type"] != "x-mitre-matrix"]
    with pytest.raises(CatalogueError, match="0 matrices"):
        facts_from_bundle(objects, version="20.0", origins=ORIGINS)


def test_a_matrix_that_lacks_a_tactic_is_refused(tiny_bundle: Bundle) -> None:
    next(item for item in tiny_bundle["objects"] if item["type"] == "x-mitre-matrix")["tactic_refs"].pop()
    with pytest.raises(CatalogueError, match="does not list exactly"):
        facts_from_bundle(tiny_bundle["objects"], version="20.0", origins=ORIGINS)


def test_a_technique_in_use_with_an_unknown_tactic_is_refused(tiny_bundle: Bundle) -> None:
    item_of(tiny_bundle, "T9002")["kill_chain_phases"][0]["phase_name"] = "mischief"
    with pytest.raises(CatalogueError, match="T9002 has a tactic that the matrix lacks: mischief"):
        facts_from_bundle(tiny_bundle["objects"], version="20.0", origins=ORIGINS)


@pytest.mark.parametrize(
    ("attack_id", "key", "value"),
    [
        ("T9002", "external_references", ["T9002"]),
        ("T9002", "external_references", 5),
        ("T9002", "kill_chain_phases", [None]),
        ("T9002", "kill_chain_phases", [{"kill_chain_name": "mitre-attack", "phase_name": ["execution"]}]),
        ("T9002", "x_mitre_platforms", [{}]),
        ("T9002", "x_mitre_platforms", 7),
        ("T9002", "name", ""),
        ("TA0002", "external_references", {"source_name": "mitre-attack"}),
        ("enterprise-attack", "tactic_refs", 3),
    ],
)
def test_a_property_of_the_wrong_kind_is_refused(tiny_bundle: Bundle, attack_id: str, key: str, value: object) -> None:
    item_of(tiny_bundle, attack_id)[key] = value
    with pytest.raises(CatalogueError):
        facts_from_bundle(tiny_bundle["objects"], version="20.0", origins=ORIGINS)


def test_an_object_without_an_id_is_refused(tiny_bundle: Bundle) -> None:
    del item_of(tiny_bundle, "T9002")["id"]
    with pytest.raises(CatalogueError, match="damaged"):
        facts_from_bundle(tiny_bundle["objects"], version="20.0", origins=ORIGINS)
