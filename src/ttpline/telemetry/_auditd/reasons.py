"""Why a record could not be used, in fixed words, and what can be done about it."""

from dataclasses import dataclass, field

from ttpline.domain.raw_text import decode
from ttpline.domain.skipped import REPEATED_IN_LOG, SAMPLES_PER_REASON, SkipCounter, SkippedRecord

SAMPLE_BYTES = 200
"""As much of an unreadable record is shown."""

NOT_A_RECORD = "not an audit record"
DAMAGED_HEADER = "damaged record header"
INTERPRETED = "interpreted text of ausearch -i"
UNKNOWN_TYPE = "unknown record type"
TOO_LONG = "line longer than 1 MiB"
CUT_LINE = "last line has no line end"
NULS = "NUL bytes in a line"
TOO_LATE = "record too late for its event"
TWICE = REPEATED_IN_LOG
DAMAGED_RECORD = "damaged record"
CONTRADICTION = "record contradicts another of its event"
NO_COMMAND = "record without its command"
UNKNOWN_ARCH = "system call of an unknown architecture"

REMEDIES = {
    INTERPRETED: "argument boundaries are lost; export with ausearch --raw",
    UNKNOWN_TYPE: "the log is newer than this reader; what commands need is in types it knows",
    CUT_LINE: "if the file is still being written, read it again later",
    NULS: "the machine or its disk went down while this was written; the records before are lost",
    TOO_LATE: "sort or merge the logs by time before reading",
    TWICE: "the log was collected twice; each event is given once",
    DAMAGED_HEADER: "look for a program that cuts or rewrites lines between auditd and this file",
}


@dataclass(slots=True)
class Skips:
    """Collects skipped records of one input in a ``SkipCounter``; ``take`` hands it over and starts anew."""

    uri: str
    counter: SkipCounter = field(default_factory=SkipCounter)

    def add(self, reason: str, record: int, sample: bytes, times: int = 1) -> None:
        """Count ``times`` records; ``record`` and ``sample`` are those of the first."""
        if self.counter.counts[reason] >= SAMPLES_PER_REASON:  # enough samples: only count
            self.counter.counts[reason] += times
            return
        remedy = REMEDIES.get(reason)
        self.counter.add(SkippedRecord(self.uri, record, reason, decode(sample[:SAMPLE_BYTES]), remedy), times)

    def take(self) -> SkipCounter:
        taken, self.counter = self.counter, SkipCounter()
        return taken
