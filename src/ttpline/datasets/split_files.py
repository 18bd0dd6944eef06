"""A split as files: each part a CSV with the rows as they were written, and a manifest with every digest."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, assert_never

from ttpline.datasets.csv_write import csv_bytes
from ttpline.datasets.dataset import digest_rows, with_label
from ttpline.datasets.labelled_tables import LabelledTables
from ttpline.datasets.leakage import Leakage, measure_leakage
from ttpline.datasets.near_duplicates import inseparable
from ttpline.datasets.split import (
    Fold,
    IntArray,
    Split,
    check_leakage,
    grouped_folds,
    grouped_split,
    leave_one_source_out,
    study_split,
)
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import rounded
from ttpline.errors import SinkError

MANIFEST = "manifest.json"
MANIFEST_VERSION = 1
_NAMED = 10
"""Labels that a note names; the counts of all are in the manifest."""


class Kind(StrEnum):
    """How rows are parted."""

    STUDY = "study"
    GROUPED = "grouped"
    FOLDS = "folds"
    LEAVE_ONE_SOURCE_OUT = "leave-one-source-out"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a split; ``sha256`` is of its bytes, ``rows_sha256`` of its rows in any order."""

    file: str
    fold: str
    part: str
    rows: int
    occurrences: float
    groups: int
    labels: Mapping[str, int]
    sha256: str
    rows_sha256: str


@dataclass(frozen=True, slots=True)
class SplitFiles:
    """A split of ``tables``, ready to be written. ``contents`` are the bytes of each file, the manifest last."""

    split: Split
    parts: tuple[Part, ...]
    leakage: Leakage
    contents: Mapping[str, bytes]
    notes: tuple[str, ...]
    manifest: Mapping[str, Any]


def make_split(rows: Sequence[LabelledCommand], kind: Kind, seed: int, folds: int) -> Split:
    """A split of the rows as they stand. All but the study's are checked: ``LeakageError`` cannot reach a user."""
    match kind:
        case Kind.STUDY:
            return study_split(rows, seed)
        case Kind.GROUPED:
            split = grouped_split(rows, seed)
        case Kind.FOLDS:
            split = grouped_folds(rows, folds, seed)
        case Kind.LEAVE_ONE_SOURCE_OUT:
            split = leave_one_source_out(rows)
        case _:
            assert_never(kind)
    check_leakage(rows, split)
    return split


def split_files(tables: LabelledTables, kind: Kind, seed: int, folds: int = 5) -> SplitFiles:
    """Every part with its digest, and how much the split leaks. The same tables and seed give the same bytes."""
    split = make_split(_as_written(tables) if kind is Kind.STUDY else tables.rows, kind, seed, folds)
    leakage = measure_leakage(tables.rows, split)
    contents: dict[str, bytes] = {}
    parts: list[Part] = []
    ties = inseparable(tables.rows)
    for number, fold in enumerate(split.folds, start=1):
        folder = "" if len(split.folds) == 1 and kind in (Kind.STUDY, Kind.GROUPED) else f"fold-{number}/"
        for name, indices in _named(fold):
            file = f"{folder}{name}.csv"
            contents[file] = csv_bytes(tables.header, (tables.cells[index] for index in indices.tolist()))
            parts.append(_part(tables.rows, file, fold.name, name, indices, contents[file], ties))
    notes = tuple(_notes(kind, split, parts))
    manifest = _manifest(tables, kind, split, parts, leakage, notes)
    contents[MANIFEST] = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
    return SplitFiles(split, tuple(parts), leakage, contents, notes, manifest)


def _as_written(tables: LabelledTables) -> Sequence[LabelledCommand]:
    """Rows under their label cells, where each label has one: scikit-learn's draw follows the order of the names, and
    whoever runs the study's code gives it the cells."""
    if len(set(tables.written)) != len({row.label for row in tables.rows}):
        return tables.rows
    return [with_label(row, cell) for row, cell in zip(tables.rows, tables.written, strict=True)]


def write_split(made: SplitFiles, folder: Path) -> None:
    """All files or none: they are written beside ``folder``, which must not hold anything, and take its place."""
    part = folder.with_name(f"{folder.name}.part")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SinkError("is there already and not empty", where=str(folder), remedy="name another with --out")
        part.mkdir(parents=True)
        for name, content in made.contents.items():
            (part / name).parent.mkdir(exist_ok=True)
            (part / name).write_bytes(content)
        if folder.exists():
            folder.rmdir()  # empty, as seen above; not every system renames over it
        part.replace(folder)
    except FileExistsError as error:
        raise SinkError("is left from a run that was stopped", where=str(part), remedy="remove it") from error
    except OSError as error:
        raise SinkError(f"cannot be written: {error.strerror or error}", where=str(folder)) from error


def _named(fold: Fold) -> Iterator[tuple[str, IntArray]]:
    yield "train", fold.train
    if len(fold.dev):
        yield "dev", fold.dev
    yield "test", fold.test
    if len(fold.left_out):
        yield "left_out", fold.left_out


def _part(
    rows: Sequence[LabelledCommand], file: str, fold: str, name: str, indices: IntArray, content: bytes, ties: IntArray
) -> Part:
    chosen = [rows[index] for index in indices.tolist()]
    return Part(
        file=file,
        fold=fold,
        part=name,
        rows=len(chosen),
        occurrences=math.fsum(row.count for row in chosen),
        groups=len(set(ties[indices].tolist())),
        labels=dict(sorted(Counter(row.label for row in chosen).items())),
        sha256=f"sha256:{hashlib.sha256(content).hexdigest()}",
        rows_sha256=digest_rows(chosen),
    )


def _notes(kind: Kind, split: Split, parts: Sequence[Part]) -> Iterator[str]:
    for fold in split.folds:
        of_fold = {part.part: part for part in parts if part.fold == fold.name}
        train = of_fold["train"].labels
        for name in ("dev", "test"):
            held = of_fold[name].labels if name in of_fold else {}
            unknown = [label for label in held if label not in train]
            if unknown:
                rows = sum(held[label] for label in unknown)
                yield f"{fold.name}: {rows} {name} rows have labels that training lacks: {', '.join(unknown[:_NAMED])}"
            missing = [label for label in train if label not in held]
            if held and missing and kind is not Kind.LEAVE_ONE_SOURCE_OUT:  # there it is no news
                yield f"{fold.name}: {len(missing)} labels of training are not in {name}"


def _manifest(
    tables: LabelledTables, kind: Kind, split: Split, parts: Sequence[Part], leakage: Leakage, notes: Sequence[str]
) -> dict[str, Any]:
    shares = {
        f"{name}_share": rounded(leakage.share(getattr(leakage, f"{name}_rows")))
        for name in ("exact", "near", "tied", "copied")
    }
    return {
        "manifest_version": MANIFEST_VERSION,
        "kind": kind.value,
        "split": split.name,
        "seed": split.seed,
        "data": {
            "name": tables.name,
            "rows": len(tables.rows),
            "rows_sha256": digest_rows(tables.rows),
            "attack_version": tables.attack_version,
            "columns": {
                "command": tables.command_column,
                "label": tables.label_column,
                "count": tables.count_column,
                "group": tables.group_column,
            },
            "files": [asdict(file) for file in tables.files],
        },
        "leakage": {**asdict(leakage), **shares},
        "parts": [asdict(part) for part in parts],
        "notes": list(notes),
    }
