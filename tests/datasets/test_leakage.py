"""How much a split leaks, on rows whose ties are known by construction."""

import numpy as np

from ttpline.datasets.leakage import measure_leakage
from ttpline.datasets.split import Fold, Split
from ttpline.domain.labelled import LabelledCommand


def test_each_kind_of_leak_is_counted() -> None:
    rows = [
        LabelledCommand("ping 192.0.2.1", "T1018", "a"),
        LabelledCommand("id", "T1033", "b"),
        LabelledCommand("id", "T1087", "c"),  # the same command under another label
        LabelledCommand("ping 192.0.2.7", "T1018", "d"),  # a near-duplicate, right by copying
        LabelledCommand("whoami", "T1033", "b"),  # tied by its group
        LabelledCommand("uname -a", "T1082", "e"),  # by itself
    ]
    found = measure_leakage(rows, Split("s", 3, (Fold("f", np.array([0, 1]), np.array([2, 3, 4, 5])),)))
    assert (found.train_rows, found.dev_rows, found.test_rows) == (2, 0, 4)
    assert (found.exact_rows, found.near_rows, found.tied_rows, found.copied_rows) == (1, 2, 3, 1)
    assert found.share(found.tied_rows) == 0.75


def test_folds_are_added_up_and_no_test_rows_are_no_leak() -> None:
    rows = [LabelledCommand("id", "T1033", "a"), LabelledCommand("id", "T1087", "a")]
    folds = (Fold("1", np.array([0]), np.array([1])), Fold("2", np.array([1]), np.array([0])))
    assert measure_leakage(rows, Split("s", 0, folds)).exact_rows == 2
    empty = measure_leakage(rows, Split("s", 0, (Fold("1", np.array([0, 1]), np.array([], np.int64)),)))
    assert empty.share(empty.exact_rows) == 0.0
