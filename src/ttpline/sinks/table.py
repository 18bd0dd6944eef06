"""The table on the terminal: what to look at, why, and the techniques by tactic."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console

from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.prediction import Verdict
from ttpline.sinks._console import PlainConsole
from ttpline.sinks._output import STDOUT, naming
from ttpline.sinks._table_events import EventTable
from ttpline.sinks._table_view import attack_lines, tactic_summary, verdict_counts
from ttpline.sinks._tally import Tally

FILE_WIDTH = 120
"""Columns of a table that goes to a file, where there is no terminal to ask."""


class TableSink:
    """Shows attacks first, then uncertain commands; normal ones are a number. Nothing is shown before ``close``,
    because repeats are counted into one line. Bounded: see ``_tally``; what is not shown is said, with the way to it.
    """

    description = "readable table with reasons and a summary by tactic: the default on a terminal"

    def __init__(self, target: str = STDOUT) -> None:
        self._target = target
        self._tally = Tally()
        self._events = EventTable()
        self._is_scored = True
        self._is_open = True
        with naming(target):
            self._file = None if target == STDOUT else Path(target).open("w", encoding="utf-8")  # noqa: SIM115  # closed by close()
        self._console = _console(self._file)

    def write(self, batch: ScoredBatch) -> None:
        self._is_scored = batch.command_of is not None
        if self._is_scored:
            self._tally.add(batch)
        else:
            self._events.add(batch.events)

    def flush(self) -> None:
        """Nothing is pending until ``close`` knows the counts."""

    def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        with naming(self._target):
            try:
                self._show()
                self._console.file.flush()
            finally:
                if self._file is not None:
                    self._file.close()

    def _show(self) -> None:
        show = self._console.print
        if not self._is_scored:
            show(self._events.rendered())
            return
        for verdict in (Verdict.ATTACK, Verdict.UNCERTAIN):
            for part in attack_lines(self._tally, verdict, self._console.width):
                show(part)
        if self._tally.techniques:
            show(tactic_summary(self._tally, self._console.width))
        show(verdict_counts(self._tally))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _console(file: TextIO | None) -> Console:
    """Colours and width as the terminal has them; a file or a pipe gets ``FILE_WIDTH`` columns and no colour."""
    console = PlainConsole(file)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = FILE_WIDTH
    return console


SINK = TableSink
