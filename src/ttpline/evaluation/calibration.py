"""Temperature and verdict thresholds from predictions on rows that were held out; own arithmetic, no library.

Probabilities ``p`` at temperature 1 become ``softmax(log p / T)``: the same as dividing the logits by ``T``, since
logits and log-probabilities differ by a constant a row.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ttpline.evaluation.additive import FloatArray, IntArray
from ttpline.evaluation.metrics import BoolArray, threshold_at
from ttpline.models.base import Thresholds

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0
"""Outside of these a model says either all or nothing; a fit that ends there is not a calibration."""

_GOLDEN = (np.sqrt(5.0) - 1) / 2
_STEPS = 60  # the bracket shrinks by 0.618 a step: 1e-12 of its width
_LEAST_PROBABILITY = 1e-30

FALSE_ALARM_RATE = 0.01
"""Of ordinary commands, the share that may get the verdict attack: 1 in 100."""

MISSED_ATTACK_RATE = 0.1
"""Of attack commands, the share that may get the verdict normal: 1 in 10. Half of that leaves half of all ordinary
commands ``uncertain`` (``docs/model.md``)."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was chosen and on what: ``rows`` held-out rows, of which ``normal_rows`` ordinary ones.

    ``false_alarm_rate`` and ``missed_attack_rate`` are the rates asked for; None where the rows could not tell.
    """

    temperature: float
    thresholds: Thresholds
    rows: int
    normal_rows: int
    false_alarm_rate: float | None
    missed_attack_rate: float | None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def at_temperature(probabilities: FloatArray, temperature: float) -> FloatArray:
    """``softmax(log p / temperature)``; every row still adds up to 1 and keeps its order."""
    scaled = np.log(np.maximum(probabilities.astype(np.float64), _LEAST_PROBABILITY)) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    np.exp(scaled, out=scaled)
    scaled /= scaled.sum(axis=1, keepdims=True)
    return scaled


def fit_temperature(probabilities: FloatArray, truth: IntArray, weights: FloatArray) -> float:
    """The temperature with the least weighted log loss; rows with truth -1 say nothing and are ignored.

    The loss has one minimum in log T (it is convex in 1/T), which golden-section search finds.
    """
    known = truth >= 0
    if not known.any():
        return 1.0
    logs = np.log(np.maximum(probabilities[known].astype(np.float64), _LEAST_PROBABILITY))
    logs -= logs.max(axis=1, keepdims=True)
    picked = logs[np.arange(len(logs)), truth[known]]
    share = weights[known] / weights[known].sum()

    def loss(log_temperature: float) -> float:
        inverse = np.exp(-log_temperature)
        return float(share @ (np.log(np.exp(logs * inverse).sum(axis=1)) - picked * inverse))

    return float(np.exp(_least(loss, np.log(LOWEST_TEMPERATURE), np.log(HIGHEST_TEMPERATURE))))


def _least(loss: Callable[[float], float], low: float, high: float) -> float:
    """Golden-section search for the minimum of a function with one."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = loss(left), loss(right)
    for _ in range(_STEPS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = loss(right)
        if high - low < 1e-9:
            break
    return float((low + high) / 2)


def choose_thresholds(
    attack_probability: FloatArray,
    is_attack: BoolArray,
    *,
    false_alarm_rate: float = FALSE_ALARM_RATE,
    missed_attack_rate: float = MISSED_ATTACK_RATE,
) -> tuple[Thresholds, float | None, float | None]:
    """Verdict thresholds, and the rates they stand for.

    ``attack``: the lowest at which at most ``false_alarm_rate`` of normal rows are alarms. ``normal``: the highest at
    which at most ``missed_attack_rate`` of attack rows are called normal. With too few rows to
    tell, a threshold is 0.5 and its rate None. ``normal`` is always below ``attack``.
    """
    default = Thresholds()
    attack = threshold_at(attack_probability[~is_attack], false_alarm_rate)
    # Mirrored, the normal threshold is the attack threshold of the other class.
    mirrored = threshold_at(1.0 - attack_probability[is_attack], missed_attack_rate)
    upper = default.attack if attack is None else min(attack, 1.0)
    wanted = default.normal if mirrored is None else max(1.0 - mirrored, 0.0)
    lower = min(wanted, float(np.nextafter(upper, 0.0)))
    return (
        Thresholds(attack=upper, normal=lower),
        None if attack is None else false_alarm_rate,
        None if mirrored is None else missed_attack_rate,
    )
