"""The standard streams at their worst: closed, full, or with nobody at the other end."""

import errno
import os
import sys
from pathlib import Path

from ttpline.cli.exit_codes import ExitCode, report
from ttpline.errors import SinkError

OUTPUT_ERRORS = frozenset({errno.EBADF, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What ``print`` raises when stdout cannot take more; files of the user's are opened by library code, which says so."""


def replace_closed_streams() -> None:
    """Started with ``2>&-``, Python would print messages into the data. What is written to a closed stdout is an error
    when it is written, and none for a command that writes nothing there."""
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # for as long as we live
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")


def flushed(code: int) -> int:
    """Flush now what the interpreter would flush at its end, where a closed pipe or full disk would be a traceback."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
    except (OSError, ValueError) as error:
        _forget_stdout()
        if code == ExitCode.DONE:
            return report(SinkError(f"cannot be written: {error}", where="stdout", remedy="free some space"))
    return code


def _forget_stdout() -> None:
    """Point stdout at nothing, so that what is left in its buffer is dropped in silence."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
