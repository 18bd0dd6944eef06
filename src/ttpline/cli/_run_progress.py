"""How far a run is, on stderr, only where somebody looks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ttpline.cli._progress import is_terminal


@contextmanager
def stage_line(first: str) -> Iterator[Callable[[str], None] | None]:
    """A line that says what is done now, and for how long; gives the function that changes it, None in a pipe."""
    if not is_terminal(sys.stderr):
        yield None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from ttpline.sinks._console import PlainConsole

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=PlainConsole(sys.stderr), transient=True) as progress:
        task = progress.add_task(first, total=None)
        yield lambda text: progress.update(task, description=text)


@contextmanager
def steps_bar(label: str) -> Iterator[Callable[[int, int, str], None] | None]:
    """A bar of steps; gives a function that takes steps done, steps in all and what comes next, None in a pipe."""
    if not is_terminal(sys.stderr):
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from ttpline.sinks._console import PlainConsole

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=PlainConsole(sys.stderr), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total, text: progress.update(
            task, completed=done, total=total, description=f"{label}, {text}"
        )
