"""McNemar's exact test, and Holm's correction for several of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ttpline.evaluation.metrics import BoolArray


@dataclass(frozen=True, slots=True)
class McNemar:
    """Rows by which of two models is right, and the chance of so uneven a ``model_only`` : ``reference_only`` if the
    two were equally good and **rows were independent** (``p``, two-sided; ``p_holm`` corrected for all tests).

    Rows of one group are not independent, so this p is too small where groups have many rows; the bootstrap over
    groups is the one to believe.
    """

    both: int
    model_only: int
    reference_only: int
    neither: int
    p: float
    p_holm: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {name: round(part, 9) if isinstance(part, float) else part for name, part in asdict(self).items()}


def mcnemar(model_right: BoolArray, reference_right: BoolArray) -> McNemar:
    """The test over rows, one entry each.

    >>> import numpy as np
    >>> mcnemar(np.array([True, True, False]), np.array([True, False, False]))
    McNemar(both=1, model_only=1, reference_only=0, neither=1, p=1.0, p_holm=None)
    """
    both = int((model_right & reference_right).sum())
    model_only, reference_only = int(model_right.sum()) - both, int(reference_right.sum()) - both
    neither = len(model_right) - both - model_only - reference_only
    return McNemar(both, model_only, reference_only, neither, _binomial(model_only, model_only + reference_only))


def _binomial(successes: int, trials: int) -> float:
    if not trials:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(successes, trials).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: any of them below 0.05 is wrong in at most 1 family of tests in 20.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for step, place in enumerate(order):
        highest = max(highest, min(1.0, p_values[place] * (len(p_values) - step)))
        corrected[place] = highest
    return corrected


def corrected(tests: Sequence[McNemar]) -> list[McNemar]:
    """The tests with ``p_holm``."""
    found = holm([test.p for test in tests])
    return [replace(test, p_holm=p) for test, p in zip(tests, found, strict=True)]
