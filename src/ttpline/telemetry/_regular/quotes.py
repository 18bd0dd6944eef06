"""Where the quotes are that begin or end a string: a bit a byte, so that the next one is found without a loop."""

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._lines import Int64s

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

_QUOTE = ord('"')
_WORD_BITS = 64
_AT_ONCE = 1 << 18
"""Bytes that are looked at with the caches of a core; a multiple of 64."""

_ONE, _ALL = np.uint64(1), np.uint64((1 << 64) - 1)


class Quotes:
    """Of ``bare``: bytes without the quotes that are text. Behind the last there is always one more."""

    def __init__(self, bare: Bytes) -> None:
        # Bits up to 64 behind the last byte are asked for, and a search goes on to the word behind those.
        bits = np.zeros((len(bare) // _WORD_BITS + 4) * 8, np.uint8)
        for at in range(0, len(bare), _AT_ONCE):
            packed = np.packbits(bare[at : at + _AT_ONCE] == _QUOTE, bitorder="little")
            bits[at // 8 : at // 8 + len(packed)] = packed
        bits[-16:] = 0xFF
        self._words: Words = bits.view("<u8")
        self._windows: Words = np.ndarray((len(bits) - 7,), "<u8", bits, strides=(1,))
        self._filled: Int64s | None = None
        self._before: Int64s | None = None

    def next(self, places: Int64s) -> Int64s:
        """The first quote at each of ``places`` or behind it."""
        windows = self._windows[places >> 3] >> (places & 7).view(np.uint64)
        found = places + np.bitwise_count(~windows & (windows - _ONE))
        far = np.flatnonzero(windows == 0)
        if far.size:
            found[far] = self._next_far((places[far] | 7) + 57)
        return np.asarray(found)

    def _next_far(self, places: Int64s) -> Int64s:
        if self._filled is None:
            self._filled = np.flatnonzero(self._words)
        index, at = np.searchsorted(self._filled, places >> 6), places >> 6
        first = self._words[self._filled[index]]
        behind = first & (_ALL << (places & 63).view(np.uint64))
        is_cut = self._filled[index] == at
        index += is_cut & (behind == 0)
        found = self._filled[index]
        words = np.where(is_cut & (behind != 0), behind, self._words[found])
        return np.asarray((found << 6) + np.bitwise_count(~words & (words - _ONE)))

    def between(self, starts: Int64s, stops: Int64s) -> Int64s:
        """How many there are from each start up to its stop."""
        return self._up_to(stops) - self._up_to(starts)

    def _up_to(self, places: Int64s) -> Int64s:
        if self._before is None:
            counts = np.bitwise_count(self._words).astype(np.int64)
            self._before = counts.cumsum() - counts
        words = self._words[places >> 6] & ((_ONE << (places & 63).view(np.uint64)) - _ONE)
        return np.asarray(self._before[places >> 6] + np.bitwise_count(words))
