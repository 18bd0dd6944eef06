"""Predictions for rows by models that have not seen them, nor anything tied to them."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import numpy.typing as npt

from ttpline.datasets.split import Split
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.errors import DatasetError
from ttpline.evaluation.additive import FloatArray, IntArray
from ttpline.evaluation.calibration import Calibration, at_temperature, choose_thresholds, fit_temperature
from ttpline.models.base import CommandClassifier


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """``probabilities[i]`` over ``labels`` for ``rows[i]``, from the model of the fold that held the row out.

    ``truth[i]`` is the column of the row's label, -1 where that fold's model never saw the label.
    """

    rows: tuple[LabelledCommand, ...]
    labels: tuple[str, ...]
    probabilities: FloatArray
    truth: IntArray

    def at_temperature(self, temperature: float) -> "OutOfFold":
        return OutOfFold(self.rows, self.labels, at_temperature(self.probabilities, temperature), self.truth)

    def calibrate(self) -> Calibration:
        """The temperature with the least log loss (weighted by count), and verdict thresholds at that temperature."""
        weights = np.array([row.count for row in self.rows])
        temperature = fit_temperature(self.probabilities, self.truth, weights)
        is_attack = np.array([row.label != NORMAL for row in self.rows])
        scaled = at_temperature(self.probabilities, temperature)
        attack = 1.0 - scaled[:, self.labels.index(NORMAL)] if NORMAL in self.labels else np.ones(len(self.rows))
        thresholds, false_alarm_rate, missed_attack_rate = choose_thresholds(attack, is_attack)
        return Calibration(
            temperature, thresholds, len(self.rows), int((~is_attack).sum()), false_alarm_rate, missed_attack_rate
        )


def predict_out_of_fold(
    make_model: Callable[[], CommandClassifier],
    rows: Sequence[LabelledCommand],
    split: Split,
    seed: int,
    *,
    prepare: Callable[[list[LabelledCommand]], list[LabelledCommand]] | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> OutOfFold:
    """Fit one model a fold and predict its test rows, at temperature 1. ``prepare`` changes what is trained on only.

    With ``jobs`` above 1 the folds run in as many processes and ``make_model`` must be picklable; the result is the
    same. ``progress`` is called before a fold (its number, the number of folds) when they run here, one after another.
    ``DatasetError`` if a fold would train on a single label.
    """
    tasks: list[_Task] = []
    held: list[LabelledCommand] = []
    for fold in split.folds:
        train = [rows[index] for index in fold.train.tolist()]
        train = prepare(train) if prepare else train
        test = [rows[index] for index in fold.test.tolist()]
        if len({row.label for row in train}) < 2:
            raise DatasetError(
                f"{split.name}, {fold.name} would train on a single label",
                remedy="give each label several groups, or skip the folds with --no-calibrate",
            )
        tasks.append((make_model, train, [row.command_line for row in test], seed))
        held.extend(test)
    answers = list(_run(tasks, jobs, progress))
    # A model may know labels that no row here has: those of its knowledge.
    labels = sorted({row.label for row in rows}.union(*(known for _, known in answers)))
    column = {label: place for place, label in enumerate(labels)}
    parts = [_aligned(probabilities, known, column) for probabilities, known in answers]
    truth = [
        column[row.label] if row.label in known else -1
        for fold, (_, known) in zip(split.folds, answers, strict=True)
        for row in (rows[index] for index in fold.test.tolist())
    ]
    return OutOfFold(tuple(held), tuple(labels), np.vstack(parts), np.array(truth, np.int64))


_Task = tuple[Callable[[], CommandClassifier], list[LabelledCommand], list[str], int]
_Answer = tuple[npt.NDArray[np.float32], tuple[str, ...]]


def _run(tasks: list[_Task], jobs: int, progress: Callable[[int, int], None] | None) -> Iterable[_Answer]:
    """The answers in the order of the tasks."""
    if jobs <= 1 or len(tasks) <= 1:
        answers = []
        for number, task in enumerate(tasks, 1):
            if progress:
                progress(number, len(tasks))
            answers.append(_fit_and_predict(task))
        return answers
    # A fresh interpreter each: forking a process that has threads (polars, BLAS) may hang.
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn")) as pool:
        return list(pool.map(_fit_and_predict, tasks))


def _fit_and_predict(task: _Task) -> _Answer:
    make_model, train, commands, seed = task
    model = make_model()
    model.fit(train, [], seed)
    model.temperature = 1.0
    return model.probabilities(commands), model.labels


def _aligned(probabilities: npt.NDArray[np.float32], model_labels: Sequence[str], column: dict[str, int]) -> FloatArray:
    """The model's columns in the order of all labels; a label it lacks has probability 0."""
    aligned = np.zeros((len(probabilities), len(column)))
    aligned[:, [column[label] for label in model_labels]] = probabilities
    return aligned
