"""What a line of JSON is but for its values, made from one line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import msgspec

MOST_SLOTS = 400
MOST_BYTES = 1 << 15
"""Longer lines make no skeleton: one that large serves hardly any other line."""

MOST_ITEMS = 128
"""A line with a longer list is read by itself, as a list is gone through item by item."""

MOST_DEPTH = 30
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_TOKEN = re.compile(_STRING + rb"|-?[0-9][0-9.eE+-]*+|true|false|null|[][{}:,]|[ \t\r]++")
_LIST = re.compile(rb"\[(?:%b(?:, ?%b)*+)?+\]" % (_STRING, _STRING))
"""A list of strings, as it is found again in other lines."""

_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_NUMBER = re.compile(rb"(?:0|[1-9][0-9]{0,17})")
"""A whole number of 64 bits; a longer one is part of the skeleton."""

Path = tuple[str | int, ...]


class Kind(IntEnum):
    """What stands in a place of a record."""

    MISSING = 0
    NULL = 1
    TEXT = 2
    NUMBER = 3
    """A whole number."""
    LIST = 4
    """Of texts."""
    TRUE = 5
    FALSE = 6
    OTHER = 7


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that may differ from line to line. ``start``, ``stop``: in the line that the skeleton was made from."""

    path: Path
    kind: Kind
    start: int
    stop: int


class NoSkeletonError(Exception):
    """A line from which none is made."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """``line`` is what it was made from, ``record`` what that says; ``bare``: without the quotes that are text, as in
    ``Scan``. ``slots``: the values, in order of the line."""

    line: bytes = field(repr=False)
    bare: bytes = field(repr=False)
    record: dict[str, Any] = field(repr=False)
    slots: list[Slot]
    _slot_at: dict[Path, int] = field(repr=False)

    def kind(self, *path: str | int) -> tuple[Kind, int]:
        """What stands at ``path``; the slot, or -1 where every line has the same there."""
        index = self._slot_at.get(path)
        if index is not None:
            return self.slots[index].kind, index
        value: Any = self.record
        for name in path:
            if value is None:
                return Kind.MISSING, -1
            if not isinstance(value, dict):
                return Kind.OTHER, -1
            if name not in value:
                return Kind.MISSING, -1
            value = value[name]
        if value is None:
            return Kind.NULL, -1
        return (Kind.TRUE if value else Kind.FALSE) if isinstance(value, bool) else Kind.OTHER, -1


def skeleton_of(line: bytes) -> Skeleton:
    """That of one line; ``NoSkeletonError`` where it is no plain object."""
    if len(line) > MOST_BYTES:
        raise NoSkeletonError
    try:
        record = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NoSkeletonError from error
    if not isinstance(record, dict):
        raise NoSkeletonError
    slots = list(_slots(line))
    if len(slots) > MOST_SLOTS:
        raise NoSkeletonError
    return Skeleton(
        line, _ESCAPED.sub(_without_quote, line), record, slots, {slot.path: index for index, slot in enumerate(slots)}
    )


def _without_quote(escape: re.Match[bytes]) -> bytes:
    return b"\\ " if escape[0] == b'\\"' else escape[0]


def _slots(line: bytes) -> Iterator[Slot]:
    """The values of ``line``, which is JSON: strings, whole numbers of an object's, lists of strings."""
    path: list[str | int] = []
    seen: list[set[str]] = []
    is_key, at = False, 0
    while at < len(line):
        token = _TOKEN.match(line, at)
        if token is None:
            raise NoSkeletonError
        text, start, at = token[0], at, token.end()
        code = text[:1]
        if code == b"{":
            path.append("")
            seen.append(set())
            is_key = True
        elif code == b"[" and (of_texts := _LIST.match(line, start)):
            if not path or not isinstance(path[-1], str) or of_texts[0].count(b'"') > 2 * MOST_ITEMS:
                raise NoSkeletonError  # a list of lists, or a long one
            at = of_texts.end()
            yield Slot(tuple(path), Kind.LIST, start, at)
        elif code == b"[":
            path.append(0)
            seen.append(set())
        elif code in (b"}", b"]"):
            path.pop()
            seen.pop()
        elif code == b",":
            last = path[-1]
            is_key = isinstance(last, str)
            if isinstance(last, int):
                path[-1] = last + 1
        elif code == b'"' and is_key:
            key = msgspec.json.decode(text)
            if b"\\" in text or key in seen[-1]:
                raise NoSkeletonError  # of two alike, only one counts
            seen[-1].add(key)
            path[-1] = key
            is_key = False
        elif code == b'"':
            yield Slot(tuple(path), Kind.TEXT, start + 1, at - 1)
        elif path and isinstance(path[-1], str) and _NUMBER.fullmatch(text):
            yield Slot(tuple(path), Kind.NUMBER, start, at)
        if len(path) > MOST_DEPTH:
            raise NoSkeletonError
