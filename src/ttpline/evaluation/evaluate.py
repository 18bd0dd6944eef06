"""Rows with known labels and a model's probabilities for them -> ``EvaluationResult``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.errors import DatasetError
from ttpline.evaluation import metrics
from ttpline.evaluation.additive import RESAMPLES, Additive, FloatArray, IntArray, estimates
from ttpline.evaluation.class_report import class_reports
from ttpline.evaluation.confusion import confusion_cells
from ttpline.evaluation.label_space import columns_of, tactics_of
from ttpline.evaluation.predictions import Predictions
from ttpline.evaluation.reliability import reliability_bins
from ttpline.evaluation.result import RECALL_RATES, EvaluationResult, Slice
from ttpline.models.base import Thresholds

LEAST_SLICE_ROWS = 20
"""A platform with fewer rows has no figures of its own: the interval would be most of the scale."""


@dataclass(frozen=True, slots=True)
class About:
    """What a result is of: its name, the data's name and digest, the split and seed, and the model."""

    name: str
    data_name: str
    data_digest: str
    attack_version: str
    split: str = "none: all rows are the test"
    seed: int = 0
    model: str = ""


@dataclass(frozen=True, slots=True)
class _Rows:
    """The arrays that every figure is made from, one entry a row, in one label space."""

    truth: IntArray
    probabilities: FloatArray
    ranking: FloatArray
    is_attack: npt.NDArray[np.bool_]
    attack_probability: FloatArray
    tactic_hit: FloatArray
    counts: FloatArray
    groups: IntArray

    def take(self, mask: npt.NDArray[np.bool_]) -> "_Rows":
        return _Rows(*(getattr(self, name)[mask] for name in self.__slots__))


def evaluate(
    rows: Sequence[LabelledCommand],
    probabilities: npt.NDArray[np.floating],
    model_labels: Sequence[str],
    about: About,
    *,
    label_space: str = "technique",
    thresholds: Thresholds | None = None,
    resamples: int = RESAMPLES,
    overlap_rows: int | None = None,
    predictions: Predictions | None = None,
) -> EvaluationResult:
    """All figures of ``probabilities`` (``[rows, model labels]``) against the rows' labels.

    Techniques are ranked among themselves, whatever the verdict, as predictions list them. Thresholds for recall at
    a fixed false-alarm rate come from the normal rows of the same data.

    With ``predictions`` (``predictions_of`` the same arguments) the result has its details too, and every figure that
    the study names per occurrence.
    """
    if not rows:
        raise DatasetError("there are no rows to evaluate")
    table, names = _table(rows, probabilities, model_labels, about.attack_version, label_space)
    limits = _limits(table)
    is_full = predictions is not None
    platforms = np.array([row.platform or "unknown" for row in rows], object)
    slices = {
        name: _slice(table.take(platforms == name), limits, thresholds, about.seed, resamples, is_full=is_full)
        for name in sorted(set(platforms.tolist()))
        if (platforms == name).sum() >= LEAST_SLICE_ROWS
    }
    attacks = table.take(table.is_attack)
    return EvaluationResult(
        name=about.name,
        data_name=about.data_name,
        data_digest=about.data_digest,
        split=about.split,
        seed=about.seed,
        attack_version=about.attack_version,
        label_space=label_space,
        classes=len(names),
        unknown_rows=int((table.truth < 0).sum()),
        whole=_slice(table, limits, thresholds, about.seed, resamples, is_full=is_full),
        platforms=slices,
        coverage=_coverage(attacks),
        thresholds={
            **({"attack": thresholds.attack, "normal": thresholds.normal} if thresholds else {}),
            **{name: limit for name, limit in limits.items() if limit is not None},
        },
        overlap_rows=overlap_rows,
        model=about.model,
        **({} if predictions is None else _details(predictions, about, resamples)),
    )


def _details(predictions: Predictions, about: About, resamples: int) -> dict[str, Any]:
    right = np.asarray(predictions.answer == predictions.truth, np.float64)
    return {
        "per_class": class_reports(predictions, about.attack_version),
        "confusion": confusion_cells(predictions),
        "reliability": reliability_bins(predictions, seed=about.seed, resamples=resamples),
        "coverage_all": metrics.accuracy_against_coverage(predictions.confidence, right),
    }


def _table(
    rows: Sequence[LabelledCommand],
    probabilities: npt.NDArray[np.floating],
    model_labels: Sequence[str],
    attack_version: str,
    label_space: str,
) -> tuple[_Rows, tuple[str, ...]]:
    columns = columns_of(model_labels, label_space)
    collapsed = columns.collapse(probabilities)
    written = [row.label for row in rows]
    ranking = collapsed.copy()
    attack_probability = probabilities.max(axis=1).astype(np.float64)  # without Normal: how sure of any technique
    if NORMAL in columns.labels:
        normal = columns.labels.index(NORMAL)
        attack_probability = 1.0 - collapsed[:, normal]
        ranking[:, normal] = -1.0  # never among the techniques
    answered = [columns.labels[column] for column in np.argmax(ranking, axis=1)]
    true_tactics = tactics_of([columns.name(label) for label in written], attack_version)
    hits = [bool(a & b) for a, b in zip(tactics_of(answered, attack_version), true_tactics, strict=True)]
    groups = {name: number for number, name in enumerate(dict.fromkeys(row.group for row in rows))}
    table = _Rows(
        truth=columns.place(written),
        probabilities=collapsed,
        ranking=ranking,
        is_attack=np.array([label != NORMAL for label in written]),
        attack_probability=attack_probability,
        tactic_hit=np.array(hits, np.float64),
        counts=np.array([row.count for row in rows]),
        groups=np.array([groups[row.group] for row in rows], np.int64),
    )
    return table, columns.labels


