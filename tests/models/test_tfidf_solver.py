"""Our regression for grids comes to what scikit-learn's ``lbfgs`` comes to."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, random_array
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from ttpline.models._line_search import LineSearch, Point
from ttpline.models._tfidf_solver import Reduced, Solution, reduce, solve


def rows_and_labels(seed: int, *, scale: float = 1.0) -> tuple[Any, Any, Any]:
    """Sparse rows of which some are equal, with equal columns, four labels and uneven weights."""
    random = np.random.default_rng(seed)
    few = random_array((30, 12), density=0.3, rng=random).toarray() * scale
    table = few[random.integers(0, 30, 120)]
    table = np.hstack([table, table[:, [0, 3, 3]]])
    labels = random.integers(0, 4, 120)
    labels[:4] = range(4)
    return csr_matrix(table), labels.astype(np.intp), random.integers(1, 50, 120).astype(np.float64)


def solved(matrix: Any, labels: Any, weights: Any, **changed: Any) -> Solution:
    settings: dict[str, Any] = {"C": 1.0, "tol": 1e-4, "max_iter": 1000, "fit_intercept": True, **changed}
    return solve(reduce(matrix), labels, weights, **settings)


def sklearn_solved(matrix: Any, labels: Any, weights: Any, **changed: Any) -> LogisticRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(**{"max_iter": 1000, **changed}).fit(matrix, labels, sample_weight=weights)


@pytest.mark.parametrize(
    ("changed", "scale"),
    [
        ({}, 1.0),
        ({"C": 0.01}, 1.0),
        ({"C": 1000.0}, 1.0),
        ({"C": np.inf, "max_iter": 50}, 1.0),
        ({"fit_intercept": False}, 1.0),
        ({"max_iter": 3}, 1.0),
        ({"tol": 10.0}, 1.0),
        ({"C": 0.01}, 10.0),
        ({"C": np.inf, "max_iter": 50}, 300.0),  # the first steps are too long: the line search has to work
    ],
    ids=str,
)
def test_coefficients_and_iterations_are_those_of_scikit_learn(changed: dict[str, Any], scale: float) -> None:
    matrix, labels, weights = rows_and_labels(3, scale=scale)
    ours, theirs = solved(matrix, labels, weights, **changed), sklearn_solved(matrix, labels, weights, **changed)
    assert ours.iterations == theirs.n_iter_[0]
    largest = max(1.0, float(np.abs(theirs.coef_).max()))
    np.testing.assert_allclose(ours.coefficients.T, theirs.coef_, atol=1e-6 * largest)
    np.testing.assert_allclose(ours.intercept, theirs.intercept_, atol=1e-6 * largest)


@given(seed=st.integers(0, 2**32 - 1), power=st.floats(-2, 1))
@settings(deadline=None, max_examples=15)
def test_any_rows_get_the_answers_of_scikit_learn(seed: int, power: float) -> None:
    matrix, labels, weights = rows_and_labels(seed)
    tight = {"C": 10.0**power, "tol": 1e-6}
    ours, theirs = solved(matrix, labels, weights, **tight), sklearn_solved(matrix, labels, weights, **tight)
    scores = matrix @ ours.coefficients + ours.intercept
    np.testing.assert_allclose(scores, theirs.decision_function(matrix), rtol=1e-3, atol=1e-3)


def test_a_solver_that_was_stopped_says_so() -> None:
    matrix, labels, weights = rows_and_labels(5)
    assert not solved(matrix, labels, weights, max_iter=2).converged
    assert solved(matrix, labels, weights).converged


def test_repeated_rows_and_columns_are_kept_once_and_nothing_is_lost() -> None:
    matrix, _, _ = rows_and_labels(7)
    reduced: Reduced = reduce(matrix)
    assert reduced.matrix.shape[0] <= 30 and reduced.matrix.shape[1] <= 12
    back = reduced.matrix.toarray()[reduced.rows][:, reduced.columns] * reduced.factors
    np.testing.assert_allclose(back, matrix.toarray(), rtol=1e-15)


@given(
    start=st.floats(0.01, 100.0),
    curve=st.floats(0.1, 10.0),
    wave=st.floats(0.0, 0.9),
    first=st.floats(1e-3, 1e3),
)
@settings(deadline=None, max_examples=200)
def test_the_line_search_ends_low_and_flat_enough(start: float, curve: float, wave: float, first: float) -> None:
    def at(step: float) -> Point:
        value = curve * (step - start) ** 2 + wave * curve * np.sin(step)
        return Point(step, float(value), float(2 * curve * (step - start) + wave * curve * np.cos(step)))

    origin = at(0.0)
    if origin.slope >= -1e-6:
        return
    search, step = LineSearch(origin, first), first
    for _ in range(50):
        point = at(step)
        following = search.next_step(point)
        if following is None:
            assert point.value <= origin.value + 1e-3 * step * origin.slope
            assert abs(point.slope) <= 0.9 * abs(origin.slope)
            return
        assert following >= 0.0
        step = following
    pytest.fail("no end in 50 steps")
