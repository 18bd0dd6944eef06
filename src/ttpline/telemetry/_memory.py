"""What is freed stays with the process."""

from functools import cache

import numpy as np

_MOST = (1 << 25) - (1 << 16)
"""What glibc takes into account at most (``DEFAULT_MMAP_THRESHOLD_MAX``)."""


@cache
def keep_freed_memory() -> None:
    """Blocks of some MiB are freed and asked for again all the time; by default glibc hands each back to the system,
    and every new one comes page by page, at a cost above that of reading it.

    It keeps what is not larger than the largest block that was freed so far: so one is, without being touched.
    """
    np.empty(_MOST, np.uint8)
