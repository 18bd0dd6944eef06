"""Labelled commands as the arrays that an LSTM learns from, and the rows held back for early stopping."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.commands.normalise import model_text
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import DatasetError
from ttpline.models._lstm_params import LstmParams
from ttpline.models._lstm_words import Ids, WordIndex

LEAST_LABELS = 2
LEAST_WORDS = 2

_SPLIT_STREAM = 1
"""Which of a seed's random streams orders the groups; ``_lstm_training.py`` has the others."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One row a command: word numbers, the column of its label, and what it weighs."""

    ids: Ids
    targets: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """``validation`` may be empty: then early stopping watches the training loss. ``facts`` go into the manifest."""

    index: WordIndex
    labels: tuple[str, ...]
    training: Rows
    validation: Rows
    facts: dict[str, Any]

    def digest(self) -> str:
        """Of every number that training sees, to know whether an interrupted run was one on the same data."""
        hashed = hashlib.sha256(repr((self.index.words, self.labels)).encode())
        for rows in (self.training, self.validation):
            for array in (rows.ids, rows.targets, rows.weights):
                hashed.update(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
        return f"sha256:{hashed.hexdigest()}"


def prepare(
    train: Sequence[LabelledCommand], dev: Sequence[LabelledCommand], params: LstmParams, seed: int
) -> TrainingData:
    """The data of one training run. Words and labels are those of the rows that are learned from.

    Without ``dev``, ``validation_fraction`` of the rows are held back: whole groups in an order drawn from ``seed``,
    none of which would take a label's last row away. ``DatasetError`` where there is nothing to tell apart.
    """
    known = {row.label for row in train}
    if len(known) < LEAST_LABELS:
        raise DatasetError(f"{len(known)} labels in the training data", remedy="give rows of at least two labels")
    held = [row for row in dev if row.label in known]
    source = "given"
    learned: Sequence[LabelledCommand] = train
    if not held:
        learned, held = hold_back(train, params.validation_fraction, seed)
        source = "held back from the training rows" if held else "none: the training loss is watched"
    texts = [model_text(row.command_line) for row in learned]
    index = WordIndex.learn(texts, vocabulary=params.vocabulary, lowercase=params.lowercase, filters=params.filters)
    if len(index.words) < LEAST_WORDS:
        raise DatasetError(
            f"the commands have {len(index.words)} different word(s)", remedy="is the right column read?"
        )
    labels = tuple(sorted(known))
    return TrainingData(
        index,
        labels,
        _rows(learned, texts, index, labels, params, counts=params.use_counts),
        _rows(
            held,
            [model_text(row.command_line) for row in held],
            index,
            labels,
            params,
            counts=params.use_counts and params.use_counts_in_validation,
        ),
        {
            "rows": len(learned),
            "validation_rows": len(held),
            "validation": source,
            "dev_rows_of_unknown_labels": sum(row.label not in known for row in dev),
            "words": len(index.words),
        },
    )


def hold_back(
    rows: Sequence[LabelledCommand], fraction: float, seed: int
) -> tuple[list[LabelledCommand], list[LabelledCommand]]:
    """``(learn from, hold back)``, each in the order of ``rows``; at most ``fraction`` of the rows, rounded up.

    Nothing is held back if ``fraction`` is 0 or no group can be spared.
    """
    groups: dict[str, list[LabelledCommand]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    left = Counter(row.label for row in rows)
    room = int(np.ceil(fraction * len(rows)))
    held: set[str] = set()
    names = list(groups)
    for at in np.random.default_rng([seed, _SPLIT_STREAM]).permutation(len(names)).tolist():
        members = groups[names[at]]
        taken = Counter(row.label for row in members)
        if len(members) <= room and all(left[label] > count for label, count in taken.items()):
            held.add(names[at])
            room -= len(members)
            left -= taken
    return [row for row in rows if row.group not in held], [row for row in rows if row.group in held]


def _rows(
    rows: Sequence[LabelledCommand],
    texts: Sequence[str],
    index: WordIndex,
    labels: tuple[str, ...],
    params: LstmParams,
    *,
    counts: bool,
) -> Rows:
    column = {label: at for at, label in enumerate(labels)}
    return Rows(
        index.ids(texts, params.length),
        np.array([column[row.label] for row in rows], np.int64),
        np.array([row.count if counts else 1.0 for row in rows], np.float32),
    )
