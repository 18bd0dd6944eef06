"""Training of ``hybrid`` with scikit-learn: three linear heads over the same features."""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.domain.prediction import NORMAL
from ttpline.errors import DatasetError, MissingExtraError
from ttpline.models._hybrid_params import HybridParams
from ttpline.models._hybrid_parts import Floats, HybridParts
from ttpline.models._meaning_features import Features as MeaningFeatures
from ttpline.models._tfidf_fit import Features, NotConvergedWarning
from ttpline.models._tfidf_params import TfidfLrParams

_ALWAYS = 20.0
"""The verdict's logit where there is only one side to learn from."""


@dataclass(frozen=True, slots=True)
class FittedHybrid:
    """The parts, and ``facts`` for the manifest."""

    parts: HybridParts
    facts: dict[str, Any]


def text_params(params: HybridParams) -> TfidfLrParams:
    """The text features as the linear text model calls them."""
    return TfidfLrParams(
        analyzer="char_wb",
        char_ngram_min=params.char_ngram_min,
        char_ngram_max=params.char_ngram_max,
        char_max_features=params.char_max_features,
        char_min_df=params.char_min_df,
        sublinear_tf=True,
    )


def fit_hybrid(
    texts: Sequence[str],
    meanings: Sequence[MeaningFeatures],
    labels: Sequence[str],
    weights: Sequence[float],
    params: HybridParams,
    seed: int,
) -> FittedHybrid:
    """Learn from decoded ``texts`` and their ``meanings``; deterministic, on one thread."""
    try:
        import sklearn
        from scipy.sparse import hstack
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "train") from error
    if set(labels) <= {NORMAL}:
        raise DatasetError("there is no technique to learn", remedy="give rows of at least one technique")
    with threadpool_limits(1):
        text = Features(texts, text_params(params))
        block = text.blocks["characters"]
        vocabulary = _vocabulary(meanings, params.meaning_min_df)
        meaning = _matrix(meanings, vocabulary)
        both = hstack([text.matrix, meaning], format="csr")
        weight = np.asarray(weights, np.float64)
        is_attack = np.array([label != NORMAL for label in labels])
        attacks = np.flatnonzero(is_attack)
        leaf = np.array([label for label in labels if label != NORMAL], object)
        parent = np.array([label.partition(".")[0] for label in leaf], object)
        technique = _Head(both[attacks], parent, weight[attacks], params, seed)
        leaves = _Head(meaning[attacks], leaf, weight[attacks], params, seed)
        verdict, intercept, iterations = _verdict(both, is_attack, weight, params, seed)
    size = len(block.vocabulary)
    arrays: dict[str, npt.NDArray[np.float64]] = {
        "characters.idf": block.idf,
        "characters.technique": technique.coefficients[:size],
        "characters.verdict": verdict[:size],
        "meaning.technique": technique.coefficients[size:],
        "meaning.leaf": leaves.coefficients,
        "meaning.verdict": verdict[size:],
        "technique": technique.intercept,
        "leaf": leaves.intercept,
        "verdict": np.array([intercept]),
    }
    facts = {
        "rows": len(texts),
        "attack_rows": len(attacks),
        "weight": float(weight.sum()),
        "seed": seed,
        "features": {"characters": size, "meaning": len(vocabulary)},
        "verdict_iterations": iterations,
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }
    stored: dict[str, Floats] = {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}
    parts = HybridParts(block.vocabulary, list(vocabulary), technique.names, leaves.names, stored)
    return FittedHybrid(parts, facts)


def _vocabulary(meanings: Sequence[MeaningFeatures], least: int) -> dict[str, int]:
    often = Counter(name for features in meanings for name in features)
    return {name: place for place, name in enumerate(sorted(name for name, times in often.items() if times >= least))}


def _matrix(meanings: Sequence[MeaningFeatures], vocabulary: dict[str, int]) -> Any:
    from scipy.sparse import csr_matrix

    rows = [sorted((vocabulary[name], value) for name, value in one.items() if name in vocabulary) for one in meanings]
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.array([column for row in rows for column, _ in row], np.int32)
    values = np.array([value for row in rows for _, value in row], np.float64)
    return csr_matrix((values, columns, indptr), shape=(len(rows), len(vocabulary)))


class _Head:
    """One margin for each of ``names``, one against all others: ``coefficients`` ``[features, names]``."""

    def __init__(
        self,
        matrix: Any,
        truth: npt.NDArray[np.object_],
        weight: npt.NDArray[np.float64],
        params: HybridParams,
        seed: int,
    ) -> None:
        from sklearn.svm import LinearSVC

        self.names: list[str] = sorted(set(truth.tolist()))
        if len(self.names) == 1:
            self.coefficients, self.intercept = np.zeros((matrix.shape[1], 1)), np.ones(1)
            return
        machine = LinearSVC(C=params.C, max_iter=params.max_iter, random_state=seed)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            machine.fit(matrix, truth.astype(str), sample_weight=weight)
        if caught:
            warnings.warn(f"a head did not converge in {params.max_iter} steps", NotConvergedWarning, stacklevel=4)
        coefficients, intercept = machine.coef_, np.broadcast_to(machine.intercept_, machine.coef_.shape[:1])
        if len(self.names) == 2:
            coefficients, intercept = np.vstack([-coefficients, coefficients]), np.concatenate([-intercept, intercept])
        self.coefficients, self.intercept = np.asarray(coefficients.T, np.float64), np.asarray(intercept, np.float64)


def _verdict(
    matrix: Any, is_attack: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64], params: HybridParams, seed: int
) -> tuple[npt.NDArray[np.float64], float, int]:
    """Weights, intercept and iterations of attack against normal."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if is_attack.all() or not is_attack.any():
        return np.zeros(matrix.shape[1]), _ALWAYS if is_attack.all() else -_ALWAYS, 0
    regression = LogisticRegression(C=params.verdict_C, max_iter=params.max_iter, tol=1e-3, random_state=seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        regression.fit(matrix, is_attack, sample_weight=weight)
    if caught:
        warnings.warn(f"the verdict did not converge in {params.max_iter} steps", NotConvergedWarning, stacklevel=4)
    return regression.coef_[0], float(regression.intercept_[0]), int(regression.n_iter_.max())
