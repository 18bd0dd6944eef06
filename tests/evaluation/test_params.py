"""Flags from a dataclass."""

from dataclasses import dataclass
from typing import Literal

import pytest

from ttpline.errors import UsageError
from ttpline.evaluation.params import describe_params, parse_params


@dataclass(frozen=True)
class Params:
    C: float = 10.0
    max_features: int | None = 5000
    ngrams: tuple[int, int] = (1, 2)
    lowercase: bool = True
    penalty: Literal["l2", "none"] = "l2"

    def __post_init__(self) -> None:
        if self.C <= 0:
            raise ValueError("C must be positive")


def test_flags_set_fields_with_their_types() -> None:
    found = parse_params(Params, ["--C", "0.5", "--max-features=none", "--ngrams", "1,3", "--lowercase", "false"])
    assert found == Params(0.5, None, (1, 3), False)


def test_a_preset_gives_defaults_that_flags_override() -> None:
    assert parse_params(Params, ["--C=2"], {"C": 1.0, "max_features": 10}) == Params(2.0, 10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--depth", "3"], r"no parameter is called --depth; there are: --C, --lowercase, --max-features"),
        (["stray"], "no parameter is called stray"),
        (["--C"], "--C needs a value"),
        (["--C", "big"], "--C is a number, not 'big'"),
        (["--max-features", "1.5"], "--max-features is a whole number"),
        (["--ngrams", "1"], "--ngrams needs 2 values"),
        (["--lowercase", "perhaps"], "--lowercase is true or false"),
        (["--penalty", "l3"], "--penalty is one of l2, none"),
        (["--C", "-1"], "these parameters make no model: C must be positive"),
    ],
)
def test_wrong_flags_are_refused_with_what_would_be_right(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_params(Params, arguments)


def test_every_parameter_is_described() -> None:
    assert describe_params(Params)[:2] == [("--C", "10.0"), ("--max-features", "5000")]
