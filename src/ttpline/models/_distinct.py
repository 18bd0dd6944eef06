"""A column of commands, each different one scored once: telemetry repeats itself, so this is worth many times."""

import secrets
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.models.base import CommandClassifier, Probabilities

_SECRET = secrets.randbits(63)
"""No result depends on it, only which way is taken should two texts share a hash."""


@dataclass(frozen=True, slots=True)
class ColumnScores:
    """``probabilities[row_of[i]]`` are those of row ``i``; ``commands[row_of[i]]`` is its command.

    The distinct commands stand in order of first appearance.
    """

    labels: tuple[str, ...]
    commands: pl.Series
    probabilities: Probabilities
    row_of: npt.NDArray[np.int32]

    def best(self) -> pl.DataFrame:
        """For each row the likeliest ``label`` (an Enum) and its ``probability``."""
        best = self.probabilities.argmax(axis=1) if self.commands.len() else np.empty(0, np.intp)
        probability = self.probabilities[np.arange(best.size), best]
        label = pl.Series("label", self.labels, dtype=pl.Enum(self.labels)).gather(best[self.row_of])
        return pl.DataFrame([label, pl.Series("probability", probability[self.row_of])])

    def per_row(self) -> Probabilities:
        """``[rows, labels]``; large, so only for who needs all of it."""
        return self.probabilities[self.row_of]


def probabilities_of(model: CommandClassifier, commands: pl.Series) -> ColumnScores:
    """Score a String column; nulls count as empty commands."""
    distinct, row_of = distinct_texts(commands.fill_null(""))
    return ColumnScores(model.labels, distinct, model.probabilities_of_column(distinct), row_of)


def distinct_texts(texts: pl.Series) -> tuple[pl.Series, npt.NDArray[np.int32]]:
    """The different texts in order of first appearance, and for each row which of them it is.

    >>> distinct, row_of = distinct_texts(pl.Series(["ls", "id", "ls"]))
    >>> distinct.to_list(), row_of.tolist()
    (['ls', 'id'], [0, 1, 0])
    """
    first, row_of = _distinct_hashes(texts.hash().to_numpy())
    # A second hash with a seed that nobody can know: texts made to share the first one do not share it.
    proof = texts.hash(seed=_SECRET).to_numpy()
    if (proof[first][row_of] == proof).all():
        return texts.gather(first), row_of
    return _distinct_by_groups(texts)


def _distinct_hashes(hashes: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """The row where each different hash is first, and for each row which of them it is; half the time of sorting."""
    rows = np.arange(hashes.size, dtype=np.int32)
    bits = max(4, hashes.size.bit_length() + 1)
    slots = (hashes >> np.uint64(64 - bits)).astype(np.int32)
    owners = np.empty(1 << bits, np.int32)
    owners[slots[::-1]] = rows[::-1]  # the last one written is the first of its slot
    owner = owners[slots]
    others = np.flatnonzero(hashes[owner] != hashes)  # their slot belongs to another hash
    _, first_of, which = np.unique(hashes[others], return_index=True, return_inverse=True)
    owner[others] = others[first_of][which]
    is_first = owner == rows
    number = np.cumsum(is_first, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(is_first).astype(np.int32), number[owner]


def _distinct_by_groups(texts: pl.Series) -> tuple[pl.Series, npt.NDArray[np.int32]]:
    frame = texts.alias("text").to_frame().with_row_index("row")
    groups = frame.group_by("text", maintain_order=True).agg("row")
    row_of = np.empty(texts.len(), np.int32)
    sizes = groups["row"].list.len().to_numpy()
    row_of[groups["row"].explode().to_numpy()] = np.repeat(np.arange(groups.height, dtype=np.int32), sizes)
    return groups["text"], row_of
