"""A grid of ``tfidf-lr`` shares its features and answers as separate models do."""

import warnings
from typing import Any

import numpy as np
import pytest

from ttpline.errors import DatasetError
from ttpline.models._grid import GridScores, score_each
from ttpline.models._tfidf_fit import Features, NotConvergedWarning
from ttpline.models._tfidf_params import OF_REGRESSION, PRESETS
from ttpline.models.tfidf_lr import TfidfLr, TfidfLrParams
from ttpline.testing.made_up_commands import attack_rows, normal_rows

TRAIN = [*attack_rows(6), *normal_rows(4)]
HELD = [row.command_line for row in [*attack_rows(3, start=900), *normal_rows(2, start=950)]]


def scored(grid: list[TfidfLrParams]) -> list[GridScores]:
    found = {answer.point: answer for answer in TfidfLr.score_grid(grid, TRAIN, HELD, 0)}
    return [found[point] for point in range(len(grid))]


@pytest.mark.parametrize("analyzer", ["word", "char_wb", "both"])
def test_every_point_answers_as_a_model_of_its_own(analyzer: Any) -> None:
    grid = [
        TfidfLrParams(analyzer=analyzer, C=C, class_weight=weight) for C in (0.1, 10.0) for weight in (None, "balanced")
    ]
    for ours, alone in zip(scored(grid), score_each(TfidfLr, grid, TRAIN, HELD, 0), strict=True):
        assert ours.labels == alone.labels
        shifted = np.exp(ours.scores - ours.scores.max(axis=1, keepdims=True))
        np.testing.assert_allclose(shifted / shifted.sum(axis=1, keepdims=True), alone.scores, atol=1e-5)


def test_features_are_made_once_for_all_points_that_have_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    first = Features.__init__

    def counted(self: Features, texts: Any, params: TfidfLrParams, **rest: Any) -> None:
        made.append(params.word_ngram_max)
        first(self, texts, params, **rest)

    monkeypatch.setattr(Features, "__init__", counted)
    grid = [TfidfLrParams(C=C, word_ngram_max=longest) for C in (0.1, 1.0, 10.0) for longest in (1, 2)]
    assert len(scored(grid)) == 6
    assert made == [1, 2]


def test_a_point_that_scikit_learn_refuses_is_told_and_the_others_go_on() -> None:
    lasso, usual = scored([TfidfLrParams(penalty="l1"), TfidfLrParams()])
    assert lasso.refused is not None and "refuses these parameters" in lasso.refused
    assert usual.refused is None and usual.scores.shape == (len(HELD), len(usual.labels))


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg"])
def test_a_point_that_did_not_converge_says_so_without_a_warning(solver: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", NotConvergedWarning)
        (answer,) = scored([TfidfLrParams(max_iter=1, tol=1e-9, solver=solver)])
    assert answer.notes == ("the solver did not converge",)


def test_two_labels_are_left_to_scikit_learn() -> None:
    train = [row for row in TRAIN if row.label in ("T1082", "T1105")]
    answers = TfidfLr.score_grid([TfidfLrParams()], train, HELD, 0)
    (alone,) = score_each(TfidfLr, [TfidfLrParams()], train, HELD, 0)
    (ours,) = answers
    assert (ours.scores.argmax(axis=1) == alone.scores.argmax(axis=1)).all()


def test_a_single_label_is_refused() -> None:
    with pytest.raises(DatasetError, match="a single label"):
        list(TfidfLr.score_grid([TfidfLrParams()], TRAIN[:3], HELD, 0))


def test_presets_and_the_grid_name_parameters_there_are() -> None:
    for values in PRESETS.values():
        TfidfLrParams(**values)
    names = set(TfidfLrParams.__dataclass_fields__)
    assert set(TfidfLr.grid) <= names and names >= OF_REGRESSION
    tuned, default = TfidfLrParams(**PRESETS["study-tuned"]), TfidfLrParams(**PRESETS["study-default"])
    assert (tuned.C, tuned.penalty, tuned.solver, tuned.class_weight, tuned.max_iter) == (10, "l2", "lbfgs", None, 1000)
    assert (default.C, default.penalty, default.solver, default.max_features) == (1.0, "l2", "lbfgs", 5000)
    assert default.class_weight == "balanced"
    assert PRESETS["study"] == PRESETS["study-tuned"]
