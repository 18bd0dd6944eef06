"""A training run: check the data, predict out of fold, calibrate, fit on everything, say how good it is."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from time import perf_counter
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ttpline.commands.tokens import tokenise
from ttpline.datasets.dataset import Dataset
from ttpline.datasets.near_duplicates import inseparable, similarity_keys
from ttpline.datasets.split import Split, check_leakage, grouped_folds, grouped_holdout, study_split
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.errors import DatasetError, UsageError
from ttpline.evaluation.calibration import Calibration
from ttpline.evaluation.evaluate import About, evaluate
from ttpline.evaluation.out_of_fold import predict_out_of_fold
from ttpline.evaluation.predictions import Predictions, predictions_of
from ttpline.evaluation.result import EvaluationResult
from ttpline.models.base import CommandClassifier

FOLDS = 5
DEV_FRACTION = 0.2
LEAST_LABELS = 2
LEAST_TOKENS = 2
LEAST_ROWS = 10
"""Fewer rows are a typing mistake in a path, not a data set."""

SPLITS = ("none", "holdout", "study")
TRAINING_KEYS_FILE = "training_keys.bin"
"""One 64-bit number for each different command trained on, little-endian, ascending: finds overlap, tells no text."""

_NEVER_NORMAL = "there are no Normal rows: no command will get the verdict normal"


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """``split``: ``none`` trains on all rows; ``holdout`` keeps ``dev_fraction`` of them, by group, for testing;
    ``study`` is the study's 60/20/20. ``calibrate`` fits temperature and thresholds on grouped folds of the rest.
    """

    seed: int = 0
    split: str = "none"
    dev_fraction: float = DEV_FRACTION
    calibrate: bool = True
    folds: int = FOLDS

    @classmethod
    def asked(
        cls, seed: int, split: str | None, dev_fraction: float | None, *, calibrate: bool = True, folds: int = FOLDS
    ) -> Self:
        """From flags that may be absent: a fraction alone means ``holdout``; ``UsageError`` if they contradict."""
        if dev_fraction is not None and split not in (None, "holdout"):
            raise UsageError(f"--dev holds out a fraction, --split {split} does not", remedy="leave one of them out")
        chosen = split or ("holdout" if dev_fraction is not None else "none")
        return cls(seed, chosen, DEV_FRACTION if dev_fraction is None else dev_fraction, calibrate, folds)


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A fitted, calibrated model, the figures of the run, what to warn of, and the files that go beside the weights.

    The last of ``results`` has its details, and ``predictions`` are those it is made from; None if nothing was tested.
    ``fit_seconds`` is how long the model took that is kept, and differs each time.
    """

    model: CommandClassifier
    results: tuple[EvaluationResult, ...]
    calibration: Calibration | None
    warnings: tuple[str, ...]
    training_keys: bytes
    predictions: Predictions | None = None
    fit_seconds: float = 0.0

    def metrics(self) -> dict[str, Any]:
        """``metrics.json``: every figure with its interval."""
        return {
            "calibration": self.calibration.to_dict() if self.calibration else None,
            "results": [result.to_dict() for result in self.results],
            "warnings": list(self.warnings),
        }


def train(
    make_model: Callable[[], CommandClassifier],
    dataset: Dataset,
    options: TrainingOptions,
    *,
    make_final: Callable[[], CommandClassifier] | None = None,
    stage: Callable[[str], None] | None = None,
) -> TrainingRun:
    """Train on ``dataset``; ``DatasetError`` where there is too little of it, before anything is fitted.

    ``make_final`` makes the model that is kept (default: as those of the folds, which are thrown away). ``stage`` is
    told what is fitted now: ``fold 2 of 5``, ``the model``.
    """
    rows = dataset.rows
    check_trainable(rows)
    split = chosen_split(rows, options)
    fold = split.folds[0] if split else None
    train_rows = dataset.select(fold.train) if fold else list(rows)
    dev_rows = dataset.select(fold.dev) if fold else []
    results: list[EvaluationResult] = []
    calibration = predictions = None
    if options.calibrate:
        check_trainable(train_rows)
        calibration, found, predictions = _calibrate(make_model, train_rows, dataset, options, stage)
        results.extend(found)
    if stage:
        stage("the model")
    model = (make_final or make_model)()
    before = perf_counter()
    model.fit(train_rows, dev_rows, options.seed)
    fit_seconds = perf_counter() - before
    model.attack_version = dataset.manifest.attack_version
    if calibration:
        model.temperature, model.thresholds = calibration.temperature, calibration.thresholds
    if split and fold:
        test = dataset.select(fold.test)
        about = _about(f"held-out test ({split.name})", dataset, split, model.family)
        probabilities = model.probabilities([row.command_line for row in test])
        predictions = predictions_of(test, probabilities, model.labels)
        results = [result.without_details() for result in results]
        results.append(
            evaluate(test, probabilities, model.labels, about, thresholds=model.thresholds, predictions=predictions)
        )
    warnings = _warnings(train_rows, dataset, calibration)
    keys = similarity_keys(row.command_line for row in train_rows)
    model.manifest = {
        **model.manifest,  # what the family says of its own training
        "dataset": dataset.manifest.to_dict(),
        "run": {**asdict(options), "rows": len(train_rows), "split": split.name if split else "none"},
        "params": asdict(model.params) if is_dataclass(model.params) and not isinstance(model.params, type) else {},
        "calibration": calibration.to_dict() if calibration else None,
        "results": [result.without_details().to_dict() for result in results],
        "warnings": list(warnings),
    }
    raw_keys = keys.astype("<u8").tobytes()
    return TrainingRun(model, tuple(results), calibration, warnings, raw_keys, predictions, fit_seconds)


