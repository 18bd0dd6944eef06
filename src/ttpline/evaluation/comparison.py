"""Several models on the same rows: their figures, whether they differ by more than chance, and where they disagree.

The result that tables and pages are made of; ``contenders.py`` makes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ttpline.evaluation.additive import Difference, Estimate
from ttpline.evaluation.class_report import ClassReport
from ttpline.evaluation.confusion import ConfusionCell, cells_from
from ttpline.evaluation.cost import Cost
from ttpline.evaluation.mcnemar import McNemar
from ttpline.evaluation.metrics import CoveragePoint
from ttpline.evaluation.reliability import ReliabilityBin


@dataclass(frozen=True, slots=True)
class Compared:
    """A model's part of a comparison, all over the common rows. ``left_out_rows``: its rows that others lack.

    ``coverage``: accuracy over all labels as the model abstains.
    """

    name: str
    family: str
    digest: str
    attack_version: str
    interpretability: str
    left_out_rows: int
    figures: Mapping[str, Estimate]
    per_class: tuple[ClassReport, ...]
    confusion: tuple[ConfusionCell, ...]
    reliability: tuple[ReliabilityBin, ...]
    coverage: tuple[CoveragePoint, ...]
    cost: Cost | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "family": self.family,
            "digest": self.digest,
            "attack_version": self.attack_version,
            "interpretability": self.interpretability,
            "left_out_rows": self.left_out_rows,
            "figures": {name: estimate.to_dict() for name, estimate in self.figures.items()},
            "cost": self.cost.to_dict() if self.cost else None,
            "per_class": [report.to_dict() for report in self.per_class],
            "confusion": [cell.to_list() for cell in self.confusion],
            "reliability": [part.to_dict() for part in self.reliability],
            "coverage": [
                [point.coverage, round(point.accuracy, 6), round(point.least_confidence, 6)] for point in self.coverage
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Compared":
        return cls(
            data["name"],
            data["family"],
            data["digest"],
            data["attack_version"],
            data["interpretability"],
            data["left_out_rows"],
            {name: Estimate.from_dict(value) for name, value in data["figures"].items()},
            tuple(ClassReport.from_dict(report) for report in data["per_class"]),
            cells_from(data["confusion"]),
            tuple(ReliabilityBin.from_dict(part) for part in data["reliability"]),
            tuple(CoveragePoint(*point) for point in data["coverage"]),
            Cost.from_dict(data["cost"]) if data["cost"] else None,
        )


@dataclass(frozen=True, slots=True)
class PairedTest:
    """``model`` against ``against``: differences (``TESTED``) by bootstrap over groups, with ``p_holm`` for each, and
    McNemar's test over rows for ``accuracy`` and (attack rows) ``top1``."""

    model: str
    against: str
    differences: Mapping[str, Difference]
    p_holm: Mapping[str, float]
    rows: Mapping[str, McNemar]

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "against": self.against,
            "differences": {
                name: {**found.to_dict(), "p_holm": _rounded(self.p_holm.get(name))}
                for name, found in self.differences.items()
            },
            "mcnemar": {name: test.to_dict() for name, test in self.rows.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "PairedTest":
        found = data["differences"]
        return cls(
            data["model"],
            data["against"],
            {name: Difference.from_dict(part) for name, part in found.items()},
            {name: part["p_holm"] for name, part in found.items() if part["p_holm"] is not None},
            {name: McNemar(**part) for name, part in data["mcnemar"].items()},
        )


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Rows labelled ``truth`` that the models answer so differently; ``answers`` in the order of the models."""

    truth: str
    answers: tuple[str, ...]
    rows: int
    occurrences: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole comparison; the first of ``models`` is the one that the others are tested ``against``.

    ``agreeing_rows`` get one and the same answer from all; ``all_right_rows`` and ``all_wrong_rows`` are as named.
    """

    data_name: str
    data_digest: str
    split: str
    label_space: str
    seed: int
    rows: int
    attack_rows: int
    groups: int
    models: tuple[Compared, ...]
    tests: tuple[PairedTest, ...]
    agreeing_rows: int
    all_right_rows: int
    all_wrong_rows: int
    disagreement_kinds: int
    disagreements: tuple[Disagreement, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "data": {"name": self.data_name, "sha256": self.data_digest},
            "split": self.split,
            "label_space": self.label_space,
            "seed": self.seed,
            "rows": self.rows,
            "attack_rows": self.attack_rows,
            "groups": self.groups,
            "notes": list(self.notes),
            "tests": [test.to_dict() for test in self.tests],
            "agreement": {
                "agreeing_rows": self.agreeing_rows,
                "all_right_rows": self.all_right_rows,
                "all_wrong_rows": self.all_wrong_rows,
                "kinds": self.disagreement_kinds,
                "commonest": [
                    [item.truth, list(item.answers), item.rows, round(item.occurrences, 6)]
                    for item in self.disagreements
                ],
            },
            "models": [model.to_dict() for model in self.models],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Comparison":
        """The inverse of ``to_dict``, to six digits."""
        shared = data["agreement"]
        return cls(
            data["data"]["name"],
            data["data"]["sha256"],
            data["split"],
            data["label_space"],
            data["seed"],
            data["rows"],
            data["attack_rows"],
            data["groups"],
            tuple(Compared.from_dict(model) for model in data["models"]),
            tuple(PairedTest.from_dict(test) for test in data["tests"]),
            shared["agreeing_rows"],
            shared["all_right_rows"],
            shared["all_wrong_rows"],
            shared["kinds"],
            tuple(Disagreement(item[0], tuple(item[1]), item[2], item[3]) for item in shared["commonest"]),
            tuple(data["notes"]),
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
