"""How far the events of a file were given, so that reading it again gives each of them once."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.skipped import SkipCounter

Int64s = npt.NDArray[np.int64]


@dataclass(slots=True)
class Given:
    """``events``: as many were given. ``offset``: where the last of them begins, ``at_offset``: how many begin there.

    ``in_order``: all came in the order of their places; then places tell which were given, else their number does.
    ``skips``: how many records were said to be skipped, by reason.
    """

    events: int = 0
    offset: int = -1
    at_offset: int = 0
    in_order: bool = True
    skips: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Given":
        return replace(self, skips=dict(self.skips))


class OnceOnly:
    """One reading of a file from its start; ``given`` is what earlier ones gave and grows with this one."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._before = given.copy()
        self._events = 0
        self._at_offset = 0
        self._skips: Counter[str] = Counter()

    def split(self, batch: EventBatch) -> tuple[EventBatch, EventBatch]:
        """What was given before, and what is new; skips are new where there are more of a reason than before."""
        offsets: Int64s = batch.frame["source"].struct.field("offset").to_numpy()
        is_old = self._is_old(offsets)
        self._events += len(offsets)
        new = batch.frame.filter(~is_old) if is_old.any() else batch.frame
        self._note(offsets[~is_old])
        old = EventBatch(batch.frame.filter(is_old) if is_old.any() else batch.frame.clear())
        return old, EventBatch(new, self._new_skips(batch.skipped), batch.records_read)

    def _is_old(self, offsets: Int64s) -> npt.NDArray[np.bool_]:
        before = self._before
        if not before.in_order:
            return np.arange(self._events, self._events + len(offsets)) < before.events
        same = offsets == before.offset
        place = self._at_offset + np.cumsum(same)
        self._at_offset += int(same.sum())
        return np.asarray((offsets < before.offset) | (same & (place <= before.at_offset)))

    def _note(self, offsets: Int64s) -> None:
        if not len(offsets):
            return
        given = self._given
        given.events += len(offsets)
        given.in_order &= bool(offsets[0] >= given.offset and np.all(np.diff(offsets) >= 0))
        last = int(offsets[-1])
        here = int((offsets == last).sum())
        given.at_offset = here + (given.at_offset if given.offset == last else 0)
        given.offset = last

    def _new_skips(self, skipped: SkipCounter) -> SkipCounter:
        found = SkipCounter()
        said = self._given.skips
        for reason, count in skipped.counts.items():
            self._skips[reason] += count
            more = self._skips[reason] - said.get(reason, 0)
            if more > 0:
                said[reason] = self._skips[reason]
                found.counts[reason] = more
        found.samples.extend(sample for sample in skipped.samples if sample.reason in found.counts)
        return found
