"""A grid of ``tfidf-lr`` over one set of training rows: features once, then one regression a point.

The answers are those of scikit-learn's own pipeline on the same machine, ties among features included: where two points
are close, ties alone can decide which one is best, and it has to be the one that ``GridSearchCV`` finds.
"""

import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.commands.normalise import model_text
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError, MissingExtraError, UsageError
from ttpline.models._grid import GridScores, refusal
from ttpline.models._tfidf_fit import Features, NotConvergedWarning, per_label, regress
from ttpline.models._tfidf_params import OF_REGRESSION, TfidfLrParams
from ttpline.models._tfidf_solver import Reduced, reduce, solve

Floats = npt.NDArray[np.float64]

NOT_CONVERGED = "the solver did not converge"

_LEAST_MULTINOMIAL = 3
"""Two labels are another objective in scikit-learn (one column of coefficients), and quick."""


def score_tfidf_grid(
    grid: Sequence[TfidfLrParams], train: Sequence[LabelledCommand], held: Sequence[str], seed: int
) -> Iterator[GridScores]:
    """See ``CommandClassifier.score_grid``. Points with equal features come one after another."""
    try:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "train") from error
    labels = np.array([row.label for row in train])
    if len(set(labels.tolist())) < 2:
        raise DatasetError("a single label in the training data", remedy="give rows of at least two labels")
    texts, others = [model_text(row.command_line) for row in train], [model_text(text) for text in held]
    counts = np.array([row.count for row in train], np.float64)
    alike: dict[tuple[Any, ...], list[int]] = {}
    for point, params in enumerate(grid):
        chosen = tuple(value for name, value in asdict(params).items() if name not in OF_REGRESSION)
        alike.setdefault(chosen, []).append(point)
    for points in alike.values():
        with threadpool_limits(1):
            features = Features(texts, grid[points[0]], sklearn_ties=True)
            fold = _Fold(features, others, labels, counts, seed)
        for point in points:
            with threadpool_limits(1):
                answer = fold.score(point, grid[point])
            yield answer


class _Fold:
    """The matrices of one set of features, and everything about the rows that no point changes."""

    def __init__(
        self, features: Features, held: Sequence[str], labels: npt.NDArray[np.str_], counts: Floats, seed: int
    ) -> None:
        self._matrix, self._held = features.matrix, features.transform(held)
        self._labels, self._counts, self._seed = labels, counts, seed
        self._names, numbers = np.unique(labels, return_inverse=True)
        self._numbers = numbers.astype(np.intp)
        self._reduced: Reduced | None = None

    def score(self, point: int, params: TfidfLrParams) -> GridScores:
        """Train with ``params`` and rate the held commands."""
        start = time.perf_counter()
        is_ours = params.solver == "lbfgs" and params.penalty in ("l2", None) and len(self._names) >= _LEAST_MULTINOMIAL
        try:
            coefficients, intercept, converged = self._solve(params) if is_ours else self._regress(params)
        except UsageError as error:
            return refusal(point, error)
        seconds = time.perf_counter() - start
        scores = np.asarray(self._held @ coefficients) + intercept
        notes = () if converged else (NOT_CONVERGED,)
        return GridScores(point, tuple(self._names.tolist()), scores, seconds, notes)

    def _solve(self, params: TfidfLrParams) -> tuple[Floats, Floats, bool]:
        from sklearn.utils.class_weight import compute_class_weight

        if self._reduced is None:
            self._reduced = reduce(self._matrix)
        weights = self._counts
        if params.class_weight is not None:
            of_label = compute_class_weight(
                params.class_weight, classes=self._names, y=self._labels, sample_weight=self._counts
            )
            weights = weights * of_label[self._numbers]
        solution = solve(
            self._reduced,
            self._numbers,
            weights,
            C=float("inf") if params.penalty is None else params.C,
            tol=params.tol,
            max_iter=params.max_iter,
            fit_intercept=params.fit_intercept,
        )
        return solution.coefficients, solution.intercept, solution.converged

    def _regress(self, params: TfidfLrParams) -> tuple[Floats, Floats, bool]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotConvergedWarning)
            regression, converged = regress(
                self._matrix, self._labels.tolist(), self._counts.tolist(), params, self._seed
            )
        coefficients, intercept = per_label(regression)
        return coefficients.T, intercept, converged
