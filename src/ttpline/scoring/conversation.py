"""Commands asked one at a time of a model that stays loaded, and what was answered."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import numpy as np

from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Prediction
from ttpline.domain.raw_text import encode
from ttpline.errors import TelemetryError, UsageError
from ttpline.models.base import CommandClassifier
from ttpline.scoring.score import ScoreOptions, ScoreTask
from ttpline.scoring.summary import RunSummary
from ttpline.scoring.targets import Target, open_sinks
from ttpline.telemetry.text import TextReader

MOST_KEPT = 10_000
"""Answers kept for ``export`` and the list of what was asked, the latest: some ten megabytes."""

URI = "interactive"
"""What stands in ``source.uri`` of an exported event."""

EXPORTS = {".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet"}


@dataclass(frozen=True, slots=True)
class Answered:
    """One command as it was typed (column text), as it was scored, and its answer."""

    command_line: str
    command: NormalisedCommand
    prediction: Prediction


@dataclass(slots=True)
class Conversation:
    """``model`` and ``options`` can be exchanged between two questions; answers given stay as they are."""

    model: CommandClassifier
    options: ScoreOptions = field(default_factory=ScoreOptions)
    summary: RunSummary = field(default_factory=RunSummary)
    answers: deque[Answered] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    asked: int = 0

    def ask(self, line: bytes) -> Answered | None:
        """The answer to one line, None for a blank one; ``TelemetryError`` for one that is too long, which counts as
        skipped. The same as ``classify --from text`` answers."""
        for batch in TextReader().read(BytesIO(line.replace(b"\n", b" ") + b"\n"), URI):
            if batch.skipped.total:
                self.summary.add(ScoredBatch(batch))
                raise TelemetryError(next(iter(batch.skipped.counts)), remedy="a command is at most 1 MiB")
            if not batch.frame.height:
                continue
            text = str(batch.frame["command_line"][0])
            [(command, prediction)] = ScoreTask(self.model, self.options)([text])
            self.summary.add(ScoredBatch(batch, np.zeros(1, np.int64), [command], [prediction]))
            self.answers.append(Answered(text, command, prediction))
            self.asked += 1
            return self.answers[-1]
        return None

    def set_top(self, top_k: int) -> None:
        """How many techniques the next answers have."""
        self.options = replace(self.options, top_k=top_k)

    def export(self, path: str) -> int:
        """Write the answers kept, in the form that ``path``'s ending names; how many they are.

        ``UsageError`` for another ending, ``SinkError`` when it cannot be written.
        """
        kind = EXPORTS.get(Path(path).suffix.lower())
        if kind is None:
            raise UsageError(f"{path!r} ends with none of {', '.join(EXPORTS)}", remedy="name, for example, out.jsonl")
        with open_sinks([Target(kind, path)], []) as sinks:
            for batch in self._batches():
                sinks.write(batch)
        return len(self.answers)

    def _batches(self) -> Iterator[ScoredBatch]:
        """The lines read as one text, so that every event has an id of its own and a place in it."""
        kept = list(self.answers)
        text = b"".join(encode(answer.command_line) + b"\n" for answer in kept)
        done = 0
        for batch in TextReader().read(BytesIO(text), URI):
            here = kept[done : done + batch.frame.height]
            done += len(here)
            places = np.arange(len(here), dtype=np.int64)
            yield ScoredBatch(
                batch, places, [answer.command for answer in here], [answer.prediction for answer in here]
            )
