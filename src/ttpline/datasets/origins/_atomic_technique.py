"""What the technique of a test is in the ATT&CK version that is asked for."""

from dataclasses import dataclass

from ttpline.attack.catalogue import Catalogue, available_versions, load_catalogue, version_key
from ttpline.attack.crosswalk import Change, walk


@dataclass(frozen=True, slots=True)
class Written:
    """A technique as rows have it; ``note`` says what was done to the id, empty when nothing was."""

    technique: str
    subtechnique: str
    name: str
    tactics: tuple[str, ...]
    note: str = ""

    @property
    def is_discovery(self) -> bool:
        return "discovery" in self.tactics


class Techniques:
    """Ids of any packaged version as those of one."""

    def __init__(self, attack_version: str) -> None:
        self.target: Catalogue = load_catalogue(attack_version)
        versions = sorted(available_versions(), key=version_key, reverse=True)
        self._others = [load_catalogue(version) for version in versions if version != self.target.version]
        self._found: dict[str, Written | None] = {}

    def written(self, technique_id: str) -> Written | None:
        """The technique for rows; None when no packaged version knows the id.

        An id in use stays. One that the version does not have goes by the crosswalk; a sub-technique that is newer and
        has only its parent there keeps its id and takes the parent's tactics.
        """
        if technique_id not in self._found:
            self._found[technique_id] = self._written(technique_id)
        return self._found[technique_id]

    def _written(self, technique_id: str) -> Written | None:
        target = self.target
        if technique_id in target and target.technique(technique_id).in_use:
            return self._of(technique_id, "")
        for source in (*self._others, target):
            if technique_id not in source:
                continue
            way = walk(technique_id, source, target)
            if way.change is Change.PARENT and way.targets:
                parent = target.technique(way.targets[0])
                name = source.technique(technique_id).full_name
                return Written(parent.parent or parent.id, technique_id, name, parent.tactics, way.reason)
            if way.targets:
                return self._of(way.targets[0], way.reason)
        return None

    def _of(self, technique_id: str, note: str) -> Written:
        found = self.target.technique(technique_id)
        return Written(found.parent or found.id, found.id, found.full_name, found.tactics, note)
