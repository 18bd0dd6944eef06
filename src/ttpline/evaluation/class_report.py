"""Each class on its own: how often it was there, how often it was answered, and how often rightly."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ttpline.attack.catalogue import load_catalogue
from ttpline.domain.prediction import OTHER
from ttpline.evaluation.additive import FloatArray
from ttpline.evaluation.predictions import Predictions

_OTHER_NAME = "Other Low-Frequency Techniques"  # as the study calls Z999


@dataclass(frozen=True, slots=True)
class ClassReport:
    """``rows`` have the label and stand for ``occurrences``; ``answered`` rows got it. All labels compete, Normal too.

    ``precision`` is None where the label was never answered, ``recall`` where no row has it; F1 is 0 then, as
    scikit-learn has it. ``top3_recall``: the label is among the three likeliest. ``…_by_count`` weigh by occurrence.
    """

    label: str
    name: str
    rows: int
    occurrences: float
    answered: int
    precision: float | None
    recall: float | None
    f1: float
    top3_recall: float | None
    precision_by_count: float | None
    recall_by_count: float | None
    f1_by_count: float

    def to_dict(self) -> dict[str, Any]:
        return {name: round(part, 6) if isinstance(part, float) else part for name, part in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ClassReport":
        return cls(**{name: data[name] for name in cls.__slots__})


def class_reports(predictions: Predictions, attack_version: str) -> tuple[ClassReport, ...]:
    """One for each label that is true of a row or was answered, most rows first."""
    ones = np.ones(len(predictions))
    by_row, by_count = (_sums(predictions, weights) for weights in (ones, predictions.count))
    top3 = ones * ((predictions.rank >= 1) & (predictions.rank <= 3))
    hits = np.bincount(predictions.truth, weights=top3, minlength=len(predictions.labels))
    found = []
    for place, label in enumerate(predictions.labels):
        true, answered, both = by_row[:, place].tolist()
        if not true and not answered:
            continue
        weighed = by_count[:, place].tolist()
        found.append(
            ClassReport(
                label,
                label_name(label, attack_version),
                int(true),
                weighed[0],
                int(answered),
                *_scores(true, answered, both),
                hits[place] / true if true else None,
                *_scores(*weighed),
            )
        )
    return tuple(sorted(found, key=lambda report: (-report.rows, report.label)))


def label_name(label: str, attack_version: str) -> str:
    """A label in words, as far as the ATT&CK version has them.

    >>> label_name("T1003.008", "18.1"), label_name("Normal", "18.1")
    ('/etc/passwd and /etc/shadow', 'Normal')
    """
    catalogue = load_catalogue(attack_version)
    if label == OTHER:
        return _OTHER_NAME
    return catalogue.technique(label).name if label in catalogue else label


def _sums(predictions: Predictions, weights: FloatArray) -> FloatArray:
    """True, answered and both, of each label: ``[3, labels]``."""
    size = len(predictions.labels)
    both = weights * (predictions.truth == predictions.answer)
    return np.stack(
        [
            np.bincount(predictions.truth, weights=weights, minlength=size),
            np.bincount(predictions.answer, weights=weights, minlength=size),
            np.bincount(predictions.truth, weights=both, minlength=size),
        ]
    )


def _scores(true: float, answered: float, both: float) -> tuple[float | None, float | None, float]:
    """Precision, recall, F1."""
    return both / answered if answered else None, both / true if true else None, 2 * both / (true + answered)
