"""Why one command got its answer: the shares of its parts, and what would change it."""

from dataclasses import dataclass
from typing import Any

from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Prediction, rounded


@dataclass(frozen=True, slots=True)
class Share:
    """What the characters ``start`` to ``end`` (half open, of the normalised text) add to a label's log-odds."""

    start: int
    end: int
    text: str
    weight: float

    def to_dict(self) -> dict[str, Any]:
        return {"span": [self.start, self.end], "text": self.text, "weight": rounded(self.weight)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One label with the shares of all parts, in the order of the text.

    ``method`` ``additive``: exact, ``intercept`` and the weights sum to ``total``, the log-probability of the label
    minus the mean over all labels. ``leave-one-out``: for models that do not add up, each weight is how much the
    label's log-odds fall when that part alone is taken out; ``intercept`` is then what is left of ``total``.
    """

    label: str
    name: str
    tactics: tuple[str, ...]
    probability: float
    method: str
    intercept: float
    shares: tuple[Share, ...]

    @property
    def total(self) -> float:
        return self.intercept + sum(share.weight for share in self.shares)

    def strongest(self, count: int) -> tuple[Share, ...]:
        """The shares with the largest weights, for or against; equal ones in the order of the text."""
        return tuple(sorted(self.shares, key=lambda share: -abs(share.weight))[:count])

    def to_dict(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "name": self.name,
            "tactics": list(self.tactics),
            "probability": rounded(self.probability),
            "method": self.method,
            "intercept": rounded(self.intercept),
            "total": rounded(self.total),
            "parts": [share.to_dict() for share in self.shares],
        }


@dataclass(frozen=True, slots=True)
class Without:
    """What the model really says when ``removed`` is taken out of the text."""

    removed: Share
    prediction: Prediction

    def to_dict(self) -> dict[str, Any]:
        best = self.prediction.techniques[0] if self.prediction.techniques else None
        return {
            "removed": self.removed.to_dict(),
            "verdict": self.prediction.verdict.value,
            "confidence": rounded(self.prediction.confidence),
            "technique": None if best is None else best.subtechnique or best.technique,
            "probability": None if best is None else rounded(best.probability),
        }


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The second likeliest label, and which parts put the first one before it (weight: how much)."""

    first: str
    second: str
    name: str
    probability: float
    gap: float
    intercept: float
    shares: tuple[Share, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "second": self.second,
            "name": self.name,
            "probability": rounded(self.probability),
            "gap": rounded(self.gap),
            "intercept": rounded(self.intercept),
            "parts": [share.to_dict() for share in self.shares],
        }


@dataclass(frozen=True, slots=True)
class CommandExplanation:
    """Everything that ``ttpline explain`` shows."""

    command: NormalisedCommand
    dialect: str
    prediction: Prediction
    explanations: tuple[Explanation, ...]
    without: tuple[Without, ...]
    runner_up: RunnerUp | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "command": self.command.to_dict(),
            "dialect": self.dialect,
            "prediction": self.prediction.to_dict(),
            "explanations": [explanation.to_dict() for explanation in self.explanations],
            "without": [without.to_dict() for without in self.without],
            "runner_up": None if self.runner_up is None else self.runner_up.to_dict(),
        }
