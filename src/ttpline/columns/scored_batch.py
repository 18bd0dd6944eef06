"""Scored events: the event columns, and one prediction for each distinct command."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Prediction


@dataclass(slots=True)
class ScoredBatch:
    """``events`` and, for row ``i``, ``commands[command_of[i]]`` and ``predictions[command_of[i]]``.

    ``command_of`` is int64; the two sequences run in parallel over the distinct commands of the batch, so whoever
    renders them does it once a command, not once a row. A failed execve ran nothing: its row points at a prediction
    that is ``uncertain`` with no techniques. With ``predictions`` None (``ingest``) there are only events.
    """

    events: EventBatch
    command_of: npt.NDArray[np.int64] | None = None
    commands: Sequence[NormalisedCommand] = ()
    predictions: Sequence[Prediction] = ()
