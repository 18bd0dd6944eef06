"""A fold's score is scikit-learn's, also for labels that the model never saw."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError
from ttpline.evaluation.fold_scores import SCORES, fold_score

LABELS = ["Normal", "T1003", "T1018", "T1082"]


def made(seed: int) -> tuple[list[LabelledCommand], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """Thirty rows of four labels, and scores of a model that knows three of them."""
    random = np.random.default_rng(seed)
    rows = [
        LabelledCommand(f"id {at}", LABELS[label], str(at), count=float(count))
        for at, (label, count) in enumerate(zip(random.integers(0, 4, 30), random.integers(1, 9, 30), strict=True))
    ]
    return rows, random.normal(size=(30, 3))


@given(seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=50)
def test_scores_are_those_of_scikit_learn(seed: int) -> None:
    rows, scores = made(seed)
    known = LABELS[:3]
    truth, answer = [row.label for row in rows], [known[place] for place in scores.argmax(axis=1)]
    counts = [row.count for row in rows]
    expected = {
        "accuracy": accuracy_score(truth, answer),
        "accuracy_by_count": accuracy_score(truth, answer, sample_weight=counts),
        "macro_f1": f1_score(truth, answer, average="macro", zero_division=0),
        "weighted_f1": f1_score(truth, answer, average="weighted", zero_division=0),
        "weighted_f1_by_count": f1_score(truth, answer, average="weighted", sample_weight=counts, zero_division=0),
    }
    assert {name: fold_score(name, rows, scores, known, LABELS) for name in expected} == pytest.approx(expected)
    assert set(expected) | {"top1"} == set(SCORES)


def test_top1_ranks_techniques_among_themselves_over_attack_rows() -> None:
    rows = [
        LabelledCommand("ls", "Normal", "a"),
        LabelledCommand("id", "T1003", "b"),
        LabelledCommand("x", "T1018", "c"),
    ]
    scores = np.array([[1.0, 0.0, 0.0], [9.0, 2.0, 1.0], [9.0, 2.0, 1.0]])
    assert fold_score("top1", rows, scores, LABELS[:3], LABELS) == 0.5
    with pytest.raises(DatasetError, match="no attack rows"):
        fold_score("top1", rows[:1], scores[:1], LABELS[:3], LABELS)
