"""A progress bar on stderr, only where somebody sees it."""

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SHOWN_FROM_BYTES = 32 << 20
"""Inputs smaller than this are done before a bar could be read."""


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody looks at ``stream``; a closed one (``>&-``) is None."""
    return stream is not None and stream.isatty()


class ProgressBar:
    """Counts bytes from the start, shows a bar only inside its ``with`` block, and takes it away at the end of that,
    so that it never stands in the way of what a sink prints when it is closed.

    Shown when the input is large; where its size is not known (a pipe), once much has come.
    """

    def __init__(self, paths: Sequence[str], *, wanted: bool) -> None:
        from ttpline.telemetry._walk import input_bytes

        self._wanted = wanted and is_terminal(sys.stderr)
        self._total = input_bytes(paths) if self._wanted else None
        self._done = 0
        self._is_open = False
        self._bar: tuple[Progress, TaskID] | None = None

    def advance(self, size: int) -> None:
        """``size`` more bytes were read."""
        self._done += size
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=self._done)
        elif self._is_open and (self._done if self._total is None else self._total) >= SHOWN_FROM_BYTES:
            self._show()

    def _show(self) -> None:
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        from ttpline.sinks._console import PlainConsole

        columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        progress = Progress(*columns, console=PlainConsole(sys.stderr), transient=True)
        progress.start()
        self._bar = progress, progress.add_task("reading", total=self._total, completed=self._done)

    def __enter__(self) -> Self:
        self._is_open = self._wanted
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_open = False
        if self._bar is not None:
            self._bar[0].stop()
            self._bar = None
