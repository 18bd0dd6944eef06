"""Models on the same rows: what is tested, and how."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import UsageError
from ttpline.evaluation.additive import differences
from ttpline.evaluation.comparison import Comparison
from ttpline.evaluation.contenders import Contender, Ground, compare
from ttpline.evaluation.mcnemar import holm, mcnemar
from ttpline.evaluation.metrics import mean
from ttpline.evaluation.predictions import predictions_of

LABELS = ("Normal", "T1003", "T1033")
GROUND = Ground("data", "sha256:0", "by hand")


def rows(size: int) -> list[LabelledCommand]:
    return [LabelledCommand(f"c{i}", LABELS[i % 3], f"g{i % 17}", count=1 + i % 4) for i in range(size)]


def contender(name: str, made: list[LabelledCommand], skill: float, seed: int) -> Contender:
    """Right with the chance ``skill``."""
    generator = np.random.default_rng(seed)
    truth = np.array([LABELS.index(row.label) for row in made])
    wrong = (truth + generator.integers(1, 3, len(made))) % 3
    said = np.where(generator.random(len(made)) < skill, truth, wrong)
    probabilities = np.full((len(made), 3), 0.1)
    probabilities[np.arange(len(made)), said] = 0.8
    return Contender(name, "fixed", "sha256:1", "18.1", "none", predictions_of(made, probabilities, LABELS))


def test_a_model_against_itself_differs_in_nothing() -> None:
    one = contender("one", rows(200), 0.7, 1)
    found = compare([one, contender("two", rows(200), 0.7, 1)], GROUND, draws=200)
    [test] = found.tests
    for name, difference in test.differences.items():
        assert (difference.estimate.value, difference.estimate.low, difference.p) == (0.0, 0.0, 1.0), name
    assert (test.rows["accuracy"].model_only, test.rows["accuracy"].p) == (0, 1.0)
    assert found.agreeing_rows == found.rows == 200 and found.disagreements == ()


def test_a_better_model_is_found_better_and_a_worse_one_worse() -> None:
    models = [contender("good", rows(300), 0.9, 1), contender("bad", rows(300), 0.5, 2)]
    [test] = compare(models, GROUND, draws=500).tests
    assert test.differences["accuracy"].estimate.high is not None and test.differences["accuracy"].estimate.high < 0
    [turned] = compare(models, GROUND, against="bad", draws=500).tests
    one, other = test.differences["accuracy"], turned.differences["accuracy"]
    assert one.estimate.value == pytest.approx(-(other.estimate.value or 0))
    assert one.p == other.p == pytest.approx(2 / 501)
    assert (turned.model, turned.against) == ("good", "bad")
    assert test.rows["accuracy"].model_only == turned.rows["accuracy"].reference_only


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    made = rows(90)
    shuffled = [made[place] for place in np.random.default_rng(seed).permutation(90)]
    # the answers are drawn in the order of ``made`` and go with their rows
    answers = {row.command_line: place for place, row in enumerate(made)}
    table = np.random.default_rng(5).dirichlet(np.ones(3), (2, 90))

    def contenders(order: list[LabelledCommand]) -> list[Contender]:
        place = [answers[row.command_line] for row in order]
        return [
            Contender(name, "fixed", "", "18.1", "", predictions_of(order, table[number][place], LABELS))
            for number, name in enumerate("ab")
        ]

    one, other = (compare(contenders(order), GROUND, draws=50).to_dict() for order in (made, shuffled))
    assert one == other


def test_only_rows_that_all_have_are_compared() -> None:
    models = [contender("a", rows(60), 0.8, 1), contender("b", rows(40), 0.8, 2)]
    found = compare(models, GROUND, draws=50)
    assert found.rows == 40
    assert [model.left_out_rows for model in found.models] == [20, 0]
    elsewhere = [LabelledCommand("other", "T1003", "g")]
    with pytest.raises(UsageError, match="no row in common"):
        compare([models[0], contender("c", elsewhere, 0.8, 1)], GROUND)
    with pytest.raises(UsageError, match="no model is called 'c'; --against is one of: a, b"):
        compare(models, GROUND, against="c")
    with pytest.raises(UsageError, match="two models are called 'a'"):
        compare([models[0], models[0]], GROUND)


def test_disagreements_are_counted_by_kind_with_labels_alone() -> None:
    found = compare([contender("a", rows(120), 0.9, 1), contender("b", rows(120), 0.6, 2)], GROUND, draws=50)
    assert sum(item.rows for item in found.disagreements) == 120 - found.agreeing_rows
    assert found.disagreement_kinds == len(found.disagreements)
    assert all(len(set(item.answers)) > 1 for item in found.disagreements)
    assert found.all_right_rows + found.all_wrong_rows <= 120
    assert Comparison.from_dict(found.to_dict()).to_dict() == found.to_dict()


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_mcnemar_is_the_sign_test_on_the_rows_that_one_model_gets_right(pairs: list[tuple[bool, bool]]) -> None:
    one, other = np.array(pairs).T
    found = mcnemar(one, other)
    n, k = found.model_only + found.reference_only, min(found.model_only, found.reference_only)
    by_hand = min(1.0, 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n)
    assert found.p == pytest.approx(by_hand)
    assert found.both + found.neither + n == len(pairs)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holms_correction_never_lowers_p_and_keeps_its_order(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, corrected, strict=True))
    assert min(corrected) == pytest.approx(min(1.0, min(p_values) * len(p_values)))
    assert sorted(range(len(p_values)), key=lambda i: (p_values[i], i)) == sorted(
        range(len(p_values)), key=lambda i: (corrected[i], p_values[i], i)
    )


def test_the_paired_interval_is_narrower_than_two_single_ones() -> None:
    generator = np.random.default_rng(0)
    hard = np.repeat(generator.random(40), 10)  # groups that both models find hard or easy
    one, other = ((generator.random(400) < hard).astype(float) for _ in range(2))
    ones = np.ones(400)
    pair = (mean("x", np.maximum(one, other), ones), mean("x", other, ones))
    found = differences([pair], np.repeat(np.arange(40), 10))["x"].estimate
    assert found.value == pytest.approx(np.maximum(one, other).mean() - other.mean())
    assert found.low is not None and found.high is not None and 0 < found.high - found.low < 0.15


def test_one_group_has_a_difference_without_interval_or_p() -> None:
    ones = np.ones(4)
    pair = (mean("x", ones, ones), mean("x", ones * 0, ones))
    found = differences([pair], np.zeros(4, np.int64))["x"]
    assert (found.estimate.value, found.estimate.low, found.p) == (1.0, None, None)
