"""Per-class report, confusion matrix and reliability bins; scikit-learn is the oracle."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, f1_score, top_k_accuracy_score

from ttpline.domain.labelled import LabelledCommand
from ttpline.evaluation.class_report import class_reports
from ttpline.evaluation.confusion import confusion_cells, labels_to_show, most_confused
from ttpline.evaluation.evaluate import About, evaluate
from ttpline.evaluation.metrics import bins_of_equal_mass, calibration_error
from ttpline.evaluation.paired_figures import attack_figures, recall_limit, whole_figures
from ttpline.evaluation.predictions import Predictions, predictions_of
from ttpline.evaluation.reliability import reliability_bins
from ttpline.evaluation.result import EvaluationResult

LABELS = ("Normal", "T1003", "T1033", "T1059", "T1082")
ABOUT = About("test", "data", "sha256:0", "18.1", "by hand", 3)


class Drawn:
    """Random rows and probabilities, with truths, answers and counts as scikit-learn wants them."""

    def __init__(self, size: int, seed: int) -> None:
        generator = np.random.default_rng(seed)
        truths = [LABELS[place] for place in generator.integers(0, len(LABELS), size)]
        truths[: len(LABELS)] = LABELS[:size]
        self.rows = [
            LabelledCommand(f"c{i}", label, f"g{i % 9}", "linux", count=float(generator.integers(1, 50)))
            for i, label in enumerate(truths)
        ]
        self.probabilities = generator.dirichlet(np.full(len(LABELS), 0.4), size)
        self.predictions: Predictions = predictions_of(self.rows, self.probabilities, LABELS)
        self.truth = np.array(truths)
        self.answer = np.array(LABELS)[self.probabilities.argmax(axis=1)]
        self.count = np.array([row.count for row in self.rows])

    def evaluate(self) -> EvaluationResult:
        return evaluate(self.rows, self.probabilities, LABELS, ABOUT, resamples=50, predictions=self.predictions)


drawn = st.builds(Drawn, st.integers(20, 150), st.integers(0, 10_000))


@settings(deadline=None, max_examples=25)
@given(drawn)
def test_the_class_report_is_that_of_scikit_learn(data: Drawn) -> None:
    oracles: list[dict[str, Any]] = [
        classification_report(data.truth, data.answer, output_dict=True, zero_division=0.0, sample_weight=weights)
        for weights in (None, data.count)
    ]
    for report in class_reports(data.predictions, "18.1"):
        by_row, by_count = (oracle[report.label] for oracle in oracles)
        assert report.rows == by_row["support"]
        assert report.f1 == pytest.approx(by_row["f1-score"])
        assert (report.precision or 0.0, report.recall) == pytest.approx((by_row["precision"], by_row["recall"]))
        assert (report.occurrences, report.f1_by_count) == pytest.approx((by_count["support"], by_count["f1-score"]))
        assert (report.precision_by_count or 0.0) == pytest.approx(by_count["precision"])
        mine = data.truth == report.label
        hits = top_k_accuracy_score(data.truth, data.probabilities, k=3, labels=LABELS, sample_weight=mine)
        assert report.top3_recall == pytest.approx(hits)


@settings(deadline=None, max_examples=25)
@given(drawn)
def test_the_confusion_cells_are_those_of_scikit_learn(data: Drawn) -> None:
    cells = {(cell.truth, cell.answer): cell for cell in confusion_cells(data.predictions)}
    by_row = confusion_matrix(data.truth, data.answer, labels=LABELS)
    by_count = confusion_matrix(data.truth, data.answer, labels=LABELS, sample_weight=data.count)
    for row, truth in enumerate(LABELS):
        for column, answer in enumerate(LABELS):
            cell = cells.get((truth, answer))
            assert (cell.rows if cell else 0) == by_row[row, column]
            assert (cell.occurrences if cell else 0) == pytest.approx(by_count[row, column])


@settings(deadline=None, max_examples=25)
@given(drawn)
def test_the_studys_figures_are_those_of_scikit_learn_per_row_and_per_occurrence(data: Drawn) -> None:
    figures = {name: estimate.value for name, estimate in data.evaluate().whole.figures.items()}
    for name, weights in (("", None), ("_by_count", data.count)):
        expected = {
            "accuracy": accuracy_score(data.truth, data.answer, sample_weight=weights),
            "weighted_f1_all": f1_score(data.truth, data.answer, average="weighted", sample_weight=weights),
            "macro_f1_all": f1_score(data.truth, data.answer, average="macro", sample_weight=weights),
            "top3_all": top_k_accuracy_score(data.truth, data.probabilities, k=3, labels=LABELS, sample_weight=weights),
        }
        assert {key: figures[key + name] for key in expected} == pytest.approx(expected)


@settings(deadline=None, max_examples=15)
@given(drawn)
def test_a_comparison_has_the_figures_of_the_evaluation(data: Drawn) -> None:
    """Where every true label is one that the model has; where not, a comparison counts it with F1 0."""
    figures = data.evaluate().whole.figures
    attacks = data.predictions.take(data.predictions.is_attack)
    made = whole_figures(data.predictions) | attack_figures(attacks, recall_limit(data.predictions))
    for name, figure in made.items():
        assert figure.value() == pytest.approx(figures[name].value), name


def test_reliability_bins_make_up_the_calibration_error() -> None:
    data = Drawn(400, 1)
    bins = reliability_bins(data.predictions, resamples=200)
    assert sum(part.rows for part in bins) == 400
    confidence = data.predictions.confidence
    right = (data.predictions.answer == data.predictions.truth).astype(float)
    error = calibration_error("x", confidence, right, bins_of_equal_mass(confidence), np.ones(400)).value()
    parts = [part.rows / 400 * abs((part.accuracy.value or 0) - part.confidence) for part in bins]
    assert sum(parts) == pytest.approx(error)
    for part in bins:
        assert part.accuracy.low is not None and part.accuracy.high is not None and part.accuracy.value is not None
        assert part.accuracy.low <= part.accuracy.value <= part.accuracy.high


def test_a_label_that_the_model_lacks_is_a_class_that_is_never_right() -> None:
    rows = [LabelledCommand("a", "T1110", "g1"), LabelledCommand("b", "T1033", "g2")]
    found = class_reports(predictions_of(rows, np.array([[0.1, 0.9], [0.1, 0.9]]), ("Normal", "T1033")), "18.1")
    by_label = {report.label: report for report in found}
    lost = by_label["T1110"]
    assert (lost.name, lost.rows, lost.recall, lost.precision, lost.f1) == ("Brute Force", 1, 0.0, None, 0.0)
    assert by_label["T1033"].precision == 0.5


def test_the_labels_with_most_mistakes_are_shown_when_there_are_too_many() -> None:
    cells = confusion_cells(Drawn(120, 5).predictions)
    assert labels_to_show(cells, 5) == (sorted(LABELS), True)
    shown, is_all = labels_to_show(cells, 2)
    mistakes = {
        label: sum(c.rows for c in cells if label in (c.truth, c.answer) and not c.is_right) for label in LABELS
    }
    assert not is_all and set(shown) == set(sorted(LABELS, key=lambda label: -mistakes[label])[:2])
    worst = most_confused(cells, 3)
    assert all(not cell.is_right for cell in worst) and worst[0].rows >= worst[1].rows >= worst[2].rows


def test_a_result_with_details_survives_its_dictionary_and_one_without_is_written_as_before() -> None:
    result = Drawn(60, 2).evaluate()
    assert EvaluationResult.from_dict(result.to_dict()).to_dict() == result.to_dict()
    plain = result.without_details().to_dict()
    assert set(result.to_dict()) - set(plain) == {"per_class", "confusion", "reliability", "coverage_all"}
    assert EvaluationResult.from_dict(plain).per_class == ()


def test_without_predictions_nothing_is_added_to_a_result() -> None:
    """The built-in model's folder holds such results; its digest covers them."""
    data = Drawn(60, 2)
    result = evaluate(data.rows, data.probabilities, LABELS, ABOUT, resamples=50)
    assert "top3_all" not in result.whole.figures and not {"per_class", "confusion"} & set(result.to_dict())
    full = data.evaluate().whole.figures
    assert {name: full[name] for name in result.whole.figures} == dict(result.whole.figures)
