"""Cells of a labelled CSV, with the row each came from: encoding, delimiter, quoting, and nothing about labels."""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ttpline.errors import DatasetError

FIELD_LIMIT = 16 * 1024 * 1024
"""Characters in one cell; more is a missing quote, not a command."""

DELIMITERS = (",", ";", "\t")
"""As written by most tools, by spreadsheets in half of Europe, and by databases."""


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV in memory: ``rows[i]`` came from row ``row_numbers[i]`` of ``file``; the header is row 1, as in a sheet."""

    file: str
    sha256: str
    size_bytes: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_numbers: tuple[int, ...]

    def where(self, index: int) -> str:
        """``mine.csv, row 12`` for error messages."""
        return f"{self.file}, row {self.row_numbers[index]}"

    def column(self, name: str) -> list[str]:
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


def read_table(path: Path) -> Table:
    """Read a UTF-8 CSV (a byte-order mark is skipped), delimited by comma, semicolon or tab.

    Refuses, naming file and row: bytes that are not UTF-8, a row with too many or too few cells, a header with a name
    twice, an unclosed quote, and a file without a header or without rows.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"cannot be read: {error.strerror}", where=str(path)) from error
    text = _decode(raw, str(path))
    delimiter = delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records = list(_records(reader, str(path)))
    if not records:
        raise DatasetError("the file is empty", where=str(path), remedy="a header row and one row a command are needed")
    columns = tuple(name.strip() for name in records[0][1])
    _check_header(columns, str(path))
    body = [(number, cells) for number, cells in records[1:] if cells]
    for number, cells in body:
        if len(cells) != len(columns):
            raise DatasetError(
                f"has {len(cells)} cells, the header has {len(columns)}",
                where=f"{path}, row {number}",
                remedy="quote commands that hold the delimiter",
            )
    if not body:
        raise DatasetError("has a header and no rows", where=str(path))
    return Table(
        str(path),
        hashlib.sha256(raw).hexdigest(),
        len(raw),
        columns,
        tuple(tuple(cells) for _, cells in body),
        tuple(number for number, _ in body),
    )


def delimiter_of(text: str) -> str:
    """What parts the cells of a CSV: the delimiter that its header line has most often.

    >>> delimiter_of("command;technique\\nls, -l;Normal")
    ';'
    """
    return max(DELIMITERS, key=text.partition("\n")[0].count)


def _decode(raw: bytes, file: str) -> str:
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        raise DatasetError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8", where=f"{file}, line {row}", remedy="save the file as UTF-8"
        ) from error


def _records(reader: Iterator[list[str]], file: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered records; the field limit is the module's own setting and is put back."""
    old_limit = csv.field_size_limit(FIELD_LIMIT)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, cells
    except csv.Error as error:
        raise DatasetError(
            f"is not CSV: {error}", where=f"{file}, row {number + 1}", remedy="close quotes, double those inside"
        ) from error
    finally:
        csv.field_size_limit(old_limit)


def _check_header(columns: Sequence[str], file: str) -> None:
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise DatasetError(f"the header names {twice[0]!r} twice", where=f"{file}, row 1")
