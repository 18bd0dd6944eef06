"""The packaged facts, spot-checked against what ATT&CK publishes, and the catalogue's promises."""

import dataclasses
import hashlib
import time
from pathlib import Path

import pytest

from ttpline.attack.catalogue import DATA, available_versions, load_catalogue, read_catalogue
from ttpline.attack.facts import check_facts, decode_facts, encode_facts
from ttpline.errors import CatalogueError

VERSIONS = ("18.1", "19.2")
LOAD_LIMIT_S = 0.015
PACKAGED_LIMIT_BYTES = 1_000_000


def test_both_versions_are_packaged_oldest_first() -> None:
    assert available_versions() == VERSIONS


@pytest.mark.parametrize(("asked", "given"), [("18", "18.1"), ("18.1", "18.1"), ("19", "19.2"), ("19.2", "19.2")])
def test_a_major_version_stands_for_its_newest_release(asked: str, given: str) -> None:
    assert load_catalogue(asked).version == given
    assert load_catalogue(asked) is load_catalogue(given)


@pytest.mark.parametrize("asked", ["17", "1", "18.0", "", "v18", "../18.1", "18.1.json"])
def test_an_unknown_version_is_refused_with_those_there_are(asked: str) -> None:
    with pytest.raises(CatalogueError, match=r"there are: 18\.1, 19\.2"):
        load_catalogue(asked)


def test_the_default_is_the_version_that_labels_are_written_in() -> None:
    assert load_catalogue().version == "18.1"


def test_tactics_of_18_stand_in_matrix_order() -> None:
    assert [(tactic.id, tactic.shortname) for tactic in load_catalogue("18").tactics] == [
        ("TA0043", "reconnaissance"),
        ("TA0042", "resource-development"),
        ("TA0001", "initial-access"),
        ("TA0002", "execution"),
        ("TA0003", "persistence"),
        ("TA0004", "privilege-escalation"),
        ("TA0005", "defense-evasion"),
        ("TA0006", "credential-access"),
        ("TA0007", "discovery"),
        ("TA0008", "lateral-movement"),
        ("TA0009", "collection"),
        ("TA0011", "command-and-control"),
        ("TA0010", "exfiltration"),
        ("TA0040", "impact"),
    ]


def test_19_has_stealth_and_defense_impairment_where_defense_evasion_was() -> None:
    old = [tactic.shortname for tactic in load_catalogue("18").tactics]
    new = [tactic.shortname for tactic in load_catalogue("19").tactics]
    place = old.index("defense-evasion")
    assert new == [*old[:place], "stealth", "defense-impairment", *old[place + 1 :]]
    assert load_catalogue("19").tactic("stealth").id == "TA0005"
    assert load_catalogue("19").tactic("Defense Impairment").id == "TA0112"


@pytest.mark.parametrize(("version", "in_use", "known"), [("18", 691, 835), ("19", 697, 858)])
def test_every_technique_of_the_matrix_is_there(version: str, in_use: int, known: int) -> None:
    catalogue = load_catalogue(version)
    assert sum(1 for _ in catalogue.techniques_in_use()) == in_use
    assert len(catalogue) == len(list(catalogue.techniques())) == known


@pytest.mark.parametrize(
    ("technique_id", "full_name", "tactics", "platforms"),
    [
        ("T1003", "OS Credential Dumping", ("credential-access",), ("Linux", "Windows", "macOS")),
        ("T1003.008", "OS Credential Dumping: /etc/passwd and /etc/shadow", ("credential-access",), ("Linux",)),
        ("T1548.003", "Abuse Elevation Control Mechanism: Sudo and Sudo Caching", None, ("Linux", "macOS")),
        (
            "T1078",
            "Valid Accounts",
            ("initial-access", "persistence", "privilege-escalation", "defense-evasion"),
            None,
        ),
        ("T1053.003", "Scheduled Task/Job: Cron", ("execution", "persistence", "privilege-escalation"), None),
        ("T1589", "Gather Victim Identity Information", ("reconnaissance",), ("PRE",)),
    ],
)
def test_known_techniques_of_18(
    technique_id: str, full_name: str, tactics: tuple[str, ...] | None, platforms: tuple[str, ...] | None
) -> None:
    technique = load_catalogue("18").technique(technique_id)
    assert technique.full_name == full_name
    assert tactics is None or technique.tactics == tactics
    assert platforms is None or technique.platforms == platforms
    assert technique.platforms_from == ""
    assert technique.in_use


def test_a_subtechnique_knows_its_parent_and_the_parent_its_subtechniques() -> None:
    catalogue = load_catalogue("18")
    assert catalogue.technique("T1059.004").parent == "T1059"
    assert catalogue.technique("T1059").parent is None
    assert "T1059.004" in {child.id for child in catalogue.subtechniques("T1059")}


def test_a_technique_can_be_revoked_in_one_version_only() -> None:
    assert not load_catalogue("18").technique("T1562.001").revoked
    newer = load_catalogue("19").technique("T1562.001")
    assert (newer.revoked, newer.replaced_by) == (True, ("T1685",))


