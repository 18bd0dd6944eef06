"""Training of ``tfidf-lr`` with scikit-learn; the only module of the family that needs it."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.commands.tokens import tokenise
from ttpline.errors import DatasetError, MissingExtraError, UsageError
from ttpline.models._tfidf_params import TfidfLrParams


class NotConvergedWarning(UserWarning):
    """The solver stopped at ``max_iter``; the model's manifest says so too."""


@dataclass(frozen=True, slots=True)
class FittedBlock:
    """One kind of features as it was learned: ``vocabulary`` in column order, its ``idf``, its ``coefficients``
    (float64, ``[features, labels]``)."""

    vocabulary: list[str]
    idf: npt.NDArray[np.float64]
    coefficients: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """``blocks`` by name (``words``, ``characters``), ``intercept``, ``labels``, and ``facts`` for the manifest."""

    blocks: dict[str, FittedBlock]
    intercept: npt.NDArray[np.float64]
    labels: tuple[str, ...]
    facts: dict[str, Any]


def fit_tfidf_lr(
    texts: Sequence[str], labels: Sequence[str], counts: Sequence[float], params: TfidfLrParams, seed: int
) -> Fitted:
    """Learn from ``texts`` with one label and one weight (``counts``) each.

    Deterministic: the same input and versions give the same bits (one thread, ties in feature selection broken by
    the alphabet).
    """
    try:
        import sklearn
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "train") from error
    if len(set(labels)) < 2:
        raise DatasetError(f"{len(set(labels))} labels in the training data", remedy="give rows of at least two labels")
    with threadpool_limits(1):
        features = Features(texts, params)
        regression, converged = regress(features.matrix, labels, counts, params, seed)
    coefficients, intercept = per_label(regression)
    blocks, column = {}, 0
    for name, part in features.blocks.items():
        end = column + len(part.vocabulary)
        blocks[name] = FittedBlock(part.vocabulary, part.idf, np.ascontiguousarray(coefficients[:, column:end].T))
        column = end
    facts = {
        "rows": len(texts),
        "weight": float(np.sum(counts)),
        "seed": seed,
        "features": {name: len(block.vocabulary) for name, block in blocks.items()},
        "converged": converged,
        "iterations": int(np.max(regression.n_iter_)),
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }
    return Fitted(blocks, intercept, tuple(map(str, regression.classes_)), facts)


def _block_names(params: TfidfLrParams) -> tuple[str, ...]:
    return {"word": ("words",), "char_wb": ("characters",), "both": ("words", "characters")}[params.analyzer]


class Features:
    """The features that ``params`` ask for, learned from ``texts``: their ``blocks`` by name and weighed ``matrix``.

    Where ``max_features`` cuts among equally frequent n-grams, the first by the alphabet stay: the same on every
    machine. With ``sklearn_ties`` those stay that scikit-learn keeps here: its sort depends on the processor.
    """

    def __init__(self, texts: Sequence[str], params: TfidfLrParams, *, sklearn_ties: bool = False) -> None:
        self.blocks = {name: _FeatureBlock(name, texts, params, sklearn_ties) for name in _block_names(params)}
        self.matrix = _side_by_side([block.matrix for block in self.blocks.values()])

    def transform(self, texts: Sequence[str]) -> Any:
        """The weighed matrix of other texts."""
        return _side_by_side([block.transform(texts) for block in self.blocks.values()])


def _side_by_side(matrices: list[Any]) -> Any:
    from scipy.sparse import hstack

    return hstack(matrices, format="csr")


