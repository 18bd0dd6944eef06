"""The one path from events to scored events: each distinct command is normalised and scored once, then joined back."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from ttpline.columns.event_batch import EventBatch
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.scoring._cache import Answer, AnswerCache
from ttpline.scoring._task import Classifier, Scored, ScoreOptions, ScoreTask, given, made
from ttpline.scoring._workers import Workers

__all__ = ["Classifier", "ScoreOptions", "ScoreTask", "distinct_commands", "score"]

CHUNK_COMMANDS = 512
"""Distinct commands a worker gets at once: a fraction of a second, so that all workers end together."""

PIECE_ROWS = 8_192
"""Rows, and different commands, from which a batch is cut into pieces. One piece is written while the next is scored,
and the answers of a batch of nothing but different commands are never all there at once."""

ROWS_AHEAD = 196_608
"""Rows read ahead of those that are waited for when there are workers; bounds the memory."""


def score(
    batches: Iterator[EventBatch],
    model: Classifier,
    options: ScoreOptions | None = None,
    load: Callable[[], Classifier] | None = None,
) -> Generator[ScoredBatch, None, None]:
    """Score ``batches`` in order, one scored batch for each, or several for one of many different commands.

    Guarantees: every event comes out once, in its place; a command is scored once a batch, and not again while it is
    among the last ``CACHE_COMMANDS`` distinct ones; a failed execve is never scored. Without workers, all of a batch
    comes out before the next one is asked for. Memory is bounded by ``ROWS_AHEAD`` and the cache. Closing the iterator
    stops the workers.

    ``load`` gives the same model again in a worker process and must be picklable; without it the model is sent there,
    which a model that holds a session or a lock cannot be.
    """
    options = options or ScoreOptions()
    task = ScoreTask(model, options)
    cache = AnswerCache()
    waiting: deque[_Pending] = deque()
    make_task = partial(made, model.ref, options, load) if load is not None else partial(given, task)
    rows_ahead = 0
    with Workers(task, make_task, options.jobs) as workers:
        for batch in batches:
            for piece in _pieces(batch, options.platform):
                waiting.append(_start(piece, task, cache, workers))
                rows_ahead += piece.events.frame.height
                while waiting and rows_ahead > (ROWS_AHEAD if workers.is_parallel else -1):
                    done = waiting.popleft().finish()
                    rows_ahead -= done.events.frame.height
                    yield done
        while waiting:
            yield waiting.popleft().finish()


@dataclass(slots=True)
class _Piece:
    """Events with their ``distinct_commands``."""

    events: EventBatch
    distinct: pl.DataFrame
    command_of: "np.ndarray[tuple[int], np.dtype[np.int64]]"


def _pieces(batch: EventBatch, platform: str | None) -> Iterator[_Piece]:
    """The batch, cut where it has many different commands."""
    if platform is not None:
        batch = replace(batch, frame=batch.frame.with_columns(pl.col("platform").fill_null(platform)))
    distinct, command_of = distinct_commands(batch.frame)
    if distinct.height <= PIECE_ROWS:
        yield _Piece(batch, distinct, command_of)
        return
    for start in range(0, batch.frame.height, PIECE_ROWS):
        frame = batch.frame[start : start + PIECE_ROWS]
        events = replace(batch, frame=frame) if start == 0 else EventBatch(frame)
        yield _Piece(events, *distinct_commands(frame))


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


def _start(piece: _Piece, task: ScoreTask, cache: AnswerCache, workers: Workers) -> _Pending:
    answers: list[Answer] = []
    new_lines: list[str] = []
    new_answers: list[Answer] = []
    for line, is_failed in piece.distinct.iter_rows():
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
    return _Pending(piece.events, piece.command_of, answers, work)


def distinct_commands(frame: pl.DataFrame) -> tuple[pl.DataFrame, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """The different (``command_line``, ``failed``) of a batch in order of appearance, and for each row which it is."""
    keys = frame.select("command_line", failed=pl.col("success").eq_missing(pl.lit(False)))
    distinct = keys.unique(maintain_order=True)
    joined = keys.join(distinct.with_row_index("at"), on=["command_line", "failed"], how="left", maintain_order="left")
    return distinct, joined["at"].cast(pl.Int64).to_numpy()
