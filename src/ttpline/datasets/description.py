"""What a set of labelled commands is like: one result, from which the terminal, the page and the JSON are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ttpline.datasets.dataset import Conversion, SourceFile
from ttpline.datasets.grouping import Grouping
from ttpline.datasets.leakage import Leakage
from ttpline.domain.prediction import rounded

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
"""Least, most and what lies between; each is a value that occurs."""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column of the files. ``kind``: whole number · number · text · empty. ``missing``: cells that hold nothing."""

    name: str
    kind: str
    missing: int
    distinct: int
    longest: int


@dataclass(frozen=True, slots=True)
class Structure:
    """``rows_read`` as the files have them; ``identical_rows`` repeat another in every cell, ``repeated_rows`` in
    command, label and platform; ``rows`` are left when those are one. Everything below is about these."""

    rows_read: int
    identical_rows: int
    repeated_rows: int
    rows: int
    commands: int
    columns: tuple[ColumnFacts, ...]
    files: tuple[SourceFile, ...]
    conversions: tuple[Conversion, ...]


@dataclass(frozen=True, slots=True)
class TopShare:
    """The ``rows`` rows that were seen most often, and the share of all occurrences that they are."""

    rows: int
    share: float


@dataclass(frozen=True, slots=True)
class CountFacts:
    """``count``, times seen. ``gini``: 0, every row equally often, to 1, one row has them all."""

    occurrences: float
    once_rows: int
    quantiles: tuple[float, ...]
    gini: float
    top: tuple[TopShare, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two labels that ``commands`` commands have both."""

    first: str
    second: str
    commands: int


@dataclass(frozen=True, slots=True)
class SharedCommand:
    """A command with several labels."""

    command: str
    labels: tuple[str, ...]
    occurrences: float


@dataclass(frozen=True, slots=True)
class SharedCommands:
    """Commands with several labels. Whoever gives each command one label is right at most in ``best_by_row`` of the
    rows and ``best_by_occurrence`` of the occurrences: 1 only where no command has two."""

    commands: int
    rows: int
    occurrences: float
    most_labels: int
    best_by_row: float
    best_by_occurrence: float
    pairs: tuple[Pair, ...]
    examples: tuple[SharedCommand, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """``rows`` rows have ``least`` to ``most``, both included."""

    least: int
    most: int
    rows: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """``unit``: characters, bytes, tokens or words; ``over_limit`` rows have more than ``limit``, ``at_limit`` exactly
    that many."""

    unit: str
    quantiles: tuple[float, ...]
    bins: tuple[Bin, ...]
    limit: int | None = None
    at_limit: int = 0
    over_limit: int = 0


@dataclass(frozen=True, slots=True)
class TokenCount:
    token: str
    times: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ``limit`` most frequent of ``distinct`` cover the share ``covered`` of all ``times``; ``unknown_rows`` rows
    hold at least one of the others. ``frequent`` are the most frequent."""

    name: str
    distinct: int
    times: int
    limit: int
    covered: float
    unknown_rows: int
    frequent: tuple[TokenCount, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A value of a column: its rows and occurrences."""

    value: str
    rows: int
    occurrences: float


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where rows are from. ``named_groups`` says whether files named groups; else near-duplicates share one.

    ``tied_sets``: sets of rows that no split may part, by group or near-duplication; ``largest_set`` rows of one.
    """

    platforms: tuple[Share, ...]
    origins: tuple[Share, ...]
    licences: tuple[Share, ...]
    groups: int
    named_groups: bool
    group_sizes: tuple[float, ...]
    tied_sets: int
    largest_set: int


@dataclass(frozen=True, slots=True)
class Description:
    """All of it. ``digest`` is that of the rows (``digest_rows``); ``names`` say labels in words."""

    name: str
    digest: str
    attack_version: str
    seed: int
    structure: Structure
    names: Mapping[str, str]
    grouping: Grouping
    counts: CountFacts
    shared: SharedCommands
    lengths: tuple[Lengths, ...]
    vocabularies: tuple[Vocabulary, ...]
    provenance: Provenance
    leakage: tuple[Leakage, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, floats with six digits; ``from_dict`` is the way back."""
        plain = msgspec.to_builtins(self)
        rounded_plain: dict[str, Any] = _rounded(plain)
        return rounded_plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Description":
        return msgspec.convert(data, cls)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value
