"""What was answered for what was true: the cells of the confusion matrix that are not empty."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ttpline.evaluation.predictions import Predictions


@dataclass(frozen=True, slots=True)
class ConfusionCell:
    """``rows`` rows labelled ``truth`` were answered ``answer``; together they were seen ``occurrences`` times."""

    truth: str
    answer: str
    rows: int
    occurrences: float

    @property
    def is_right(self) -> bool:
        return self.truth == self.answer

    def to_list(self) -> list[Any]:
        return [self.truth, self.answer, self.rows, round(self.occurrences, 6)]


def confusion_cells(predictions: Predictions) -> tuple[ConfusionCell, ...]:
    """In the order of the labels, the true one first."""
    size = len(predictions.labels)
    cell = predictions.truth * size + predictions.answer
    found, place = np.unique(cell, return_inverse=True)
    rows = np.bincount(place, minlength=len(found))
    occurrences = np.bincount(place, weights=predictions.count, minlength=len(found))
    return tuple(
        ConfusionCell(predictions.labels[number // size], predictions.labels[number % size], int(many), float(seen))
        for number, many, seen in zip(found.tolist(), rows.tolist(), occurrences.tolist(), strict=True)
    )


def most_confused(cells: Iterable[ConfusionCell], most: int) -> list[ConfusionCell]:
    """The ``most`` commonest mistakes."""
    wrong = [cell for cell in cells if not cell.is_right]
    return sorted(wrong, key=lambda cell: (-cell.rows, cell.truth, cell.answer))[:most]


def labels_to_show(cells: Iterable[ConfusionCell], most: int) -> tuple[list[str], bool]:
    """All labels, or the ``most`` that take part in most mistakes (then in most rows); and whether that is all."""
    mistakes: dict[str, int] = {}
    rows: dict[str, int] = {}
    for cell in cells:
        for label in {cell.truth, cell.answer}:
            rows[label] = rows.get(label, 0) + cell.rows
            mistakes[label] = mistakes.get(label, 0) + (0 if cell.is_right else cell.rows)
    if len(rows) <= most:
        return sorted(rows), True
    chosen = sorted(rows, key=lambda label: (-mistakes[label], -rows[label], label))[:most]
    return sorted(chosen), False


def cells_from(data: Iterable[Iterable[Any]]) -> tuple[ConfusionCell, ...]:
    """The inverse of ``to_list``, for each."""
    return tuple(ConfusionCell(*cell) for cell in data)


def row_totals(cells: Iterable[ConfusionCell]) -> Mapping[str, int]:
    """Rows of each true label."""
    totals: dict[str, int] = {}
    for cell in cells:
        totals[cell.truth] = totals.get(cell.truth, 0) + cell.rows
    return totals
