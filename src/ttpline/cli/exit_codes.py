"""What a command's end tells a script; the only place where errors become numbers."""

import sys
from enum import IntEnum

from ttpline.errors import (
    DatasetError,
    ModelError,
    SinkError,
    TelemetryError,
    TtplineError,
)


class ExitCode(IntEnum):
    """As in the contract; ``docs/errors.md`` explains each."""

    DONE = 0
    UNREADABLE_RECORDS = 1
    USAGE = 2
    INPUT = 3
    MODEL = 4
    SINK = 5
    BUG = 70  # EX_SOFTWARE of sysexits.h
    INTERRUPTED = 130


_CODES: tuple[tuple[type[TtplineError], ExitCode], ...] = (
    (SinkError, ExitCode.SINK),
    (ModelError, ExitCode.MODEL),
    (TelemetryError, ExitCode.INPUT),
    (DatasetError, ExitCode.INPUT),
)
"""Every other ``TtplineError`` is a matter of usage."""


def exit_code(error: TtplineError) -> ExitCode:
    """The exit code of ``error``.

    >>> exit_code(SinkError("cannot be written", where="out.jsonl")).value
    5
    """
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.USAGE)


def message(error: TtplineError) -> str:
    """``error`` as one line that no terminal acts on: where, reason, remedy."""
    from ttpline.domain.printable import printable

    return f"ttpline: error: {printable(str(error))}"


def report(error: TtplineError) -> ExitCode:
    """Say ``error`` on stderr and give its exit code."""
    print(message(error), file=sys.stderr)
    return exit_code(error)
