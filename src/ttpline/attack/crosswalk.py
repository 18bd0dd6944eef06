"""From a technique of one ATT&CK version to its counterpart in another, and whether anything was lost on the way.

Forwards (to a newer version) MITRE's own revocations say what became of a technique. Backwards nobody says it, so the
forward answers are turned round: the counterpart of ``T1685.001`` is the technique that became it. Where that leaves
a choice, a technique of the same name wins, and the others are named in ``also``.
"""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from ttpline.attack.catalogue import Catalogue, load_catalogue, version_key


class Change(Enum):
    """What happened to the technique between the two versions."""

    SAME = "same id"
    RENAMED = "renamed"
    REPLACED = "replaced"
    MERGED = "merged"
    SPLIT = "split"
    PARENT = "falls back to parent"
    NONE = "no counterpart"


@dataclass(frozen=True, slots=True)
class CrosswalkResult:
    """``targets``: ids to use in ``to_version``, best first; empty when there is no counterpart.

    ``exact``: one to one. There is one target, nothing else became it, and the way back leads here and nowhere else.
    ``also``: further ids that may be meant. ``reason``: the whole story in one line, for people.
    """

    technique: str
    from_version: str
    to_version: str
    targets: tuple[str, ...]
    exact: bool
    change: Change
    reason: str
    also: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "technique": self.technique,
            "from_version": self.from_version,
            "to_version": self.to_version,
            "targets": list(self.targets),
            "exact": self.exact,
            "change": self.change.value,
            "reason": self.reason,
            "also": list(self.also),
        }


@dataclass(frozen=True, slots=True)
class _Way:
    """A result before it is known whether it is exact."""

    targets: tuple[str, ...]
    change: Change
    reason: str
    also: tuple[str, ...] = ()


def crosswalk(technique_id: str, from_version: str, to_version: str) -> CrosswalkResult:
    """The counterpart in ``to_version`` of a technique of ``from_version``; versions as for ``load_catalogue``.

    ``CatalogueError`` when ``from_version`` does not know the id. Within one version it leads a revoked id to the
    technique in use.

    >>> crosswalk("T1685", "19", "18").targets
    ('T1562.001',)
    >>> crosswalk("T1685", "19", "18").exact
    False
    """
    source, target = load_catalogue(from_version), load_catalogue(to_version)
    return walk(technique_id, source, target)


def walk(technique_id: str, source: Catalogue, target: Catalogue) -> CrosswalkResult:
    """``crosswalk`` for catalogues at hand, which need not be packaged."""
    source.technique(technique_id)
    way = _way(technique_id, source, target)
    exact = False
    if len(way.targets) == 1 and not way.also:
        back = _way(way.targets[0], target, source)
        exact = back.targets == (technique_id,) and not back.also
    return CrosswalkResult(
        technique_id, source.version, target.version, way.targets, exact, way.change, way.reason, way.also
    )


def _way(technique_id: str, source: Catalogue, target: Catalogue) -> _Way:
    if version_key(target.version) >= version_key(source.version):
        return _forwards(technique_id, source, target)
    return _backwards(technique_id, source, target)


def _forwards(technique_id: str, source: Catalogue, target: Catalogue) -> _Way:
    old = source.technique(technique_id)
    new = target.by_id.get(technique_id)
    if new is None:
        return _without_counterpart(technique_id, source, target, f"not in {target.version} any more")
    if not new.revoked:
        parts = _successors(source, target).get(technique_id, (technique_id,))
        if len(parts) > 1:
            reason = f"split: {technique_id} of {source.version} is {' and '.join(parts)} in {target.version}"
            return _Way(parts, Change.SPLIT, reason)
        others = _merged_with(technique_id, technique_id, source, target)
        if others and not old.revoked:
            reason = f"same id, wider in {target.version}: {', '.join(others)} was merged into it"
            return _Way((technique_id,), Change.MERGED, reason)
        return _same(technique_id, source, target)
    already = old.revoked and source is not target
    when = f"revoked in {source.version} already" if already else f"revoked in {target.version}"
    ends = new.replaced_by if old.revoked else _successors(source, target)[technique_id]
    if not ends:
        return _Way((), Change.NONE, f"{when} without a replacement")
    listed = ", ".join(ends)
    if len(ends) > 1:
        return _Way(ends, Change.SPLIT, f"{when}, split into {listed}")
    others = _merged_with(technique_id, listed, source, target)
    if others and not old.revoked:
        reason = f"{when}, replaced by {listed}; merged there with {', '.join(others)}"
        return _Way(ends, Change.MERGED, reason)
    return _Way(ends, Change.REPLACED, f"{when}, replaced by {listed}")


def _merged_with(technique_id: str, became: str, source: Catalogue, target: Catalogue) -> tuple[str, ...]:
    """What else of ``source`` became the same technique."""
    before = _predecessors(source, target).get(became, ())
    return tuple(other for other in before if other != technique_id)


def _same(technique_id: str, source: Catalogue, target: Catalogue) -> _Way:
    before, after = source.technique(technique_id), target.technique(technique_id)
    if before.name != after.name:
        reason = f"same id, renamed: '{before.name}' in {source.version}, '{after.name}' in {target.version}"
        return _Way((technique_id,), Change.RENAMED, reason)
    if before.revoked:
        reason = f"same id, revoked in {source.version}, still in use in {target.version}"
        return _Way((technique_id,), Change.SAME, reason)
    suffix = f", deprecated in {target.version}" if after.deprecated else ""
    return _Way((technique_id,), Change.SAME, f"same id{suffix}")


