"""Keys of audit events as 64-bit hashes."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from ttpline.telemetry._auditd.headers import Table
from ttpline.telemetry._seen import Hashes


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
