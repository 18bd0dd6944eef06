"""An enterprise STIX bundle as facts: what MITRE publishes for each version as ``enterprise-attack.json``.

Every version comes in this shape, so a new one needs no new code. The bundle is untrusted: nothing in it is followed
or executed, and facts that contradict themselves are refused by ``check_facts``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ttpline.attack.facts import TECHNIQUE_ID, Facts, Origin, Tactic, TechniqueFacts, check_facts
from ttpline.errors import CatalogueError

NOTICE = " ".join(
    (
        "© 2026 The MITRE Corporation.",
        "This work is reproduced and distributed with the permission of The MITRE Corporation.",
    )
)
"""The sentence that MITRE's terms of use ask for; the licence itself is ``data/LICENSE.txt``."""

_KILL_CHAIN = "mitre-attack"
_SOURCE_NAME = "mitre-attack"

Json = Mapping[str, Any]


@dataclass(slots=True)
class BundleReport:
    """What of a bundle was left out, counted by reason."""

    left_out: Counter[str] = field(default_factory=Counter)


def bundle_version(objects: Iterable[Json]) -> str | None:
    """The version that the bundle's ``x-mitre-collection`` states, such as ``20.0``."""
    for item in objects:
        if item.get("type") == "x-mitre-collection" and isinstance(item.get("x_mitre_version"), str):
            return str(item["x_mitre_version"])
    return None


def facts_from_bundle(
    objects: Sequence[Json],
    *,
    version: str,
    origins: tuple[Origin, ...],
    split_from: Mapping[str, list[str]] | None = None,
    report: BundleReport | None = None,
) -> Facts:
    """Facts of one enterprise bundle, checked. ``split_from`` adds what no relationship says.

    ``CatalogueError`` for a bundle that is damaged, of another domain, or contradicts itself.
    """
    report = report if report is not None else BundleReport()
    try:
        facts = _facts(objects, version, origins, split_from or {}, report)
    except (AttributeError, KeyError, TypeError) as error:  # a property of another type than STIX has
        raise CatalogueError(f"a property is missing or malformed: {error}", remedy="the bundle is damaged") from error
    check_facts(facts)
    return facts


def _facts(
    objects: Sequence[Json],
    version: str,
    origins: tuple[Origin, ...],
    split_from: Mapping[str, list[str]],
    report: BundleReport,
) -> Facts:
    tactics = _tactics(objects)
    patterns = _patterns(objects, report)
    replaced = _replacements(objects, {str(item["id"]): key for key, item in patterns.items()}, patterns, report)
    order = {tactic.shortname: place for place, tactic in enumerate(tactics)}
    techniques = tuple(
        TechniqueFacts(
            id=technique_id,
            name=str(patterns[technique_id].get("name", "")),
            tactics=_phases(patterns[technique_id], order, report),
            platforms=tuple(sorted(set(patterns[technique_id].get("x_mitre_platforms") or ()))),
            revoked=bool(patterns[technique_id].get("revoked")),
            deprecated=bool(patterns[technique_id].get("x_mitre_deprecated")),
            replaced_by=replaced.get(technique_id, ()),
            split_from=tuple(split_from.get(technique_id, ())),
        )
        for technique_id in sorted(patterns)
    )
    return Facts(version=version, notice=NOTICE, origins=origins, tactics=tactics, techniques=techniques)


def _external_id(item: Json) -> str:
    for reference in item.get("external_references") or ():
        if reference.get("source_name") == _SOURCE_NAME:
            return str(reference.get("external_id", ""))
    return ""


def _out_of_use(item: Json) -> bool:
    return bool(item.get("revoked") or item.get("x_mitre_deprecated"))


def _tactics(objects: Sequence[Json]) -> tuple[Tactic, ...]:
    """Tactics in the order of the matrix object's ``tactic_refs``."""
    by_ref = {
        str(item["id"]): Tactic(_external_id(item), str(item.get("x_mitre_shortname", "")), str(item.get("name", "")))
        for item in objects
        if item.get("type") == "x-mitre-tactic" and not _out_of_use(item)
    }
    matrices = [item for item in objects if item.get("type") == "x-mitre-matrix" and not _out_of_use(item)]
    if len(matrices) != 1:
        raise CatalogueError(
            f"the bundle holds {len(matrices)} matrices, not one", remedy="give MITRE's enterprise-attack.json"
        )
    refs = [str(ref) for ref in matrices[0].get("tactic_refs") or ()]
    if set(refs) != set(by_ref):
        raise CatalogueError("the matrix does not list exactly the bundle's tactics", remedy="the bundle is damaged")
    return tuple(by_ref[ref] for ref in refs)


def _patterns(objects: Sequence[Json], report: BundleReport) -> dict[str, Json]:
    """Techniques by ATT&CK id; of two with one id the one in use is kept, else the one changed last."""
    patterns: dict[str, Json] = {}
    for item in objects:
        if item.get("type") != "attack-pattern":
            continue
        technique_id = _external_id(item)
        if not TECHNIQUE_ID.fullmatch(technique_id):
            report.left_out["attack-pattern without an enterprise id"] += 1
            continue
        other = patterns.get(technique_id)
        if other is not None:
            report.left_out["second attack-pattern with one id"] += 1
            if _preference(other) >= _preference(item):
                continue
        patterns[technique_id] = item
    return patterns


def _preference(item: Json) -> tuple[bool, str]:
    return not _out_of_use(item), str(item.get("modified", ""))


def _phases(item: Json, order: Mapping[str, int], report: BundleReport) -> tuple[str, ...]:
    """Tactics in matrix order. One that the matrix lacks is left out of a technique out of use, and else refused."""
    found = {
        str(phase.get("phase_name"))
        for phase in item.get("kill_chain_phases") or ()
        if phase.get("kill_chain_name") == _KILL_CHAIN
    }
    strange = found - order.keys()
    if strange and not _out_of_use(item):
        raise CatalogueError(
            f"{_external_id(item)} has a tactic that the matrix lacks: {', '.join(sorted(strange))}",
            remedy="the bundle is damaged or of another domain",
        )
    report.left_out["tactic of an older matrix, of a technique out of use"] += len(strange)
    return tuple(sorted(found & order.keys(), key=order.__getitem__))


def _replacements(
    objects: Sequence[Json], id_of: Mapping[str, str], patterns: Mapping[str, Json], report: BundleReport
) -> dict[str, tuple[str, ...]]:
    """``revoked-by`` relationships between kept techniques, targets sorted."""
    replaced: dict[str, set[str]] = {}
    for item in objects:
        if item.get("type") != "relationship" or item.get("relationship_type") != "revoked-by":
            continue
        source, target = id_of.get(str(item.get("source_ref"))), id_of.get(str(item.get("target_ref")))
        if source is None or not patterns[source].get("revoked"):
            continue  # malware, groups and mitigations are revoked too
        if target is None or _out_of_use(item):
            report.left_out["revoked-by relationship to no technique, or itself out of use"] += 1
            continue
        replaced.setdefault(source, set()).add(target)
    return {source: tuple(sorted(targets)) for source, targets in replaced.items()}
