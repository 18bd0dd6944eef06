"""What a run did, in figures: the last line of every run and what was skipped."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ttpline.columns.distinct import DistinctCounter
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.prediction import Prediction, Verdict
from ttpline.domain.printable import printable
from ttpline.domain.skipped import REPEATS, SkipCounter, SkippedRecord

SAMPLES_SHOWN = 2
"""Samples listed a reason; the others are in ``--skipped``."""
REASONS_SHOWN = 8
"""Reasons listed, the most frequent first."""
SAMPLE_CHARACTERS = 100


@dataclass(slots=True)
class RunSummary:
    """Adds up batches as they pass.

    ``events``: executions read. ``skipped``: records that could not be read, and events told again. ``commands``:
    different command lines.
    ``techniques``: different techniques that rank first for a command whose verdict is attack.
    """

    events: int = 0
    skipped: SkipCounter = field(default_factory=SkipCounter)
    techniques: set[str] = field(default_factory=set)
    _commands: DistinctCounter = field(default_factory=DistinctCounter)

    @property
    def commands(self) -> int:
        return self._commands.total

    def watch(self, batches: Iterator[ScoredBatch]) -> Iterator[ScoredBatch]:
        """``batches`` as they are, each counted once it was asked for."""
        for batch in batches:
            self.add(batch)
            yield batch

    def add(self, batch: ScoredBatch) -> None:
        """Count one batch."""
        events = batch.events
        self.events += events.height
        self.skipped.merge(events.skipped)
        if events.lines is None:
            self._commands.add(events.frame["command_line"])
        else:
            self._commands.add_hashes(events.lines.command_hashes())
        for prediction in batch.predictions:
            self._count(prediction)

    def _count(self, prediction: Prediction) -> None:
        if prediction.verdict is Verdict.ATTACK and prediction.techniques:
            best = prediction.techniques[0]
            self.techniques.add(best.subtechnique or best.technique)

    def line(self, seconds: float) -> str:
        """The contract's last line.

        >>> RunSummary().line(0.25)
        'read 0 events (0 skipped), 0 commands, 0 techniques, 0.2 s'
        """
        counts = f"{self.events} events ({self.skipped.unreadable} skipped), {self.commands} commands"
        return f"read {counts}, {len(self.techniques)} techniques, {seconds:.1f} s"

    def skipped_lines(self) -> Iterator[str]:
        """What was skipped and why, with samples, safe for a terminal; nothing when nothing was."""
        if self.skipped.repeated:
            yield f"told again: {self.skipped.repeated} events, each given once; --skipped FILE writes samples"
        if not self.skipped.unreadable:
            return
        yield f"skipped {self.skipped.unreadable} records:"
        counts = ((reason, count) for reason, count in self.skipped.counts.items() if reason not in REPEATS)
        ranked = sorted(counts, key=lambda item: (-item[1], item[0]))
        for reason, count in ranked[:REASONS_SHOWN]:
            samples = list(self.skipped.samples_of(reason))[:SAMPLES_SHOWN]
            remedy = next((sample.remedy for sample in samples if sample.remedy), None)
            yield f"  {count} × {printable(reason)}" + (f"; {printable(remedy)}" if remedy else "")
            for sample in samples:
                yield f"      {_shown(sample)}"
        more = len(ranked) - REASONS_SHOWN
        if more > 0:
            yield f"  and {more} more reasons; --skipped FILE writes samples of all of them"


def _shown(sample: SkippedRecord) -> str:
    """Where, and how it begins; record 0 is a whole file."""
    where = printable(sample.uri) + (f", record {sample.record}" if sample.record else "")
    text = printable(sample.sample[:SAMPLE_CHARACTERS])
    return f"{where}: {text}" if text else where
