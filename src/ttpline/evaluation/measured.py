"""A trained model against labelled rows."""

from dataclasses import dataclass

from ttpline.datasets.dataset import Dataset
from ttpline.datasets.near_duplicates import overlapping
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import UsageError
from ttpline.evaluation.evaluate import About, evaluate
from ttpline.evaluation.predictions import Predictions, predictions_of
from ttpline.evaluation.result import EvaluationResult
from ttpline.evaluation.training import TrainingOptions, chosen_split, read_keys
from ttpline.models.base import CommandClassifier

_PLAIN = TrainingOptions()


@dataclass(frozen=True, slots=True)
class Measured:
    """A result with its details, the predictions it is made from, and the rows they are of."""

    result: EvaluationResult
    predictions: Predictions
    rows: tuple[LabelledCommand, ...]


def evaluate_model(
    model: CommandClassifier,
    dataset: Dataset,
    *,
    split: str = "none",
    options: TrainingOptions = _PLAIN,
    training_keys: bytes | None = None,
    label_space: str = "technique",
) -> EvaluationResult:
    """The result of ``measure_model``."""
    return measure_model(
        model, dataset, split=split, options=options, training_keys=training_keys, label_space=label_space
    ).result


def measure_model(
    model: CommandClassifier,
    dataset: Dataset,
    *,
    split: str = "none",
    options: TrainingOptions = _PLAIN,
    training_keys: bytes | None = None,
    label_space: str = "technique",
) -> Measured:
    """A trained model against labelled rows, or (``split``) against the test part that ``train`` would hold out.

    ``training_keys`` are the model's own; with them, near-duplicates of what it was trained on are counted.
    """
    if dataset.manifest.attack_version != model.attack_version:
        raise UsageError(
            f"the model speaks ATT&CK {model.attack_version}, the data {dataset.manifest.attack_version}",
            remedy=f"read the data with --attack-version {model.attack_version}",
        )
    chosen = chosen_split(dataset.rows, TrainingOptions(options.seed, split, options.dev_fraction))
    rows = dataset.select(chosen.folds[0].test) if chosen else list(dataset.rows)
    commands = [row.command_line for row in rows]
    overlap = int(overlapping(commands, read_keys(training_keys)).sum()) if training_keys is not None else None
    manifest = dataset.manifest
    about = About(
        f"{model.ref.name} on {manifest.name}",
        manifest.name,
        manifest.sha256,
        manifest.attack_version,
        chosen.name if chosen else "none: all rows are the test",
        options.seed,
        f"{model.ref.name} {model.ref.digest}",
    )
    probabilities = model.probabilities(commands)
    predictions = predictions_of(rows, probabilities, model.labels, label_space=label_space)
    result = evaluate(
        rows,
        probabilities,
        model.labels,
        about,
        label_space=label_space,
        thresholds=model.thresholds,
        overlap_rows=overlap,
        predictions=predictions,
    )
    return Measured(result, predictions, tuple(rows))
