"""The event ids of binary records, many at once and without parsing: most of a log can be passed over by them.

A record is an instance of a template: a reference to the template, then a table of values. In the templates of
Windows the id is value 3 and its qualifiers are value 4. A template is trusted to be such if it has the tokens for
"attribute of value 4, text of value 3, both of 16 bits"; a record of any other form is left to the parser.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.telemetry._windows.event import COMMAND_IDS

Int64s = npt.NDArray[np.int64]

SLACK = 64
"""Zeros behind a block, so that what is past its end can be looked at without a test."""

_ID_TOKENS = b"\x0e\x04\x00\x06\x02\x0e\x03\x00\x06"
"""Optional value 4 of type 6 (16 bits, unsigned), end of the start tag, optional value 3 of type 6."""

_HEAD_BYTES = 24
_FRAGMENT, _INSTANCE = 0x0001010F, 0x010C
"""How binary XML begins: a fragment, and in it the instance of a template."""

_DEFINITION_AT = 10
_VALUES_AT = 14
_DEFINITION_BYTES = 24
_LENGTH_AT = 20
_ENTRIES_AT = 4
_ID_VALUE = 3
_MAX_VALUES = 256


class _Block:
    """Numbers at any place of a block; a place outside of it reads what is at its end."""

    def __init__(self, block: bytes) -> None:
        self._last = len(block) - SLACK
        self._u2: npt.NDArray[Any] = np.ndarray(len(block) - 1, "<u2", block, strides=(1,))
        self._u4: npt.NDArray[Any] = np.ndarray(len(block) - 3, "<u4", block, strides=(1,))

    def u2(self, places: Int64s) -> Int64s:
        return self._u2[np.minimum(places, self._last)].astype(np.int64)

    def u4(self, places: Int64s) -> Int64s:
        return self._u4[np.minimum(places, self._last)].astype(np.int64)


def may_be_commands(block: bytes, at: Int64s, sizes: Int64s, chunks: Int64s) -> npt.NDArray[np.bool_]:
    """For the records at ``at`` of ``block``, each in the chunk that begins at ``chunks``: never False for a command.

    ``block`` has ``SLACK`` zeros behind it.
    """
    maybe = np.ones(len(at), np.bool_)
    if not len(at):
        return maybe
    view = _Block(block)
    body = at + _HEAD_BYTES
    definitions = view.u4(body + _DEFINITION_AT) + chunks
    usual = (view.u4(body) == _FRAGMENT) & (view.u2(body + 4) == _INSTANCE)
    places, which = np.unique(definitions, return_inverse=True)
    of_place = np.array([_definition_length(block, place) for place in places.tolist()], dtype=np.int64)
    lengths = of_place[which]
    # Where the template itself stands in the record, the values come after it.
    values = body + _VALUES_AT
    values = values + np.where(definitions == values, _DEFINITION_BYTES + lengths, 0)
    count = view.u4(values)
    entries = values + _ENTRIES_AT
    place = entries + 4 * count + sum(view.u2(entries + 4 * number) for number in range(_ID_VALUE))
    usual &= (lengths >= 0) & (count > _ID_VALUE + 1) & (count <= _MAX_VALUES)
    usual &= (view.u2(entries + 4 * _ID_VALUE) == 2) & (place + 2 <= at + sizes)
    maybe[usual] = np.isin(view.u2(place)[usual], list(COMMAND_IDS))
    return maybe


def _definition_length(block: bytes, at: int) -> int:
    """Bytes of the tokens of the template at ``at``; -1 where the id is not where it is elsewhere."""
    start = at + _DEFINITION_BYTES
    if start > len(block):
        return -1
    length = int.from_bytes(block[at + _LENGTH_AT : start], "little")
    return length if block.find(_ID_TOKENS, start, start + length) >= 0 else -1
