"""Coarser labels where there is too little to learn from: a sub-technique's technique, or the study's ``Z999``."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from ttpline.datasets.dataset import Dataset, make_dataset, with_label
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL, OTHER


def groups_by_label(rows: Iterable[LabelledCommand]) -> dict[str, int]:
    """How many different groups show each label."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        groups[row.label].add(row.group)
    return {label: len(members) for label, members in sorted(groups.items())}


def to_techniques(rows: Sequence[LabelledCommand]) -> list[LabelledCommand]:
    """Every sub-technique under its technique."""
    return [with_label(row, row.label.partition(".")[0]) for row in rows]


def rare_to_other(dataset: Dataset, least_rows: int) -> Dataset:
    """The study's consolidation: labels with fewer than ``least_rows`` rows become ``Z999``; equal rows are merged.

    ``Normal`` is never put there.
    """
    numbers = Counter(row.label for row in dataset.rows)
    rows = [
        with_label(row, OTHER) if numbers[row.label] < least_rows and row.label != NORMAL else row
        for row in dataset.rows
    ]
    manifest = dataset.manifest
    return make_dataset(
        manifest.name,
        rows,
        attack_version=manifest.attack_version,
        files=manifest.files,
        conversions=manifest.conversions,
    )


def with_least_groups(rows: Sequence[LabelledCommand], least_groups: int) -> list[LabelledCommand]:
    """Only the rows whose label at least ``least_groups`` groups show."""
    groups = groups_by_label(rows)
    return [row for row in rows if groups[row.label] >= least_groups]
