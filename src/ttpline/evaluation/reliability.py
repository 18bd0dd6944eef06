"""How often a model is right when it says how sure it is: the bins of the reliability diagram."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ttpline.evaluation import metrics
from ttpline.evaluation.additive import RESAMPLES, Estimate, estimates
from ttpline.evaluation.predictions import Predictions


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Of ``rows`` rows with the mean ``confidence``, the share ``accuracy`` was right, with its interval."""

    rows: int
    confidence: float
    accuracy: Estimate

    def to_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, "confidence": round(self.confidence, 6), "accuracy": self.accuracy.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ReliabilityBin":
        return cls(data["rows"], data["confidence"], Estimate.from_dict(data["accuracy"]))


def reliability_bins(
    predictions: Predictions, *, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[ReliabilityBin, ...]:
    """Bins of equal mass over all rows, Normal a label too, as in ``ece_equal_mass``; intervals over groups."""
    right = np.asarray(predictions.answer == predictions.truth, np.float64)
    bin_of = metrics.bins_of_equal_mass(predictions.confidence)
    numbers = np.unique(bin_of).tolist()
    figures = [metrics.mean(str(number), right, np.asarray(bin_of == number, np.float64)) for number in numbers]
    found = estimates(figures, predictions.group, seed=seed, resamples=resamples)
    return tuple(
        ReliabilityBin(
            int((bin_of == number).sum()), float(predictions.confidence[bin_of == number].mean()), found[str(number)]
        )
        for number in numbers
    )
