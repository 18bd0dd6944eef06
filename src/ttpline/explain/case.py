"""One command before one model: what is explained, the shares of every part, the runner-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

from ttpline.attack.catalogue import load_catalogue
from ttpline.commands.parse import parse
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.parsed import ParsedCommand, Span
from ttpline.domain.prediction import NORMAL, Evidence, Prediction
from ttpline.explain.explanation import Explanation, Reason, RunnerUp, Share
from ttpline.explain.occlusion import without, word_spans
from ttpline.explain.reasons import Reasons
from ttpline.explain.shares import by_token, difference, log_odds
from ttpline.explain.words import label_name
from ttpline.models.base import Probabilities

MOST_OCCLUDED = 200
"""Words left out in turn for a model whose scores do not add up; each is one more prediction."""
OCCLUDED_CHARACTERS = 65_536
"""And of a long command fewer: so many characters are scored, all predictions together, which bounds the time."""


class Explainable(Protocol):
    """What is asked of a model: every ``CommandClassifier`` has it."""

    attack_version: str

    @property
    def labels(self) -> tuple[str, ...]: ...
    def normalised(self, command_line: str) -> NormalisedCommand: ...
    def probabilities(self, commands: Sequence[str]) -> Probabilities: ...
    def evidence(self, command: str, labels: Sequence[str]) -> list[tuple[Evidence, ...]]: ...
    def predict(self, commands: Sequence[str], *, top_k: int = 3, explain: bool = True) -> list[Prediction]: ...


@runtime_checkable
class AdditiveClassifier(Protocol):
    """A model that says itself what each part of a command adds (``explain_text`` of ``tfidf-lr``)."""

    def explain_text(self, command: str, label: str) -> tuple[list[tuple[Span, float]], float]: ...


@dataclass
class Case:
    """One command and one model; what is asked several times is computed once."""

    command_line: str
    model: Explainable
    top_k: int
    understood: ParsedCommand

    @cached_property
    def command(self) -> NormalisedCommand:
        """As the model reads it."""
        return self.model.normalised(self.command_line)

    @cached_property
    def parsed(self) -> ParsedCommand:
        """The parse of what the model reads."""
        text = self.command.text
        return self.understood if text == self.understood.text else parse(text)

    @cached_property
    def prediction(self) -> Prediction:
        return self.model.predict([self.command_line], top_k=self.top_k)[0]

    @cached_property
    def probabilities(self) -> dict[str, float]:
        row = self.model.probabilities([self.command_line])[0]
        return dict(zip(self.model.labels, row.tolist(), strict=True))

    @cached_property
    def labels(self) -> list[str]:
        """What is explained: the techniques as ranked, then Normal."""
        ranked = (score.subtechnique or score.technique for score in self.prediction.techniques)
        labels = [label for label in ranked if label in self.probabilities]
        return [*labels, NORMAL] if NORMAL in self.probabilities else labels

    @cached_property
    def first_two(self) -> list[str]:
        return sorted(self.probabilities, key=lambda label: -self.probabilities[label])[:2]

    @cached_property
    def evidence(self) -> dict[str, tuple[Evidence, ...]]:
        """The model's, for every label that is explained or compared."""
        labels = list(dict.fromkeys([*self.labels, *self.first_two]))
        return dict(zip(labels, self.model.evidence(self.command_line, labels), strict=True))

    @cached_property
    def words(self) -> list[Span]:
        """Those that are left out in turn."""
        words = self._all_words
        affordable = OCCLUDED_CHARACTERS // max(1, len(self.command.text))
        return words[: min(MOST_OCCLUDED, affordable)]

    @cached_property
    def _all_words(self) -> list[Span]:
        return word_spans(self.parsed)

    @property
    def words_left_out(self) -> int:
        """How many words were too many; 0 for a model that adds up, where none has to be left out."""
        return 0 if isinstance(self.model, AdditiveClassifier) else len(self._all_words) - len(self.words)

    @cached_property
    def _occluded(self) -> Probabilities:
        """The probabilities of what the model reads without each of ``words``."""
        return self.model.probabilities([without(self.command.text, span) for span in self.words])

    @cached_property
    def _whole(self) -> dict[str, float]:
        """With every word in. Written plainly a command may be rated otherwise than with its encoding around it."""
        if not self.command.decoded:
            return self.probabilities
        row = self.model.probabilities([self.command.text])[0]
        return dict(zip(self.model.labels, row.tolist(), strict=True))

    def explanation(self, label: str, reasons: Reasons) -> Explanation:
        """Of one label."""
        text, probability = self.command.text, self.probabilities[label]
        name, tactics = label_name(label, self.model.attack_version), _tactics(label, self.model.attack_version)
        said = reasons.of(self.evidence[label], label)
        if isinstance(self.model, AdditiveClassifier):
            parts, intercept = self.model.explain_text(text, label)
            shares = tuple(Share(start, end, text[start:end], weight) for (start, end), weight in parts)
            return Explanation(label, name, tactics, probability, "additive", intercept, shares, said)
        shares = self._left_out(label)
        intercept = log_odds(probability) - sum(share.weight for share in shares)
        return Explanation(label, name, tactics, probability, "leave-one-out", intercept, shares, said)

    def _left_out(self, label: str) -> tuple[Share, ...]:
        text, scores = self.command.text, self._occluded[:, self.model.labels.index(label)].tolist()
        whole = log_odds(self._whole[label])
        return tuple(
            Share(start, end, text[start:end], whole - log_odds(score))
            for (start, end), score in zip(self.words, scores, strict=True)
        )

    def runner_up(self, reasons: Reasons) -> RunnerUp | None:
        """The second likeliest label; None for a model that knows only one."""
        if len(self.first_two) < 2:
            return None
        first, second = self.first_two
        ahead, behind = self.explanation(first, reasons), self.explanation(second, reasons)
        shares = difference(ahead.shares, behind.shares)
        compared = () if ahead.method == "additive" else self._compared(reasons)
        return RunnerUp(
            first,
            second,
            behind.name,
            behind.probability,
            ahead.total - behind.total,
            ahead.intercept - behind.intercept,
            shares,
            compared or reasons.between_shares(first, second, by_token(self.command.text, shares)),
        )

    def _compared(self, reasons: Reasons) -> tuple[Reason, ...]:
        first, second = self.first_two
        return reasons.between(first, second, self.evidence[first], self.evidence[second])


def _tactics(label: str, attack_version: str) -> tuple[str, ...]:
    catalogue = load_catalogue(attack_version)
    return catalogue.technique(label).tactics if label in catalogue else ()
