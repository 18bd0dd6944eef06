"""Multinomial logistic regression with the squared penalty, many times over the same features: for grid search.

The objective, the start (0), the steps and the tests for the end are those of scikit-learn's ``lbfgs``, so it comes to
the same coefficients but for rounding; three exact savings make it faster:

* rows with equal features are one row with a weight for each label, and equal columns one column (``√m`` times it: a
  rotation, which changes neither penalty nor steps);
* along a direction the scores are linear, so the line search costs no matrix product;
* the products that L-BFGS needs of its history are kept, and its memory is read twice an iteration.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.models._line_search import LineSearch, Point

Floats = npt.NDArray[np.float64]

_MEMORY = 10  # SciPy's maxcor
_FLAT = 64 * float(np.finfo(float).eps)  # scikit-learn's ftol
_MOST_TRIALS = 50  # scikit-learn's maxls
_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class Reduced:
    """A matrix without what repeats: original row ``i`` is ``rows[i]``, column ``j`` is ``columns[j]``, and
    ``factors[j]`` times the merged column."""

    matrix: Any
    transposed: Any
    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]
    factors: Floats

    def widened(self, coefficients: Floats) -> Floats:
        """Coefficients of the original columns."""
        return coefficients[self.columns] * self.factors[:, None]


def reduce(matrix: Any) -> Reduced:
    """``matrix`` (CSR) with equal rows and equal columns once. Equal means bit by bit."""
    matrix.sort_indices()
    row_of, first_rows = _repeats(matrix)
    fewer = matrix[first_rows].tocsc()
    fewer.sort_indices()
    column_of, first_columns = _repeats(fewer)
    times = np.bincount(column_of, minlength=len(first_columns)).astype(np.float64)
    merged = fewer[:, first_columns]
    merged.data *= np.repeat(np.sqrt(times), np.diff(merged.indptr))
    merged = merged.tocsr()
    return Reduced(merged, merged.T.tocsr(), row_of, column_of, 1.0 / np.sqrt(times[column_of]))


def _repeats(matrix: Any) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """For each line of a compressed matrix the number of its first equal one, and where those are."""
    numbers: dict[tuple[bytes, bytes], int] = {}
    ends, found = matrix.indptr, []
    for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        key = matrix.indices[start:end].tobytes(), matrix.data[start:end].tobytes()
        found.append(numbers.setdefault(key, len(numbers)))
    number_of = np.array(found, np.intp)
    return number_of, np.unique(number_of, return_index=True)[1].astype(np.intp)


@dataclass(frozen=True, slots=True)
class Solution:
    """``coefficients`` ``[features, labels]``; not ``converged`` means ``max_iter`` or rounding ended it."""

    coefficients: Floats
    intercept: Floats
    converged: bool
    iterations: int


def solve(
    reduced: Reduced,
    labels: npt.NDArray[np.intp],
    weights: Floats,
    *,
    C: float,
    tol: float,
    max_iter: int,
    fit_intercept: bool,
) -> Solution:
    """Minimise mean weighted log loss + ``‖w‖² / (2 C Σ weights)``; ``labels`` are 0 to k-1 for each original row."""
    problem = _Problem(reduced, labels, weights, C, fit_intercept)
    state, converged, iterations = _minimise(problem, tol, max_iter)
    table = state.reshape(-1, problem.labels)
    width = reduced.matrix.shape[1]
    intercept = table[width].copy() if fit_intercept else np.zeros(problem.labels)
    return Solution(reduced.widened(table[:width]), intercept, converged, iterations)


class _Problem:
    """The objective as a function of one vector: a row of ``labels`` numbers a feature, then the intercepts."""

    def __init__(
        self, reduced: Reduced, labels: npt.NDArray[np.intp], weights: Floats, C: float, fit_intercept: bool
    ) -> None:
        self.matrix, self._transposed = reduced.matrix, reduced.transposed
        self.labels = int(labels.max()) + 1
        rows, self._width = self.matrix.shape
        self._fit_intercept = fit_intercept
        self.size = (self._width + fit_intercept) * self.labels
        total = float(weights.sum())
        cells = np.bincount(reduced.rows * self.labels + labels, weights=weights, minlength=rows * self.labels)
        self._targets: Floats = cells.reshape(rows, self.labels) / total
        self._row_weights = self._targets.sum(axis=1)
        self.penalty = 0.0 if np.isinf(C) else 1.0 / (C * total)
        self._penalised = self._width * self.labels
        # A merged column stands for several equal ones, each with this share of its gradient.
        shares = np.zeros(self._width)
        shares[reduced.columns] = reduced.factors
        self._shares = shares[:, None]

    def scores(self, vector: Floats) -> Floats:
        table = vector.reshape(-1, self.labels)
        found: Floats = self.matrix @ table[: self._width]
        if self._fit_intercept:
            found += table[self._width]
        return found

    def loss(self, scores: Floats) -> tuple[float, Floats]:
        """The mean log loss, and its derivative by each score."""
        highest = scores.max(axis=1, keepdims=True)
        powers = np.exp(scores - highest)
        sums = powers.sum(axis=1)
        value = float(self._row_weights @ (np.log(sums) + highest[:, 0])) - float(np.vdot(self._targets, scores))
        powers *= (self._row_weights / sums)[:, None]
        powers -= self._targets
        return value, powers

    def gradient(self, vector: Floats, residuals: Floats, out: Floats) -> None:
        table = out.reshape(-1, self.labels)
        table[: self._width] = self._transposed @ residuals
        if self._fit_intercept:
            residuals.sum(axis=0, out=table[self._width])
        if self.penalty:
            out[: self._penalised] += self.penalty * vector[: self._penalised]

    def squares(self, one: Floats, other: Floats) -> float:
        """What the penalty multiplies."""
        return float(one[: self._penalised] @ other[: self._penalised])

    def steepest(self, gradient: Floats) -> float:
        """The largest part of the gradient as it is before columns are merged: what ``tol`` is held against."""
        table = np.abs(gradient.reshape(-1, self.labels))
        largest = float((table[: self._width].max(axis=1) * self._shares[:, 0]).max(initial=0.0))
        return max(largest, float(table[self._width :].max(initial=0.0)))


class _History:
    """The last steps and changes of the gradient, and the products among them that the next direction needs."""

    def __init__(self, size: int) -> None:
        self._lines = np.empty((2 * _MEMORY, size))  # step and change by turns
        self._cross = np.zeros((_MEMORY, _MEMORY))  # step i · change j
        self._changes = np.zeros((_MEMORY, _MEMORY))  # change i · change j
        self._by_step, self._by_change = np.zeros(_MEMORY), np.zeros(_MEMORY)  # products with the last gradient
        self._order: list[int] = []
        self._is_new = False

    def clear(self) -> None:
        self._order, self._is_new = [], False

    def __len__(self) -> int:
        return len(self._order)

    def add(self, step: Floats, change: Floats) -> None:
        slot = len(self._order) if len(self._order) < _MEMORY else self._order.pop(0)
        self._lines[2 * slot], self._lines[2 * slot + 1] = step, change
        self._cross[slot, slot], self._changes[slot, slot] = step @ change, change @ change
        self._order.append(slot)
        self._is_new = True

    def direction(self, gradient: Floats, out: Floats) -> None:
        """Where to go from a point with this ``gradient``."""
        count = len(self._order)
        if not count:
            np.negative(gradient, out=out)
            return
        lines = self._lines[: 2 * count]
        products = lines @ gradient
        by_step, by_change = np.zeros(_MEMORY), np.zeros(_MEMORY)
        by_step[:count], by_change[:count] = products[0::2], products[1::2]
        self._learn(by_step, by_change)
        weights, scale = self._combination()
        np.dot(weights[: 2 * count], lines, out=out)
        out -= scale * gradient

    def _learn(self, by_step: Floats, by_change: Floats) -> None:
        """The newest change is the difference of two gradients, so its products are differences too."""
        if self._is_new:
            newest, others = self._order[-1], self._order[:-1]
            self._cross[others, newest] = (by_step - self._by_step)[others]
            self._changes[others, newest] = self._changes[newest, others] = (by_change - self._by_change)[others]
        self._by_step, self._by_change, self._is_new = by_step, by_change, False

    def _combination(self) -> tuple[Floats, float]:
        """The two loops of L-BFGS (Nocedal 1980) on coefficients instead of vectors."""
        order, cross, changes = self._order, self._cross, self._changes
        newest = order[-1]
        scale = float(cross[newest, newest] / changes[newest, newest])
        alphas, steps = np.zeros(_MEMORY), np.zeros(_MEMORY)
        for place in range(len(order) - 1, -1, -1):
            slot, newer = order[place], order[place + 1 :]
            alphas[slot] = (self._by_step[slot] - cross[slot, newer] @ alphas[newer]) / cross[slot, slot]
        for place, slot in enumerate(order):
            older = order[:place]
            beta = scale * (self._by_change[slot] - changes[slot, order] @ alphas[order])
            beta += cross[older, slot] @ steps[older]
            steps[slot] = alphas[slot] - beta / cross[slot, slot]
        weights = np.empty(2 * _MEMORY)
        weights[0::2], weights[1::2] = -steps, scale * alphas
        return weights, scale


def _minimise(problem: _Problem, tol: float, max_iter: int) -> tuple[Floats, bool, int]:
    """L-BFGS from 0, ended as SciPy ends it: by the steepest slope, by a flat step, or by ``max_iter``."""
    vector, gradient, before, direction = (np.zeros(problem.size) for _ in range(4))
    history = _History(problem.size)
    scores = problem.scores(vector)
    loss, residuals = problem.loss(scores)
    problem.gradient(vector, residuals, gradient)
    square, value, iterations = 0.0, loss, 0
    if problem.steepest(gradient) <= tol:
        return vector, True, 0
    while True:
        history.direction(gradient, direction)
        found = _step(problem, vector, scores, direction, gradient, (value, square), iterations == 0)
        if found is None:
            if not len(history):
                return vector, False, iterations
            history.clear()
            continue
        point, scores, residuals, square = found
        slope = float(direction @ gradient)
        direction *= point.step
        vector += direction
        gradient, before = before, gradient
        problem.gradient(vector, residuals, gradient)
        iterations += 1
        value_before, value = value, point.value
        if iterations >= max_iter:
            return vector, False, iterations
        if problem.steepest(gradient) <= tol:
            return vector, True, iterations
        if value_before - value <= _FLAT * max(abs(value_before), abs(value), 1.0):
            return vector, True, iterations
        np.subtract(gradient, before, out=before)
        if float(direction @ before) > _EPSILON * -slope * point.step:
            history.add(direction, before)


def _step(
    problem: _Problem,
    vector: Floats,
    scores: Floats,
    direction: Floats,
    gradient: Floats,
    now: tuple[float, float],
    is_first: bool,
) -> tuple[Point, Floats, Floats, float] | None:
    """The step to take, with the scores, residuals and squared length there; None where there is no way down."""
    value, square = now
    slope = float(direction @ gradient)
    if not slope < 0.0:
        return None
    along = problem.scores(direction)
    crossed, squared = problem.squares(vector, direction), problem.squares(direction, direction)
    step = min(1.0 / float(np.sqrt(direction @ direction)), 1e10) if is_first else 1.0
    search = LineSearch(Point(0.0, value, slope), step)
    for _ in range(_MOST_TRIALS):
        there = scores + step * along
        loss, residuals = problem.loss(there)
        length = square + step * (2.0 * crossed + step * squared)
        tried = Point(
            step,
            loss + 0.5 * problem.penalty * length,
            float(np.vdot(residuals, along)) + problem.penalty * (crossed + step * squared),
        )
        following = search.next_step(tried)
        if following is None:
            return (tried, there, residuals, length) if step > 0.0 else None
        step = following
    return None
