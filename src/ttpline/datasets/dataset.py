"""A set of labelled commands and the record of where it came from."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ttpline.domain.labelled import LabelledCommand


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that was read: its name without folders, its size and digest, and the rows it gave."""

    name: str
    sha256: str
    size_bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """A label that was written in another way than it is used: ``rows`` rows said ``written`` and now say ``used``."""

    written: str
    used: str
    rows: int
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dataset is, without its rows.

    ``sha256`` covers the rows, in any order; ``files`` the bytes they came from. ``merged_rows`` rows repeated another
    (same command, label and platform): their counts were added to it. ``ambiguous_commands`` have several labels.
    """

    name: str
    sha256: str
    attack_version: str
    rows: int
    groups: int
    ambiguous_commands: int
    merged_rows: int
    labels: dict[str, int]
    platforms: dict[str, int]
    origins: dict[str, int]
    licences: dict[str, int]
    files: tuple[SourceFile, ...] = ()
    conversions: tuple[Conversion, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Labelled commands in the order they were read, and their manifest."""

    rows: tuple[LabelledCommand, ...]
    manifest: Manifest

    def commands(self) -> list[str]:
        return [row.command_line for row in self.rows]

    def select(self, indices: Iterable[int]) -> list[LabelledCommand]:
        """The rows at ``indices``, in that order."""
        return [self.rows[int(index)] for index in indices]


def digest_rows(rows: Iterable[LabelledCommand]) -> str:
    """``sha256:…`` over the rows as sorted canonical JSON: the same rows in any order have the same digest.

    >>> row = LabelledCommand("id", "T1033", "g1")
    >>> digest_rows([row]) == digest_rows([LabelledCommand("id", "T1033", "g2")])
    False
    """
    lines = sorted(
        json.dumps([row.command_line, row.label, row.platform, row.group, row.origin, row.licence, float(row.count)])
        for row in rows
    )
    return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def make_dataset(
    name: str,
    rows: Sequence[LabelledCommand],
    *,
    attack_version: str,
    files: Sequence[SourceFile] = (),
    conversions: Sequence[Conversion] = (),
) -> Dataset:
    """Merge repeated rows and describe the rest; the first of equal rows keeps its place and its group."""
    merged = merge_repeats(rows)
    labels_of: dict[str, set[str]] = {}
    for row in merged:
        labels_of.setdefault(row.command_line, set()).add(row.label)
    manifest = Manifest(
        name=name,
        sha256=digest_rows(merged),
        attack_version=attack_version,
        rows=len(merged),
        groups=len({row.group for row in merged}),
        ambiguous_commands=sum(len(labels) > 1 for labels in labels_of.values()),
        merged_rows=len(rows) - len(merged),
        labels=_counts(row.label for row in merged),
        platforms=_counts(row.platform or "unknown" for row in merged),
        origins=_counts(row.origin for row in merged),
        licences=_counts(row.licence or "unknown" for row in merged),
        files=tuple(files),
        conversions=tuple(conversions),
    )
    return Dataset(tuple(merged), manifest)


def merge_repeats(rows: Iterable[LabelledCommand]) -> list[LabelledCommand]:
    """One row for each (command, label, platform), with the counts added up."""
    first: dict[tuple[str, str, str | None], LabelledCommand] = {}
    counts: defaultdict[tuple[str, str, str | None], float] = defaultdict(float)
    for row in rows:
        key = (row.command_line, row.label, row.platform)
        first.setdefault(key, row)
        counts[key] += row.count
    return [row if counts[key] == row.count else with_count(row, counts[key]) for key, row in first.items()]


def with_count(row: LabelledCommand, count: float) -> LabelledCommand:
    """The same row, seen ``count`` times."""
    return replace(row, count=float(count))


def with_label(row: LabelledCommand, label: str) -> LabelledCommand:
    """The same row under another label."""
    return replace(row, label=label)


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
