"""Probabilities over a model's labels as probabilities over techniques, and which column a written label belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ttpline.attack.catalogue import load_catalogue
from ttpline.domain.prediction import NORMAL, OTHER
from ttpline.errors import UsageError
from ttpline.evaluation.additive import FloatArray, IntArray

LABEL_SPACES = ("technique", "subtechnique")
NOT_TECHNIQUES = frozenset({NORMAL, OTHER})


def parent(label: str) -> str:
    """The technique of a label; ``Normal`` and ``Z999`` are their own.

    >>> parent("T1003.008"), parent("Normal")
    ('T1003', 'Normal')
    """
    return label.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Columns:
    """``labels`` sorted, ``matrix`` ``[model labels, labels]`` of 0 and 1: probabilities times it add up by label."""

    labels: tuple[str, ...]
    matrix: FloatArray
    space: str

    def collapse(self, probabilities: npt.NDArray[np.floating]) -> FloatArray:
        return probabilities.astype(np.float64) @ self.matrix

    def place(self, written: Sequence[str]) -> IntArray:
        """The column of each written label, -1 where the model has none."""
        places = {label: column for column, label in enumerate(self.labels)}
        return np.array([places.get(self.name(label), -1) for label in written], np.int64)

    def name(self, label: str) -> str:
        return parent(label) if self.space == "technique" else label


def columns_of(model_labels: Sequence[str], space: str) -> Columns:
    """``technique`` adds sub-techniques to their technique; ``subtechnique`` takes the labels as the model has them."""
    if space not in LABEL_SPACES:
        raise UsageError(f"no label space is called {space!r}", remedy=f"there are: {', '.join(LABEL_SPACES)}")
    names = [parent(label) if space == "technique" else label for label in model_labels]
    labels = sorted(set(names))
    matrix = np.zeros((len(names), len(labels)))
    matrix[np.arange(len(names)), [labels.index(name) for name in names]] = 1.0
    return Columns(tuple(labels), matrix, space)


def tactics_of(labels: Sequence[str], attack_version: str) -> list[frozenset[str]]:
    """The tactics of each label; none for ``Normal``, ``Z999`` and what the version does not know."""
    catalogue = load_catalogue(attack_version)
    return [
        frozenset(catalogue.technique(label).tactics)
        if label not in NOT_TECHNIQUES and label in catalogue
        else frozenset()
        for label in labels
    ]
