"""How much a split leaks: the share of test rows whose like is in the training part."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ttpline.datasets.near_duplicates import inseparable, similarity_key
from ttpline.datasets.split import Fold, IntArray, Split
from ttpline.domain.labelled import LabelledCommand


@dataclass(frozen=True, slots=True)
class Leakage:
    """Rows, added up over a split's folds.

    ``exact_rows``: test rows whose very command is in training (under another label, or with another platform).
    ``near_rows``: those whose near-duplicate is (names and numbers masked), the exact ones among them. ``tied_rows``:
    those tied to a training row by group, near-duplication or a chain of both. ``copied_rows``: those answered rightly
    by copying the most frequent label of their near-duplicates in training, which takes memory and no understanding.
    """

    split: str
    seed: int
    train_rows: int
    dev_rows: int
    test_rows: int
    exact_rows: int
    near_rows: int
    tied_rows: int
    copied_rows: int

    def share(self, rows: int) -> float:
        """Of the test rows; 0 where there are none."""
        return rows / self.test_rows if self.test_rows else 0.0


def measure_leakage(rows: Sequence[LabelledCommand], split: Split, ties: IntArray | None = None) -> Leakage:
    """Test against training, in every fold. ``ties`` are ``inseparable(rows)`` where they are known already."""
    if ties is None:
        ties = inseparable(rows)
    keys = np.array([similarity_key(row.command_line) for row in rows], np.uint64)
    number_of: dict[str, int] = {}
    texts = np.array([number_of.setdefault(row.command_line, len(number_of)) for row in rows], np.int64)
    found = Counter[str]()
    for fold in split.folds:
        found["train"] += len(fold.train)
        found["dev"] += len(fold.dev)
        found["test"] += len(fold.test)
        found["exact"] += int(np.isin(texts[fold.test], texts[fold.train]).sum())
        found["near"] += int(np.isin(keys[fold.test], keys[fold.train]).sum())
        found["tied"] += int(np.isin(ties[fold.test], ties[fold.train]).sum())
        found["copied"] += _copied(rows, keys.tolist(), fold)
    return Leakage(
        split.name,
        split.seed,
        *(found[name] for name in ("train", "dev", "test", "exact", "near", "tied", "copied")),
    )


def _copied(rows: Sequence[LabelledCommand], keys: Sequence[int], fold: Fold) -> int:
    labels_of: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for index in fold.train.tolist():
        labels_of[keys[index]][rows[index].label] += 1
    # of labels that are equally frequent, the first in the alphabet, so that no order of rows matters
    answers = {key: min(labels, key=lambda label: (-labels[label], label)) for key, labels in labels_of.items()}
    return sum(answers.get(keys[index]) == rows[index].label for index in fold.test.tolist())
