"""Why one command got its answer: the shares of its parts, and what would change it."""

from dataclasses import dataclass
from typing import Any

from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Prediction, rounded
from ttpline.explain.meaning import Meaning


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
class Reason:
    """What the model itself gives as evidence, as a ``sentence``; ``entry`` names the knowledge behind it, null for
    words of the text. In a comparison ``weight`` is a difference: above 0 it speaks more for the first."""

    kind: str
    span: tuple[int, int]
    text: str
    sentence: str
    entry: str | None
    weight: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "span": list(self.span),
            "text": self.text,
            "sentence": self.sentence,
            "entry": self.entry,
            "weight": rounded(self.weight),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """One label with the reasons for it, strongest first, and the shares of all parts, in the order of the text.

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
    reasons: tuple[Reason, ...] = ()

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
            "reasons": [reason.to_dict() for reason in self.reasons],
            "parts": [share.to_dict() for share in self.shares],
        }


@dataclass(frozen=True, slots=True)
class Without:
    """What the model really says when ``removed`` is taken out of the text.

    ``what``: ``word``, ``part`` (a simple command with what joins it), ``fact`` (the place of an entry of the
    knowledge) or ``encoding`` (nothing is taken out, but the command is written plainly). ``changes``: another verdict
    or another first technique than with everything in.
    """

    what: str
    removed: Share
    changes: bool
    prediction: Prediction

    def to_dict(self) -> dict[str, Any]:
        best = self.prediction.techniques[0] if self.prediction.techniques else None
        return {
            "what": self.what,
            "removed": self.removed.to_dict(),
            "changes": self.changes,
            "verdict": self.prediction.verdict.value,
            "confidence": rounded(self.prediction.confidence),
            "technique": None if best is None else best.subtechnique or best.technique,
            "probability": None if best is None else rounded(best.probability),
        }


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The second likeliest label, and what puts the first one before it: parts (weight: how much) and reasons."""

    first: str
    second: str
    name: str
    probability: float
    gap: float
    intercept: float
    shares: tuple[Share, ...]
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "second": self.second,
            "name": self.name,
            "probability": rounded(self.probability),
            "gap": rounded(self.gap),
            "intercept": rounded(self.intercept),
            "reasons": [reason.to_dict() for reason in self.reasons],
            "parts": [share.to_dict() for share in self.shares],
        }


@dataclass(frozen=True, slots=True)
class CommandExplanation:
    """Everything that ``ttpline explain`` shows. ``meaning`` is the knowledge's, whatever the model; its spans are
    places in the decoded text, all others in ``command.text``, which is what the model reads. ``notes`` say plainly
    how far the answer can be trusted."""

    command: NormalisedCommand
    dialect: str
    prediction: Prediction
    explanations: tuple[Explanation, ...]
    without: tuple[Without, ...]
    runner_up: RunnerUp | None
    meaning: Meaning
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "command": self.command.to_dict(),
            "dialect": self.dialect,
            "meaning": self.meaning.to_dict(),
            "notes": list(self.notes),
            "prediction": self.prediction.to_dict(),
            "explanations": [explanation.to_dict() for explanation in self.explanations],
            "without": [without.to_dict() for without in self.without],
            "runner_up": None if self.runner_up is None else self.runner_up.to_dict(),
        }
