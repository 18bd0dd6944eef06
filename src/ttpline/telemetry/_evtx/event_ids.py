"""The event ids of binary records, many at once and without parsing: most of a log can be passed over by them.

In the templates of Windows the id is value 3 and its qualifiers are value 4. A template is trusted to be such if it has
the tokens for "attribute of value 4, text of value 3, both of 16 bits"; a record of any other form may be a command.
"""

from bisect import bisect_left

import numpy as np

from ttpline.telemetry._evtx.instances import DEFINITION_BYTES, LENGTH_AT, Bools, Instances, Int64s, Numbers, different
from ttpline.telemetry._evtx.template import MAX_TEMPLATE_BYTES
from ttpline.telemetry._windows.event import COMMAND_IDS

_ID_TOKENS = b"\x0e\x04\x00\x06\x02\x0e\x03\x00\x06"
"""Optional value 4 of type 6 (16 bits, unsigned), end of the start tag, optional value 3 of type 6."""

_ID_VALUE = 3

_IS_COMMAND = np.zeros(1 << 16, np.bool_)
_IS_COMMAND[list(COMMAND_IDS)] = True


def may_be_commands(block: bytes, numbers: Numbers, found: Instances, ends: Int64s) -> Bools:
    """For the records that begin as ``found`` and go to ``ends``: never False for a command."""
    templates, which = different(found.definitions)
    has_id = np.array(_have_ids(block, templates), dtype=np.bool_)[which]
    place = found.entries + 4 * found.counts
    for number in range(_ID_VALUE):
        place += numbers.u2(found.entries + 4 * number)
    usual = found.is_usual & has_id & (found.counts > _ID_VALUE + 1)
    usual &= (numbers.u2(found.entries + 4 * _ID_VALUE) == 2) & (place + 2 <= ends)
    return ~usual | _IS_COMMAND[numbers.u2(place)]


def _have_ids(block: bytes, places: list[int]) -> list[bool]:
    """For each template whether it has ``_ID_TOKENS``. One that claims to be longer than any is damaged."""
    found = []
    every: list[int] | None = None
    for at in places:
        start = at + DEFINITION_BYTES
        length = int.from_bytes(block[at + LENGTH_AT : start], "little") if start <= len(block) else 0
        if length <= MAX_TEMPLATE_BYTES:
            found.append(block.find(_ID_TOKENS, start, start + length) >= 0)
            continue
        if every is None:
            every = _all_tokens(block)
        following = bisect_left(every, start)
        found.append(following < len(every) and every[following] + len(_ID_TOKENS) <= start + length)
    return found


def _all_tokens(block: bytes) -> list[int]:
    places = []
    at = -1
    while (at := block.find(_ID_TOKENS, at + 1)) >= 0:
        places.append(at)
    return places
