"""A labelled CSV that reads back exactly as it was: nothing is escaped or guarded, everything quoted where needed.

The project's other CSV (``sinks/csv.py``) is for spreadsheets and keeps cells from running as formulas. A dataset is
for programs: a guard before ``-rf`` would be learned as part of the command, so these files hold the text itself. They
are not for spreadsheets; ``ttpline dataset describe`` and ``classify --to csv`` are for looking.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from ttpline.datasets.csv_rows import delimiter_of
from ttpline.errors import DatasetError, SinkError

_QUOTED = frozenset(',"\r\n')
"""Python's writer leaves a lone CR unquoted before 3.13, and its strict reader then ends the row there."""


def csv_line(cells: Iterable[str]) -> str:
    r"""One row, comma and LF.

    >>> csv_line(["=cmd|'/C calc'!A0", 'say "a, b" twice', "x\ry"])
    '=cmd|\'/C calc\'!A0,"say ""a, b"" twice","x\ry"\n'
    """
    return ",".join(cell if _QUOTED.isdisjoint(cell) else '"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8, comma, LF; ``DatasetError`` for column names that would make another delimiter look like the one."""
    header = csv_line(columns)
    if delimiter_of(header) != ",":
        raise DatasetError(
            "the column names hold more semicolons or tabs than there are columns",
            remedy="rename the columns: the table could not be read again",
        )
    return "".join([header, *map(csv_line, rows)]).encode()


def write_whole(path: Path, content: bytes) -> None:
    """``content`` under its name only when all of it is written; ``SinkError`` when it cannot be."""
    replaced(path, lambda part: part.write_bytes(content))


def replaced(path: Path, write: Callable[[Path], object]) -> None:
    """``write`` to a name beside ``path``, then take its place; nothing half done stays."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # where the folder is none, nothing was written
            part.unlink()
        raise SinkError(f"cannot be written: {error.strerror or error}", where=str(path)) from error
