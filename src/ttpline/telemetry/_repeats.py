"""The same event in two files, or in two exports of one log: given once."""

import polars as pl

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.skipped import REPEATED, SkippedRecord
from ttpline.telemetry._lines import SAMPLE_BYTES
from ttpline.telemetry._seen import SeenEvents

_LOCAL = r"^\d+:\d+$"
"""``<record>:<checksum>``: unique in its file, but two files may both begin with ``ls``."""


class Repeats:
    """What all files of a run gave so far, by ``event_id`` and command, in eight bytes an event."""

    def __init__(self) -> None:
        self._seen = SeenEvents()

    def without(self, batch: EventBatch) -> EventBatch:
        """``batch`` without the events of earlier batches; they are counted as skipped.

        An id that comes again with another command is another event: two hosts can count alike.
        """
        frame = batch.frame
        named = ~frame["event_id"].str.contains(_LOCAL)
        if not named.any():
            return batch
        keys = frame.filter(named).select(pl.concat_str("event_id", pl.lit("\0"), "command_line").hash())
        again = self._seen.add(keys.to_series().to_numpy())
        if not again.any():
            return batch
        places = named.arg_true().filter(pl.Series(again))
        for event in frame[places.head(SAMPLES)].iter_rows(named=True):
            source, sample = event["source"], event["command_line"][:SAMPLE_BYTES]
            batch.skipped.add(SkippedRecord(source["uri"], source["record"], REPEATED, sample))
        batch.skipped.counts[REPEATED] += max(len(places) - SAMPLES, 0)
        batch.frame = frame.with_row_index("").filter(~pl.col("").is_in(places.implode())).drop("")
        return batch


SAMPLES = 3
