"""One number for a fold of a grid search: how well a model ranks the labels of commands it has not seen."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.errors import DatasetError
from ttpline.evaluation import metrics
from ttpline.evaluation.additive import FloatArray, IntArray


def fold_score(
    name: str,
    rows: Sequence[LabelledCommand],
    scores: npt.NDArray[np.floating],
    model_labels: Sequence[str],
    labels: Sequence[str],
) -> float:
    """The score called ``name`` (one of ``SCORES``), higher is better.

    ``scores`` ``[rows, model_labels]`` rank labels; ``labels`` are all there are, and one that the model lacks comes
    last. So a row whose label the model never saw is wrong, and its label counts with an F1 of 0.
    """
    column = {label: place for place, label in enumerate(labels)}
    ranked = np.full((len(rows), len(labels)), -np.inf)
    ranked[:, [column[label] for label in model_labels]] = scores
    truth = np.array([column[row.label] for row in rows], np.int64)
    counts = np.array([row.count for row in rows], np.float64)
    is_attack = np.array([row.label != NORMAL for row in rows])
    if name == "top1":
        if not is_attack.any():
            raise DatasetError("a fold has no attack rows to score", remedy="use fewer folds or another --score")
        if NORMAL in column:
            ranked[:, column[NORMAL]] = -np.inf
        return _accuracy(truth[is_attack], ranked[is_attack].argmax(axis=1), np.ones(int(is_attack.sum())))
    measure, by_count = SCORES[name]
    return measure(truth, ranked.argmax(axis=1), counts if by_count else np.ones(len(rows)))


def _accuracy(truth: IntArray, answer: IntArray, weights: FloatArray) -> float:
    return metrics.mean("accuracy", np.asarray(truth == answer, np.float64), weights).value()


def _macro_f1(truth: IntArray, answer: IntArray, weights: FloatArray) -> float:
    return metrics.f1_scores("macro_f1", "weighted_f1", truth, answer, weights)[0].value()


def _weighted_f1(truth: IntArray, answer: IntArray, weights: FloatArray) -> float:
    return metrics.f1_scores("macro_f1", "weighted_f1", truth, answer, weights)[1].value()


SCORES: dict[str, tuple[Callable[[IntArray, IntArray, FloatArray], float], bool]] = {
    "weighted_f1": (_weighted_f1, False),
    "accuracy": (_accuracy, False),
    "macro_f1": (_macro_f1, False),
    "top1": (_accuracy, False),
    "weighted_f1_by_count": (_weighted_f1, True),
    "accuracy_by_count": (_accuracy, True),
}
"""How, and whether a row counts as often as it was seen. ``top1`` is over attack rows, techniques among themselves."""
