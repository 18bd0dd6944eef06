"""Labelled commands -> a ``Description``: every figure of the study's exploration, and how much its split leaks.

Figures are about the rows a model would read: equal rows are one, their counts added. The order of the rows changes
no figure but those of the study's split, which draws rows by their place.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

import numpy as np

from ttpline.attack.catalogue import load_catalogue
from ttpline.datasets._describe_columns import column_facts, identical_rows
from ttpline.datasets._describe_text import describe_lengths, describe_vocabularies
from ttpline.datasets.dataset import Dataset
from ttpline.datasets.description import (
    QUANTILES,
    CountFacts,
    Description,
    Pair,
    Provenance,
    Share,
    SharedCommand,
    SharedCommands,
    Structure,
    TopShare,
)
from ttpline.datasets.grouping import Rule, group_rare
from ttpline.datasets.labelled_tables import NEAR_DUPLICATES, LabelledTables
from ttpline.datasets.leakage import Leakage, measure_leakage
from ttpline.datasets.near_duplicates import inseparable
from ttpline.datasets.split import Split, grouped_split, study_split
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL, OTHER
from ttpline.errors import DatasetError, MissingExtraError

SHOWN_PAIRS = 20
SHOWN_COMMANDS = 10
TOP_ROWS = (1, 10, 100, 1000)

WordsOf = Callable[[str], list[str]]
"""The LSTM's words of a command; given from outside, since no dataset knows a model."""


def describe(tables: LabelledTables, rule: Rule, seed: int, lstm_words: WordsOf) -> Description:
    """Everything about ``tables``. Leakage is measured after grouping by ``rule``, as the study splits; a split that
    cannot be made is a note."""
    dataset = tables.dataset()
    rows = dataset.rows
    grouped = group_rare(tables, rule)
    leakage, notes = _leakage(grouped.labelled, seed)
    texts = [row.command_line for row in rows]
    return Description(
        name=tables.name,
        digest=dataset.manifest.sha256,
        attack_version=tables.attack_version,
        seed=seed,
        structure=_structure(tables, dataset),
        names=_names(rows, tables.attack_version),
        grouping=grouped.grouping,
        counts=_counts(rows),
        shared=_shared(rows),
        lengths=describe_lengths(tables, texts, lstm_words),
        vocabularies=describe_vocabularies(texts, lstm_words),
        provenance=_provenance(rows),
        leakage=leakage,
        notes=(*grouped.grouping.notes, *notes),
    )


def _structure(tables: LabelledTables, dataset: Dataset) -> Structure:
    return Structure(
        rows_read=len(tables.rows),
        identical_rows=identical_rows(tables),
        repeated_rows=dataset.manifest.merged_rows,
        rows=len(dataset.rows),
        commands=len({row.command_line for row in dataset.rows}),
        columns=column_facts(tables),
        files=tables.files,
        conversions=tables.conversions,
    )


def _names(rows: Iterable[LabelledCommand], attack_version: str) -> dict[str, str]:
    catalogue = load_catalogue(attack_version)
    known = {NORMAL: "ordinary command", OTHER: "Other Low-Frequency Techniques"}
    labels = sorted({row.label for row in rows} | {OTHER})
    return {label: known.get(label) or catalogue.technique(label).full_name for label in labels}


def _counts(rows: Sequence[LabelledCommand]) -> CountFacts:
    counts = np.sort(np.array([row.count for row in rows]))
    total = math.fsum(counts.tolist())
    size = len(counts)
    # Gini from sorted values: 2 Σ i x_i / (n Σ x) - (n + 1) / n, with i from 1
    gini = 2 * float(np.arange(1, size + 1) @ counts) / (size * total) - (size + 1) / size
    cumulated = np.cumsum(counts[::-1])
    return CountFacts(
        occurrences=total,
        once_rows=int((counts == 1).sum()),
        quantiles=quantiles(counts),
        gini=max(0.0, gini),
        top=tuple(TopShare(top, float(cumulated[top - 1]) / total) for top in TOP_ROWS if top <= size),
    )


def quantiles(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, ...]:
    """Values that occur, at ``QUANTILES``."""
    return tuple(float(value) for value in np.quantile(values, QUANTILES, method="inverted_cdf"))


def _shared(rows: Sequence[LabelledCommand]) -> SharedCommands:
    seen: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        seen[row.command_line][row.label].append(row.count)
    counts = {command: {label: math.fsum(each) for label, each in labels.items()} for command, labels in seen.items()}
    several = {command: labels for command, labels in counts.items() if len(labels) > 1}
    pairs = Counter(pair for labels in several.values() for pair in combinations(sorted(labels), 2))
    occurrences = {command: math.fsum(labels.values()) for command, labels in several.items()}
    examples = sorted(several, key=lambda command: (-occurrences[command], command))[:SHOWN_COMMANDS]
    return SharedCommands(
        commands=len(several),
        rows=sum(len(each) for command in several for each in seen[command].values()),
        occurrences=math.fsum(occurrences.values()),
        most_labels=max(map(len, counts.values())),
        best_by_row=sum(max(map(len, labels.values())) for labels in seen.values()) / len(rows),
        best_by_occurrence=math.fsum(max(labels.values()) for labels in counts.values())
        / math.fsum(row.count for row in rows),
        pairs=tuple(
            Pair(*pair, number) for pair, number in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
        )[:SHOWN_PAIRS],
        examples=tuple(SharedCommand(each, tuple(sorted(several[each])), occurrences[each]) for each in examples),
    )


def _provenance(rows: Sequence[LabelledCommand]) -> Provenance:
    ties = inseparable(rows)
    groups = Counter(row.group for row in rows)
    return Provenance(
        platforms=_shares((row.platform or "unknown", row.count) for row in rows),
        origins=_shares((row.origin, row.count) for row in rows),
        licences=_shares((row.licence or "unknown", row.count) for row in rows),
        groups=len(groups),
        named_groups=any(not group.startswith(NEAR_DUPLICATES) for group in groups),
        group_sizes=quantiles(np.array(list(groups.values()), np.float64)),
        tied_sets=int(ties.max()) + 1,
        largest_set=int(np.bincount(ties).max()),
    )


def _shares(values: Iterable[tuple[str, float]]) -> tuple[Share, ...]:
    counts: defaultdict[str, list[float]] = defaultdict(list)
    for value, count in values:
        counts[value].append(count)
    made = (Share(value, len(each), math.fsum(each)) for value, each in counts.items())
    return tuple(sorted(made, key=lambda share: (-share.rows, share.value)))


def _leakage(rows: Sequence[LabelledCommand], seed: int) -> tuple[tuple[Leakage, ...], tuple[str, ...]]:
    ties = inseparable(rows)
    made, notes = [], []
    splits: tuple[tuple[str, Callable[[Sequence[LabelledCommand], int], Split]], ...] = (
        ("study's", study_split),
        ("grouped", grouped_split),
    )
    for name, split in splits:
        try:
            made.append(measure_leakage(rows, split(rows, seed), ties))
        except (DatasetError, MissingExtraError) as error:
            notes.append(f"the {name} split is not possible: {error}")
    return tuple(made), tuple(notes)
