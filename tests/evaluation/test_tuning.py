"""Grid search: the best point is the one that scikit-learn's finds."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import Pipeline

from ttpline.commands.tokens import tokenise
from ttpline.datasets.dataset import with_count
from ttpline.datasets.split import check_leakage, grouped_folds
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import Evidence
from ttpline.errors import DatasetError, UsageError
from ttpline.evaluation.grid import Grid
from ttpline.evaluation.tuning import TuningOptions, tune
from ttpline.models.base import CommandClassifier, Probabilities
from ttpline.models.tfidf_lr import TfidfLr, TfidfLrParams
from ttpline.testing.made_up_commands import attack_rows, normal_rows

ROWS = [with_count(row, float(1 + at % 7)) for at, row in enumerate([*attack_rows(6), *normal_rows(6)])]


def sklearn_search(rows: Sequence[LabelledCommand], fold_of: list[int], scoring: str, most: int) -> GridSearchCV:
    features = TfidfVectorizer(tokenizer=tokenise, token_pattern=None, ngram_range=(1, 2), max_features=most)
    pipeline = Pipeline([("features", features), ("model", LogisticRegression(max_iter=1000))])
    axes = {f"model__{name}": list(values) for name, values in TfidfLr.grid.items()}
    search = GridSearchCV(pipeline, axes, scoring=scoring, cv=PredefinedSplit(fold_of), refit=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return search.fit(
            [row.command_line for row in rows],
            [row.label for row in rows],
            model__sample_weight=np.array([row.count for row in rows]),
        )


@pytest.mark.parametrize("most", [40, 5000])
@pytest.mark.parametrize("by", ["stratified", "grouped"])
def test_scores_and_best_point_are_those_of_grid_search_cv(by: str, most: int) -> None:
    options = TuningOptions(by=by, score="weighted_f1")
    ours = tune(TfidfLr, Grid(TfidfLrParams(max_features=most), TfidfLr.grid), ROWS, options)
    from ttpline.evaluation.stratified import stratified_folds

    split = stratified_folds(ROWS, 3) if by == "stratified" else grouped_folds(ROWS, 3, options.seed)
    fold_of = np.empty(len(ROWS), int)
    for number, fold in enumerate(split.folds):
        fold_of[fold.test] = number
    theirs = sklearn_search(ROWS, fold_of.tolist(), "f1_weighted", most).cv_results_
    scores = np.column_stack([theirs[f"split{fold}_test_score"] for fold in range(3)])
    np.testing.assert_allclose([point.scores for point in ours.points], scores, atol=1e-12)
    np.testing.assert_allclose([point.std for point in ours.points], theirs["std_test_score"], atol=1e-12)
    best = theirs["params"][int(np.argmin(theirs["rank_test_score"]))]
    assert dict(ours.points[ours.best].parameters) == {name.partition("__")[2]: best[name] for name in best}
    assert ours.params == TfidfLrParams(max_features=most, **ours.points[ours.best].parameters)


def test_grouped_folds_part_no_group() -> None:
    split = grouped_folds(ROWS, 3, 42)
    check_leakage(ROWS, split)
    found = tune(TfidfLr, Grid(TfidfLrParams(), {"C": (1.0,)}), ROWS, TuningOptions())
    assert found.split == split.name


def test_the_same_search_gives_the_same_result_but_for_seconds() -> None:
    grid = Grid(TfidfLrParams(), {"C": (0.1, 10.0)})
    one, other = (tune(TfidfLr, grid, ROWS, TuningOptions()) for _ in range(2))
    assert one.to_dict() == other.to_dict()


def test_counts_are_weights_unless_they_are_not_wanted() -> None:
    grid = Grid(TfidfLrParams(), {"C": (0.1, 1.0)})
    plain = tune(TfidfLr, grid, [with_count(row, 1.0) for row in ROWS], TuningOptions())
    assert tune(TfidfLr, grid, ROWS, TuningOptions(counts=False)).to_dict()["points"] == plain.to_dict()["points"]
    assert tune(TfidfLr, grid, ROWS, TuningOptions()).to_dict()["points"] != plain.to_dict()["points"]


def test_refused_points_are_shown_and_never_the_best() -> None:
    found = tune(TfidfLr, Grid(TfidfLrParams(), {"penalty": ("l1", "l2")}), ROWS, TuningOptions())
    assert found.best == 1
    assert "refuses" in found.to_dict()["points"][0]["refused"]
    assert found.ranked()[0].parameters == {"penalty": "l2"}
    with pytest.raises(UsageError, match="no point of the grid makes a model"):
        tune(TfidfLr, Grid(TfidfLrParams(), {"penalty": ("l1",)}), ROWS, TuningOptions())


def test_a_point_that_did_not_converge_says_in_how_many_folds() -> None:
    found = tune(TfidfLr, Grid(TfidfLrParams(tol=1e-9), {"max_iter": (1,)}), ROWS, TuningOptions())
    assert found.points[0].notes == ("the solver did not converge (3 of 3 folds)",)


@pytest.mark.parametrize("wrong", [{"by": "random"}, {"score": "luck"}, {"folds": 1}])
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        TuningOptions(**wrong)


def test_rows_that_cannot_be_folded_are_refused() -> None:
    one_group = [LabelledCommand(row.command_line, row.label, "same") for row in ROWS]
    with pytest.raises(DatasetError, match="independent groups"):
        tune(TfidfLr, Grid(TfidfLrParams(), {"C": (1.0,)}), one_group, TuningOptions())


@dataclass(frozen=True)
class GuessParams:
    """What is always answered."""

    answer: int = 0


class Guess(CommandClassifier):
    """A newcomer's family that shares nothing."""

    family: ClassVar[str] = "guess"
    Params: ClassVar[type[Any]] = GuessParams
    fits: ClassVar[list[int]] = []

    def fit(self, train: Sequence[LabelledCommand], dev: Sequence[LabelledCommand], seed: int) -> None:
        if self.params.answer > 1:
            raise UsageError("there are two answers")
        self.labels = tuple(sorted({row.label for row in train}))
        self.fits.append(self.params.answer)
        warnings.warn("a guess", UserWarning, stacklevel=1)

    def probabilities(self, commands: Sequence[str]) -> Probabilities:
        found: Probabilities = np.zeros((len(commands), len(self.labels)), np.float32)
        found[:, self.params.answer] = 1.0
        return found

    def evidence(self, command: str, labels: Sequence[str]) -> list[tuple[Evidence, ...]]:
        return [() for _ in labels]

    def write(self, folder: Path) -> None: ...

    def restore(self, folder: Path) -> None: ...


def test_any_family_can_be_tuned_and_the_first_of_equals_is_the_best() -> None:
    rows = [LabelledCommand(f"id {'abcdefghi'[at]}", "T1033" if at % 3 else "Normal", str(at)) for at in range(9)]
    told: list[tuple[int, int, str]] = []
    options = TuningOptions(by="stratified", score="accuracy")
    grid = Grid(GuessParams(), {"answer": (0, 1, 2)})
    found = tune(Guess, grid, rows, options, lambda *step: told.append(step))
    assert found.best == 1 and found.points[1].scores == pytest.approx((2 / 3,) * 3)
    assert found.points[1].notes == ("a guess (3 of 3 folds)",)
    assert found.points[2].refused == "there are two answers"
    assert told[0] == (0, 9, "fold 1 of 3") and told[-1] == (9, 9, "fold 3 of 3")
    equal = tune(Guess, Grid(GuessParams(), {"answer": (1, 0)}), rows[:2] * 3, TuningOptions(by="stratified", folds=2))
    assert equal.best == 0
