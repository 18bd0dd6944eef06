"""The figures, from arrays alone. Formulas are in ``docs/evaluation.md``; scikit-learn is the oracle of their tests.

``truth`` holds the column of each row's label, -1 for a label the model does not have (never right, always counted).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ttpline.evaluation.additive import Additive, FloatArray, IntArray, ratio

BoolArray = npt.NDArray[np.bool_]

BINS = 15
"""Bins of the calibration error, as in the literature on temperature scaling (Guo et al. 2017, section 2)."""

LEAST_PROBABILITY = 1e-12
"""The log loss of a certain and wrong answer is finite: -log of this."""

COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def top_k_hits(truth: IntArray, scores: FloatArray, k: int) -> FloatArray:
    """1 where the true column is among the ``k`` highest; equal scores rank by column, first first."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.asarray((order == truth[:, None]).any(axis=1), np.float64)


def mean(name: str, values: FloatArray, weights: FloatArray) -> Additive:
    """The weighted mean of ``values``."""
    columns = np.tile(np.arange(2), (len(values), 1))
    return Additive(name, columns, np.column_stack([values * weights, weights]), 2, ratio)


def f1_scores(
    name_macro: str, name_weighted: str, truth: IntArray, answer: IntArray, weights: FloatArray
) -> list[Additive]:
    """Macro F1 (each class that is true or answered counts the same) and F1 weighted by the true rows of each class.

    A row whose truth is -1 is a false positive of the class that was answered and part of no class's truth.
    """
    classes = np.unique(np.concatenate([truth[truth >= 0], answer]))
    place = np.searchsorted(classes, np.where(truth >= 0, truth, classes[0] if len(classes) else 0))
    answered = np.searchsorted(classes, answer)
    size = len(classes)
    columns = np.column_stack([place, size + answered, 2 * size + answered])  # true, answered, both
    known, both = np.where(truth >= 0, weights, 0.0), np.where(truth == answer, weights, 0.0)
    values = np.column_stack([known, weights, both])

    def per_class(total: FloatArray) -> tuple[FloatArray, FloatArray]:
        parts = total.reshape(*total.shape[:-1], 3, size)
        ends = parts[..., 0, :] + parts[..., 1, :]
        return np.divide(2 * parts[..., 2, :], ends, out=np.zeros_like(ends), where=ends > 0), parts

    def macro(total: FloatArray) -> FloatArray:
        f1, parts = per_class(total)
        seen = (parts[..., 0, :] + parts[..., 1, :]) > 0
        return ratio(np.stack([f1.sum(axis=-1), seen.sum(axis=-1).astype(np.float64)], axis=-1))

    def weighted(total: FloatArray) -> FloatArray:
        f1, parts = per_class(total)
        true = parts[..., 0, :]
        return ratio(np.stack([(f1 * true).sum(axis=-1), true.sum(axis=-1)], axis=-1))

    parts = (columns, values, 3 * size)
    return [Additive(name_macro, *parts, macro), Additive(name_weighted, *parts, weighted)]


def bins_of_equal_mass(confidence: FloatArray, bins: int = BINS) -> IntArray:
    """Each row's bin when the rows are cut into ``bins`` equal parts by confidence; equal values stay together."""
    edges = np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1]) if len(confidence) else np.empty(0)
    return np.asarray(np.searchsorted(edges, confidence, side="right"), np.int64)


def bins_of_equal_width(confidence: FloatArray, bins: int = BINS) -> IntArray:
    """Each row's bin when 0 to 1 is cut into ``bins`` parts of equal width, closed above."""
    return np.asarray(np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1), np.int64)


def calibration_error(
    name: str, confidence: FloatArray, right: FloatArray, bin_of: IntArray, weights: FloatArray, bins: int = BINS
) -> Additive:
    """Expected calibration error: the mean over rows of |share right in the row's bin - mean confidence in it|."""
    columns = np.column_stack([bin_of, np.full(len(bin_of), bins)])
    values = np.column_stack([(right - confidence) * weights, weights])

    def finish(total: FloatArray) -> FloatArray:
        return ratio(np.stack([np.abs(total[..., :bins]).sum(axis=-1), total[..., bins]], axis=-1))

    return Additive(name, columns, values, bins + 1, finish)


def brier_terms(truth: IntArray, probabilities: FloatArray) -> FloatArray:
    """Each row's squared distance between the probabilities and the truth, summed over the labels (0 to 2)."""
    known = np.take_along_axis(probabilities, np.maximum(truth, 0)[:, None], axis=1)[:, 0]
    square = (probabilities**2).sum(axis=1)
    return np.asarray(square + 1 - np.where(truth >= 0, 2 * known, 0.0), np.float64)


def log_loss_terms(truth: IntArray, probabilities: FloatArray) -> FloatArray:
    """Each row's -log of the true label's probability, natural logarithm; a label the model lacks has probability 0."""
    known = np.take_along_axis(probabilities, np.maximum(truth, 0)[:, None], axis=1)[:, 0]
    return np.asarray(-np.log(np.maximum(np.where(truth >= 0, known, 0.0), LEAST_PROBABILITY)), np.float64)


def threshold_at(normal_scores: FloatArray, rate: float) -> float | None:
    """The lowest threshold that at most ``rate`` of normal rows reach; None if there are too few rows to say.

    With fewer than 1/``rate`` rows even one false alarm would be too many, and none would prove nothing.

    >>> threshold_at(np.array([0.1, 0.2, 0.3, 0.9]), 0.25)
    0.30000000000000004
    """
    count = len(normal_scores)
    allowed = int(np.floor(count * rate + 1e-9))
    if allowed < 1:
        return None
    if allowed >= count:
        return 0.0  # scores are probabilities
    return float(np.nextafter(np.sort(normal_scores)[count - allowed - 1], np.inf))


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """Of the ``coverage`` most confident share of the rows, ``accuracy`` is the share right."""

    coverage: float
    accuracy: float
    least_confidence: float


def accuracy_against_coverage(confidence: FloatArray, right: FloatArray) -> tuple[CoveragePoint, ...]:
    """What is left right as the model abstains from its least confident answers; ties keep the order of the rows."""
    order = np.argsort(-confidence, kind="stable")
    points = []
    for coverage in COVERAGES:
        kept = order[: max(1, round(len(order) * coverage))]
        if len(kept):
            points.append(CoveragePoint(coverage, float(right[kept].mean()), float(confidence[kept[-1]])))
    return tuple(points)
