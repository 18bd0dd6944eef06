"""One run of ``classify`` or ``ingest``: batches in, sinks out, figures back."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain

from ttpline.columns.event_batch import EventBatch, event_frame
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.skipped import SkipCounter
from ttpline.scoring.score import Classifier, ScoreOptions, score
from ttpline.scoring.summary import RunSummary
from ttpline.scoring.targets import SinkSet


def classify_batches(
    batches: Iterator[EventBatch],
    model: Classifier,
    options: ScoreOptions,
    sinks: SinkSet,
    summary: RunSummary,
    load: Callable[[], Classifier] | None = None,
) -> None:
    """Score ``batches`` into ``sinks``; ``summary`` is filled as far as the run gets, an exception or not.

    The sinks are left open. A failed sink does not stop the others (see ``SinkSet``).
    """
    with closing(score(batches, model, options, load)) as scored:  # an exception must stop the workers, too
        _write(scored, sinks, summary)


def ingest_batches(batches: Iterator[EventBatch], sinks: SinkSet, summary: RunSummary) -> None:
    """The same without a model."""
    _write((ScoredBatch(batch) for batch in batches), sinks, summary)


def _write(batches: Iterator[ScoredBatch], sinks: SinkSet, summary: RunSummary) -> None:
    for batch in summary.watch(batches):
        sinks.write(batch)


def started(batches: Iterator[EventBatch], skipped: SkipCounter) -> Iterator[EventBatch]:
    """``batches`` from the first that holds an event; what was skipped before it goes to ``skipped``.

    So an input that cannot be read at all is an error before any output is opened, and with that emptied.
    """
    for batch in batches:
        if batch.height:
            return chain([batch], batches)
        skipped.merge(batch.skipped)
    return iter([EventBatch(event_frame({}, 0))])
