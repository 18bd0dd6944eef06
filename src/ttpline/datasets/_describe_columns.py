"""What the columns of labelled files hold, column-wise."""

import polars as pl

from ttpline.datasets.description import ColumnFacts
from ttpline.datasets.labelled_tables import LabelledTables

_WHOLE = r"^\s*[+-]?[0-9]+\s*$"
_NUMBER = r"^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*$"


def column_facts(tables: LabelledTables) -> tuple[ColumnFacts, ...]:
    """One each for the columns that the files have, in their order; a file without a column adds missing cells."""
    names = dict.fromkeys(name for table in tables.tables for name in table.columns)
    return tuple(_facts(name, _column(tables, name)) for name in names)


def identical_rows(tables: LabelledTables) -> int:
    """Rows that repeat another of the same file in every cell."""
    return sum(len(table.rows) - len(set(table.rows)) for table in tables.tables)


def _column(tables: LabelledTables, name: str) -> pl.Series:
    cells = (table.column(name) if name in table.columns else [""] * len(table.rows) for table in tables.tables)
    return pl.concat([pl.Series(name, each, dtype=pl.String) for each in cells])


def _facts(name: str, cells: pl.Series) -> ColumnFacts:
    there = cells.filter(cells.str.strip_chars() != "")
    longest = cells.str.len_chars().max()
    return ColumnFacts(
        name=name,
        kind=_kind(there),
        missing=len(cells) - len(there),
        distinct=there.n_unique(),
        longest=longest if isinstance(longest, int) else 0,
    )


def _kind(there: pl.Series) -> str:
    if there.is_empty():
        return "empty"
    if there.str.contains(_WHOLE).all():
        return "whole number"
    return "number" if there.str.contains(_NUMBER).all() else "text"
