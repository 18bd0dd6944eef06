"""The study's trainings, and each with one thing changed that its text leaves open or that could explain a figure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ttpline.datasets.dataset import with_count
from ttpline.domain.labelled import LabelledCommand
from ttpline.evaluation.reproduction import AS_PUBLISHED

Rows = Sequence[LabelledCommand]


@dataclass(frozen=True, slots=True)
class Variant:
    """``model`` is the published one that it is a variant of; ``changed`` beats the preset's parameters.

    ``weigh`` gives the training rows other weights. ``with_dev``: the development rows are trained on as well.
    """

    model: str
    words: str
    family: str
    preset: str
    changed: Mapping[str, Any] = field(default_factory=dict)
    weigh: Callable[[Rows], Rows] | None = None
    with_dev: bool = False
    seed: int | None = None


def equal_weights(rows: Rows) -> list[LabelledCommand]:
    """Every row weighs 1, however often it was seen."""
    return [with_count(row, 1.0) for row in rows]


def balanced_by_rows(rows: Rows) -> list[LabelledCommand]:
    """Counts times the class weight from *rows*: scikit-learn's ``balanced`` before its change 30057 (February 2025).
    Since then it is from the sum of the sample weights."""
    numbers = Counter(row.label for row in rows)
    scale = len(rows) / len(numbers)
    return [with_count(row, row.count * scale / numbers[row.label]) for row in rows]


_FEW: Final = 20
"""Iterations after which no solver has converged on such data."""

_DEFAULT: Final = ("study-default", "tfidf-lr", "study-default")
_TUNED: Final = ("study-tuned", "tfidf-lr", "study-tuned")
_LSTM: Final = ("lstm", "lstm", "study")


def _of(
    model: tuple[str, str, str],
    words: str,
    changed: Mapping[str, Any] | None = None,
    weigh: Callable[[Rows], Rows] | None = None,
    *,
    with_dev: bool = False,
    seed: int | None = None,
) -> Variant:
    name, family, preset = model
    return Variant(name, words, family, preset, changed or {}, weigh, with_dev, seed)


MAIN: Final = tuple(_of(model, AS_PUBLISHED) for model in (_DEFAULT, _TUNED, _LSTM))

OTHERS: Final = (
    _of(_DEFAULT, "class weights none", {"class_weight": None}),
    _of(_DEFAULT, "class weights none, rows weigh 1", {"class_weight": None}, equal_weights),
    _of(_DEFAULT, "rows weigh 1", None, equal_weights),
    _of(_DEFAULT, "class weights balanced by rows", {"class_weight": None}, balanced_by_rows),
    _of(_DEFAULT, f"stopped after {_FEW} iterations", {"max_iter": _FEW}),
    _of(_DEFAULT, "class weights none, stopped after 20", {"class_weight": None, "max_iter": _FEW}),
    _of(_DEFAULT, "up to 1,000 iterations", {"max_iter": 1_000}),
    _of(_DEFAULT, "solver saga", {"solver": "saga"}),
    _of(_DEFAULT, "trained on train and dev", with_dev=True),
    _of(_TUNED, "rows weigh 1", None, equal_weights),
    _of(_TUNED, "class weights balanced", {"class_weight": "balanced"}),
    _of(_TUNED, "class weights balanced by rows", None, balanced_by_rows),
    _of(_TUNED, "stopped after 100 iterations", {"max_iter": 100}),
    _of(_TUNED, "solver saga, 100 iterations", {"solver": "saga", "max_iter": 100}),
    _of(_TUNED, "trained on train and dev", with_dev=True),
    _of(_LSTM, "rows weigh 1", {"use_counts": False}),
    _of(_LSTM, "validation loss: rows weigh 1", {"use_counts_in_validation": False}),
    _of(_LSTM, "another seed (1)", seed=1),
    _of(_LSTM, "another seed (2)", seed=2),
)
"""The seeds show how much chance alone moves the network's figures."""


QUICK: Final[Mapping[str, Mapping[str, Any]]] = {"tfidf-lr": {"max_iter": 30}, "lstm": {"epochs": 1}}
"""For a look at what comes out, and for tests: the figures mean nothing."""
