"""What could not be read: counted by reason, with a few samples, never silent."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

SAMPLES_PER_REASON = 3

REPEATED = "the same event again"
REPEATED_IN_LOG = "event delivered twice"
REPEATS = frozenset({REPEATED, REPEATED_IN_LOG})
"""Reasons of what was read and given already: nothing is lost, so these are no unreadable records."""


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """One unreadable record: which file, which record (from 1), why, the start of its bytes as text, and a remedy."""

    uri: str
    record: int
    reason: str
    sample: str
    remedy: str | None = None

    def to_dict(self) -> dict[str, str | int | None]:
        return {
            "uri": self.uri,
            "record": self.record,
            "reason": self.reason,
            "sample": self.sample,
            "remedy": self.remedy,
        }


@dataclass(slots=True)
class SkipCounter:
    """Counts every skipped record and keeps the first ``SAMPLES_PER_REASON`` of each reason.

    >>> counter = SkipCounter()
    >>> counter.add(SkippedRecord("a.log", 3, "no timestamp", "type=…"))
    >>> counter.total, counter.counts["no timestamp"]
    (1, 1)
    """

    counts: Counter[str] = field(default_factory=Counter)
    samples: list[SkippedRecord] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def repeated(self) -> int:
        """Events that were told again, and are given once."""
        return sum(self.counts[reason] for reason in REPEATS)

    @property
    def unreadable(self) -> int:
        """All that is no repeat."""
        return self.total - self.repeated

    def add(self, skipped: SkippedRecord, times: int = 1) -> None:
        """Count ``skipped`` ``times`` times."""
        if sum(sample.reason == skipped.reason for sample in self.samples) < SAMPLES_PER_REASON:
            self.samples.append(skipped)
        self.counts[skipped.reason] += times

    def merge(self, other: "SkipCounter") -> None:
        """Take over what ``other`` counted."""
        self.counts.update(other.counts)
        for sample in other.samples:
            if sum(kept.reason == sample.reason for kept in self.samples) < SAMPLES_PER_REASON:
                self.samples.append(sample)

    def samples_of(self, reason: str) -> Iterable[SkippedRecord]:
        return (sample for sample in self.samples if sample.reason == reason)
