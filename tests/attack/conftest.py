"""ATT&CK bundles made by hand: one of a whole catalogue, and a tiny one that looks like a version to come."""

import importlib.util
import sys
import uuid
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ttpline.attack.catalogue import Catalogue

Bundle = dict[str, Any]

_TIME = "2026-01-01T00:00:00.000Z"


def stix_id(kind: str, name: str) -> str:
    """An id that is the same on every run, in the form of a random one, which STIX 2.0 demands."""
    return f"{kind}--{uuid.UUID(bytes=sha256(f'{kind}/{name}'.encode()).digest()[:16], version=4)}"


def stix_object(kind: str, attack_id: str, name: str, **properties: Any) -> Bundle:
    return {
        "type": kind,
        "id": stix_id(kind, attack_id),
        "created": _TIME,
        "modified": _TIME,
        "name": name,
        "external_references": [{"source_name": "mitre-attack", "external_id": attack_id}],
        **properties,
    }


def pattern(attack_id: str, name: str, tactics: Iterable[str], **properties: Any) -> Bundle:
    phases = [{"kill_chain_name": "mitre-attack", "phase_name": tactic} for tactic in tactics]
    extra: Bundle = {"kill_chain_phases": phases} if phases else {}
    return stix_object("attack-pattern", attack_id, name, **extra, **properties)


def relationship(kind: str, source: str, target: str, **properties: Any) -> Bundle:
    return {
        "type": "relationship",
        "id": stix_id("relationship", f"{kind} {source} {target}"),
        "created": _TIME,
        "modified": _TIME,
        "relationship_type": kind,
        "source_ref": stix_id("attack-pattern", source),
        "target_ref": stix_id("attack-pattern", target),
        **properties,
    }


def bundle(objects: list[Bundle]) -> Bundle:
    return {"type": "bundle", "id": stix_id("bundle", "test"), "spec_version": "2.0", "objects": objects}


def matrix(tactics: Iterable[tuple[str, str, str]]) -> list[Bundle]:
    rows = list(tactics)
    tactic_objects = [stix_object("x-mitre-tactic", key, name, x_mitre_shortname=short) for key, short, name in rows]
    refs = [item["id"] for item in tactic_objects]
    return [*tactic_objects, stix_object("x-mitre-matrix", "enterprise-attack", "Enterprise ATT&CK", tactic_refs=refs)]


@pytest.fixture(scope="session")
def bundle_of() -> Callable[[Catalogue], Bundle]:
    """A catalogue -> the STIX bundle that says the same."""

    def build(catalogue: Catalogue) -> Bundle:
        objects = matrix((tactic.id, tactic.shortname, tactic.name) for tactic in catalogue.tactics)
        for technique in catalogue.techniques():
            properties = {
                "x_mitre_is_subtechnique": technique.parent is not None,
                "x_mitre_platforms": list(technique.platforms),
                "x_mitre_deprecated": technique.deprecated,
                "revoked": technique.revoked,
            }
            objects.append(pattern(technique.id, technique.name, technique.tactics, **properties))
            objects += [relationship("revoked-by", technique.id, new) for new in technique.replaced_by]
            if technique.parent is not None:
                objects.append(relationship("subtechnique-of", technique.id, technique.parent))
        return bundle(objects)

    return build


@pytest.fixture
def tiny_bundle() -> Bundle:
    """Five techniques of an imagined 20.0, in no order, with what a real bundle has beside them."""
    return bundle(
        [
            {"type": "x-mitre-collection", "id": stix_id("x-mitre-collection", "x"), "x_mitre_version": "20.0"},
            *matrix([("TA0002", "execution", "Execution"), ("TA0006", "credential-access", "Credential Access")]),
            pattern("T9002.001", "Fine Thing", ["credential-access"], x_mitre_platforms=["macOS", "Linux"]),
            pattern("T9002", "Thing", ["credential-access", "execution"], x_mitre_platforms=["Linux"]),
            pattern("T9001", "Old Thing", ["defense-evasion"], revoked=True),
            pattern("T9000", "Older Thing", [], revoked=True),
            pattern("T9003", "Forgotten Thing", ["execution"], x_mitre_deprecated=True),
            relationship("revoked-by", "T9000", "T9001"),
            relationship("revoked-by", "T9001", "T9002.001"),
            {"type": "malware", "id": stix_id("malware", "m"), "name": "Not a technique"},
        ]
    )


@pytest.fixture(scope="session")
def build_attack(root: Path) -> ModuleType:
    """``scripts/build_attack.py`` as a module; scripts are no package."""
    spec = importlib.util.spec_from_file_location("build_attack", root / "scripts" / "build_attack.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_attack"] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module
