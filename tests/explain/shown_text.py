"""An explanation as a pipe or a terminal gets it."""

from io import StringIO

from ttpline.explain.explanation import CommandExplanation
from ttpline.explain.render import rendered
from ttpline.sinks._console import PlainConsole

UNWRAPPED = 20_000
"""Columns: no sentence is folded."""


def shown_text(explanation: CommandExplanation, *, width: int = UNWRAPPED) -> str:
    """Without colours and without blanks at the ends of lines."""
    console = PlainConsole(StringIO())
    console.width = width
    console.print(rendered(explanation, colour=False))
    assert isinstance(console.file, StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())
