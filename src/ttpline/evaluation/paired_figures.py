"""The figures that models are compared by, from their predictions of the same rows."""

import numpy as np

from ttpline.evaluation import metrics
from ttpline.evaluation.additive import Additive, FloatArray, IntArray
from ttpline.evaluation.predictions import Predictions
from ttpline.evaluation.result import RECALL_RATES

COMPARED = (
    "accuracy",
    "accuracy_by_count",
    "weighted_f1_all",
    "weighted_f1_all_by_count",
    "macro_f1_all",
    "top1",
    "top3",
    "top3_all",
    "ece_equal_mass",
    "recall_at_1_in_100",
)
"""What the table of a comparison shows, by the names of ``result.FIGURES``."""

TESTED = ("accuracy", "accuracy_by_count", "top1", "macro_f1_all")
"""Differences that are tested: more tests would find more by chance."""

FALSE_ALARMS = RECALL_RATES[0]


def whole_figures(predictions: Predictions) -> dict[str, Additive]:
    """Over all rows, Normal a class like the others. A class that the model lacks has F1 0: all models are judged by
    the same classes."""
    ones, counts = np.ones(len(predictions)), predictions.count
    truth, answer, confidence = predictions.truth, predictions.answer, predictions.confidence
    right = np.asarray(answer == truth, np.float64)
    bins = metrics.bins_of_equal_mass(confidence)
    macro, weighted = metrics.f1_scores("macro_f1_all", "weighted_f1_all", truth, answer, ones)
    _, by_count = metrics.f1_scores("unused", "weighted_f1_all_by_count", truth, answer, counts)
    figures = [
        metrics.mean("accuracy", right, ones),
        metrics.mean("accuracy_by_count", right, counts),
        weighted,
        by_count,
        macro,
        metrics.mean("top3_all", _among(predictions.rank, 3), ones),
        metrics.calibration_error("ece_equal_mass", confidence, right, bins, ones),
    ]
    return {figure.name: figure for figure in figures}


def attack_figures(attacks: Predictions, limit: float | None) -> dict[str, Additive]:
    """Over attack rows, techniques ranked among themselves; ``limit`` is the threshold for recall."""
    if not len(attacks):
        return {}
    ones = np.ones(len(attacks))
    figures = [
        metrics.mean("top1", _among(attacks.technique_rank, 1), ones),
        metrics.mean("top3", _among(attacks.technique_rank, 3), ones),
    ]
    if limit is not None:
        found = np.asarray(attacks.attack_probability >= limit, np.float64)
        figures.append(metrics.mean("recall_at_1_in_100", found, ones))
    return {figure.name: figure for figure in figures}


def recall_limit(predictions: Predictions) -> float | None:
    """The attack threshold that 1 in 100 of the normal rows reach; None where they are too few to tell."""
    return metrics.threshold_at(predictions.attack_probability[~predictions.is_attack], FALSE_ALARMS)


def _among(rank: IntArray, k: int) -> FloatArray:
    return np.asarray((rank >= 1) & (rank <= k), np.float64)
