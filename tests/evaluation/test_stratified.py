"""Stratified folds are scikit-learn's."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError
from ttpline.evaluation.stratified import stratified_folds


def rows(labels: str) -> list[LabelledCommand]:
    return [LabelledCommand(f"id {at}", label, str(at)) for at, label in enumerate(labels)]


@given(labels=st.text("zaqm", min_size=6, max_size=80), folds=st.integers(2, 5))
def test_the_folds_are_those_of_stratified_k_fold(labels: str, folds: int) -> None:
    if max(map(labels.count, set(labels))) < folds:
        with pytest.raises(DatasetError, match="stratified folds need"):
            stratified_folds(rows(labels), folds)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the least populated class
        theirs = list(StratifiedKFold(folds).split(np.zeros(len(labels)), list(labels)))
    ours = stratified_folds(rows(labels), folds).folds
    assert [(fold.train.tolist(), fold.test.tolist()) for fold in ours] == [
        (train.tolist(), test.tolist()) for train, test in theirs
    ]


def test_one_fold_or_no_rows_are_refused() -> None:
    for given_rows, folds in ((rows("aabb"), 1), ([], 3)):
        with pytest.raises(DatasetError):
            stratified_folds(given_rows, folds)