def check_trainable(rows: Sequence[LabelledCommand]) -> None:
    """``DatasetError`` unless there are rows, two labels and two different tokens to learn from."""
    if len(rows) < LEAST_ROWS:
        raise DatasetError(f"{len(rows)} rows are too few to train on", remedy=f"give at least {LEAST_ROWS}")
    labels = {row.label for row in rows}
    if len(labels) < LEAST_LABELS:
        raise DatasetError(
            f"all {len(rows)} rows have the label {min(labels)}: there is nothing to tell apart",
            remedy="add rows of other techniques, or ordinary commands with --normal",
        )
    tokens: set[str] = set()
    for row in rows:
        tokens.update(tokenise(row.command_line))
        if len(tokens) >= LEAST_TOKENS:
            return
    raise DatasetError(
        f"the commands have {len(tokens)} different token(s)", remedy="is the right column read? see --command-column"
    )


def chosen_split(rows: Sequence[LabelledCommand], options: TrainingOptions) -> Split | None:
    match options.split:
        case "none":
            return None
        case "holdout":
            split = grouped_holdout(rows, options.dev_fraction, options.seed)
            check_leakage(rows, split)
            return split
        case "study":
            return study_split(rows)
        case other:
            raise UsageError(f"no split is called {other!r}", remedy=f"there are: {', '.join(SPLITS)}")


def _calibrate(
    make_model: Callable[[], CommandClassifier],
    rows: Sequence[LabelledCommand],
    dataset: Dataset,
    options: TrainingOptions,
    stage: Callable[[str], None] | None,
) -> tuple[Calibration, list[EvaluationResult], Predictions]:
    """Temperature and thresholds from grouped folds, and the figures of those folds before and after."""
    pieces = int(inseparable(rows).max()) + 1
    split = grouped_folds(rows, max(2, min(options.folds, pieces)), options.seed)
    check_leakage(rows, split)
    told = (lambda number, folds: stage(f"fold {number} of {folds}")) if stage else None
    held = predict_out_of_fold(make_model, rows, split, options.seed, progress=told)
    calibration = held.calibrate()
    family = make_model().family
    before = _about(f"cross-validation ({split.name}), before calibration", dataset, split, family)
    after = _about(f"cross-validation ({split.name}), calibrated", dataset, split, family)
    scaled = held.at_temperature(calibration.temperature).probabilities
    predictions = predictions_of(held.rows, scaled, held.labels)
    thresholds = calibration.thresholds
    results = [
        evaluate(held.rows, held.probabilities, held.labels, before),
        evaluate(held.rows, scaled, held.labels, after, thresholds=thresholds, predictions=predictions),
    ]
    return calibration, results, predictions


def _about(name: str, dataset: Dataset, split: Split, family: str) -> About:
    manifest = dataset.manifest
    return About(name, manifest.name, manifest.sha256, manifest.attack_version, split.name, split.seed, family)


def _warnings(rows: Sequence[LabelledCommand], dataset: Dataset, calibration: Calibration | None) -> tuple[str, ...]:
    found = [
        f"{item.rows} rows: {item.written} read as {item.used} ({item.reason})" for item in dataset.manifest.conversions
    ]
    if not any(row.label == NORMAL for row in rows):
        found.append(_NEVER_NORMAL)
    elif calibration and calibration.false_alarm_rate is None:
        found.append(
            f"{calibration.normal_rows} Normal rows are too few to choose the attack threshold; it stays at 0.5"
        )
    if calibration is None:
        found.append("probabilities are not calibrated (--no-calibrate)")
    return tuple(found)


def read_keys(raw: bytes) -> npt.NDArray[np.uint64]:
    """The keys that ``TRAINING_KEYS_FILE`` holds; ``DatasetError`` if it cannot be such a file."""
    if len(raw) % 8:
        raise DatasetError("is not a list of 64-bit numbers", where=TRAINING_KEYS_FILE)
    return np.frombuffer(raw, "<u8").astype(np.uint64)
