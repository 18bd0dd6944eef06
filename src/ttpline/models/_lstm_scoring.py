"""Logits of word numbers by onnxruntime; torch is not needed and not imported."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.errors import MissingExtraError
from ttpline.models._lstm_onnx import INPUT, OUTPUT, Floats
from ttpline.models._lstm_words import Ids

AT_ONCE = 64
"""Rows in one run. Measured on one thread: 32 to 64 are fastest, as their states stay in the processor's cache."""

_ERRORS_ONLY = 3  # onnxruntime's severity; it warns of graphics cards that it does not find


class Scorer:
    """A loaded graph. A row's logits are the same bits whatever rows stand beside it."""

    def __init__(self, graph: bytes, labels: int, threads: int) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError("onnxruntime", "deep") from error
        onnxruntime.set_default_logger_severity(_ERRORS_ONLY)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.use_deterministic_compute = True
        # Idle threads must not spin: classification runs as many processes as it has cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._labels = labels

    def logits(self, ids: Ids) -> Floats:
        """float32 ``[rows, labels]``; equal rows are computed once."""
        distinct, which = _distinct(ids)
        found: Floats = np.empty((len(distinct), self._labels), np.float32)
        for start in range(0, len(distinct), AT_ONCE):
            found[start : start + AT_ONCE] = self.run(distinct[start : start + AT_ONCE])
        rows: Floats = found[which]
        return rows

    def run(self, ids: Ids) -> Floats:
        """The same in a single run."""
        found: Floats = self._session.run([OUTPUT], {INPUT: ids})[0]
        return found


def _distinct(ids: Ids) -> tuple[Ids, npt.NDArray[np.intp]]:
    """The different rows in order of first appearance, and for each row which of them it is.

    Different commands often have the same numbers: what is rare is ``<unk>``, and what is long is cut.
    """
    numbers: dict[bytes, int] = {}
    which = [numbers.setdefault(row.tobytes(), len(numbers)) for row in np.ascontiguousarray(ids)]
    joined = np.frombuffer(b"".join(numbers), np.int32).reshape(-1, ids.shape[1])
    return joined, np.array(which, np.intp)
