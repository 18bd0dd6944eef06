"""Label cells as ATT&CK ids of one version: which version is meant, what was converted, and what nobody knows."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ttpline.attack.catalogue import Catalogue, available_versions, load_catalogue
from ttpline.attack.crosswalk import walk
from ttpline.domain.prediction import NORMAL, OTHER
from ttpline.errors import CatalogueError, LabelError

AUTO = "auto"
_ID = re.compile(r"(T\d{4}(?:\.\d{3})?|Z999)(?:\s*[:–-].*)?", re.IGNORECASE | re.DOTALL)
_SHOWN_CHARACTERS = 60  # a label cell may hold a whole command by mistake


@dataclass(frozen=True, slots=True)
class Resolved:
    """``labels`` in the order given, all of ``attack_version``; ``conversions``: (written, used, rows, reason)."""

    labels: tuple[str, ...]
    attack_version: str
    conversions: tuple[tuple[str, str, int, str], ...]


def label_id(cell: str) -> str | None:
    """The id that a label cell begins with, or ``Normal``; None if it is neither.

    >>> label_id("T1069: Permission Groups Discovery"), label_id("normal"), label_id("t1003.008"), label_id("ls -l")
    ('T1069', 'Normal', 'T1003.008', None)
    """
    text = cell.strip()
    if text.casefold() == NORMAL.casefold():
        return NORMAL
    match = _ID.fullmatch(text)
    return match[1].upper() if match else None


def resolve_labels(written: Sequence[tuple[str, str]], attack_version: str = AUTO, into: str | None = None) -> Resolved:
    """Turn ``(cell, where)`` pairs into ids of one version; ``LabelError`` for the first that cannot be.

    A revoked id becomes the one that replaced it. ``attack_version`` ``auto`` takes the version in which most rows are
    in use as written (the older one if equal) and leads the others there by the crosswalk; with a version given, an id
    that only another version knows is an error. ``into`` is the version to end in, whatever the labels are written in.
    """
    cells = Counter(cell for cell, _ in written)
    ids = {cell: label_id(cell) for cell in cells}
    if attack_version != AUTO:
        catalogue = load_catalogue(attack_version)
    else:
        catalogue = load_catalogue(into) if into else _meant(cells, ids)
    others = [load_catalogue(version) for version in available_versions() if version != catalogue.version]
    used: dict[str, tuple[str, str]] = {}
    for cell, where in written:
        if cell not in used:
            used[cell] = _resolve(cell, ids[cell], where, catalogue, others, convert=attack_version == AUTO)
            used[cell] = _led_into(used[cell], where, catalogue, load_catalogue(into) if into else catalogue)
    conversions = tuple((cell, label, cells[cell], reason) for cell, (label, reason) in sorted(used.items()) if reason)
    version = load_catalogue(into).version if into else catalogue.version
    return Resolved(tuple(used[cell][0] for cell, _ in written), version, conversions)


def _led_into(found: tuple[str, str], where: str, source: Catalogue, target: Catalogue) -> tuple[str, str]:
    """A resolved label of ``source`` in ``target``, with the reason if that is another id."""
    label, reason = found
    if source is target or label in (NORMAL, OTHER) or _in_use(label, target):
        return found
    used, way = _converted(label, where, source, target)
    return used, "; ".join(filter(None, (reason, way)))


def _meant(cells: Counter[str], ids: dict[str, str | None]) -> Catalogue:
    """The packaged version with the most rows whose label it has in use."""
    versions = [load_catalogue(version) for version in available_versions()]
    return max(versions, key=lambda catalogue: sum(n for cell, n in cells.items() if _in_use(ids[cell], catalogue)))


def _in_use(label: str | None, catalogue: Catalogue) -> bool:
    return label is not None and label in catalogue and catalogue.technique(label).in_use


def _resolve(
    cell: str, label: str | None, where: str, catalogue: Catalogue, others: Iterable[Catalogue], *, convert: bool
) -> tuple[str, str]:
    """(label to use, reason it differs from the id written, or nothing)."""
    if label in (NORMAL, OTHER):
        return label, ""
    if label is None:
        shown = cell.strip()[:_SHOWN_CHARACTERS]
        raise LabelError(
            f"label {shown!r} is no technique id, Normal or Z999",
            where=where,
            remedy="write an ATT&CK id like T1003.008, or name the column with --label-column",
        )
    if label in catalogue:
        technique = catalogue.technique(label)
        return (label, "") if not technique.revoked else _converted(label, where, catalogue, catalogue)
    elsewhere = next((other for other in others if label in other), None)
    if elsewhere is None:
        raise LabelError(_unknown(label), where=where, remedy=_near(label, catalogue))
    if not convert:
        raise LabelError(
            f"label {label} is not in ATT&CK {catalogue.version}",
            where=where,
            remedy=f"ATT&CK {elsewhere.version} has it: use --attack-version {elsewhere.version.partition('.')[0]}, "
            f"or --attack-version auto, which converts by the crosswalk",
        )
    return _converted(label, where, elsewhere, catalogue)


def _unknown(label: str) -> str:
    return f"label {label} is in no ATT&CK version known here ({', '.join(available_versions())})"


def _near(label: str, catalogue: Catalogue) -> str:
    """The catalogue's own advice about an unknown id."""
    try:
        catalogue.technique(label)
    except CatalogueError as error:
        return error.remedy or ""
    return ""


def _converted(label: str, where: str, source: Catalogue, target: Catalogue) -> tuple[str, str]:
    way = walk(label, source, target)
    if len(way.targets) == 1:
        return way.targets[0], f"{source.version} to {target.version}: {way.reason}"
    choice = ", ".join((*way.targets, *way.also))
    raise LabelError(
        f"label {label} has no single counterpart in ATT&CK {target.version}: {way.reason}",
        where=where,
        remedy=f"write one of {choice}" if choice else "relabel or remove the row",
    )
