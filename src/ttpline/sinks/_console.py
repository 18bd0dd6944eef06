"""Rich's console without its own idea of how a program ends."""

from typing import IO

from rich.console import Console


class PlainConsole(Console):
    """Text is shown as it is: no markup, no emoji codes, no highlighting. A closed pipe is a ``BrokenPipeError`` like
    everywhere else, where rich would end the process with 1."""

    def __init__(self, file: IO[str] | None = None) -> None:
        super().__init__(file=file, highlight=False, emoji=False, markup=False)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError
