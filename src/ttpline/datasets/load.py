"""Labelled CSV files as one ``Dataset``, strictly: what is not understood is an error that names file, row and remedy.

Shapes that are read without a flag: the columns of the project's data (``command``, ``subtechnique`` or ``technique``,
``platform``, ``group``, ``source``, ``license``), the study's table (``proctitle``, ``technique_grouped`` or
``technique``, ``count``), and a table of one's own (``command``, ``technique`` and nothing else).
"""

import math
import re
from collections.abc import Sequence
from pathlib import Path

from ttpline.commands.normalise import normalised_text
from ttpline.datasets.csv_rows import Table, read_table
from ttpline.datasets.dataset import Conversion, Dataset, with_label
from ttpline.datasets.labelled_tables import COMMAND_COLUMNS, LABEL_COLUMNS, USUAL_COLUMNS, Columns, LabelledTables
from ttpline.datasets.labels import resolve_labels
from ttpline.datasets.near_duplicates import similarity_key
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.errors import DatasetError

__all__ = ["USUAL_COLUMNS", "Columns", "LabelledTables", "load_csv", "load_csvs", "load_tables"]

LABELLED_BY = frozenset({"source", "rule", "analyst"})
_NUMBER = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,3})?", re.ASCII)


def load_csv(
    path: Path | str,
    *,
    command: str | None = None,
    label: str | None = None,
    group: str | None = None,
    count: str | None = None,
    attack_version: str = "auto",
    normal: bool = False,
) -> Dataset:
    """One labelled CSV. ``normal``: every row is an ordinary command and the file has no label column."""
    files = ([], [Path(path)]) if normal else ([Path(path)], [])
    return load_csvs(*files, columns=Columns(command, label, group, count), attack_version=attack_version)


def load_csvs(
    labelled: Sequence[Path],
    normal: Sequence[Path] = (),
    *,
    columns: Columns = USUAL_COLUMNS,
    attack_version: str = "auto",
    into: str | None = None,
    name: str | None = None,
) -> Dataset:
    """Several CSV files as one dataset, labels in one ATT&CK version; ``name`` defaults to the files' names.

    ``attack_version`` is that of the labels as written (``labels.resolve_labels``), ``into`` that of the dataset.

    A command that repeats another (same text, label and platform) is merged into it and their counts are added.
    """
    return load_tables(labelled, normal, columns=columns, attack_version=attack_version, into=into).dataset(name)


def load_tables(
    labelled: Sequence[Path],
    normal: Sequence[Path] = (),
    *,
    columns: Columns = USUAL_COLUMNS,
    attack_version: str = "auto",
    into: str | None = None,
) -> LabelledTables:
    """The same files row by row: nothing is merged, and each row keeps the cells it was written with."""
    rows: list[LabelledCommand] = []
    tables: list[Table] = []
    written: list[tuple[str, str]] = []
    for path, is_normal in [*((path, False) for path in labelled), *((path, True) for path in normal)]:
        table = read_table(path)
        made = _rows(table, columns, is_normal)
        rows.extend(row for row, _ in made)
        written.extend((row.label, where) for row, where in made)
        tables.append(table)
    if not rows:
        raise DatasetError("no file of labelled commands was given")
    resolved = resolve_labels(written, attack_version, into)
    return LabelledTables(
        tables=tuple(tables),
        rows=tuple(
            with_label(row, used) if used != row.label else row for row, used in zip(rows, resolved.labels, strict=True)
        ),
        written=tuple(cell for cell, _ in written),
        columns=columns,
        attack_version=resolved.attack_version,
        conversions=tuple(Conversion(*item) for item in resolved.conversions),
    )


def _rows(table: Table, columns: Columns, is_normal: bool) -> list[tuple[LabelledCommand, str]]:
    """The rows of one file, labels as written, each with its place for messages."""
    cells = table.column(_column(table, columns.command, COMMAND_COLUMNS, "the command", None))
    commands = [normalised_text(cell) for cell in cells]  # as they are scored
    labels = [NORMAL] * len(commands) if is_normal else _labels(table, columns.label)
    if is_normal:
        _refuse_labels(table)
    counts = _optional(table, columns.count, "count", "1")
    groups = _groups(table, columns.group)
    platforms = _optional(table, None, "platform", "")
    origins = _optional(table, None, "source", "")
    licences = _optional(table, None, "license", "")
    hands = _optional(table, None, "labelled_by", "source")
    stem = Path(table.file).stem
    made = []
    for index, text in enumerate(commands):
        where = table.where(index)
        if not text:
            raise DatasetError("the command is empty", where=where, remedy="remove the row")
        if not labels[index].strip():
            raise DatasetError("the label is empty", where=where, remedy="write a technique id, or Normal")
        row = LabelledCommand(
            text,
            labels[index].strip(),
            groups[index].strip() or f"#{similarity_key(text):016x}",
            platforms[index].strip().lower() or None,
            origins[index].strip() or stem,
            licences[index].strip(),
            hands[index] if hands[index] in LABELLED_BY else "source",
            _count(counts[index], where),
        )
        made.append((row, where))
    return made


def _column(table: Table, wanted: str | None, usual: Sequence[str], what: str, remedy: str | None) -> str:
    """The name of a column that must be there."""
    for name in [wanted] if wanted else usual:
        if name in table.columns:
            return name
    looked_for = repr(wanted) if wanted else " or ".join(map(repr, usual))
    raise DatasetError(
        f"has no column for {what}: looked for {looked_for}, there are {', '.join(map(repr, table.columns))}",
        where=table.file,
        remedy=remedy or "name the column with a flag",
    )


def _labels(table: Table, wanted: str | None) -> list[str]:
    """The label cells; an empty sub-technique falls back on the technique beside it."""
    remedy = "name the column with --label-column, or give a file of ordinary commands with --normal"
    name = _column(table, wanted, LABEL_COLUMNS, "the label", remedy)
    cells = table.column(name)
    if name == "subtechnique" and "technique" in table.columns:
        return [cell if cell.strip() else parent for cell, parent in zip(cells, table.column("technique"), strict=True)]
    return cells


def _refuse_labels(table: Table) -> None:
    for name in LABEL_COLUMNS:
        if name not in table.columns:
            continue
        for index, cell in enumerate(table.column(name)):
            if cell.strip().casefold() not in ("", NORMAL.casefold()):
                raise DatasetError(
                    f"the file is given as normal and this row is labelled {cell.strip()!r}",
                    where=table.where(index),
                    remedy="give the file with --data",
                )


def _optional(table: Table, wanted: str | None, usual: str, default: str) -> list[str]:
    if wanted is not None and wanted not in table.columns:
        _column(table, wanted, (), f"the {usual}", None)
    name = wanted or usual
    return table.column(name) if name in table.columns else [default] * len(table.rows)


def _groups(table: Table, wanted: str | None) -> list[str]:
    """The group cells; without that column, the page or file a row came from; else empty: each command for itself."""
    if wanted is not None or "group" in table.columns:
        return _optional(table, wanted, "group", "")
    if "source_ref" not in table.columns:
        return [""] * len(table.rows)
    sources = _optional(table, None, "source", "")
    pairs = zip(sources, table.column("source_ref"), strict=True)
    return [f"{source}:{reference}" if reference.strip() else "" for source, reference in pairs]


def _count(cell: str, where: str) -> float:
    text = cell.strip()
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not (math.isfinite(value) and value > 0):
        raise DatasetError(
            f"count {cell!r} is not a number above 0", where=where, remedy="count is times seen: 1, 2, …"
        )
    return value
