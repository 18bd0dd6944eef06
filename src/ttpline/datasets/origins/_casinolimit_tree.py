"""Which logs and which label file belong to each instance of the archive, and what belongs to none."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ttpline.datasets.origins._archive import Archive, Member
from ttpline.errors import DatasetError

_LOG = re.compile(r"audit\.log(?:\.(\d{1,4}))?", re.ASCII)
LABEL_FOLDER = "system_labels"


@dataclass(frozen=True, slots=True)
class Instance:
    """One run of the challenge: for each machine folder its logs, oldest first (``audit.log.2``, ``.1``, none), and
    the labels. ``labels`` is None where there are logs and no labels, ``machines`` empty the other way round."""

    name: str
    machines: Mapping[str, tuple[Member, ...]]
    labels: Member | None

    @property
    def log_bytes(self) -> int:
        return sum(member.size for logs in self.machines.values() for member in logs)


def instances(logs: Archive, labels: Archive) -> tuple[list[Instance], Counter[str]]:
    """All instances by name, and how many files were not used, by reason.

    ``DatasetError`` when two files claim the same place, or when there is no log or no label file at all.
    """
    ignored: Counter[str] = Counter()
    by_instance = _logs(logs, ignored)
    label_files = _labels(labels, ignored)
    if not by_instance:
        raise DatasetError(
            "holds no <instance>/<machine>/audit.log", where=str(logs.path), remedy="give syslogs.zip or its folder"
        )
    if not label_files:
        raise DatasetError(
            f"holds no {LABEL_FOLDER}/<instance>.json",
            where=str(labels.path),
            remedy="give syslogs_labels.zip or its folder",
        )
    for archive in (logs, labels):
        for refused in archive.refused:
            ignored[f"refused: {refused.reason}"] += 1
    names = sorted(by_instance.keys() | label_files.keys())
    return [Instance(name, by_instance.get(name, {}), label_files.get(name)) for name in names], +ignored


def _logs(archive: Archive, ignored: Counter[str]) -> dict[str, dict[str, tuple[Member, ...]]]:
    found: dict[tuple[str, str], dict[int, Member]] = defaultdict(dict)
    for member in archive.members:
        parts = member.parts
        match = _LOG.fullmatch(parts[-1])
        if match is None:
            ignored["not an audit.log"] += 1
            continue
        if len(parts) < 3:
            ignored["audit.log that is not in <instance>/<machine>/"] += 1
            continue
        age = int(match[1] or 0)
        place = found[parts[-3], parts[-2]]
        if age in place:
            raise DatasetError(
                f"has two logs for {parts[-3]}/{parts[-2]}: {place[age].name} and {member.name}",
                where=str(archive.path),
                remedy="give one copy of the archive",
            )
        place[age] = member
    by_instance: dict[str, dict[str, tuple[Member, ...]]] = defaultdict(dict)
    for (instance, machine), by_age in sorted(found.items()):
        by_instance[instance][machine] = tuple(by_age[age] for age in sorted(by_age, reverse=True))
    return dict(by_instance)


def _labels(archive: Archive, ignored: Counter[str]) -> dict[str, Member]:
    files = [member for member in archive.members if member.name.endswith(".json")]
    ignored["not a label file"] += len(archive.members) - len(files)
    in_folder = [member for member in files if len(member.parts) > 1 and member.parts[-2] == LABEL_FOLDER]
    if in_folder:  # beside them stand labels of other kinds of logs
        ignored["not a label file"] += len(files) - len(in_folder)
        files = in_folder
    found: dict[str, Member] = {}
    for member in files:
        name = member.parts[-1].removesuffix(".json")
        if name in found:
            raise DatasetError(
                f"has two label files for {name}: {found[name].name} and {member.name}",
                where=str(archive.path),
                remedy="give one copy of the archive",
            )
        found[name] = member
    return found