def _backwards(technique_id: str, source: Catalogue, target: Catalogue) -> _Way:
    old = target.by_id.get(technique_id)
    if old is not None and not old.revoked:
        if source.technique(technique_id).revoked:
            return _same(technique_id, source, target)
        return _same_backwards(technique_id, source, target)
    if old is not None:
        if not old.replaced_by:
            return _Way((), Change.NONE, f"revoked in {target.version} already, without a replacement")
        change = Change.SPLIT if len(old.replaced_by) > 1 else Change.REPLACED
        return _Way(old.replaced_by, change, f"revoked in {target.version} already: {', '.join(old.replaced_by)} there")
    before = _predecessors(target, source).get(technique_id, ())
    if not before:
        return _without_counterpart(technique_id, source, target, f"new since {target.version}")
    return _one_of(technique_id, before, source, target)


def _same_backwards(technique_id: str, source: Catalogue, target: Catalogue) -> _Way:
    """The id is in use in both; it may have lost a part, or taken in others, since the older ``target``."""
    parts = tuple(part for part in _successors(target, source)[technique_id] if part != technique_id)
    if parts:
        reason = f"same id, wider in {target.version}: {', '.join(parts)} was split off it"
        return _Way((technique_id,), Change.SPLIT, reason)
    merged = _merged_with(technique_id, technique_id, target, source)
    if merged:
        reason = f"same id, narrower in {target.version}: {', '.join(merged)} was merged into it later"
        return _Way((technique_id,), Change.MERGED, reason, merged)
    return _same(technique_id, source, target)


def _one_of(technique_id: str, before: tuple[str, ...], source: Catalogue, target: Catalogue) -> _Way:
    """Choose among the techniques that became this one: the same name first, else all of them."""
    listed = ", ".join(before)
    if len(before) == 1:
        forward = _successors(target, source)[before[0]]
        if len(forward) > 1:
            return _Way(before, Change.SPLIT, f"was a part of {listed} in {target.version}")
        return _Way(before, Change.REPLACED, f"was {listed} in {target.version}")
    name = source.technique(technique_id).name
    named = tuple(other for other in before if target.technique(other).name == name)
    if len(named) != 1:
        return _Way(before, Change.MERGED, f"merged from {listed} of {target.version}, which cannot be told apart")
    also = tuple(other for other in before if other != named[0])
    reason = f"merged from {listed} of {target.version}; {named[0]} has the same name"
    return _Way(named, Change.MERGED, reason, also)


def _without_counterpart(technique_id: str, source: Catalogue, target: Catalogue, why: str) -> _Way:
    """An id that ``target`` does not have and nothing leads to: its replacement, its parent, or nothing."""
    fact = source.technique(technique_id)
    if fact.revoked and fact.replaced_by:
        found = [_way(end, source, target) for end in fact.replaced_by]
        targets = tuple(dict.fromkeys(end for way in found for end in way.targets))
        change = Change.REPLACED if len(targets) == 1 else Change.SPLIT if targets else Change.NONE
        return _Way(targets, change, f"{why}; revoked in {source.version}, replaced by {', '.join(fact.replaced_by)}")
    if fact.parent is not None and fact.parent in source:
        way = _way(fact.parent, source, target)
        if way.targets:
            via = "" if way.targets == (fact.parent,) else f", which is {', '.join(way.targets)} in {target.version}"
            return _Way(way.targets, Change.PARENT, f"{why}: falls back to its parent {fact.parent}{via}", way.also)
    also = _parts_of(technique_id, source, target)
    hint = f"; its sub-techniques were {', '.join(also)}" if also else ""
    return _Way((), Change.NONE, f"{why}: no counterpart in {target.version}{hint}", also)


def _parts_of(technique_id: str, source: Catalogue, target: Catalogue) -> tuple[str, ...]:
    """What the sub-techniques of a new technique were in the older ``target``."""
    if version_key(target.version) > version_key(source.version):
        return ()
    before = _predecessors(target, source)
    found = (old for child in source.subtechniques(technique_id) for old in before.get(child.id, ()))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=16)
def _successors(older: Catalogue, newer: Catalogue) -> dict[str, tuple[str, ...]]:
    """For each id that ``older`` has not revoked: what it is in ``newer``, itself first."""
    split: dict[str, list[str]] = {}
    for technique in newer.techniques():
        for origin in technique.split_from:
            if technique.id not in older:
                split.setdefault(origin, []).append(technique.id)
    successors: dict[str, tuple[str, ...]] = {}
    for technique in older.techniques():
        after = newer.by_id.get(technique.id)
        if technique.revoked or after is None:
            continue
        ends = after.replaced_by if after.revoked else (technique.id,)
        successors[technique.id] = tuple(dict.fromkeys((*ends, *split.get(technique.id, ()))))
    return successors


@lru_cache(maxsize=16)
def _predecessors(older: Catalogue, newer: Catalogue) -> dict[str, tuple[str, ...]]:
    """``_successors`` turned round: what of ``older`` each technique of ``newer`` was, by id."""
    before: dict[str, list[str]] = {}
    for old, news in _successors(older, newer).items():
        for new in news:
            before.setdefault(new, []).append(old)
    return {new: tuple(sorted(olds)) for new, olds in before.items()}
