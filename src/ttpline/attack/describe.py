"""A technique as people and programs want to be told of it: its place, what replaced it, its id in other versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ttpline.attack.catalogue import Catalogue, Technique
from ttpline.attack.crosswalk import CrosswalkResult, walk
from ttpline.errors import CatalogueError


@dataclass(frozen=True, slots=True)
class Description:
    """One technique of one catalogue with everything worth saying about it; ``lines`` and ``to_dict`` say the same."""

    technique: Technique
    attack_version: str
    subtechniques: tuple[Technique, ...]
    replacements: tuple[Technique, ...]
    crosswalk: tuple[CrosswalkResult, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "attack_version": self.attack_version,
            **technique_to_dict(self.technique),
            "subtechniques": [child.id for child in self.subtechniques],
            "replacements": [technique_to_dict(new) for new in self.replacements],
            "crosswalk": [result.to_dict() for result in self.crosswalk],
        }

    def lines(self) -> list[tuple[str, str]]:
        """(what, text) pairs, for a terminal."""
        technique = self.technique
        lines = [
            (technique.id, technique.full_name),
            ("status", f"{_status(technique)} in ATT&CK {self.attack_version}"),
        ]
        if not technique.revoked:
            lines += _place(technique)
        elif not self.replacements:
            lines.append(("replaced by", "nothing"))
        for new in self.replacements:
            lines += [("replaced by", f"{new.id} {new.full_name}"), *_place(new)]
        if self.subtechniques:
            lines.append(("sub-techniques", ", ".join(f"{child.id} {child.name}" for child in self.subtechniques)))
        return [*lines, *(_way(result) for result in self.crosswalk)]


def describe(technique: Technique, catalogue: Catalogue, versions: Sequence[Catalogue]) -> Description:
    """``technique`` of ``catalogue``, and its way to each other one of ``versions``.

    Where an older or newer version still has in use what this one revoked, the way is shown from there to here.
    """
    ways: list[CrosswalkResult] = []
    for other in versions:
        if other.version == catalogue.version:
            continue
        used_there = technique.id in other and not other.technique(technique.id).revoked
        here_from_there = technique.revoked and used_there
        ways.append(walk(technique.id, other, catalogue) if here_from_there else walk(technique.id, catalogue, other))
    return Description(
        technique,
        catalogue.version,
        catalogue.subtechniques(technique.id),
        tuple(catalogue.technique(new) for new in technique.replaced_by),
        tuple(ways),
    )


def find_technique(technique_id: str, catalogue: Catalogue, versions: Sequence[Catalogue]) -> Technique:
    """As ``Catalogue.technique``, but an id that only another version has is told so, with its counterpart here."""
    holder = next((other for other in reversed(versions) if technique_id in other), None)
    if technique_id in catalogue or holder is None:
        return catalogue.technique(technique_id)
    result = walk(technique_id, holder, catalogue)
    here = f"here use {', '.join(result.targets)} ({result.reason})" if result.targets else result.reason
    raise CatalogueError(
        f"{technique_id} is not in ATT&CK {catalogue.version} but in {holder.version}",
        remedy=f"use --attack-version {holder.version}; {here}",
    )


def technique_to_dict(technique: Technique) -> dict[str, Any]:
    return {
        "technique": technique.id,
        "name": technique.name,
        "full_name": technique.full_name,
        "parent": technique.parent,
        "tactics": list(technique.tactics),
        "platforms": list(technique.platforms),
        "platforms_from": technique.platforms_from or None,
        "revoked": technique.revoked,
        "deprecated": technique.deprecated,
        "replaced_by": list(technique.replaced_by),
    }


def summary(catalogue: Catalogue) -> dict[str, Any]:
    """How much a catalogue holds and where its facts are from."""
    return {
        "version": catalogue.version,
        "tactics": len(catalogue.tactics),
        "techniques_in_use": sum(1 for _ in catalogue.techniques_in_use()),
        "techniques": len(catalogue),
        "origins": ", ".join(f"{origin.name} {origin.version}".rstrip() for origin in catalogue.origins),
    }


def platforms_of(technique: Technique) -> str:
    """Platforms in one line; an empty tuple means that nobody said, not that there are none."""
    return ", ".join(technique.platforms) or "not known"


def _status(technique: Technique) -> str:
    return "revoked" if technique.revoked else "deprecated" if technique.deprecated else "in use"


def _place(technique: Technique) -> list[tuple[str, str]]:
    whose = f" (of {technique.platforms_from})" if technique.platforms and technique.platforms_from else ""
    return [("tactics", ", ".join(technique.tactics) or "none"), ("platforms", platforms_of(technique) + whose)]


def _way(result: CrosswalkResult) -> tuple[str, str]:
    one_to_one = "one to one" if result.exact else "not one to one"
    targets = ", ".join(result.targets) or "none"
    return (
        f"{result.from_version} to {result.to_version}",
        f"{result.technique} -> {targets}, {one_to_one}: {result.reason}",
    )
