"""Which files a list of paths means: folders are walked, sorted, each file once; what is left out is said."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from ttpline.domain.raw_text import from_surrogates
from ttpline.domain.skipped import SkippedRecord
from ttpline.errors import UsageError
from ttpline.telemetry._open import STDIN

_SPECIAL = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def left_out(path: str, reason: str, remedy: str | None = None) -> SkippedRecord:
    """A whole file that was not read; record 0, for it is none of its records."""
    return SkippedRecord(from_surrogates(path), 0, reason, "", remedy)


def input_files(paths: Sequence[str]) -> Iterator[str | SkippedRecord]:
    """Paths of files in the order given, folders by name; ``-`` stands for standard input and may be given once.

    Links are followed; a file or folder that was met before in the same walk is left out, so loops end and a
    rotated log's ``current`` link is not counted twice. A named pipe is opened only when it is named itself.
    """
    if list(paths).count(STDIN) > 1:
        raise UsageError("standard input can be read once", remedy="give - only once")
    return _input_files(paths)


def _input_files(paths: Sequence[str]) -> Iterator[str | SkippedRecord]:
    for path in paths:
        if path != STDIN and _is_folder(path):
            yield from _Walk().folder(path)
        else:
            yield path


def _is_folder(path: str) -> bool:
    """Opening says better than this what is wrong with a path that cannot even be looked at."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


class _Walk:
    """One folder's walk; ``_seen`` are (device, inode) of all that was met."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()

    def folder(self, path: str) -> Iterator[str | SkippedRecord]:
        """Depth first with our own stack: a path may be nested deeper than Python recurses."""
        stack = [path]
        while stack:
            here = stack.pop()
            try:
                state = Path(here).stat()
            except OSError as error:
                yield left_out(here, f"it cannot be read ({error.strerror})")
                continue
            if (state.st_dev, state.st_ino) in self._seen and state.st_ino:
                yield left_out(here, "the same file or folder was met before")
                continue
            self._seen.add((state.st_dev, state.st_ino))
            if not stat.S_ISDIR(state.st_mode):
                special = next((name for is_it, name in _SPECIAL if is_it(state.st_mode)), None)
                yield here if special is None else left_out(here, f"it is {special}", "name it itself to read it")
                continue
            try:
                names = sorted(os.listdir(here), key=os.fsencode, reverse=True)  # noqa: PTH208 (names, bytewise order)
            except OSError as error:
                yield left_out(here, f"it cannot be read ({error.strerror})")
                continue
            stack.extend(str(Path(here) / name) for name in names)


def input_bytes(paths: Sequence[str]) -> int | None:
    """Bytes on disk behind ``paths``, for a progress bar; None where it cannot be known (a pipe)."""
    total = 0
    for path in input_files(paths):
        if isinstance(path, SkippedRecord):
            continue
        try:
            state = None if path == STDIN else Path(path).stat()
        except (OSError, ValueError):
            continue
        if state is None or not stat.S_ISREG(state.st_mode):
            return None
        total += state.st_size
    return total
