"""The values of many instances that have as many of them: their types, sizes and places."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._evtx.instances import Bools, Instances, Int64s, Numbers

NOTHING, TEXT, UINT16, INT32, UINT32, UINT64, FILETIME, SID, HEX32, HEX64, XML = (
    0x00, 0x01, 0x06, 0x07, 0x08, 0x0A, 0x11, 0x13, 0x14, 0x15, 0x21,
)  # fmt: skip
"""Types of values, [MS-EVEN6] 2.2.12.4."""

EARLIEST, LATEST = 116_444_736_000_000_000, 2_600_000_000_000_000_000
"""1970 and a time after 9000, as Windows counts them."""

_ANY, _NEVER = -1, -2

_SIZES: npt.NDArray[Any] = np.full(256, _NEVER, np.int64)
_SIZES[[0x03, 0x04, 0x05, UINT16, INT32, UINT32, 0x09, UINT64, 0x0B, 0x0C, 0x0D, 0x0F]] = (
    1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 4, 16
)  # fmt: skip
_SIZES[[FILETIME, HEX32, HEX64]] = 8, 4, 8
_SIZES[[NOTHING, TEXT, 0x0E, SID, XML]] = _ANY


@dataclass(slots=True)
class Values:
    """One line a value, one column an instance.

    ``kinds``: the type of a value, ``NOTHING`` where no instance has it. ``starts``, ``stops``: equal where an instance
    does not have it. ``is_plain``: instances whose values are all of these types, or nothing, and as they want it.
    """

    kinds: list[int]
    starts: Int64s
    stops: Int64s
    is_plain: Bools

    def of(self, which: Any) -> "Values":
        """Those of some instances."""
        return Values(self.kinds, self.starts[:, which], self.stops[:, which], self.is_plain[which])


def values(numbers: Numbers, found: Instances, count: int, ends: Int64s, nested: int | None) -> Values:
    """Of instances with ``count`` values each, whose binary XML goes to ``ends``; value ``nested`` is binary XML."""
    entries = numbers.table(found.entries, 2 * count)
    sizes, types = entries[0::2], entries[1::2] & 0xFF
    stops = np.cumsum(sizes, axis=0, dtype=np.int64)
    stops += found.entries + 4 * count
    starts = stops - sizes
    last = stops[-1].copy()
    kinds = _kinds(types)
    is_nothing = types == NOTHING
    wanted = _SIZES[kinds]
    is_fine = (sizes == wanted[:, None].astype(np.uint16)) | (wanted < 0)[:, None]
    is_fine &= (types == kinds[:, None]) & ((sizes & (kinds == TEXT)[:, None]) == 0)
    is_fine |= is_nothing
    is_plain = is_fine.all(axis=0) & (last <= ends)
    # An instance is the last that a fragment has: then it ends, or a token says so.
    is_plain &= (last == ends) | (numbers.u1(last) == 0)
    if (wanted == _NEVER).any() or not all((kind == XML) == (at == nested) for at, kind in enumerate(kinds.tolist())):
        is_plain[:] = False
    if nested is not None:
        is_plain &= ~is_nothing[nested]
    if is_nothing.any():
        stops = np.where(is_nothing, starts, stops)  # there may be bytes for it all the same
    found_values = Values(kinds.tolist(), starts, stops, is_plain)
    _check_contents(numbers, found_values)
    return found_values


def _kinds(types: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The type that most instances have of each value; nothing only where that is all there is."""
    first: npt.NDArray[Any] = types[:, 0]
    if (types == first[:, None]).all():
        return first
    middle = types.shape[1] // 2
    usual: npt.NDArray[Any] = np.partition(types, middle, axis=1)[:, middle]
    return np.where(usual == NOTHING, types.max(axis=1), usual)


def _check_contents(numbers: Numbers, found: Values) -> None:
    """Of the types whose contents can be wrong: a SID that says another size, a time that is none."""
    for at, kind in enumerate(found.kinds):
        if kind not in (SID, FILETIME):
            continue
        starts, stops = found.starts[at], found.stops[at]
        if kind == SID:
            is_right = 8 + 4 * numbers.u1(starts + 1) == stops - starts
        else:
            ticks = numbers.u8(starts)
            is_right = (ticks >= EARLIEST) & (ticks <= LATEST)
        found.is_plain &= is_right | (starts == stops)
