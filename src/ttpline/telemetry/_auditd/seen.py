"""Which events were given already, in eight bytes each."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._auditd.headers import Table

MAX_SEEN = 8_000_000
"""As many events are remembered (64 MB): 10 GB of log and more. After that the oldest are forgotten."""

Hashes = npt.NDArray[np.uint64]


def key_hashes(lines: Table, hosts: Sequence[str]) -> Hashes:
    """A 64-bit hash of (host, time, serial) of each line, the same on every machine.

    Two of ten million events share one with a probability of 3 in a million; the second would be counted as a repeat.
    """
    numbers, inverse = np.unique(lines["host"], return_inverse=True)
    names = [0 if number < 0 else _hash_of(hosts[number]) for number in numbers.tolist()]
    host = np.array(names, np.uint64)[inverse.reshape(-1)]
    return _mix(_mix(host ^ lines["ms"].view(np.uint64).copy()) ^ lines["serial"].astype(np.uint64))


def _hash_of(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def _mix(values: Hashes) -> Hashes:
    """splitmix64's finaliser: one bit changed in, half of all bits changed out."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


class SeenEvents:
    """A set of hashes as a few sorted arrays, each at least twice the next, so that adding stays cheap."""

    def __init__(self, limit: int = MAX_SEEN) -> None:
        self._limit = limit
        self._arrays: list[Hashes] = []

    def __len__(self) -> int:
        return sum(map(len, self._arrays))

    def add(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Remember ``hashes``; for each, whether it was there before or comes a second time in ``hashes``."""
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
