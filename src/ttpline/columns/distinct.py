"""How many different commands there were, exactly, without keeping them."""

import numpy as np
import numpy.typing as npt
import polars as pl

Hashes = npt.NDArray[np.uint64]


def text_hashes(texts: pl.Series) -> Hashes:
    """Of the different texts, sorted; the same in every process of a run."""
    return np.unique(texts.unique().hash().to_numpy())


class DistinctCounter:
    """Counts different texts over all batches: 8 bytes a text, whatever its length.

    Texts are compared by 64-bit hash, so of ten million different ones not one is expected to be missed (chance of
    any: 3 in a million). The hashes lie in sorted runs that are merged when they reach the size of the one before,
    so that a batch costs what its own rows cost.

    >>> counter = DistinctCounter()
    >>> counter.add(pl.Series(["ls", "id", "ls"]))
    >>> counter.add(pl.Series(["id", "pwd"]))
    >>> counter.total
    3
    """

    def __init__(self) -> None:
        self._runs: list[Hashes] = []

    @property
    def total(self) -> int:
        return sum(run.size for run in self._runs)

    def add(self, texts: pl.Series) -> None:
        """Count those of ``texts`` that were never there before."""
        self.add_hashes(text_hashes(texts))

    def add_hashes(self, new: Hashes) -> None:
        """The same for the ``text_hashes`` of texts."""
        for run in self._runs:
            at = np.minimum(np.searchsorted(run, new), run.size - 1)
            new = new[run[at] != new]
        if not new.size:
            return
        self._runs.append(new)
        while len(self._runs) > 1 and self._runs[-2].size <= self._runs[-1].size:
            last = self._runs.pop()
            merged = np.concatenate([self._runs.pop(), last])
            merged.sort()
            self._runs.append(merged)
