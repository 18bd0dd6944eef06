"""A model and CSV files -> an ``EvaluationResult``, with a warning where the data is not new to the model."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttpline.datasets.consolidate import rare_to_other
from ttpline.datasets.dataset import Dataset
from ttpline.datasets.labelled_tables import USUAL_COLUMNS, Columns
from ttpline.datasets.load import load_csvs
from ttpline.evaluation.cost import read_cost
from ttpline.evaluation.measured import Measured, measure_model
from ttpline.evaluation.scoring_cost import measure_scoring
from ttpline.evaluation.training import TRAINING_KEYS_FILE, TrainingOptions
from ttpline.models._folder import load_folder
from ttpline.models._load import find_model
from ttpline.reports.evaluation_folder import check_target, write_folder


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """What to measure on what; ``attack_version`` ``auto`` reads the labels in the model's version."""

    model: str
    data: tuple[Path, ...]
    normal: tuple[Path, ...] = ()
    columns: Columns = USUAL_COLUMNS
    attack_version: str = "auto"
    min_rows: int = 1
    label_space: str = "technique"


def run_evaluation(
    job: EvaluationJob, options: TrainingOptions, *, out: Path | None = None, plugins: bool = True
) -> tuple[Measured, tuple[str, ...]]:
    """The result and what to warn of; with ``out``, also a run folder (``evaluation_folder.py``)."""
    if out is not None:
        check_target(out)
    name, folder = find_model(job.model)
    model = load_folder(folder, name=name, plugins=plugins)
    keys_file = folder / TRAINING_KEYS_FILE
    keys = keys_file.read_bytes() if keys_file.is_file() else None
    dataset = load_csvs(
        job.data, job.normal, columns=job.columns, attack_version=job.attack_version, into=model.attack_version
    )
    if job.min_rows > 1:
        dataset = rare_to_other(dataset, job.min_rows)
    measured = measure_model(
        model, dataset, split=options.split, options=options, training_keys=keys, label_space=job.label_space
    )
    warnings = tuple(_warnings(measured, dataset, options.split, model.manifest, has_keys=keys is not None))
    if out is not None:
        commands = [row.command_line for row in measured.rows]
        cost = measure_scoring(folder, commands, plugins=plugins).or_else(read_cost(folder))
        write_folder(out, model, measured, warnings, cost)
    return measured, warnings


def _warnings(
    measured: Measured, dataset: Dataset, split: str, manifest: dict[str, Any], *, has_keys: bool
) -> Iterator[str]:
    for item in dataset.manifest.conversions:
        yield f"{item.rows} rows: {item.written} read as {item.used} ({item.reason})"
    result = measured.result
    trained_on = manifest.get("dataset", {}).get("sha256")
    if trained_on == dataset.manifest.sha256 and split == "none":
        yield "this is the data the model was trained on: the figures say nothing about new commands"
    elif result.overlap_rows:
        share = result.overlap_rows / result.whole.rows
        yield (
            f"{result.overlap_rows} of {result.whole.rows} rows ({share:.0%}) are near-duplicates of training data; "
            "the figures flatter"
        )
    if not has_keys:
        yield "the model does not say what it was trained on: overlap with this data is not known"
