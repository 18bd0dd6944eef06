"""A classifier that answers what it was told to: for tests of everything around a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ttpline.commands.normalise import normalise
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import NORMAL, Evidence, ModelRef, Prediction, TechniqueScore, Verdict
from ttpline.models.base import Probabilities

ATTACK_AT = 0.5
"""Probability from which the fake says attack."""


@dataclass(slots=True)
class FixedClassifier:
    """Answers by substring: ``answers`` maps a part of a command to (technique, name, tactic, probability).

    A command that holds none of them is normal. ``calls`` keeps every list of commands that was asked for, so a test
    can see what was scored and what was not. The rest is what a ``CommandClassifier`` offers to the pipeline.

    >>> model = FixedClassifier({"/etc/shadow": ("T1003.008", "OS Credential Dumping", "credential-access", 0.9)})
    >>> [prediction.verdict.value for prediction in model.predict(["ls", "cat /etc/shadow"])]
    ['normal', 'attack']
    """

    answers: Mapping[str, tuple[str, str, str, float]] = field(default_factory=dict)
    ref: ModelRef = field(default_factory=lambda: ModelRef("fixed", "sha256:" + "0" * 64))
    attack_version: str = "18.1"
    calls: list[list[str]] = field(default_factory=list)

    def normalised(self, command_line: str) -> NormalisedCommand:
        """The text as it is written."""
        return normalise(command_line)

    @property
    def labels(self) -> tuple[str, ...]:
        """Every technique that it can answer, and Normal."""
        return tuple(sorted({technique for technique, *_ in self.answers.values()} | {NORMAL}))

    def probabilities(self, commands: Sequence[str]) -> Probabilities:
        """As they were told, so a row need not sum to 1; Normal has what the best leaves."""
        labels = self.labels
        rows = np.zeros((len(commands), len(labels)), np.float32)
        for row, command in zip(rows, commands, strict=True):
            for part, (technique, _, _, probability) in self.answers.items():
                if part in command:
                    row[labels.index(technique)] = probability
            row[labels.index(NORMAL)] = 1.0 - row.max(initial=0.0)
        return rows

    def evidence(self, command: str, labels: Sequence[str]) -> list[tuple[Evidence, ...]]:
        """What ``predict`` gives for these techniques; nothing for any other label."""
        scores = self._answer(command, len(self.answers), self.attack_version, True).techniques
        found = {score.subtechnique or score.technique: score.evidence for score in scores}
        return [found.get(label, ()) for label in labels]

    def predict(
        self,
        commands: Sequence[str],
        *,
        top_k: int = 3,
        label_space: str = "technique",
        attack_version: str | None = None,
        explain: bool = True,
    ) -> list[Prediction]:
        """One prediction a command, from ``answers``."""
        self.calls.append(list(commands))
        version = attack_version or self.attack_version
        return [self._answer(command, top_k, version, explain) for command in commands]

    def _answer(self, command: str, top_k: int, version: str, explain: bool) -> Prediction:
        scores = []
        for part, (technique, name, tactic, probability) in self.answers.items():
            start = command.find(part)
            if start < 0:
                continue
            why = Evidence("text", (start, start + len(part)), part, f"seen with {technique}", 2.0)
            parent, _, child = technique.partition(".")
            scores.append(
                TechniqueScore(
                    parent, technique if child else None, name, (tactic,), probability, (why,) if explain else ()
                )
            )
        scores.sort(key=lambda score: -score.probability)
        best = scores[0].probability if scores else 0.0
        verdict = Verdict.ATTACK if best >= ATTACK_AT else Verdict.NORMAL
        confidence = best if verdict is Verdict.ATTACK else 1.0 - best
        return Prediction(verdict, confidence, tuple(scores[:top_k]), version, self.ref)


def shadow_model() -> FixedClassifier:
    """Says attack where a command holds ``/etc/shadow`` (0.9) or ``wget`` (0.6)."""
    return FixedClassifier(
        {
            "/etc/shadow": ("T1003.008", "OS Credential Dumping", "credential-access", 0.9),
            "wget": ("T1105", "Ingress Tool Transfer", "command-and-control", 0.6),
        }
    )
