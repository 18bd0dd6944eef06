"""Every plot of a run says what it shows of how many classes, and hides none of its labels."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from ttpline.attack.catalogue import load_catalogue
from ttpline.domain.labelled import LabelledCommand
from ttpline.evaluation.additive import Difference, Estimate
from ttpline.evaluation.evaluate import About, evaluate
from ttpline.evaluation.predictions import predictions_of
from ttpline.evaluation.result import EvaluationResult
from ttpline.reports.plots.chart import svg
from ttpline.reports.plots.class_scores import MOST_CLASSES, class_comparison_chart
from ttpline.reports.plots.confusion_matrix import MOST_LABELS, OTHERS
from ttpline.reports.plots.model_differences import difference_chart
from ttpline.reports.run_pictures import PICTURES, draw_pictures


def result(classes: int, *, seed: int = 0) -> EvaluationResult:
    """Three rows a class, answered at random more often than not."""
    parents = [item.id for item in load_catalogue("18.1").techniques_in_use() if "." not in item.id]
    labels = ("Normal", *parents[: classes - 1])
    rows = [LabelledCommand(f"c{i}", labels[i % classes], f"g{i // 2}", "linux") for i in range(3 * classes)]
    probabilities = np.random.default_rng(seed).dirichlet(np.full(classes, 0.1), len(rows))
    about = About("random", "made up", "sha256:0", "18.1")
    predictions = predictions_of(rows, probabilities, labels)
    return evaluate(rows, probabilities, labels, about, resamples=20, predictions=predictions)


def texts(drawn: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("classes", [3, 40, 150])
def test_every_label_that_is_shown_is_written_out_whole(classes: int) -> None:
    made = result(classes)
    drawn = draw_pictures(made)
    assert list(drawn) == list(PICTURES)
    matrix, scores = texts(drawn["confusion_matrix.svg"]), texts(drawn["per_class.svg"])
    assert not any("…" in text for text in matrix + scores)
    in_matrix = {report.label for report in made.per_class if any(text.startswith(report.label) for text in matrix)}
    in_scores = {report.label for report in made.per_class if any(text.startswith(report.label) for text in scores)}
    assert len(in_matrix) == min(classes, MOST_LABELS) and len(in_scores) == min(classes, MOST_CLASSES)
    assert (OTHERS in matrix) is (classes > MOST_LABELS)
    said = "all labels" if classes <= MOST_LABELS else f"the {MOST_LABELS} of {classes} labels with most mistakes"
    assert any(text.startswith(said) for text in matrix)


def test_no_picture_is_wider_than_a_page_can_show_readably() -> None:
    for drawn in draw_pictures(result(150)).values():
        width = float(re.search(r'viewBox="0 0 ([\d.]+)', drawn)[1])  # type: ignore[index]
        assert 300 < width < 1400  # a page has 1,080


def test_numbers_of_the_matrix_are_percent_of_the_true_label() -> None:
    rows = [LabelledCommand(f"c{i}", "T1033" if i < 4 else "Normal", f"g{i}") for i in range(6)]
    probabilities = np.array([[0.1, 0.9]] * 3 + [[0.9, 0.1]] * 3)
    labels = ("Normal", "T1033")
    predictions = predictions_of(rows, probabilities, labels)
    made = evaluate(rows, probabilities, labels, About("x", "x", "x", "18.1"), resamples=5, predictions=predictions)
    shown = texts(draw_pictures(made)["confusion_matrix.svg"])
    assert {"75", "25", "100"} <= set(shown) and "T1033 System Owner/User Discovery · 4" in shown


def test_models_with_equal_scores_are_both_seen() -> None:
    reports = result(5).per_class
    drawn = svg(class_comparison_chart({"one": reports, "two": reports}))
    shapes = re.findall(r'aria-roledescription="point".{0,400}?d="([^"]+)"', drawn, re.DOTALL)
    assert len(shapes) == 2 * len([report for report in reports if report.rows])
    assert len(set(shapes)) == 2  # another form and another size


def test_a_difference_without_interval_is_drawn_as_a_point() -> None:
    found = {"accuracy": [("model", Difference(Estimate(0.25), None))]}
    assert "+0.250" in texts(svg(difference_chart(found, "reference")))


def test_a_result_without_details_has_no_pictures() -> None:
    assert draw_pictures(result(3).without_details()) == {}


def test_the_same_result_gives_the_same_pictures() -> None:
    assert draw_pictures(result(12)) == draw_pictures(result(12))
