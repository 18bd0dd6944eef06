"""Intervals by bootstrap over groups."""

import numpy as np
import pytest

from ttpline.evaluation.additive import Additive, Estimate, estimates, ratio


def share(hits: list[float]) -> Additive:
    values = np.array(hits)
    columns = np.tile(np.arange(2), (len(values), 1))
    return Additive("share", columns, np.column_stack([values, np.ones(len(values))]), 2, ratio)


def test_the_interval_is_that_of_resampling_groups_one_by_one() -> None:
    generator = np.random.default_rng(3)
    groups = np.repeat(np.arange(60), 5)
    hits = (generator.random(300) < np.repeat(generator.random(60), 5)).astype(float)
    found = estimates([share(hits.tolist())], groups, seed=1, resamples=4000)["share"]
    by_group = hits.reshape(60, 5).mean(axis=1)
    slow = [by_group[generator.integers(0, 60, 60)].mean() for _ in range(4000)]
    assert found.value == pytest.approx(hits.mean())
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])), abs=0.01)


def test_rows_of_one_group_widen_the_interval() -> None:
    hits = [1.0] * 50 + [0.0] * 50
    alone = estimates([share(hits)], np.arange(100))["share"]
    together = estimates([share(hits)], np.repeat(np.arange(10), 10))["share"]
    assert alone.low is not None and alone.high is not None and together.low is not None and together.high is not None
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_the_seed_decides_and_all_figures_share_the_draws() -> None:
    groups = np.arange(40)
    hits = share([float(i % 3 == 0) for i in range(40)])
    double = Additive("double", hits.columns, hits.values, 2, lambda sums: 2 * ratio(sums))
    first = estimates([hits, double], groups, seed=5)
    assert first == estimates([hits, double], groups, seed=5)
    assert first["share"] != estimates([hits], groups, seed=6)["share"]
    assert first["double"].low == pytest.approx(2 * (first["share"].low or 0))


def test_one_group_has_a_value_and_no_interval() -> None:
    assert estimates([share([1.0, 0.0])], np.zeros(2, np.int64))["share"] == Estimate(0.5)


def test_what_is_undefined_is_none_and_not_a_number() -> None:
    empty = Additive("none", np.zeros((3, 2), np.int64), np.zeros((3, 2)), 2, ratio)
    assert estimates([empty], np.arange(3))["none"] == Estimate(None)
    assert str(Estimate(None)) == "–"


def test_an_estimate_survives_its_dictionary() -> None:
    estimate = Estimate(0.5, 0.25, 0.75)
    assert Estimate.from_dict(estimate.to_dict()) == estimate
    assert str(estimate) == "0.500 (0.250–0.750)"