class _FeatureBlock:
    """One kind of n-grams: ``vocabulary``, ``idf``, and the weighed ``matrix`` of the texts they are from."""

    def __init__(self, name: str, texts: Sequence[str], params: TfidfLrParams, sklearn_ties: bool) -> None:
        from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

        is_words = name == "words"
        most = params.max_features if is_words else params.char_max_features
        self._vectoriser = CountVectorizer(
            analyzer="word" if is_words else "char_wb",
            tokenizer=_tokeniser(params) if is_words else None,
            token_pattern=None if is_words else r"(?u)\b\w\w+\b",
            lowercase=params.lowercase and not is_words,  # the tokeniser lower-cases token by token
            ngram_range=(params.word_ngram_min, params.word_ngram_max)
            if is_words
            else (params.char_ngram_min, params.char_ngram_max),
            min_df=params.min_df if is_words else params.char_min_df,
            max_df=params.max_df,
            max_features=most if sklearn_ties else None,
        )
        try:
            counted = self._vectoriser.fit_transform(texts)
        except ValueError as error:  # "empty vocabulary", "After pruning, no terms remain"
            raise DatasetError(f"no features: {error}", remedy="lower min_df or give longer commands") from error
        vocabulary = self._vectoriser.get_feature_names_out()
        self._kept: Any = None
        if most is not None and len(vocabulary) > most:
            # As scikit-learn selects, but by a stable sort.
            self._kept = np.sort(np.argsort(-np.asarray(counted.sum(axis=0)).ravel(), kind="stable")[:most])
            counted, vocabulary = counted[:, self._kept], vocabulary[self._kept]
        self._transformer = TfidfTransformer(
            norm=params.norm, use_idf=params.use_idf, smooth_idf=params.smooth_idf, sublinear_tf=params.sublinear_tf
        )
        self.matrix = self._transformer.fit_transform(counted)
        self.vocabulary: list[str] = vocabulary.tolist()
        idf = self._transformer.idf_ if params.use_idf else np.ones(len(vocabulary))
        self.idf: npt.NDArray[np.float64] = np.asarray(idf, np.float64)

    def transform(self, texts: Sequence[str]) -> Any:
        counted = self._vectoriser.transform(texts)
        return self._transformer.transform(counted if self._kept is None else counted[:, self._kept])


def _tokeniser(params: TfidfLrParams) -> Callable[[str], list[str]]:
    return lambda text: tokenise(text, lowercase=params.lowercase)


def regress(
    matrix: Any, labels: Sequence[str], counts: Sequence[float], params: TfidfLrParams, seed: int
) -> tuple[Any, bool]:
    """The fitted regression, and whether its solver converged."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    # scikit-learn writes penalties as C and l1_ratio since 1.8: no penalty is an infinite C.
    ratio = {"l2": 0.0, "l1": 1.0, "elasticnet": params.l1_ratio, None: 0.0}[params.penalty]
    regression = LogisticRegression(
        C=np.inf if params.penalty is None else params.C,
        l1_ratio=ratio,
        solver=params.solver,
        class_weight=params.class_weight,
        max_iter=params.max_iter,
        tol=params.tol,
        fit_intercept=params.fit_intercept,
        random_state=seed,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        try:
            regression.fit(matrix, np.asarray(labels), sample_weight=np.asarray(counts, np.float64))
        except ValueError as error:  # a solver that cannot do what was asked
            raise UsageError(f"scikit-learn refuses these parameters: {error}") from error
    stopped = [warning for warning in caught if issubclass(warning.category, ConvergenceWarning)]
    for warning in caught:
        if warning not in stopped:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if stopped:
        warnings.warn(
            f"solver {params.solver} did not converge in {params.max_iter} iterations; raise max_iter"
            + (" or use lbfgs: sag and saga rarely converge with counts as weights" if "sag" in params.solver else ""),
            NotConvergedWarning,
            stacklevel=4,
        )
    return regression, not stopped


def per_label(regression: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Coefficients and intercepts with one row for each label, also where there are only two."""
    coefficients, intercept = regression.coef_, np.broadcast_to(regression.intercept_, regression.coef_.shape[:1])
    if len(regression.classes_) == 2:  # one row z; softmax of (-z/2, z/2) is its logistic function
        coefficients = np.vstack([-coefficients / 2, coefficients / 2])
        intercept = np.concatenate([-intercept / 2, intercept / 2])
    return coefficients, np.asarray(intercept, np.float64)
