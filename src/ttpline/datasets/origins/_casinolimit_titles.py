"""The process title that the kernel writes for a command, and text that a CSV can hold.

Where a log has the arguments of a command and no title (its rules leave out PROCTITLE), the title that the kernel would
have written is made: for a program that has just started it is a function of the arguments.
"""

from collections.abc import Sequence

from ttpline.domain.raw_text import encode

TITLE_BYTES = 128
"""``MAX_PROCTITLE_AUDIT_LEN``: what the kernel keeps of a title."""

_PRINTABLE = frozenset((*range(0x20, 0x7F), *range(0xA0, 0x100)))
"""``isprint`` in the kernel, which is Latin-1's (lib/ctype.c)."""


def kernel_title(argv: Sequence[bytes]) -> bytes:
    """The title of a program started with ``argv``: joined by NUL, cut, unprintable bytes at the end trimmed
    (``audit_proctitle_rtrim``), so that the first byte of a cut-off UTF-8 character may stay.

    >>> kernel_title([b"ls", b"-la", b""])
    b'ls\\x00-la'
    """
    title = b"".join(argument + b"\0" for argument in argv)[:TITLE_BYTES]
    end = len(title)
    while end and title[end - 1] not in _PRINTABLE:
        end -= 1
    return title[:end]


def is_cut(argv: Sequence[bytes]) -> bool:
    """Whether the kernel's title lacks a part of ``argv``."""
    return sum(map(len, argv)) + len(argv) - 1 > TITLE_BYTES


def title_text(title: bytes) -> str:
    """A title as the study writes it: NUL is a blank. A byte that is not UTF-8 is ``\\xNN``.

    >>> title_text(b"cat\\0/etc/passwd"), title_text(b"\\xff")
    ('cat /etc/passwd', '\\\\xff')
    """
    return title.replace(b"\0", b" ").decode(errors="backslashreplace")


def csv_text(text: str) -> str:
    """Column text with its undecodable bytes as ``\\xNN``; everything else stays, line breaks too."""
    return text if text.isascii() else encode(text).decode(errors="backslashreplace")
