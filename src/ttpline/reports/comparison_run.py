"""Folders of models or evaluations -> a ``Comparison``: over what they stored, or over data that all answer now."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ttpline.datasets.consolidate import rare_to_other
from ttpline.datasets.dataset import Dataset, with_label
from ttpline.datasets.labelled_tables import USUAL_COLUMNS, Columns
from ttpline.datasets.labels import resolve_labels
from ttpline.datasets.load import load_csvs
from ttpline.datasets.near_duplicates import overlapping
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import UsageError
from ttpline.evaluation.comparison import Comparison
from ttpline.evaluation.contenders import Contender, Ground, compare
from ttpline.evaluation.cost import read_cost
from ttpline.evaluation.predictions import predictions_of, row_key
from ttpline.evaluation.scoring_cost import measure_scoring
from ttpline.evaluation.training import TRAINING_KEYS_FILE, TrainingOptions, chosen_split, read_keys
from ttpline.models._folder import load_folder
from ttpline.models._load import find_model
from ttpline.reports.stored_run import StoredRun, read_run

_NO_SPLIT = "none: all rows are the test"


@dataclass(frozen=True, slots=True)
class ComparisonJob:
    """What to compare. Without ``data``, what the folders hold; with it, every model answers its rows."""

    models: tuple[str, ...]
    data: tuple[Path, ...] = ()
    normal: tuple[Path, ...] = ()
    columns: Columns = USUAL_COLUMNS
    attack_version: str = "auto"
    min_rows: int = 1
    label_space: str = "technique"
    against: str | None = None


def run_comparison(job: ComparisonJob, options: TrainingOptions, *, plugins: bool = True) -> Comparison:
    """The comparison; ``UsageError`` where the runs cannot be compared, with the reason."""
    if len(job.models) < 2:
        raise UsageError("a comparison needs two models", remedy="ttpline compare DIR DIR …")
    named = _named(job.models)
    against = next((name for name, given in named.items() if job.against in (name, given)), job.against)
    if job.data:
        return _compare_on_data(named, job, options, against, plugins)
    if job.normal or options.split != "none":
        raise UsageError("--normal and --split are for --data", remedy="add --data, or leave them out")
    runs = [read_run(find_model(given)[1], name, plugins=plugins) for name, given in named.items()]
    first = runs[0].result
    _check_same(runs)
    ground = Ground(first.data_name, first.data_digest, first.split, first.label_space)
    contenders = [run.contender for run in runs]
    return compare(contenders, ground, against=against, seed=options.seed, notes=tuple(_stored_notes(runs)))


def _named(given: Sequence[str]) -> dict[str, str]:
    """Name -> folder or name as given: the folder's name, or the whole path where two have the same."""
    names = [find_model(text)[0] for text in given]
    often = Counter(names)
    made = [name if often[name] == 1 else text for name, text in zip(names, given, strict=True)]
    if len(set(made)) < len(made):
        raise UsageError(f"{max(made, key=made.count)} is given twice", remedy="give each folder once")
    return dict(zip(made, given, strict=True))


def _check_same(runs: Sequence[StoredRun]) -> None:
    """``UsageError`` unless all were evaluated on the same data, split in the same way."""
    first = runs[0]
    for run in runs[1:]:
        for what, one, other in (
            ("data", first.result.data_digest, run.result.data_digest),
            ("split", _split_of(first), _split_of(run)),
            ("label space", first.result.label_space, run.result.label_space),
        ):
            if one != other:
                raise UsageError(
                    f"{first.contender.name} and {run.contender.name} were not evaluated on the same {what}: "
                    f"{one} and {other}",
                    remedy="give --data: then every model answers the same rows",
                )


def _split_of(run: StoredRun) -> str:
    """A split of all rows has no seed."""
    result = run.result
    return result.split if result.split == _NO_SPLIT else f"{result.split}, seed {result.seed}"


def _stored_notes(runs: Sequence[StoredRun]) -> Iterator[str]:
    for run in runs:
        if run.result.overlap_rows:
            yield (
                f"{run.contender.name}: {run.result.overlap_rows:,} rows are near-duplicates of what it was trained on"
            )
        if run.result.unknown_rows:
            yield f"{run.contender.name}: {run.result.unknown_rows:,} rows have a label it lacks"


def _compare_on_data(
    named: dict[str, str], job: ComparisonJob, options: TrainingOptions, against: str | None, plugins: bool
) -> Comparison:
    """Every model answers the same rows, each with the labels of its own ATT&CK version."""
    folders = {name: find_model(given)[1] for name, given in named.items()}
    models = {name: load_folder(folder, name=name, plugins=plugins) for name, folder in folders.items()}
    version = next(iter(models.values())).attack_version
    dataset = load_csvs(job.data, job.normal, columns=job.columns, attack_version=job.attack_version, into=version)
    if job.min_rows > 1:
        dataset = rare_to_other(dataset, job.min_rows)
    split = chosen_split(dataset.rows, options)
    rows = dataset.select(split.folds[0].test) if split else list(dataset.rows)
    commands = [row.command_line for row in rows]
    keys = [row_key(row) for row in rows]
    notes = [
        f"{item.rows} rows: {item.written} read as {item.used} ({item.reason})" for item in dataset.manifest.conversions
    ]
    contenders = []
    for name, model in models.items():
        relabelled = rows if model.attack_version == version else _in_version(rows, version, model.attack_version)
        predictions = predictions_of(
            relabelled, model.probabilities(commands), model.labels, label_space=job.label_space, keys=keys
        )
        cost = measure_scoring(folders[name], commands, plugins=plugins).or_else(read_cost(folders[name]))
        contenders.append(
            Contender(
                name, model.family, model.ref.digest, model.attack_version, model.interpretability, predictions, cost
            )
        )
        notes += _overlap_notes(name, folders[name], commands, dataset, model.manifest, split is not None)
        unknown = int((predictions.rank == 0).sum())
        if unknown:
            notes.append(f"{name}: {unknown:,} rows have a label it lacks; they count as wrong")
    manifest = dataset.manifest
    ground = Ground(manifest.name, manifest.sha256, split.name if split else _NO_SPLIT, job.label_space)
    return compare(contenders, ground, against=against, seed=options.seed, notes=notes)


def _in_version(rows: Sequence[LabelledCommand], source: str, target: str) -> list[LabelledCommand]:
    """The rows with their labels in another version; ``LabelError`` for one that has no single counterpart there."""
    resolved = resolve_labels([(row.label, f"row {place}") for place, row in enumerate(rows, 1)], source, target)
    return [with_label(row, label) for row, label in zip(rows, resolved.labels, strict=True)]


def _overlap_notes(
    name: str, folder: Path, commands: Sequence[str], dataset: Dataset, manifest: dict[str, object], is_split: bool
) -> Iterator[str]:
    """How many rows are not new to the model."""
    trained_on = manifest.get("dataset")
    if not is_split and isinstance(trained_on, dict) and trained_on.get("sha256") == dataset.manifest.sha256:
        yield f"{name} was trained on this data: its figures say nothing about new commands"
        return
    path = folder / TRAINING_KEYS_FILE
    if not path.is_file():
        yield f"{name} does not say what it was trained on: overlap with this data is not known"
        return
    seen = int(overlapping(commands, read_keys(path.read_bytes())).sum())
    if seen:
        yield f"{name}: {seen:,} of {len(commands):,} rows are near-duplicates of what it was trained on; they flatter"
