"""Which events were given already, in eight bytes each."""

import numpy as np
import numpy.typing as npt

MAX_SEEN = 8_000_000
"""As many events are remembered (64 MB): 10 GB of log and more. After that the oldest are forgotten."""

Hashes = npt.NDArray[np.uint64]


class SeenEvents:
    """A set of hashes as a few sorted arrays, each at least twice the next, so that adding stays cheap."""

    def __init__(self, limit: int = MAX_SEEN) -> None:
        self._limit = limit
        self._arrays: list[Hashes] = []

    def __len__(self) -> int:
        return sum(map(len, self._arrays))

    def add(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Remember ``hashes``; for each, whether it was there before or comes a second time in ``hashes``."""
        ordered = np.sort(hashes)
        if not (ordered[1:] == ordered[:-1]).any() and not self.contains(ordered).any():
            self._insert(ordered)
            return np.zeros(len(hashes), np.bool_)
        known = self.contains(hashes)
        unique, first = np.unique(hashes, return_index=True)
        repeated = np.ones(len(hashes), np.bool_)
        repeated[first] = False
        self._insert(unique[~known[first]])
        return known | repeated

    def contains(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        known = np.zeros(len(hashes), np.bool_)
        for array in self._arrays:
            place = np.searchsorted(array, hashes).clip(max=len(array) - 1)
            known |= array[place] == hashes
        return known

    def _insert(self, new: Hashes) -> None:
        if len(new):
            self._arrays.append(new)
        largest = self._limit // 4
        while len(self._arrays) > 1 and len(self._arrays[-2]) < min(2 * len(self._arrays[-1]), largest):
            last = self._arrays.pop()
            self._arrays[-1] = np.sort(np.concatenate([self._arrays[-1], last]))
        while len(self) > self._limit and len(self._arrays) > 1:
            self._arrays.pop(0)