def _limits(table: _Rows) -> dict[str, float | None]:
    """The attack threshold for each false-alarm rate; None where the normal rows are too few to tell."""
    normal = table.attack_probability[~table.is_attack]
    return {_recall_name(rate): metrics.threshold_at(normal, rate) for rate in RECALL_RATES}


def _recall_name(rate: float) -> str:
    return f"recall_at_1_in_{round(1 / rate)}"


def _slice(
    table: _Rows,
    limits: dict[str, float | None],
    thresholds: Thresholds | None,
    seed: int,
    resamples: int,
    *,
    is_full: bool,
) -> Slice:
    attack, normal = table.take(table.is_attack), table.take(~table.is_attack)
    found = {}
    for part, figures in (
        (attack, _attack_figures(attack, limits, thresholds, is_full=is_full)),
        (normal, _normal_figures(normal, thresholds)),
        (table, _whole_figures(table, is_full=is_full)),
    ):
        if len(part.truth):
            found.update(estimates(figures, part.groups, seed=seed, resamples=resamples))
    return Slice(len(table.truth), len(attack.truth), len(np.unique(table.groups)), found)


def _attack_figures(
    rows: _Rows, limits: dict[str, float | None], thresholds: Thresholds | None, *, is_full: bool
) -> list[Additive]:
    if not len(rows.truth):
        return []
    ones = np.ones(len(rows.truth))
    top1 = metrics.top_k_hits(rows.truth, rows.ranking, 1)
    figures = [
        metrics.mean("top1", top1, ones),
        metrics.mean("top3", metrics.top_k_hits(rows.truth, rows.ranking, 3), ones),
        metrics.mean("top1_by_count", top1, rows.counts),
        *metrics.f1_scores("macro_f1", "weighted_f1", rows.truth, np.argmax(rows.ranking, axis=1), ones),
        metrics.mean("tactic", rows.tactic_hit, ones),
    ]
    if is_full:
        figures.append(metrics.mean("top3_by_count", metrics.top_k_hits(rows.truth, rows.ranking, 3), rows.counts))
    for name, limit in limits.items():
        if limit is not None:
            figures.append(metrics.mean(name, (rows.attack_probability >= limit).astype(np.float64), ones))
    if thresholds is not None:
        said_attack = rows.attack_probability >= thresholds.attack
        said_normal = ~said_attack & (rows.attack_probability <= thresholds.normal)
        figures.append(metrics.mean("verdict_recall", said_attack.astype(np.float64), ones))
        figures.append(metrics.mean("attacks_called_normal", said_normal.astype(np.float64), ones))
    return figures


def _normal_figures(rows: _Rows, thresholds: Thresholds | None) -> list[Additive]:
    if thresholds is None or not len(rows.truth):
        return []
    said_attack = rows.attack_probability >= thresholds.attack
    said_normal = ~said_attack & (rows.attack_probability <= thresholds.normal)
    ones = np.ones(len(said_attack))
    return [
        metrics.mean("false_alarms", said_attack.astype(np.float64), ones),
        metrics.mean("normal_called_normal", said_normal.astype(np.float64), ones),
    ]


def _whole_figures(rows: _Rows, *, is_full: bool) -> list[Additive]:
    ones = np.ones(len(rows.truth))
    answer = np.argmax(rows.probabilities, axis=1)
    confidence = np.clip(rows.probabilities.max(axis=1), 0.0, 1.0)
    right = (answer == rows.truth).astype(np.float64)
    macro_by_count, by_count = metrics.f1_scores(
        "macro_f1_all_by_count", "weighted_f1_all_by_count", rows.truth, answer, rows.counts
    )
    top3 = metrics.top_k_hits(rows.truth, rows.probabilities, 3)
    more = [macro_by_count, metrics.mean("top3_all", top3, ones), metrics.mean("top3_all_by_count", top3, rows.counts)]
    mass, width = metrics.bins_of_equal_mass(confidence), metrics.bins_of_equal_width(confidence)
    return [
        metrics.mean("accuracy", right, ones),
        metrics.mean("accuracy_by_count", right, rows.counts),
        *metrics.f1_scores("macro_f1_all", "weighted_f1_all", rows.truth, answer, ones),
        by_count,
        metrics.calibration_error("ece_equal_mass", confidence, right, mass, ones),
        metrics.calibration_error("ece_equal_width", confidence, right, width, ones),
        metrics.mean("brier", metrics.brier_terms(rows.truth, rows.probabilities), ones),
        metrics.mean("log_loss", metrics.log_loss_terms(rows.truth, rows.probabilities), ones),
        *(more if is_full else ()),
    ]


def _coverage(attacks: _Rows) -> tuple[metrics.CoveragePoint, ...]:
    """Technique accuracy as the model abstains, over attack rows, by the highest technique probability."""
    if not len(attacks.truth):
        return ()
    right = metrics.top_k_hits(attacks.truth, attacks.ranking, 1)
    return metrics.accuracy_against_coverage(attacks.ranking.max(axis=1), right)