def test_a_chain_of_revocations_is_followed_to_its_end() -> None:
    # T1150 Plist Modification -> T1547.011 -> T1647 Plist File Modification, as MITRE's relationships say.
    assert load_catalogue("18").technique("T1150").replaced_by == ("T1647",)


def test_a_deprecated_technique_is_out_of_use_without_a_replacement() -> None:
    deprecated = [technique for technique in load_catalogue("18").techniques() if technique.deprecated]
    assert len(deprecated) == 12
    assert not any(technique.in_use or technique.replaced_by for technique in deprecated)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_replacement_is_in_use_in_its_catalogue(version: str) -> None:
    catalogue = load_catalogue(version)
    ends = {end for technique in catalogue.techniques() for end in technique.replaced_by}
    assert ends
    assert all(catalogue.technique(end).in_use for end in ends)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_revoked_technique_names_its_replacement(version: str) -> None:
    assert all(technique.replaced_by for technique in load_catalogue(version).techniques() if technique.revoked)


@pytest.mark.parametrize("version", VERSIONS)
def test_tactics_of_a_technique_stand_in_matrix_order(version: str) -> None:
    catalogue = load_catalogue(version)
    order = [tactic.shortname for tactic in catalogue.tactics]
    for technique in catalogue.techniques():
        assert list(technique.tactics) == [tactic for tactic in order if tactic in technique.tactics]


def test_platforms_that_19s_source_does_not_give_say_whose_they_are() -> None:
    catalogue = load_catalogue("19")
    assert catalogue.technique("T1003.008").platforms_from == "18.1"
    assert catalogue.technique("T1688").platforms_from == "18.1 T1562.009"
    assert catalogue.technique("T1682").platforms_from == "supplement"
    unknown = {technique.id for technique in catalogue.techniques() if not technique.platforms}
    assert unknown == {"T1027.018", "T1684", "T1687"}


def test_where_the_facts_are_from_stands_in_each_file() -> None:
    for version in VERSIONS:
        catalogue = load_catalogue(version)
        assert all(len(origin.sha256) == 64 and origin.gives for origin in catalogue.origins)
        assert "The MITRE Corporation" in catalogue.notice


def test_the_supplement_is_the_one_that_the_facts_were_built_with() -> None:
    recorded = {origin.name: origin.sha256 for origin in load_catalogue("19").origins}
    actual = hashlib.sha256((DATA / "supplement.toml").read_bytes()).hexdigest()
    assert recorded["supplement.toml"] == actual, "supplement.toml changed: run scripts/build_attack.py"


@pytest.mark.parametrize(
    ("asked", "offered"),
    [("T1059.099", "T1059.001"), ("t1059.004", "T1059.004"), ("T1O59", "T1059"), ("T10599", "T1059")],
)
def test_an_unknown_id_is_refused_with_near_ones(asked: str, offered: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue("18").technique(asked)
    assert caught.value.remedy is not None
    assert offered in caught.value.remedy.removeprefix("near ids: ").split(", ")


def test_a_whole_log_line_as_id_does_not_fill_the_error() -> None:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue("18").technique("\x1b[31m" + "x" * 1_000_000)
    assert len(str(caught.value)) < 300
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("name", ["credential-access", "Credential Access", "TA0006", "ta0006"])
def test_a_tactic_is_found_by_any_of_its_names(name: str) -> None:
    assert load_catalogue("18").tactic(name).id == "TA0006"


def test_an_unknown_tactic_or_platform_is_refused_with_those_there_are() -> None:
    with pytest.raises(CatalogueError, match="defense-evasion"):
        load_catalogue("18").tactic("stealth")
    with pytest.raises(CatalogueError, match="Linux"):
        load_catalogue("18").platform("beos")
    assert load_catalogue("18").platform("MACOS") == "macOS"


def test_nothing_in_a_catalogue_can_be_changed() -> None:
    catalogue = load_catalogue("18")
    with pytest.raises(dataclasses.FrozenInstanceError):
        catalogue.version = "18.2"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        catalogue.technique("T1003").name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        catalogue.by_id["T1"] = catalogue.technique("T1003")  # type: ignore[index]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_packaged_file_is_what_the_encoder_writes_and_passes_the_checks(version: str) -> None:
    raw = (DATA / f"attack-{version}.json").read_bytes()
    facts = decode_facts(raw, where=version)
    check_facts(facts)
    assert encode_facts(facts) == raw


def test_the_packaged_files_are_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < PACKAGED_LIMIT_BYTES


def test_a_catalogue_loads_in_milliseconds() -> None:
    path = DATA / "attack-19.2.json"
    took: list[float] = []
    for _ in range(9):  # the best of several: other work on the machine only ever adds
        start = time.perf_counter()
        read_catalogue(path)
        took.append(time.perf_counter() - start)
    assert min(took) < LOAD_LIMIT_S


def test_a_damaged_file_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "attack-20.0.json"
    path.write_bytes(b'{"version":"20.0","techniques":[{"id":1}]}')
    with pytest.raises(CatalogueError, match=r"attack-20\.0\.json: not an ATT&CK facts file"):
        read_catalogue(path)


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="nowhere"):
        read_catalogue(tmp_path / "nowhere")
