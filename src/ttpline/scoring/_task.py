"""What is done with each distinct command, in this process or in a worker: there without the columns around it, whose
import a worker does not need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ttpline.commands.normalise import normalised_text
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import ModelRef, Prediction, Verdict
from ttpline.errors import ModelError

Scored = tuple[NormalisedCommand, Prediction]


class Classifier(Protocol):
    """What the pipeline asks of a model; every ``CommandClassifier`` is one."""

    ref: ModelRef
    attack_version: str

    def normalised(self, command_line: str) -> NormalisedCommand: ...

    def predict(
        self,
        commands: Sequence[str],
        *,
        top_k: int = ...,
        label_space: str = ...,
        attack_version: str | None = ...,
        explain: bool = ...,
    ) -> list[Prediction]: ...


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """How to score.

    ``min_confidence``: 0 to 1; a prediction below it keeps its techniques and its confidence, but its verdict becomes
    ``uncertain``. ``attack_version``: None is the model's own. ``platform``: linux, windows or macos for events whose
    log does not say; None leaves them. ``jobs``: processes; the output is the same whatever their number.
    """

    top_k: int = 3
    min_confidence: float = 0.0
    label_space: str = "technique"
    attack_version: str | None = None
    platform: str | None = None
    explain: bool = True
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class ScoreTask:
    """What a worker holds: a model and how to ask it."""

    model: Classifier
    options: ScoreOptions

    def __call__(self, command_lines: Sequence[str]) -> list[Scored]:
        """Normalise and score; commands that are equal once normalised are scored once."""
        options = self.options
        texts = [normalised_text(line) for line in command_lines]
        distinct = list(dict.fromkeys(texts))
        predictions = self.model.predict(
            distinct,
            top_k=options.top_k,
            label_space=options.label_space,
            attack_version=options.attack_version,
            explain=options.explain,
        )
        known = dict(zip(distinct, (self._weighed(prediction) for prediction in predictions), strict=True))
        normalised = self.model.normalised
        return [(normalised(line), known[text]) for line, text in zip(command_lines, texts, strict=True)]

    def _weighed(self, prediction: Prediction) -> Prediction:
        is_sure = prediction.confidence >= self.options.min_confidence
        return prediction if is_sure else replace(prediction, verdict=Verdict.UNCERTAIN)

    def of_failed(self, command_line: str) -> Scored:
        """What a failed execve gets: it ran nothing, so nothing is said of it."""
        version = self.options.attack_version or self.model.attack_version
        return self.model.normalised(command_line), Prediction(Verdict.UNCERTAIN, 0.0, (), version, self.model.ref)


def given(task: ScoreTask) -> ScoreTask:
    """The task itself, where it is sent to the workers."""
    return task


def made(ref: ModelRef, options: ScoreOptions, load: Callable[[], Classifier]) -> ScoreTask:
    """The task with a model loaded anew, which must be the same."""
    model = load()
    if model.ref != ref:
        raise ModelError("it changed while it was in use", where=ref.name, remedy="run again")
    return ScoreTask(model, options)
