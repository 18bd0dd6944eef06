"""What can be had from JSON text that is none: objects glued together, objects that break off.

Both are guesses at nothing: an object is taken only where it is whole, and of one that breaks off only the members
before the break.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from ttpline.telemetry._json.tokens import COMMA_TOKEN, QUOTE, is_open

MOST_TRIES = 32
"""Places in a damaged line at which an object is looked for in vain: each costs a look at the rest of the line."""

MOST_DEPTH = 200

_OPENS = re.compile(rb'\{\s{0,99}(?:"|\})')


def objects_in(text: bytes) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    """The whole objects in ``text``, the outermost there are: where each begins, its bytes, what it says.

    >>> [found for _, _, found in objects_in(b'{"a": 1, "b": "x{"a": 2}{"a": 3}')]
    [{'a': 2}, {'a': 3}]
    """
    at = failures = 0
    while failures < MOST_TRIES:
        opens = _OPENS.search(text, at)
        if opens is None:
            return
        end = _end_of(text, opens.start())
        at = opens.start() + 1
        try:
            record = None if end is None else msgspec.json.decode(text[opens.start() : end])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            record = None
        if end is None or record is None:
            failures += 1
            continue
        yield opens.start(), text[opens.start() : end], record
        at = end


def _end_of(text: bytes, start: int) -> int | None:
    """Behind the bracket that closes the one at ``start``."""
    depth = 0
    for found in COMMA_TOKEN.finditer(text, start):
        token = text[found.start()]
        if token in b"{[":
            depth += 1
        elif token in b"}]":
            depth -= 1
            if depth == 0:
                return found.end()
    return None


def without_cut_end(text: bytes) -> dict[str, Any] | None:
    """The object that ``text`` begins, with all members before the place where it breaks off; None where it is none.

    >>> without_cut_end(b'{"a": "ls -l", "b": [{"c": 1, "d": "cut h')
    {'a': 'ls -l', 'b': [{'c': 1}]}
    >>> without_cut_end(b'{"a": "ls -l"'), without_cut_end(b'{"a": "ls -l", "pid": 12')
    ({'a': 'ls -l'}, {'a': 'ls -l'})
    """
    if not text.startswith(b"{"):
        return None
    stack = bytearray()
    safe, closing, end = 1, b"}", 0
    for found in COMMA_TOKEN.finditer(text):
        token = text[found.start()]
        if token == QUOTE and is_open(found):
            break
        end = found.end()
        if token == QUOTE:
            continue
        if token in b"{[":
            stack.append(0x7D if token == 0x7B else 0x5D)
            if len(stack) > MOST_DEPTH:
                return None
            safe = end
        elif token == 0x2C:
            safe = found.start()
        else:
            if not stack or stack.pop() != token or not stack:
                return None  # damaged inside, or whole: then it is no JSON for another reason
            safe = end
        closing = bytes(reversed(stack))
    for kept in (end if end == len(text) else 0, safe):
        try:
            record = msgspec.json.decode(text[:kept] + closing) if kept else None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(record, dict) and record:
            return record
    return None
