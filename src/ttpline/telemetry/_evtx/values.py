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

_ANY_SIZE: npt.NDArray[Any] = np.zeros(256, np.bool_)
_ANY_SIZE[[NOTHING, TEXT, 0x0E, SID, XML]] = True

_SIZES: npt.NDArray[Any] = np.zeros(256, np.uint32)
_SIZES[[0x03, 0x04, 0x05, UINT16, INT32, UINT32, 0x09, UINT64, 0x0B, 0x0C, 0x0D, 0x0F]] = (
    1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 4, 16
)  # fmt: skip
_SIZES[[FILETIME, HEX32, HEX64]] = 8, 4, 8

_IS_READ: npt.NDArray[Any] = _ANY_SIZE | (_SIZES > 0)

_TYPE_AT, _SIZE_MASK, _TYPE_MASK = 16, 0xFFFF, 0xFF0000
"""Of what a table says of a value, as one number."""

_CHECKED: npt.NDArray[Any] = np.where(_ANY_SIZE, _TYPE_MASK, _TYPE_MASK | _SIZE_MASK).astype(np.uint32)
_CHECKED[TEXT] |= 1  # no half units


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
    entries = numbers.table(found.entries, count)
    types, sizes = entries & _TYPE_MASK, entries & _SIZE_MASK
    stops = sizes.cumsum(axis=0, dtype=np.int64)
    stops += found.entries + 4 * count
    starts = stops - sizes
    last = stops[-1]
    kinds = _kinds(types) >> _TYPE_AT
    usual = (kinds << _TYPE_AT) | _SIZES[kinds]
    is_nothing = types == NOTHING
    is_fine = (entries & _CHECKED[kinds][:, None]) == usual[:, None]
    is_fine |= is_nothing
    is_plain = is_fine.all(axis=0) & (last <= ends)
    # An instance is the last that a fragment has: then it ends, or a token says so.
    is_plain &= (last == ends) | (numbers.u1(last) == 0)
    names = kinds.tolist()
    if not _IS_READ[kinds].all() or [at for at, kind in enumerate(names) if kind == XML] != (
        [] if nested is None else [nested]
    ):
        is_plain[:] = False
    if nested is not None:
        is_plain &= ~is_nothing[nested]
    if is_nothing.any():
        stops = np.where(is_nothing, starts, stops)  # there may be bytes for it all the same
    found_values = Values(names, starts, stops, is_plain)
    _check_contents(numbers, found_values)
    return found_values


def _kinds(types: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The type that most instances have of each value; nothing only where that is all there is."""
    first: npt.NDArray[Any] = types[:, 0]
    if (types == types[:, :1]).all():
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
