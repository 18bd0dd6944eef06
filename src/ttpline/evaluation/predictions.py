"""What a model said of each evaluated row, as columns: enough for every figure, and no command's text.

A run keeps them beside its figures, so that two models can be compared row by row long after both ran. A row is known
by a 64-bit key of its command, label and platform: equal rows have equal keys wherever they are evaluated. Nobody can
read the command from it; who can guess the command can confirm the guess.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.errors import DatasetError
from ttpline.evaluation.additive import FloatArray, IntArray
from ttpline.evaluation.label_space import columns_of

if TYPE_CHECKING:
    import polars as pl

PREDICTIONS_FILE: Final = "predictions.parquet"
MOST_ROWS: Final = 20_000_000
"""Of a file that is read back; far above any labelled set, and it bounds what a damaged file can ask for."""

_LABELS = ("truth", "answer", "technique")
_NUMBERS = ("probability", "confidence", "technique_confidence", "attack_probability", "count")


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """One entry a row, in ascending order of ``key``, so that the order of the rows changes nothing.

    ``truth``, ``answer`` (the likeliest label) and ``technique`` (the likeliest one that is not Normal) are places in
    ``labels``. ``rank`` is the truth's among all labels and ``technique_rank`` among techniques, 1 the likeliest, 0
    where it has none: the model lacks the label, or the truth is Normal. ``probability`` is that of the truth,
    ``confidence`` of the answer. ``group`` is numbered from 0 in order of appearance.
    """

    labels: tuple[str, ...]
    key: npt.NDArray[np.uint64]
    group: IntArray
    truth: IntArray
    answer: IntArray
    technique: IntArray
    rank: IntArray
    technique_rank: IntArray
    probability: FloatArray
    confidence: FloatArray
    technique_confidence: FloatArray
    attack_probability: FloatArray
    count: FloatArray

    def __len__(self) -> int:
        return len(self.key)

    @property
    def is_attack(self) -> npt.NDArray[np.bool_]:
        """Rows whose label is not Normal."""
        normal = self.labels.index(NORMAL) if NORMAL in self.labels else -1
        return np.asarray(self.truth != normal)

    def take(self, rows: IntArray | npt.NDArray[np.bool_]) -> "Predictions":
        """The rows at ``rows`` (places, or a mask); groups keep their numbers."""
        return Predictions(self.labels, *(getattr(self, name)[rows] for name in self.__slots__ if name != "labels"))


def row_key(row: LabelledCommand, label: str | None = None) -> int:
    """The key of a row under ``label`` (default: its own).

    >>> row = LabelledCommand("id", "T1033", "g")
    >>> row_key(row) == row_key(LabelledCommand("id", "T1033", "other group")), row_key(row) == row_key(row, "Normal")
    (True, False)
    """
    text = "\x1f".join((label or row.label, row.platform or "", row.command_line))  # no label or platform has \x1f
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def predictions_of(
    rows: Sequence[LabelledCommand],
    probabilities: npt.NDArray[np.floating],
    model_labels: Sequence[str],
    *,
    label_space: str = "technique",
    keys: Sequence[int] | None = None,
) -> Predictions:
    """``probabilities`` (``[rows, model labels]``) as predictions; ``keys`` stand in for those of the rows."""
    columns = columns_of(model_labels, label_space)
    collapsed = columns.collapse(probabilities)
    written = [columns.name(row.label) for row in rows]
    labels = tuple(sorted({*columns.labels, *written}))
    code_of = {label: code for code, label in enumerate(labels)}
    codes = np.array([code_of[label] for label in columns.labels], np.int64)
    place = columns.place([row.label for row in rows])
    ranking = collapsed.copy()
    attack_probability = np.asarray(probabilities, np.float64).max(axis=1)  # without Normal: how sure of any technique
    technique_place = place
    if NORMAL in columns.labels:
        normal = columns.labels.index(NORMAL)
        attack_probability = 1.0 - collapsed[:, normal]
        ranking[:, normal] = -1.0  # never among the techniques
        technique_place = np.where(place == normal, -1, place)
    key = np.array([row_key(row) for row in rows] if keys is None else keys, np.uint64)
    order = np.argsort(key, kind="stable")
    numbers: dict[str, int] = {}
    group = [numbers.setdefault(rows[index].group, len(numbers)) for index in order.tolist()]
    own = np.take_along_axis(collapsed, np.maximum(place, 0)[:, None], axis=1)[:, 0]
    return Predictions(
        labels,
        key[order],
        np.array(group, np.int64),
        np.array([code_of[label] for label in written], np.int64)[order],
        codes[np.argmax(collapsed, axis=1)][order],
        codes[np.argmax(ranking, axis=1)][order],
        _rank(collapsed, place)[order],
        _rank(ranking, technique_place)[order],
        np.where(place >= 0, own, 0.0)[order],
        np.clip(collapsed.max(axis=1), 0.0, 1.0)[order],
        ranking.max(axis=1)[order],
        attack_probability[order],
        np.array([row.count for row in rows], np.float64)[order],
    )


def _rank(scores: FloatArray, place: IntArray) -> IntArray:
    """How many columns come before ``place``, plus 1: the higher, and of equal ones the earlier. 0 for place -1."""
    at = np.maximum(place, 0)
    own = np.take_along_axis(scores, at[:, None], axis=1)
    before = (scores > own) | ((scores == own) & (np.arange(scores.shape[1]) < at[:, None]))
    return np.asarray(np.where(place >= 0, before.sum(axis=1) + 1, 0), np.int64)


def write_predictions(predictions: Predictions) -> bytes:
    """A Parquet file; the same predictions and version of polars give the same bytes."""
    import polars as pl

    names = np.array(predictions.labels, object)
    columns = {
        "key": pl.Series(predictions.key, dtype=pl.UInt64),
        "group": pl.Series(predictions.group, dtype=pl.Int64),
        **{name: pl.Series(names[getattr(predictions, name)].tolist(), dtype=pl.String) for name in _LABELS},
        "rank": pl.Series(predictions.rank, dtype=pl.Int64),
        "technique_rank": pl.Series(predictions.technique_rank, dtype=pl.Int64),
        **{name: pl.Series(getattr(predictions, name), dtype=pl.Float64) for name in _NUMBERS},
    }
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()


def read_predictions(raw: bytes, where: str = PREDICTIONS_FILE) -> Predictions:
    """What ``write_predictions`` wrote; ``DatasetError`` for anything else."""
    import polars as pl

    try:
        frame = pl.read_parquet(io.BytesIO(raw), n_rows=MOST_ROWS + 1, use_statistics=False)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DatasetError("is no Parquet file that can be read", where=where, remedy="run it again") from error
    problem = _problem(frame)
    if problem:
        raise DatasetError(f"holds no predictions: {problem}", where=where, remedy="run it again")
    labels = tuple(sorted(set().union(*(frame[name].unique().to_list() for name in _LABELS))))
    coded = {name: frame[name].cast(pl.Enum(labels)).to_physical().cast(pl.Int64).to_numpy() for name in _LABELS}
    others = {name: frame[name].to_numpy() for name in frame.columns if name not in _LABELS}
    return Predictions(labels, **{name: np.ascontiguousarray(values) for name, values in (coded | others).items()})


def _problem(frame: "pl.DataFrame") -> str | None:
    """Why ``frame`` cannot be predictions."""
    import polars as pl

    whole = dict.fromkeys(("group", "rank", "technique_rank"), pl.Int64())
    wanted: dict[str, pl.DataType] = {"key": pl.UInt64(), **whole}
    wanted |= dict.fromkeys(_LABELS, pl.String()) | dict.fromkeys(_NUMBERS, pl.Float64())
    if dict(frame.schema) != wanted:
        return "its columns are others"
    if not 0 < frame.height <= MOST_ROWS:
        return f"{frame.height} rows"
    if any(frame[name].null_count() for name in frame.columns):
        return "a cell is empty"
    if any(not frame[name].is_finite().all() for name in _NUMBERS) or any((frame[name] < 0).any() for name in whole):
        return "a number is impossible"
    if (frame["count"] <= 0).any():
        return "a count is not above 0"
    if not frame["key"].is_sorted() or frame["key"].is_duplicated().any():
        return "its keys are not in order, or one is there twice"
    return None
