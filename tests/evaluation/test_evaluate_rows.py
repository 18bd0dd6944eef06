"""Rows and probabilities in, a result with all its figures out."""

import numpy as np
import pytest

from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError, UsageError
from ttpline.evaluation.evaluate import About, evaluate
from ttpline.evaluation.result import FIGURES, EvaluationResult
from ttpline.models.base import Thresholds

LABELS = ("Normal", "T1003", "T1003.008", "T1033")
ABOUT = About("test", "data", "sha256:0", "18.1", "by hand", 3, "fixed")


def row(label: str, group: str = "g", platform: str = "linux", count: float = 1.0) -> LabelledCommand:
    return LabelledCommand("x", label, group, platform, count=count)


def figures(
    rows: list[LabelledCommand], probabilities: list[list[float]], **options: object
) -> dict[str, float | None]:
    result = evaluate(rows, np.array(probabilities), LABELS, ABOUT, **options)  # type: ignore[arg-type]
    return {name: estimate.value for name, estimate in result.whole.figures.items()}


def test_sub_techniques_add_up_and_the_ranking_ignores_normal() -> None:
    rows = [row("T1003.001"), row("T1033")]
    found = figures(rows, [[0.6, 0.1, 0.15, 0.15], [0.5, 0.2, 0.2, 0.1]])
    assert found["top1"] == 0.5  # 0.25 for T1003 beats 0.15; the second row says T1003 too
    assert found["top3"] == 1.0
    assert found["accuracy"] == 0.0  # with Normal as a class both are called Normal
    assert found["tactic"] == 0.5


def test_sub_techniques_can_be_told_apart() -> None:
    rows = [row("T1003.008"), row("T1003.001")]
    result = evaluate(
        rows, np.array([[0, 0.1, 0.8, 0.1], [0, 0.1, 0.8, 0.1]]), LABELS, ABOUT, label_space="subtechnique"
    )
    assert result.whole.figures["top1"].value == 0.5
    assert result.unknown_rows == 1
    with pytest.raises(UsageError, match="no label space is called 'parent'"):
        evaluate(rows, np.zeros((2, 4)), LABELS, ABOUT, label_space="parent")


def test_row_and_count_weighted_figures_differ_and_are_named() -> None:
    rows = [row("T1033", count=9), row("T1003", count=1)]
    found = figures(rows, [[0.1, 0.1, 0.1, 0.7], [0.1, 0.1, 0.1, 0.7]])
    assert (found["top1"], found["top1_by_count"]) == (0.5, 0.9)
    assert (found["accuracy"], found["accuracy_by_count"]) == (0.5, 0.9)


def test_recall_at_a_false_alarm_rate_needs_enough_normal_rows() -> None:
    def with_normals(number: int) -> dict[str, float | None]:
        normal = [[1 - 0.001 * i, 0.001 * i, 0.0, 0.0] for i in range(number)]
        attack = [[0.05, 0.95, 0.0, 0.0], [0.99, 0.01, 0.0, 0.0]]
        rows = [row("Normal") for _ in normal] + [row("T1003"), row("T1003")]
        return figures(rows, normal + attack)

    assert "recall_at_1_in_100" not in with_normals(99)
    assert with_normals(200)["recall_at_1_in_100"] == 0.5
    assert "recall_at_1_in_1000" not in with_normals(200)


def test_verdicts_follow_the_thresholds() -> None:
    rows = [row("T1033"), row("T1033"), row("T1033"), row("Normal")]
    attack = [0.95, 0.5, 0.05, 0.9]
    found = figures(rows, [[1 - p, 0, 0, p] for p in attack], thresholds=Thresholds(0.9, 0.1))
    assert found["verdict_recall"] == pytest.approx(1 / 3)
    assert found["attacks_called_normal"] == pytest.approx(1 / 3)
    assert found["false_alarms"] == 1.0


def test_a_model_without_normal_is_judged_by_its_surest_technique() -> None:
    rows = [row("T1003"), row("T1033")]
    result = evaluate(
        rows, np.array([[0.8, 0.2], [0.4, 0.6]]), ("T1003", "T1033"), ABOUT, thresholds=Thresholds(0.7, 0.1)
    )
    assert result.whole.figures["verdict_recall"].value == 0.5


def test_platforms_have_slices_when_they_have_rows_enough() -> None:
    rows = [row("T1033", f"g{i}", "windows") for i in range(30)] + [row("T1033", f"h{i}", "macos") for i in range(5)]
    probabilities = np.tile([0.1, 0.1, 0.1, 0.7], (35, 1))
    result = evaluate(rows, probabilities, LABELS, ABOUT)
    assert list(result.platforms) == ["windows"]
    assert result.platforms["windows"].rows == 30 and result.whole.groups == 35


def test_the_order_of_rows_changes_nothing() -> None:
    generator = np.random.default_rng(0)
    rows = [row(LABELS[i % 4], f"g{i % 7}", "linux", 1 + i % 3) for i in range(60)]
    probabilities = generator.dirichlet(np.ones(4), 60)
    order = generator.permutation(60)
    one = evaluate(rows, probabilities, LABELS, ABOUT, resamples=50).whole.figures
    other = evaluate([rows[i] for i in order], probabilities[order], LABELS, ABOUT, resamples=50).whole.figures
    assert {name: figure.value for name, figure in one.items()} == pytest.approx(
        {name: figure.value for name, figure in other.items()}
    )


def test_a_result_says_what_it_is_of_and_survives_its_dictionary() -> None:
    rows = [row(LABELS[i % 4], f"g{i % 7}") for i in range(40)]
    result = evaluate(rows, np.random.default_rng(1).dirichlet(np.ones(4), 40), LABELS, ABOUT, overlap_rows=2)
    again = EvaluationResult.from_dict(result.to_dict())
    assert again.to_dict() == result.to_dict()
    assert (again.data_digest, again.split, again.seed, again.overlap_rows) == ("sha256:0", "by hand", 3, 2)
    assert set(result.whole.figures) <= set(FIGURES)


def test_no_rows_are_no_evaluation() -> None:
    with pytest.raises(DatasetError, match="no rows"):
        evaluate([], np.zeros((0, 4)), LABELS, ABOUT)
