"""Text cells that a spreadsheet shows and does not run."""

import polars as pl

from ttpline.domain.printable import printable, unprintable

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for a formula (OWASP, CSV Injection); tab and CR are escaped already."""
GUARD = "'"
"""Put before such a cell, and before one that begins with it, so that the way back is always exact."""

_TO_CHANGE = (
    "^['=+\\-@＝＋－＠]"
    "|[\\x00-\\x1f\\x7f-\\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U0010ff80-\U0010ffff]"
    "|\\\\[\\\\xu]"
)
"""Cells that ``safe_cell`` changes, for polars; a test holds the two together."""


def safe_cell(text: str) -> str:
    """One cell made safe.

    >>> safe_cell("=cmd|' /C calc'!A0")
    "'=cmd|' /C calc'!A0"
    """
    text = printable(text)
    return GUARD + text if text.startswith((GUARD, *FORMULA_STARTS)) else text


def original_cell(cell: str) -> str:
    """What ``safe_cell`` was given.

    >>> original_cell(safe_cell("-rf \\x1b"))
    '-rf \\x1b'
    """
    return unprintable(cell.removeprefix(GUARD))


def safe_cells(texts: pl.Series) -> pl.Series:
    """``safe_cell`` over a text column; only the few cells that change are touched one by one."""
    changes = texts.str.contains(_TO_CHANGE).fill_null(False)
    if not changes.any():
        return texts
    at = changes.arg_true()
    safe = pl.Series([safe_cell(text) for text in texts.gather(at).to_list()], dtype=pl.String)
    return texts.clone().scatter(at, safe)


def safe_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """``safe_cells`` over every text column."""
    return frame.with_columns(safe_cells(column) for column in frame if column.dtype == pl.String)
