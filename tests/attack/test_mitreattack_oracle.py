"""MITRE's own library reads our facts and agrees: ``mitreattack-python`` holds no data, so it gets ours as STIX."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ttpline.attack.catalogue import Catalogue, Technique, load_catalogue, read_catalogue

pytest.importorskip("mitreattack", reason="mitreattack-python is a development dependency")

Bundle = dict[str, Any]
VERSIONS = ("18.1", "19.2")
NAVIGATOR_LAYER_FORMAT = "4.5"


@pytest.fixture(scope="module", params=VERSIONS)
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return load_catalogue(request.param)


@pytest.fixture(scope="module")
def mitre(catalogue: Catalogue, bundle_of: Callable[[Catalogue], Bundle]) -> Any:
    """Our catalogue in MITRE's class."""
    from mitreattack.stix20 import MitreAttackData

    stix2: Any = pytest.importorskip("stix2")
    return MitreAttackData(src=stix2.MemoryStore(stix_data=bundle_of(catalogue)))


def attack_id(item: Any) -> str:
    return str(item.external_references[0].external_id)


def test_mitres_class_finds_every_technique_and_the_same_ones_in_use(catalogue: Catalogue, mitre: Any) -> None:
    assert {attack_id(item) for item in mitre.get_techniques()} == {each.id for each in catalogue.techniques()}
    in_use = mitre.get_techniques(remove_revoked_deprecated=True)
    assert {attack_id(item) for item in in_use} == {each.id for each in catalogue.techniques_in_use()}


def test_mitres_class_tells_the_same_subtechniques(catalogue: Catalogue, mitre: Any) -> None:
    subtechniques = {attack_id(item) for item in mitre.get_subtechniques()}
    assert subtechniques == {each.id for each in catalogue.techniques() if each.parent}


def test_mitres_class_orders_the_tactics_alike(catalogue: Catalogue, mitre: Any) -> None:
    (tactics,) = mitre.get_tactics_by_matrix().values()
    assert [tactic.x_mitre_shortname for tactic in tactics] == [tactic.shortname for tactic in catalogue.tactics]


def test_mitres_class_puts_the_same_techniques_under_each_tactic(catalogue: Catalogue, mitre: Any) -> None:
    for tactic in catalogue.tactics:
        found = mitre.get_techniques_by_tactic(tactic.shortname, "enterprise-attack", remove_revoked_deprecated=True)
        ours = {each.id for each in catalogue.techniques_in_use() if tactic.shortname in each.tactics}
        assert {attack_id(item) for item in found} == ours


def test_mitres_class_tells_the_same_platforms(catalogue: Catalogue, mitre: Any) -> None:
    for platform in ("Linux", "Windows", "macOS"):
        found = mitre.get_techniques_by_platform(platform, remove_revoked_deprecated=True)
        ours = {each.id for each in catalogue.techniques_in_use() if platform in each.platforms}
        assert {attack_id(item) for item in found} == ours


def test_a_navigator_layer_of_all_techniques_is_valid_to_mitres_class(catalogue: Catalogue) -> None:
    from mitreattack.navlayers import Layer

    rows = [
        {"techniqueID": each.id, "tactic": tactic, "score": 1}
        for each in catalogue.techniques_in_use()
        for tactic in each.tactics
    ]
    versions = {"layer": NAVIGATOR_LAYER_FORMAT, "attack": catalogue.version.split(".")[0], "navigator": "5.1.0"}
    layer = Layer({"name": "all", "domain": catalogue.domain, "versions": versions, "techniques": rows})
    written = [(row["techniqueID"], row["tactic"]) for row in layer.to_dict()["techniques"]]
    assert sorted(written) == sorted((row["techniqueID"], row["tactic"]) for row in rows)


def test_the_build_script_makes_the_same_facts_of_that_bundle(
    catalogue: Catalogue, bundle_of: Callable[[Catalogue], Bundle], build_attack: ModuleType, tmp_path: Path
) -> None:
    stix = tmp_path / "enterprise-attack.json"
    stix.write_text(json.dumps(bundle_of(catalogue)))
    arguments = ["--stix", str(stix), "--version", catalogue.version, "--out", str(tmp_path)]
    assert build_attack.main(arguments) == 0
    rebuilt = read_catalogue(tmp_path / f"attack-{catalogue.version}.json")
    assert rebuilt.tactics == catalogue.tactics

    def facts(source: Catalogue) -> list[Technique]:
        # A bundle gives the platforms as its own.
        return [replace(each, platforms_from="") for each in source.techniques()]

    assert facts(rebuilt) == facts(catalogue)
