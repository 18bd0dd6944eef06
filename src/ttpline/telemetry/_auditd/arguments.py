"""The arguments of one execution, put together from its EXECVE records and, failing that, its PROCTITLE.

One record holds at most about 8 KiB, so a long command is spread over many: only the first has ``argc``; a long
argument is announced by ``a1_len=40000`` and cut into ``a1[0]=…``, ``a1[1]=…``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ttpline.telemetry._auditd.fields import is_closed, is_hex, unquoted

# Same shape as fields._FIELD, but only arguments, and every occurrence counts.
_ARGUMENT = re.compile(
    rb"""(?:(?<=\s)|(?<![\s\S]))(?:argc=(\d{1,10})(?!\S)|a(\d{1,10})(?:(_len)|\[(\d{1,10})\])?=("[^"]*"|[^\s]*))"""
)

TITLE_BYTES = 128
"""The kernel keeps this much of a process title (``MAX_PROCTITLE_AUDIT_LEN``), less what is unprintable at its end."""

WHOLE_TITLE_BYTES = TITLE_BYTES - 2
"""A longer title may be a cut one: the 128th byte may have been the NUL between two arguments, and trimmed."""


@dataclass(slots=True)
class Arguments:
    """``argv`` in order; ``complete`` false when one is missing or damaged; null when there is none to be had."""

    argv: list[bytes] | None
    complete: bool
    damaged: bool = False  # an argument that is neither quoted nor hex
    contradiction: bool = False  # one argument logged with two values


def join_arguments(bodies: Iterable[bytes]) -> Arguments:
    """``argv`` from the raw bodies of all EXECVE records of one event, in any order.

    An argument that is missing is left out and ``complete`` is false: nothing is guessed.

    >>> join_arguments([b'a1[1]="d" a2=2061', b'argc=3 a0="sh" a1_len=3 a1[0]="ab"']).argv
    [b'sh', b'abd', b' a']
    """
    argc: int | None = None
    whole: dict[int, bytes] = {}
    pieces: dict[int, dict[int, bytes]] = {}
    lengths: dict[int, int] = {}
    contradiction = False
    for body in bodies:
        for count, index, is_length, piece, value in _ARGUMENT.findall(body):
            if count:
                contradiction |= argc not in (None, int(count))
                argc = int(count) if argc is None else argc
            elif is_length:
                lengths.setdefault(int(index), int(value) if value.isdigit() and len(value) < 12 else -1)
            elif piece:
                known = pieces.setdefault(int(index), {})
                contradiction |= known.setdefault(int(piece), value) != value
            else:
                contradiction |= whole.setdefault(int(index), value) != value
    argv: list[bytes] = []
    damaged = False
    complete = argc is not None and not contradiction
    indexes = sorted(whole.keys() | pieces.keys())
    for index in indexes:
        value, is_whole = _argument(whole.get(index), pieces.get(index, {}), lengths.get(index))
        damaged |= value is None
        complete &= is_whole
        if value is not None:
            argv.append(value)
    complete &= indexes == list(range(len(indexes))) and len(indexes) == argc
    return Arguments(argv or ([] if complete else None), complete, damaged, contradiction)


def _argument(whole: bytes | None, pieces: dict[int, bytes], length: int | None) -> tuple[bytes | None, bool]:
    """One argument's bytes (None: unreadable) and whether they are all of them."""
    if whole is not None:
        return (unquoted(whole), True) if is_closed(whole) else (_unclosed(whole), False)
    in_order = [pieces[number] for number in sorted(pieces)]
    if all(value.startswith(b'"') for value in in_order):
        joined = b"".join(value.strip(b'"') for value in in_order)
        sizes: tuple[int, ...] = (len(joined),)
    else:  # a piece may end within a byte's two digits, so hex is joined before it is decoded
        digits = b"".join(value[1:-1].hex().encode() if value.startswith(b'"') else value for value in in_order)
        if not is_hex(digits):
            return None, False
        joined = bytes.fromhex(digits.decode())
        sizes = (len(joined), len(digits))  # the kernel announces the length as it is written
    gapless = sorted(pieces) == list(range(len(pieces)))
    return joined, gapless and all(map(is_closed, in_order)) and (length is None or length in sizes)


def _unclosed(value: bytes) -> bytes | None:
    """What is left of an argument whose end is missing; None when there is no telling."""
    if value.startswith(b'"'):
        return value[1:]
    even = value[: len(value) // 2 * 2]
    return bytes.fromhex(even.decode()) if even and is_hex(even) and value.isalnum() else None


def split_title(value: bytes) -> tuple[list[bytes], bool] | None:
    """The arguments in a PROCTITLE's value and whether they can be all; None when there are none or it is not readable.

    A quoted title is one argument: a NUL between two would have made it hex.

    >>> split_title(b"6C73002D6C61"), split_title(b'"id"')
    (([b'ls', b'-la'], True), ([b'id'], True))
    """
    raw = unquoted(value)
    if not raw or not raw.strip(b"\0") or not is_closed(value):
        return None
    return raw.removesuffix(b"\0").split(b"\0"), len(raw) <= WHOLE_TITLE_BYTES
