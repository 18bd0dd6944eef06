"""Labelled CSV files side by side, row by row as they were written, so that a part of them can be written again.

A model reads a ``Dataset``, in which equal rows are one. A split that draws the rows of a file, and a table that keeps
its other columns, need the rows as they stand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ttpline.datasets.csv_rows import Table
from ttpline.datasets.dataset import Conversion, Dataset, SourceFile, make_dataset
from ttpline.domain.labelled import LabelledCommand

COMMAND_COLUMNS = ("command", "command_line", "proctitle")
LABEL_COLUMNS = ("technique_grouped", "subtechnique", "technique", "label")
"""Most telling first: the study's consolidated label, then the finer id."""

NEAR_DUPLICATES = "#"
"""How a group begins that no file named: near-duplicates share it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; None means the usual name, where there is one."""

    command: str | None = None
    label: str | None = None
    group: str | None = None
    count: str | None = None


USUAL_COLUMNS = Columns()


@dataclass(frozen=True)
class LabelledTables:
    """``rows[i]`` is the i-th row of all ``tables``, one after another; its label cell was ``written[i]``.

    Labels of ``rows`` are ids of ``attack_version``; nothing is merged.
    """

    tables: tuple[Table, ...]
    rows: tuple[LabelledCommand, ...]
    written: tuple[str, ...]
    columns: Columns
    attack_version: str
    conversions: tuple[Conversion, ...]

    @property
    def name(self) -> str:
        return " + ".join(Path(table.file).stem for table in self.tables)

    @cached_property
    def files(self) -> tuple[SourceFile, ...]:
        return tuple(
            SourceFile(Path(table.file).name, f"sha256:{table.sha256}", table.size_bytes, len(table.rows))
            for table in self.tables
        )

    def dataset(self, name: str | None = None) -> Dataset:
        """What models learn from: rows with equal command, label and platform are one, their counts added."""
        return make_dataset(
            name or self.name,
            self.rows,
            attack_version=self.attack_version,
            files=self.files,
            conversions=self.conversions,
        )

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The columns of all files, in the order of their first appearance.

        Several files get a ``source`` column, since a row without one is of the source that its file is named after.
        """
        names = dict.fromkeys(name for table in self.tables for name in table.columns)
        if self.command_column not in names:
            names[self.command_column] = None
        if self.label_column not in names:
            names[self.label_column] = None
        if len(self.tables) > 1:
            names["source"] = None
        return tuple(names)

    @property
    def command_column(self) -> str:
        """Where the command stands when all files are one."""
        return self.columns.command or self._first_of(COMMAND_COLUMNS)

    @property
    def label_column(self) -> str:
        """Where the label stands when all files are one."""
        return self.columns.label or self._first_of(LABEL_COLUMNS)

    @property
    def count_column(self) -> str:
        return self.columns.count or "count"

    @property
    def group_column(self) -> str:
        return self.columns.group or "group"

    @cached_property
    def cells(self) -> list[list[str]]:
        """Every row under ``header``, cells as written.

        Where a row's own file lacks a column that another has, and an empty cell would be read as something else, the
        cell says what was understood: ``Normal``, ``1``, the group, the source.
        """
        return [row for table, start in self._starts() for row in self._of_table(table, start)]

    def _of_table(self, table: Table, start: int) -> Iterator[list[str]]:
        known = {name: place for place, name in enumerate(table.columns)}
        places = [known.get(name) for name in self.header]
        label_place = self.header.index(self.label_column)
        source_place = self.header.index("source") if len(self.tables) > 1 else None
        for number, cells in enumerate(table.rows, start):
            row = [self._understood(name, number) if at is None else cells[at] for name, at in self._pairs(places)]
            if not (row[label_place].strip() or self._falls_back(row)):
                row[label_place] = self.written[number]  # a file given as normal may leave its label cells empty
            if source_place is not None and not row[source_place].strip():
                row[source_place] = self.rows[number].origin
            yield row

    def _falls_back(self, row: Sequence[str]) -> bool:
        """Whether an empty sub-technique has its technique beside it, as ``load`` reads it."""
        is_fine = self.label_column == "subtechnique" and "technique" in self.header
        return is_fine and bool(row[self.header.index("technique")].strip())

    def _pairs(self, places: Sequence[int | None]) -> Iterator[tuple[str, int | None]]:
        return zip(self.header, places, strict=True)

    def _understood(self, name: str, number: int) -> str:
        row = self.rows[number]
        if name == self.command_column:
            return row.command_line
        if name == self.label_column:
            return self.written[number]
        if name == self.count_column:
            return "1"
        if name == "source":
            return row.origin
        if name == self.group_column and not row.group.startswith(NEAR_DUPLICATES):
            return row.group
        return ""

    def _starts(self) -> Iterator[tuple[Table, int]]:
        start = 0
        for table in self.tables:
            yield table, start
            start += len(table.rows)

    def _first_of(self, usual: Sequence[str]) -> str:
        there = {name for table in self.tables for name in table.columns}
        return next((name for name in usual if name in there), usual[0] if usual is COMMAND_COLUMNS else "technique")
