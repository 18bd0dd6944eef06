"""Our counting, weighing and probabilities are scikit-learn's own."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from tests.models.conftest import SEED, VARIANTS, fitted

from ttpline.commands.normalise import model_text
from ttpline.commands.tokens import TOKEN_PATTERN, tokenise
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError, UsageError
from ttpline.models._block import Block
from ttpline.models._tfidf_fit import NotConvergedWarning
from ttpline.models._words import WordFeatures
from ttpline.models.tfidf_lr import TfidfLr, TfidfLrParams
from ttpline.testing.check_classifier import sample_rows

ModelOf = Callable[[str], TfidfLr]


def sklearn_vectoriser(model: TfidfLr, *, words: bool, vocabulary: list[str] | None = None) -> TfidfVectorizer:
    params = model.params
    shared: dict[str, Any] = {
        "vocabulary": vocabulary,
        "use_idf": params.use_idf,
        "smooth_idf": params.smooth_idf,
        "sublinear_tf": params.sublinear_tf,
        "norm": params.norm,
    }
    if words:
        return TfidfVectorizer(
            tokenizer=lambda text: tokenise(text, lowercase=params.lowercase),
            token_pattern=None,
            lowercase=False,
            ngram_range=(params.word_ngram_min, params.word_ngram_max),
            **shared,
        )
    return TfidfVectorizer(
        analyzer="char_wb",
        lowercase=params.lowercase,
        ngram_range=(params.char_ngram_min, params.char_ngram_max),
        **shared,
    )


def sklearn_matrix(model: TfidfLr, block: Block, texts: list[str]) -> Any:
    words = isinstance(block.features, WordFeatures)
    vectoriser = sklearn_vectoriser(model, words=words, vocabulary=list(block.features.vocabulary))
    vectoriser.fit([model_text(row.command_line) for row in sample_rows()])
    if model.params.use_idf:
        np.testing.assert_allclose(vectoriser.idf_, block.idf, rtol=1e-12)
    return vectoriser.transform([model_text(text) for text in texts])


def sklearn_probabilities(model: TfidfLr, texts: list[str]) -> npt.NDArray[np.float64]:
    matrix = hstack([sklearn_matrix(model, block, texts) for block in model._blocks], format="csr")
    coefficients = np.vstack([block.coefficients for block in model._blocks]).astype(np.float64)
    regression = LogisticRegression()
    regression.classes_ = np.array(model.labels)
    regression.coef_, regression.intercept_ = coefficients.T, model._intercept.astype(np.float64)
    found: npt.NDArray[np.float64] = regression.predict_proba(matrix)
    return found


@pytest.mark.parametrize("variant", VARIANTS)
def test_tfidf_values_are_those_of_scikit_learn(variant: str, model_of: ModelOf, texts: list[str]) -> None:
    model = model_of(variant)
    column = pl.Series([model_text(text) for text in texts])
    for block in model._blocks:
        counted = block.weigh(block.features.of_column(column), len(texts))
        ours = block.rows(counted).matrix(block.idf.size)
        theirs = sklearn_matrix(model, block, texts)
        assert ours.nnz == theirs.nnz
        assert abs(ours - theirs).max() < 1e-6


@pytest.mark.parametrize("variant", VARIANTS)
def test_probabilities_are_those_of_scikit_learn(variant: str, model_of: ModelOf, texts: list[str]) -> None:
    model = model_of(variant)
    ours, theirs = model.probabilities(texts), sklearn_probabilities(model, texts)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).all()


@pytest.mark.parametrize("variant", ["word", "word-1-3-sublinear", "both", "char-4-8"])
@given(texts=st.lists(st.text("cat /etc/shadow|nc ÄİΣ\t", max_size=40), min_size=1, max_size=20))
@settings(deadline=None, max_examples=25)
def test_any_text_gets_the_probabilities_of_scikit_learn(variant: str, texts: list[str], model_of: ModelOf) -> None:
    model = model_of(variant)
    np.testing.assert_allclose(model.probabilities(texts), sklearn_probabilities(model, texts), atol=1e-5)


def test_the_column_pattern_works_as_scikit_learns_token_pattern(model_of: ModelOf, texts: list[str]) -> None:
    ascii_texts = [text for text in texts if text.isascii()]
    vocabulary = list(model_of("word")._blocks[0].features.vocabulary)
    by_pattern = TfidfVectorizer(token_pattern=TOKEN_PATTERN, ngram_range=(1, 2), vocabulary=vocabulary)
    by_function = sklearn_vectoriser(model_of("word"), words=True, vocabulary=vocabulary)
    assert abs(by_pattern.fit_transform(ascii_texts) - by_function.fit_transform(ascii_texts)).max() == 0


@pytest.mark.parametrize("analyzer", ["word", "char_wb"])
def test_the_vocabulary_is_the_one_scikit_learn_selects(analyzer: str) -> None:
    rows = sample_rows()
    model = fitted(TfidfLrParams(analyzer=analyzer, max_features=None, char_max_features=None, min_df=2, char_min_df=2))  # type: ignore[arg-type]
    vectoriser = sklearn_vectoriser(model, words=analyzer == "word").set_params(min_df=2)
    vectoriser.fit([row.command_line for row in rows])
    assert list(model._blocks[0].features.vocabulary) == vectoriser.get_feature_names_out().tolist()


def test_the_most_frequent_features_are_kept_and_ties_go_by_the_alphabet() -> None:
    rows = [LabelledCommand(text, text[0], text) for text in ("b b b d", "c c c", "a a a d", "c")]
    model = fitted(TfidfLrParams(max_features=2, word_ngram_max=1), rows)
    assert list(model._blocks[0].features.vocabulary) == ["a", "c"]


def test_training_equals_a_scikit_learn_pipeline_with_counts_as_weights() -> None:
    rows = sample_rows()
    model = fitted(TfidfLrParams(tol=1e-8), rows)
    vectoriser = sklearn_vectoriser(model, words=True)
    matrix = vectoriser.fit_transform([row.command_line for row in rows])
    regression = LogisticRegression(C=10.0, max_iter=1000, tol=1e-8, random_state=SEED)
    regression.fit(matrix, [row.label for row in rows], sample_weight=[row.count for row in rows])
    np.testing.assert_allclose(
        model.probabilities([row.command_line for row in rows]), regression.predict_proba(matrix), atol=1e-5
    )


def test_counts_are_weights() -> None:
    rows = [LabelledCommand("id", "T1033", "a", count=9.0), LabelledCommand("id", "Normal", "b", count=1.0)]
    rows += [LabelledCommand("x", "Normal", "c"), LabelledCommand("y", "T1033", "d")]
    assert fitted(TfidfLrParams(C=1000.0), rows).probabilities(["id"])[0].tolist() == pytest.approx(
        [0.1, 0.9], abs=0.02
    )


def test_two_labels_are_the_logistic_function() -> None:
    rows = [LabelledCommand("id a", "T1033", "a"), LabelledCommand("ls a", "Normal", "b")]
    model = fitted(TfidfLrParams(), rows)
    vectoriser = sklearn_vectoriser(model, words=True)
    matrix = vectoriser.fit_transform([row.command_line for row in rows])
    regression = LogisticRegression(C=10.0, max_iter=1000).fit(matrix, [row.label for row in rows])
    np.testing.assert_allclose(model.probabilities(["id a", "ls a"]), regression.predict_proba(matrix), atol=1e-4)


def test_a_solver_that_does_not_converge_is_told_and_recorded() -> None:
    with pytest.warns(NotConvergedWarning, match="raise max_iter"):
        model = fitted(TfidfLrParams(max_iter=1))
    assert model.manifest["training"]["converged"] is False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fitted(TfidfLrParams()).manifest["training"]["converged"] is True


@pytest.mark.parametrize(
    ("solver", "penalty"),
    [("lbfgs", None), ("newton-cg", "l2"), ("newton-cholesky", "l2"), ("saga", "l1"), ("saga", "elasticnet")],
)
def test_every_solver_and_penalty_can_be_set(solver: str, penalty: str | None) -> None:
    params = TfidfLrParams(solver=solver, penalty=penalty, C=1.0, tol=1e-2, class_weight="balanced")  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        model = fitted(params)
    assert model.probabilities(["id"]).sum() == pytest.approx(1.0, abs=1e-5)


def test_parameters_scikit_learn_refuses_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="refuses"):
        fitted(TfidfLrParams(solver="lbfgs", penalty="l1"))


@pytest.mark.parametrize(
    "wrong",
    [{"C": 0.0}, {"word_ngram_min": 3}, {"char_ngram_max": 9}, {"max_features": 0}, {"max_iter": 0}, {"l1_ratio": 2.0}],
)
def test_parameters_out_of_range_are_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        TfidfLrParams(**wrong)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "0 labels"),
        ([LabelledCommand("id", "T1033", "a")], "1 labels"),
        ([LabelledCommand("", "T1033", "a"), LabelledCommand("'", "Normal", "b")], "no features"),
    ],
)
def test_data_that_teaches_nothing_is_refused(rows: list[LabelledCommand], reason: str) -> None:
    with pytest.raises(DatasetError, match=reason):
        fitted(TfidfLrParams(), rows)
