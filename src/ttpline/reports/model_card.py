"""The model card: ``README.md`` in a model's folder, rendered from what ``model.json`` records and nothing else."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ttpline.domain.prediction import ModelRef
from ttpline.evaluation.result import EvaluationResult
from ttpline.models.base import CommandClassifier
from ttpline.reports.evaluation_table import escape, table, to_markdown
from ttpline.reports.run_pictures import PICTURES, picture_links

METRICS_FILE = "metrics.json"

_MOST_LABELS = 400
"""Rows of the label table; ATT&CK 18 has 691 techniques and sub-techniques, few models know half of them."""


def save_with_card(
    model: CommandClassifier, folder: Path, files: Mapping[str, bytes], metrics: Mapping[str, Any], *, name: str = ""
) -> ModelRef:
    """Save ``model`` with its card, ``metrics.json`` and ``files`` beside the weights, all listed and digested.

    ``name`` heads the card (default: the folder's name).
    """
    card = render_model_card(
        name=name or folder.name,
        family=model.family,
        labels=model.labels,
        attack_version=model.attack_version,
        temperature=model.temperature,
        thresholds={"attack": model.thresholds.attack, "normal": model.thresholds.normal},
        manifest=model.manifest,
        pictures=[file for file in files if file in PICTURES],
    )
    contents = {METRICS_FILE: json.dumps(metrics, indent=1, ensure_ascii=False).encode() + b"\n", **files}
    write = model.write

    def write_all(target: Path) -> None:
        write(target)
        for file_name, content in contents.items():
            (target / file_name).write_bytes(content)

    # A model folder holds what the model writes and nothing else; for this one save it writes a few files more.
    vars(model)["write"] = write_all
    try:
        return model.save(folder, card=card)
    finally:
        del vars(model)["write"]


def render_model_card(
    *,
    name: str,
    family: str,
    labels: tuple[str, ...],
    attack_version: str,
    temperature: float,
    thresholds: Mapping[str, float],
    manifest: Mapping[str, Any],
    pictures: Sequence[str] = (),
) -> str:
    """The card as Markdown. ``manifest`` is the model's; sections whose facts it lacks are left out.

    ``pictures`` are the names (of ``run_pictures.PICTURES``) that lie beside the card; they show the last evaluation.
    """
    lines = [f"# {escape(name)}", "", *_summary(family, labels, attack_version, temperature, thresholds)]
    lines += _notes(manifest.get("notes", ()))
    lines += _warnings(manifest.get("warnings", ()))
    if "dataset" in manifest:
        lines += _data(manifest["dataset"])
    if manifest.get("params"):
        rows = [[key, str(value)] for key, value in manifest["params"].items()]
        lines += ["", "## Parameters", "", *table(["parameter", "value"], rows)]
    if manifest.get("tuning"):
        lines += _tuning(manifest["tuning"])
    results = [EvaluationResult.from_dict(result) for result in manifest.get("results", ())]
    if results:
        lines += ["", "## How good it is", ""]
        lines += ["Intervals are 95 %, by bootstrap over groups. What each figure means: `docs/evaluation.md`.", ""]
        lines += [to_markdown(result) for result in results]
    if pictures:
        lines += ["", "## Pictures", "", f"Of the last evaluation above. Every class: `{METRICS_FILE}`.", ""]
        lines += picture_links(pictures)
    return "\n".join(lines).rstrip() + "\n"


def _summary(
    family: str, labels: tuple[str, ...], attack_version: str, temperature: float, thresholds: Mapping[str, float]
) -> Iterator[str]:
    yield f"A `{escape(family)}` model: {len(labels)} labels of ATT&CK {escape(attack_version)}."
    yield ""
    yield f"- temperature {temperature:.4f}"
    yield f"- verdict attack from a probability of {thresholds['attack']:.4f} (of not being Normal)"
    yield f"- verdict normal up to {thresholds['normal']:.4f}; between the two: uncertain"


def _notes(notes: Any) -> Iterator[str]:
    if notes:
        yield from ("", "## What it is for, and what not", "")
        yield from (f"- {escape(str(note))}" for note in notes)


def _warnings(warnings: Any) -> Iterator[str]:
    if warnings:
        yield from ("", "## To keep in mind", "")
        yield from (f"- {escape(str(warning))}" for warning in warnings)


def _data(dataset: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Training data", "")
    yield f"- {escape(dataset['name'])}: {dataset['rows']:,} rows, {dataset['groups']:,} groups"
    yield f"- digest of the rows: `{dataset['sha256']}`"
    repeated, ambiguous = dataset["merged_rows"], dataset["ambiguous_commands"]
    yield f"- {repeated:,} repeated rows merged; {ambiguous:,} commands have several labels"
    for part in ("platforms", "origins", "licences"):
        counts = ", ".join(f"{escape(key)} {number:,}" for key, number in dataset[part].items())
        yield f"- {part}: {counts}"
    yield ""
    files = [[item["name"], f"{item['rows']:,}", item["sha256"]] for item in dataset["files"]]
    yield from table(["file", "rows", "digest"], files)
    yield ""
    labels = sorted(dataset["labels"].items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [[label, f"{number:,}"] for label, number in labels[:_MOST_LABELS]]
    yield from table(["label", "rows"], rows)
    if len(labels) > _MOST_LABELS:
        yield f"\n{len(labels) - _MOST_LABELS} more labels are in `model.json`."


def _tuning(tuning: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## How the parameters were chosen", "")
    yield f"Grid search over {tuning['tried']:,} points, {escape(tuning['folds'])} of {tuning['rows']:,} rows,"
    yield f"seed {tuning['seed']}, score {escape(tuning['score'])}; the mean over the folds decided."
    yield ""
    rows = []
    for point in tuning["points"]:
        named = ", ".join(f"{name}={value}" for name, value in point["parameters"].items())
        if "refused" in point:
            rows.append([named, "–", "–", point["refused"]])
        else:
            rows.append([named, f"{point['mean']:.4f}", f"{point['std']:.4f}", "; ".join(point["notes"])])
    yield from table(["parameters", "mean", "std", "notes"], rows)
    if tuning["tried"] > len(rows):
        yield f"\n{tuning['tried'] - len(rows):,} more points are in `metrics.json`."
