"""Figures from arrays, with scikit-learn as the oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, brier_score_loss, f1_score, log_loss, top_k_accuracy_score

from ttpline.evaluation import metrics
from ttpline.evaluation.additive import Additive, FloatArray, IntArray


def value(figure: Additive) -> float:
    return figure.value()


def example(seed: int, rows: int, classes: int) -> tuple[IntArray, FloatArray, FloatArray]:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, classes, rows)
    truth[:classes] = np.arange(classes)  # every class is there, as the oracles expect
    scores = generator.random((rows, classes)) + 0.7 * (np.arange(classes) == truth[:, None])
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    return truth, probabilities, generator.integers(1, 9, rows).astype(np.float64)


examples = st.builds(example, st.integers(0, 1000), st.integers(12, 60), st.integers(4, 9))


@given(examples)
@settings(deadline=None, max_examples=40)
def test_accuracy_and_f1_agree_with_the_oracle(data: tuple[IntArray, FloatArray, FloatArray]) -> None:
    truth, probabilities, weights = data
    answer = probabilities.argmax(axis=1)
    right = (answer == truth).astype(np.float64)
    macro, weighted = metrics.f1_scores("m", "w", truth, answer, weights)
    oracle = {"sample_weight": weights, "zero_division": 0}
    assert value(metrics.mean("a", right, weights)) == pytest.approx(
        accuracy_score(truth, answer, sample_weight=weights)
    )
    assert value(macro) == pytest.approx(f1_score(truth, answer, average="macro", **oracle))
    assert value(weighted) == pytest.approx(f1_score(truth, answer, average="weighted", **oracle))


@given(examples)
@settings(deadline=None, max_examples=40)
def test_top_3_log_loss_and_brier_agree_with_the_oracle(data: tuple[IntArray, FloatArray, FloatArray]) -> None:
    truth, probabilities, _ = data
    ones = np.ones(len(truth))
    top3 = metrics.mean("t", metrics.top_k_hits(truth, probabilities, 3), ones)
    labels = np.arange(probabilities.shape[1])
    assert value(top3) == pytest.approx(top_k_accuracy_score(truth, probabilities, k=3, labels=labels))
    assert metrics.log_loss_terms(truth, probabilities).mean() == pytest.approx(
        log_loss(truth, probabilities, labels=labels)
    )
    oracle = brier_score_loss(truth, probabilities, labels=labels, scale_by_half=False)
    assert metrics.brier_terms(truth, probabilities).mean() == pytest.approx(oracle)


def test_a_class_that_is_only_answered_counts_for_macro_f1_as_the_oracle_has_it() -> None:
    truth, answer = np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1])
    macro, weighted = metrics.f1_scores("m", "w", truth, answer, np.ones(4))
    assert value(macro) == pytest.approx(f1_score(truth, answer, average="macro", zero_division=0))
    assert value(weighted) == pytest.approx(f1_score(truth, answer, average="weighted", zero_division=0))


def test_a_label_that_the_model_lacks_is_wrong_everywhere() -> None:
    truth = np.array([-1, 0])
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1]])
    assert metrics.top_k_hits(truth, probabilities, 2).tolist() == [0.0, 1.0]
    assert metrics.log_loss_terms(truth, probabilities)[0] == pytest.approx(-np.log(metrics.LEAST_PROBABILITY))
    assert metrics.brier_terms(truth, probabilities)[0] == pytest.approx(0.81 + 0.01 + 1.0)
    macro, _ = metrics.f1_scores("m", "w", truth, probabilities.argmax(axis=1), np.ones(2))
    assert value(macro) == pytest.approx(2 / 3)  # one of two answers of class 0 is right, and it is all of class 0


def test_equal_scores_rank_by_column() -> None:
    scores = np.full((3, 3), 1 / 3)
    assert metrics.top_k_hits(np.array([0, 1, 2]), scores, 1).tolist() == [1.0, 0.0, 0.0]
    assert metrics.top_k_hits(np.array([0, 1, 2]), scores, 2).tolist() == [1.0, 1.0, 0.0]


def test_the_calibration_error_of_a_hand_made_case() -> None:
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    right = np.array([1.0, 0.0, 1.0, 0.0])
    width = metrics.calibration_error(
        "e", confidence, right, metrics.bins_of_equal_width(confidence, 10), np.ones(4), 10
    )
    mass = metrics.calibration_error("e", confidence, right, metrics.bins_of_equal_mass(confidence, 2), np.ones(4), 2)
    # In the upper bin half are right at 0.95, in the lower half at 0.55: (0.45 + 0.05) / 2.
    assert value(width) == pytest.approx(0.25)
    assert value(mass) == pytest.approx(0.25)


def test_bins_of_equal_width_are_closed_above() -> None:
    edges = np.array([0.0, 0.1, 0.1000001, 1.0])
    assert metrics.bins_of_equal_width(edges, 10).tolist() == [0, 0, 1, 9]


def test_bins_of_equal_mass_hold_equally_many() -> None:
    confidence = np.random.default_rng(0).random(150)
    assert np.bincount(metrics.bins_of_equal_mass(confidence, 15)).tolist() == [10] * 15


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.sampled_from([0.01, 0.05, 0.1, 0.5, 1.0]))
def test_a_threshold_keeps_its_false_alarm_rate_and_no_lower_one_does(scores: list[float], rate: float) -> None:
    normal = np.array(scores)
    threshold = metrics.threshold_at(normal, rate)
    if threshold is None:
        assert len(normal) * rate < 1
        return
    assert (normal >= threshold).mean() <= rate + 1e-12
    lower = np.nextafter(threshold, -np.inf)
    assert rate == 1.0 or (normal >= lower).mean() > rate


def test_accuracy_rises_as_a_model_that_knows_its_doubts_abstains() -> None:
    confidence = np.linspace(1, 0, 100)
    right = (np.arange(100) < 40).astype(np.float64)
    points = metrics.accuracy_against_coverage(confidence, right)
    assert [point.coverage for point in points[:3]] == [1.0, 0.9, 0.8]
    assert [point.accuracy for point in points[:3]] == pytest.approx([0.4, 0.4 / 0.9, 0.5])
    assert points[-1].accuracy == 1.0
