"""scikit-learn's ``StratifiedKFold`` without scikit-learn, for figures that are held against the study's."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ttpline.datasets.split import Fold, Split
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError


def stratified_folds(rows: Sequence[LabelledCommand], folds: int) -> Split:
    """The very folds of ``StratifiedKFold(folds)``, unshuffled, which ``GridSearchCV(cv=folds)`` uses.

    It cuts groups, so near-copies of a test row are trained on: only for comparison with the study. A label with
    fewer rows than folds is missing from some of them, as with scikit-learn; ``DatasetError`` if that is so for all.
    """
    numbers = Counter(row.label for row in rows)
    if folds < 2 or not numbers or max(numbers.values()) < folds:
        raise DatasetError(
            f"no label has the {folds} rows that {folds} stratified folds need", remedy="use fewer folds"
        )
    place = {label: number for number, label in enumerate(dict.fromkeys(row.label for row in rows))}
    label_of = np.array([place[row.label] for row in rows], np.int64)
    ordered = np.sort(label_of)
    shares = [np.bincount(ordered[fold::folds], minlength=len(place)) for fold in range(folds)]
    fold_of = np.empty(len(rows), np.int64)
    for label in range(len(place)):
        fold_of[label_of == label] = np.repeat(np.arange(folds), [share[label] for share in shares])
    made = tuple(
        Fold(f"fold-{fold + 1}", np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold))
        for fold in range(folds)
    )
    return Split(f"stratified-{folds}-fold (leaks)", 0, made)
