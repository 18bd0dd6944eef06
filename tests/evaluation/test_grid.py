"""A grid of parameters from the command line."""

from dataclasses import dataclass
from typing import Literal

import pytest
from sklearn.model_selection import ParameterGrid

from ttpline.errors import UsageError
from ttpline.evaluation.grid import Grid, parse_grid


@dataclass(frozen=True)
class Params:
    C: float = 1.0
    class_weight: Literal["balanced"] | None = None
    deep: bool = False

    def __post_init__(self) -> None:
        if self.C <= 0:
            raise UsageError("C must be positive")


def test_values_are_read_as_the_parameters_types_and_repeats_count_once() -> None:
    grid = parse_grid(Params(deep=True), ["C=1,10", "class-weight=none,balanced", "C=10,100"], {})
    assert grid.axes == {"C": (1.0, 10.0, 100.0), "class_weight": (None, "balanced")}
    assert grid.params()[1] == Params(1.0, "balanced", True)


def test_points_are_in_the_order_of_scikit_learns_parameter_grid() -> None:
    axes = {"deep": (True, False), "C": (3.0, 1.0), "class_weight": (None, "balanced")}
    assert Grid(Params(), axes).points() == list(ParameterGrid({name: list(values) for name, values in axes.items()}))


def test_without_axes_the_usual_grid_is_taken() -> None:
    assert parse_grid(Params(), [], {"C": (1.0, 2.0)}).axes == {"C": (1.0, 2.0)}


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (["depth=1"], "no parameter is called 'depth'"),
        (["C"], "is no part of a grid"),
        (["C="], "is no part of a grid"),
        (["C=big"], "--C is a number"),
        (["class_weight=heavy"], "--class-weight is"),
        ([f"C={','.join(map(str, range(1, 10_002)))}"], "10,001 points"),
        ([], "no usual grid"),
    ],
)
def test_what_makes_no_grid_is_refused(axes: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_grid(Params(), axes, {})


def test_values_that_make_no_parameters_are_refused() -> None:
    with pytest.raises(UsageError, match="C must be positive"):
        parse_grid(Params(), ["C=1,-1"], {}).params()
