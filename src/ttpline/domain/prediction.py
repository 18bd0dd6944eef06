"""What a model says of one command, and why."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

NORMAL = "Normal"
"""The label of a command that is no attack."""

OTHER = "Z999"
"""The study's label for all its rare techniques together."""


class Verdict(Enum):
    """What to act on."""

    ATTACK = "attack"
    NORMAL = "normal"
    UNCERTAIN = "uncertain"


def rounded(value: float) -> float:
    """Six digits, as every float in the output has."""
    return round(float(value), 6)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One part of the command that speaks for a technique (or, with a negative weight, against it).

    ``kind``: semantic · text · rule · context. ``span``: characters of the normalised text, half open.
    ``weight``: signed log-odds, comparable within one prediction.
    """

    kind: str
    span: tuple[int, int]
    text: str
    why: str
    weight: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "span": list(self.span),
            "text": self.text,
            "why": self.why,
            "weight": rounded(self.weight),
        }


@dataclass(frozen=True, slots=True)
class TechniqueScore:
    """One technique with its calibrated ``probability`` (0 to 1) and the evidence for it.

    ``technique`` is the parent id; ``subtechnique`` the likeliest of its children, or null when none stands out.
    """

    technique: str
    subtechnique: str | None
    name: str
    tactics: tuple[str, ...]
    probability: float
    evidence: tuple[Evidence, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "technique": self.technique,
            "subtechnique": self.subtechnique,
            "name": self.name,
            "tactics": list(self.tactics),
            "probability": rounded(self.probability),
            "evidence": [evidence.to_dict() for evidence in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model spoke: ``digest`` is ``sha256:…`` over its folder's file list."""

    name: str
    digest: str

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Prediction:
    """``confidence`` is the calibrated probability of the verdict; ``techniques`` are ranked, whatever the verdict."""

    verdict: Verdict
    confidence: float
    techniques: tuple[TechniqueScore, ...]
    attack_version: str
    model: ModelRef

    def to_dict(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value,
            "confidence": rounded(self.confidence),
            "techniques": [score.to_dict() for score in self.techniques],
            "attack_version": self.attack_version,
            "model": self.model.to_dict(),
        }
