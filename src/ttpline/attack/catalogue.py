"""One version of ATT&CK: its tactics in matrix order and its techniques by id.

Why several versions: data, rules and reports name techniques by id, and an id means what it meant in the version its
author used. ``T1562.001`` is in use in 18 and revoked in 19; ``crosswalk.py`` goes from one to the other.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from ttpline.attack.facts import VERSION, Facts, Origin, Tactic, decode_facts, follow, parent_of
from ttpline.errors import CatalogueError

__all__ = ["Catalogue", "Origin", "Tactic", "Technique", "available_versions", "load_catalogue", "read_catalogue"]

DATA = Path(__file__).parent / "data"
DEFAULT_VERSION = "18"
NEAR_IDS = 5  # enough to spot a typing mistake, few enough for one line of an error
LOOKALIKES = str.maketrans("OIL", "011")  # letters typed or read for digits; no id holds them
SHOWN_ID_CHARACTERS = 40  # an unknown id may be a whole log line


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique or sub-technique as one version of ATT&CK has it.

    ``tactics``: short names in matrix order; may be empty when the technique is out of use. ``platforms``: MITRE's
    names, sorted; empty means not known; ``platforms_from`` says where they are from when the version's own source does
    not give them. ``replaced_by``: where the chain of revocations ends, in use in this version; empty when in use, or
    when nothing took its place. ``split_from``: techniques of the version before that gave part of their meaning.
    """

    id: str
    name: str
    full_name: str
    parent: str | None
    tactics: tuple[str, ...]
    platforms: tuple[str, ...]
    revoked: bool
    deprecated: bool
    replaced_by: tuple[str, ...]
    split_from: tuple[str, ...] = ()
    platforms_from: str = ""

    @property
    def in_use(self) -> bool:
        """Neither revoked nor deprecated."""
        return not (self.revoked or self.deprecated)


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """All of one version. ``id in catalogue`` holds for every id that the version knows, revoked ones too."""

    version: str
    domain: str
    notice: str
    origins: tuple[Origin, ...]
    tactics: tuple[Tactic, ...]
    by_id: Mapping[str, Technique]

    def __contains__(self, technique_id: object) -> bool:
        return technique_id in self.by_id

    def __len__(self) -> int:
        return len(self.by_id)

    def technique(self, technique_id: str) -> Technique:
        """The technique with exactly this id; ``CatalogueError`` names near ones."""
        found = self.by_id.get(technique_id)
        if found is None:
            shown = technique_id[:SHOWN_ID_CHARACTERS] + ("…" if len(technique_id) > SHOWN_ID_CHARACTERS else "")
            near = self._near(technique_id[:SHOWN_ID_CHARACTERS])
            raise CatalogueError(
                f"{shown!r} is not a technique of ATT&CK {self.version}",
                remedy=f"near ids: {', '.join(near)}" if near else "ids look like T1059 or T1059.004",
            )
        return found

    def techniques(self) -> Iterator[Technique]:
        """Every technique, those out of use too, by id."""
        return iter(self.by_id.values())

    def techniques_in_use(self) -> Iterator[Technique]:
        """Those neither revoked nor deprecated, by id."""
        return (technique for technique in self.by_id.values() if technique.in_use)

    def subtechniques(self, technique_id: str) -> tuple[Technique, ...]:
        """The sub-techniques in use of one technique, by id."""
        return tuple(technique for technique in self.techniques_in_use() if technique.parent == technique_id)

    def tactic(self, name: str) -> Tactic:
        """A tactic by short name, id or name, in any case; ``CatalogueError`` lists those there are."""
        wanted = name.strip().casefold().replace(" ", "-")
        for tactic in self.tactics:
            if wanted in (tactic.shortname, tactic.id.casefold(), tactic.name.casefold().replace(" ", "-")):
                return tactic
        raise CatalogueError(
            f"{name[:SHOWN_ID_CHARACTERS]!r} is not a tactic of ATT&CK {self.version}",
            remedy=f"there are: {', '.join(tactic.shortname for tactic in self.tactics)}",
        )

    def platform(self, name: str) -> str:
        """A platform as MITRE writes it, from any case; ``CatalogueError`` lists those there are."""
        known = {platform.casefold(): platform for each in self.techniques_in_use() for platform in each.platforms}
        found = known.get(name.strip().casefold())
        if found is None:
            raise CatalogueError(
                f"{name[:SHOWN_ID_CHARACTERS]!r} is not a platform of ATT&CK {self.version}",
                remedy=f"there are: {', '.join(sorted(known.values()))}",
            )
        return found

    def _near(self, technique_id: str) -> list[str]:
        """Ids that may be meant: typing mistakes, and the family of a wrong sub-technique."""
        wanted = technique_id.strip().upper().translate(LOOKALIKES)
        family = [wanted] if wanted in self.by_id else []
        parent = parent_of(wanted)
        if parent is not None and parent in self.by_id:
            family += [parent, *(technique.id for technique in self.subtechniques(parent))]
        close = difflib.get_close_matches(wanted, self.by_id, n=NEAR_IDS)
        return list(dict.fromkeys([*family, *close]))[:NEAR_IDS]


def build_catalogue(facts: Facts) -> Catalogue:
    """The catalogue that ``facts`` describe; they are trusted to have passed ``check_facts``."""
    raw = {technique.id: technique for technique in facts.techniques}
    by_id: dict[str, Technique] = {}
    for technique_id, fact in raw.items():
        parent = parent_of(technique_id)
        name = fact.name
        by_id[technique_id] = Technique(
            technique_id,
            name,
            f"{raw[parent].name}: {name}" if parent in raw else name,
            parent,
            fact.tactics,
            fact.platforms,
            fact.revoked,
            fact.deprecated,
            follow(technique_id, raw)[0] if fact.replaced_by else (),
            fact.split_from,
            fact.platforms_from,
        )
    return Catalogue(facts.version, facts.domain, facts.notice, facts.origins, facts.tactics, MappingProxyType(by_id))


def read_catalogue(path: Path) -> Catalogue:
    """A catalogue from a file that ``scripts/build_attack.py`` wrote."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"cannot be read: {error.strerror}", where=str(path)) from error
    return build_catalogue(decode_facts(raw, where=str(path)))


@lru_cache(maxsize=1)
def available_versions() -> tuple[str, ...]:
    """Packaged versions, oldest first: ``("18.1", "19.2")``."""
    names = (path.stem.removeprefix("attack-") for path in DATA.glob("attack-*.json"))
    return tuple(sorted((name for name in names if VERSION.fullmatch(name)), key=version_key))


def version_key(version: str) -> tuple[int, ...]:
    """For sorting: 9.0 is before 18.1."""
    return tuple(int(part) for part in version.split("."))


@lru_cache(maxsize=32)
def load_catalogue(version: str = DEFAULT_VERSION) -> Catalogue:
    """A packaged version: ``"18.1"`` exactly, or ``"18"`` for the newest 18.x. One object each, loaded once."""
    found = [known for known in available_versions() if version in (known, known.partition(".")[0])]
    if not found:
        raise CatalogueError(
            f"no ATT&CK version {version[:SHOWN_ID_CHARACTERS]!r} is packaged",
            remedy=f"there are: {', '.join(available_versions())}; scripts/build_attack.py adds one",
        )
    return _load_exactly(found[-1])


@lru_cache(maxsize=8)
def _load_exactly(version: str) -> Catalogue:
    return read_catalogue(DATA / f"attack-{version}.json")
