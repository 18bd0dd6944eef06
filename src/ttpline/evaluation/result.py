"""An evaluation that was made: figures with intervals, and everything needed to say what they are figures of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ttpline.evaluation.additive import Estimate
from ttpline.evaluation.class_report import ClassReport
from ttpline.evaluation.confusion import ConfusionCell, cells_from
from ttpline.evaluation.metrics import CoveragePoint
from ttpline.evaluation.reliability import ReliabilityBin

RECALL_RATES = (0.01, 0.001)
"""False alarms per normal command at which recall is given: 1 in 100 and 1 in 1,000."""

FIGURES = {
    "top1": "top-1 over attack rows",
    "top3": "top-3 over attack rows",
    "top1_by_count": "top-1 over attack rows, count-weighted",
    "top3_by_count": "top-3 over attack rows, count-weighted",
    "macro_f1": "macro F1 over techniques (attack rows)",
    "weighted_f1": "weighted F1 over techniques (attack rows)",
    "tactic": "tactic accuracy (attack rows)",
    "accuracy": "accuracy, all rows with Normal as a class",
    "accuracy_by_count": "accuracy, all rows, count-weighted",
    "top3_all": "top-3, Normal as a class",
    "top3_all_by_count": "top-3, Normal as a class, count-weighted",
    "macro_f1_all": "macro F1, Normal as a class",
    "macro_f1_all_by_count": "macro F1, Normal as a class, count-weighted",
    "weighted_f1_all": "weighted F1, Normal as a class",
    "weighted_f1_all_by_count": "weighted F1, Normal as a class, count-weighted",
    "recall_at_1_in_100": "verdict recall at 1 false alarm in 100 normal commands",
    "recall_at_1_in_1000": "verdict recall at 1 false alarm in 1,000 normal commands",
    "verdict_recall": "attack rows with the verdict attack",
    "attacks_called_normal": "attack rows with the verdict normal",
    "false_alarms": "normal rows with the verdict attack",
    "normal_called_normal": "normal rows with the verdict normal",
    "ece_equal_mass": "calibration error, bins of equal mass",
    "ece_equal_width": "calibration error, bins of equal width",
    "brier": "Brier score (0 to 2)",
    "log_loss": "log loss (nats)",
}
"""Every figure by its stable name, with the words that tables use. ``count-weighted`` is per occurrence, the others are
per row. Words are stable too: the built-in model's card holds them, and its digest covers the card."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of a part of the rows."""

    rows: int
    attack_rows: int
    groups: int
    figures: Mapping[str, Estimate]

    def to_dict(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "attack_rows": self.attack_rows,
            "groups": self.groups,
            "figures": {name: estimate.to_dict() for name, estimate in self.figures.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Slice":
        figures = {name: Estimate.from_dict(value) for name, value in data["figures"].items()}
        return cls(data["rows"], data["attack_rows"], data["groups"], figures)


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """Figures over all rows (``whole``) and per platform, with what they were measured on and how.

    ``unknown_rows`` are attack rows whose label the model does not have: they count as wrong. ``overlap_rows`` are
    near-duplicates of the model's training data (None: not checked); only a result without any is about new commands.

    ``per_class``, ``confusion``, ``reliability`` and ``coverage_all`` (``coverage`` over all rows and labels) are the
    details: empty where they were not asked for, and in files that were written before there were any.
    """

    name: str
    data_name: str
    data_digest: str
    split: str
    seed: int
    attack_version: str
    label_space: str
    classes: int
    unknown_rows: int
    whole: Slice
    platforms: Mapping[str, Slice] = field(default_factory=dict)
    coverage: tuple[CoveragePoint, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)
    overlap_rows: int | None = None
    model: str = ""
    per_class: tuple[ClassReport, ...] = ()
    confusion: tuple[ConfusionCell, ...] = ()
    reliability: tuple[ReliabilityBin, ...] = ()
    coverage_all: tuple[CoveragePoint, ...] = ()

    def without_details(self) -> "EvaluationResult":
        """The figures alone: what goes into ``model.json``, which every scoring reads."""
        return replace(self, per_class=(), confusion=(), reliability=(), coverage_all=())

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "model": self.model,
            "data": {"name": self.data_name, "sha256": self.data_digest},
            "split": self.split,
            "seed": self.seed,
            "attack_version": self.attack_version,
            "label_space": self.label_space,
            "classes": self.classes,
            "unknown_rows": self.unknown_rows,
            "overlap_rows": self.overlap_rows,
            "thresholds": {name: round(value, 6) for name, value in self.thresholds.items()},
            "whole": self.whole.to_dict(),
            "platforms": {name: part.to_dict() for name, part in self.platforms.items()},
            "coverage": _points(self.coverage),
            **self._details(),
        }

    def _details(self) -> dict[str, Any]:
        """Keys only for what is there, so that a result without details is written as it always was."""
        found = {
            "per_class": [report.to_dict() for report in self.per_class],
            "confusion": [cell.to_list() for cell in self.confusion],
            "reliability": [part.to_dict() for part in self.reliability],
            "coverage_all": _points(self.coverage_all),
        }
        return {name: part for name, part in found.items() if part}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "EvaluationResult":
        """The inverse of ``to_dict``, to six digits: a saved result can be rendered again."""
        return cls(
            name=data["name"],
            data_name=data["data"]["name"],
            data_digest=data["data"]["sha256"],
            split=data["split"],
            seed=data["seed"],
            attack_version=data["attack_version"],
            label_space=data["label_space"],
            classes=data["classes"],
            unknown_rows=data["unknown_rows"],
            whole=Slice.from_dict(data["whole"]),
            platforms={name: Slice.from_dict(part) for name, part in data["platforms"].items()},
            coverage=tuple(CoveragePoint(*point) for point in data["coverage"]),
            thresholds=dict(data["thresholds"]),
            overlap_rows=data["overlap_rows"],
            model=data["model"],
            per_class=tuple(ClassReport.from_dict(report) for report in data.get("per_class", ())),
            confusion=cells_from(data.get("confusion", ())),
            reliability=tuple(ReliabilityBin.from_dict(part) for part in data.get("reliability", ())),
            coverage_all=tuple(CoveragePoint(*point) for point in data.get("coverage_all", ())),
        )


def _points(points: tuple[CoveragePoint, ...]) -> list[list[float]]:
    return [[point.coverage, round(point.accuracy, 6), round(point.least_confidence, 6)] for point in points]
