"""The same event in two files, or in two exports of one log: given once."""

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.columns.distinct import Hashes
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
        frame, lines = batch.frame, batch.lines
        named, keys = event_keys(frame) if lines is None else lines.event_keys()
        if not keys.size:
            return batch
        again = self._seen.add(keys)
        if not again.any():
            return batch
        places = named.nonzero()[0][again]
        first = places[:SAMPLES]
        for event in frame[first].iter_rows(named=True) if lines is None else lines.told_at(first.tolist()):
            source, sample = event["source"], event["command_line"][:SAMPLE_BYTES]
            batch.skipped.add(SkippedRecord(source["uri"], source["record"], REPEATED, sample))
        batch.skipped.counts[REPEATED] += max(len(places) - SAMPLES, 0)
        if lines is not None:
            batch.lines = lines.without(places)
        else:
            is_new = np.ones(frame.height, np.bool_)
            is_new[places] = False
            batch.frame = frame.filter(pl.Series(is_new))
        return batch


def event_keys(frame: pl.DataFrame) -> tuple[npt.NDArray[np.bool_], Hashes]:
    """For each event whether its id is its own in every file; and of those the hash of id and command."""
    named = ~frame["event_id"].str.contains(_LOCAL)
    keys = frame.filter(named).select(pl.concat_str("event_id", pl.lit("\0"), "command_line").hash())
    return named.to_numpy(), keys.to_series().to_numpy()


SAMPLES = 3
