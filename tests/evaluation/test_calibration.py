"""Temperature and thresholds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from ttpline.evaluation.additive import FloatArray
from ttpline.evaluation.calibration import at_temperature, choose_thresholds, fit_temperature
from ttpline.evaluation.metrics import log_loss_terms


def softmax(logits: FloatArray) -> FloatArray:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def test_the_temperature_that_spoilt_the_probabilities_is_found_again() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 2, (20_000, 5))
    honest = softmax(logits)
    truth = np.array([generator.choice(5, p=row) for row in honest])
    too_sure = softmax(3.0 * logits)
    assert fit_temperature(too_sure, truth, np.ones(len(truth))) == pytest.approx(3.0, rel=0.03)
    assert fit_temperature(honest, truth, np.ones(len(truth))) == pytest.approx(1.0, rel=0.03)


def test_the_fit_agrees_with_an_independent_minimiser_and_respects_weights() -> None:
    generator = np.random.default_rng(1)
    probabilities = softmax(generator.normal(0, 3, (400, 4)))
    truth = np.where(generator.random(400) < 0.6, probabilities.argmax(axis=1), generator.integers(0, 4, 400))
    weights = generator.integers(1, 20, 400).astype(float)

    def loss(log_temperature: float) -> float:
        scaled = at_temperature(probabilities, float(np.exp(log_temperature)))
        return float(np.average(log_loss_terms(truth, scaled), weights=weights))

    oracle = np.exp(minimize_scalar(loss, bounds=(-2.9, 2.9), method="bounded", options={"xatol": 1e-8}).x)
    assert fit_temperature(probabilities, truth, weights) == pytest.approx(oracle, rel=1e-4)


def test_rows_with_an_unknown_label_do_not_move_the_temperature() -> None:
    generator = np.random.default_rng(2)
    probabilities = softmax(generator.normal(0, 1, (100, 3)))
    truth = generator.integers(0, 3, 100)
    more = np.vstack([probabilities, probabilities])
    alone = fit_temperature(probabilities, truth, np.ones(100))
    assert fit_temperature(more, np.concatenate([truth, np.full(100, -1)]), np.ones(200)) == pytest.approx(alone)
    assert fit_temperature(probabilities, np.full(100, -1), np.ones(100)) == 1.0


@given(st.integers(0, 100), st.floats(0.06, 19))
@settings(deadline=None)
def test_scaling_keeps_the_order_and_the_sum(seed: int, temperature: float) -> None:
    probabilities = softmax(np.random.default_rng(seed).normal(0, 2, (10, 6)))
    scaled = at_temperature(probabilities, temperature)
    assert np.allclose(scaled.sum(axis=1), 1)
    assert np.array_equal(scaled.argmax(axis=1), probabilities.argmax(axis=1))


def test_thresholds_keep_the_rates_they_state() -> None:
    generator = np.random.default_rng(4)
    attack = np.concatenate([generator.beta(1, 5, 1000), generator.beta(4, 2, 200)])
    is_attack = np.arange(1200) >= 1000
    thresholds, false_alarms, missed = choose_thresholds(attack, is_attack)
    assert (false_alarms, missed) == (0.01, 0.1)
    assert (attack[~is_attack] >= thresholds.attack).mean() <= 0.01
    assert (attack[is_attack] <= thresholds.normal).mean() <= 0.1
    assert thresholds.normal < thresholds.attack


def test_too_few_rows_leave_the_default_and_say_so() -> None:
    thresholds, false_alarms, missed = choose_thresholds(np.full(10, 0.9), np.arange(10) < 5)
    assert (thresholds.attack, false_alarms, missed) == (0.5, None, None)


def test_classes_that_are_told_apart_perfectly_still_give_ordered_thresholds() -> None:
    attack = np.concatenate([np.zeros(500), np.ones(500)])
    thresholds, _, _ = choose_thresholds(attack, np.arange(1000) >= 500)
    assert 0 <= thresholds.normal < thresholds.attack <= 1
    assert (attack[500:] >= thresholds.attack).all() and not (attack[:500] >= thresholds.attack).any()
