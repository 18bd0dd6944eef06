"""The one path from events to scored events: each distinct command is normalised and scored once, then joined back."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
import polars as pl

from ttpline.columns.event_batch import EventBatch
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.commands.normalise import normalised_text
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import ModelRef, Prediction, Verdict
from ttpline.errors import ModelError
from ttpline.scoring._cache import Answer, AnswerCache
from ttpline.scoring._workers import Scored, Workers

CHUNK_COMMANDS = 1_024
"""Distinct commands a worker gets at once: a fraction of a second, so that all workers end a batch together."""

BATCHES_AHEAD = 3
"""Batches read ahead of the one that is waited for when there are workers; bounds the memory."""


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


def score(
    batches: Iterator[EventBatch],
    model: Classifier,
    options: ScoreOptions | None = None,
    load: Callable[[], Classifier] | None = None,
) -> Generator[ScoredBatch, None, None]:
    """Score ``batches`` in order, one scored batch for each.

    Guarantees: every event comes out once, in its place; a command is scored once a batch, and not again while it is
    among the last ``CACHE_COMMANDS`` distinct ones; a failed execve is never scored. Memory is bounded by
    ``BATCHES_AHEAD`` batches and the cache. Closing the iterator stops the workers.

    ``load`` gives the same model again in a worker process and must be picklable; without it the model is sent there,
    which a model that holds a session or a lock cannot be.
    """
    options = options or ScoreOptions()
    task = ScoreTask(model, options)
    cache = AnswerCache()
    waiting: deque[_Pending] = deque()
    make_task = partial(_made, model.ref, options, load) if load is not None else partial(_given, task)
    with Workers(task, make_task, options.jobs) as workers:
        for batch in batches:
            waiting.append(_start(batch, task, cache, workers))
            while len(waiting) > (BATCHES_AHEAD if workers.is_parallel else 0):
                yield waiting.popleft().finish()
        while waiting:
            yield waiting.popleft().finish()


def _given(task: ScoreTask) -> ScoreTask:
    return task


def _made(ref: ModelRef, options: ScoreOptions, load: Callable[[], Classifier]) -> ScoreTask:
    model = load()
    if model.ref != ref:
        raise ModelError("it changed while it was in use", where=ref.name, remedy="run again")
    return ScoreTask(model, options)


@dataclass(slots=True)
class _Pending:
    """A batch whose commands are being scored. ``finish`` must be called in the order of the input: an answer may be
    filled by the work of an earlier batch."""

    events: EventBatch
    command_of: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    answers: list[Answer]
    work: list[tuple[list[Answer], Callable[[], list[Scored]]]]

    def finish(self) -> ScoredBatch:
        for answers, result in self.work:
            for answer, (command, prediction) in zip(answers, result(), strict=True):
                answer.command, answer.prediction = command, prediction
        commands, predictions = [], []
        for answer in self.answers:
            if answer.command is None or answer.prediction is None:
                raise RuntimeError("a batch was finished before the one that scores its commands")
            commands.append(answer.command)
            predictions.append(answer.prediction)
        return ScoredBatch(self.events, self.command_of, commands, predictions)


def _start(batch: EventBatch, task: ScoreTask, cache: AnswerCache, workers: Workers) -> _Pending:
    if task.options.platform is not None:
        platform = pl.col("platform").fill_null(task.options.platform)
        batch = replace(batch, frame=batch.frame.with_columns(platform))
    distinct, command_of = distinct_commands(batch.frame)
    answers: list[Answer] = []
    new_lines: list[str] = []
    new_answers: list[Answer] = []
    for line, is_failed in distinct.iter_rows():
        if is_failed:
            answers.append(Answer(*task.of_failed(line)))
            continue
        answer = cache.get(line)
        if answer is None:
            answer = Answer()
            cache.put(line, answer)
            new_lines.append(line)
            new_answers.append(answer)
        answers.append(answer)
    size = CHUNK_COMMANDS if workers.will_run_parallel(len(new_lines)) else max(1, len(new_lines))
    work = [
        (new_answers[at : at + size], workers.submit(new_lines[at : at + size]))
        for at in range(0, len(new_lines), size)
    ]
    return _Pending(batch, command_of, answers, work)


def distinct_commands(frame: pl.DataFrame) -> tuple[pl.DataFrame, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """The different (``command_line``, ``failed``) of a batch in order of appearance, and for each row which it is."""
    keys = frame.select("command_line", failed=pl.col("success").eq_missing(pl.lit(False)))
    distinct = keys.unique(maintain_order=True)
    joined = keys.join(distinct.with_row_index("at"), on=["command_line", "failed"], how="left", maintain_order="left")
    return distinct, joined["at"].cast(pl.Int64).to_numpy()
