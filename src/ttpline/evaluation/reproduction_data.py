"""The rows that the study is run on: its own table where it is, read in the ways its code may have read it."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ttpline.commands.normalise import normalised_text
from ttpline.datasets.consolidate import to_techniques
from ttpline.datasets.csv_rows import read_table
from ttpline.datasets.csv_write import csv_bytes
from ttpline.datasets.dataset import merge_repeats, with_label
from ttpline.datasets.grouping import Rule
from ttpline.datasets.labelled_tables import COMMAND_COLUMNS
from ttpline.datasets.load import LabelledTables, load_tables
from ttpline.datasets.origins._fetch_digest import digest_of
from ttpline.datasets.origins.casinolimit import STUDY_BLOB, STUDY_TABLE
from ttpline.datasets.split import STUDY_SEED, Fold, study_split
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import OTHER
from ttpline.errors import DatasetError
from ttpline.evaluation.reproduction import Draw, support_distance

TABLE_VARIABLE: Final = "TTPLINE_CASINOLIMIT"
_FOLDERS: Final = (".", "data")
"""Where ``ttpline dataset fetch casinolimit`` puts the table when it is not told, and where people move it."""

SAMPLE_SEED: Final = 42

PANDAS_MISSING: Final = frozenset(
    {
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
        *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    }
)
"""Cells that ``pandas.read_csv`` takes for missing (its documented ``na_values``): a title ``null`` is lost there."""


@dataclass(frozen=True, slots=True)
class StudyTable:
    """A table that may be the study's: ``is_study`` when its git blob id is the published one."""

    path: Path
    blob: str
    is_study: bool


@dataclass(frozen=True, slots=True)
class StudyRows:
    """Rows, their split, and all the ways that were tried to come by them, the one taken first."""

    name: str
    rows: tuple[LabelledCommand, ...]
    fold: Fold
    split: str
    attack_version: str
    draws: tuple[Draw, ...]
    about: tuple[str, ...]
    is_study: bool
    notes: tuple[str, ...] = ()


def find_table(environment: Mapping[str, str], folder: Path) -> StudyTable | None:
    """The table that ``TTPLINE_CASINOLIMIT`` names (a file, or a folder that holds it), else the one that was fetched.

    None where there is none; ``DatasetError`` where the variable names one that is not there.
    """
    named = environment.get(TABLE_VARIABLE, "")
    if named:
        path = Path(named)
        path = path / STUDY_TABLE if path.is_dir() else path
        if not path.is_file():
            raise DatasetError(
                f"there is no table ({TABLE_VARIABLE})", where=str(path), remedy="name the CSV or unset it"
            )
        return _table(path)
    found = [folder / place / STUDY_TABLE for place in _FOLDERS if (folder / place / STUDY_TABLE).is_file()]
    return _table(found[0]) if found else None


def _table(path: Path) -> StudyTable:
    try:
        blob = digest_of(path, "git-blob")
    except OSError as error:
        raise DatasetError(f"cannot be read: {error.strerror}", where=str(path)) from error
    return StudyTable(path, blob, blob == STUDY_BLOB)


def study_rows(table: StudyTable) -> StudyRows:
    """The study's own table, in the reading and order of draws whose test rows come nearest to the published ones.

    Refused unless ``is_study``: for other tables ``grouped_rows``.
    """
    if not table.is_study:
        raise DatasetError(f"is not the study's table: {table.blob}, expected {STUDY_BLOB}", where=str(table.path))
    tables, empty, missing = _readings(table.path)
    made = sorted(_drawn(tables), key=lambda item: item[0].off or 0)  # stable: of equals the first
    draw, rows, fold = made[0]
    notes = []
    if empty:
        notes.append(f"{empty:,} rows have an empty title and are left out: there is nothing to classify")
    if missing > empty:
        notes.append(f"{missing - empty:,} rows have a title that pandas reads as missing (null, NA, …)")
    return StudyRows(
        STUDY_TABLE,
        rows,
        fold,
        f"study-stratified-rows-60-20-20, {draw.order}",
        next(iter(tables.values())).attack_version,
        tuple(item[0] for item in made),
        (f"the study's table: {table.path.name}, {table.blob}",),
        True,
        tuple(notes),
    )


def _readings(path: Path) -> tuple[dict[str, LabelledTables], int, int]:
    """The table by reading, the number of empty titles and of those that pandas takes for missing."""
    table = read_table(path)
    column = next((name for name in COMMAND_COLUMNS if name in table.columns), None)
    titles = table.column(column) if column else []
    empty = [not normalised_text(title) for title in titles]
    missing = [title in PANDAS_MISSING or gone for title, gone in zip(titles, empty, strict=True)]
    found = {"all rows": _without(path, table.columns, table.rows, empty)}
    if sum(missing) > sum(empty):
        found["without titles that pandas reads as missing"] = _without(path, table.columns, table.rows, missing)
    return found, sum(empty), sum(missing)


def _without(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], left_out: Sequence[bool]
) -> LabelledTables:
    """The table of ``path`` without some rows, under the same name: a row's source is its file."""
    if not any(left_out):
        return load_tables([path])
    with tempfile.TemporaryDirectory(prefix="ttpline-") as folder:
        kept = Path(folder) / path.name
        kept.write_bytes(csv_bytes(header, [row for row, out in zip(rows, left_out, strict=True) if not out]))
        return load_tables([kept])


def _drawn(tables: Mapping[str, LabelledTables]) -> Iterator[tuple[Draw, tuple[LabelledCommand, ...], Fold]]:
    """Every reading, merged or not, under both orders in which two draws make 60/20/20."""
    for reading, table in tables.items():
        for merged in (False, True):
            rows = tuple(merge_repeats(table.rows)) if merged else table.rows
            if merged and len(rows) == len(table.rows):
                continue
            words = f"{reading}, equal rows merged" if merged else reading
            for order, draw in _ORDERS.items():
                fold = draw(_under_cells(table, rows))
                supports = _supports(rows, fold)
                yield (
                    Draw(words, order, len(rows), len(fold.test), supports, support_distance(supports)),
                    rows,
                    fold,
                )


def _under_cells(table: LabelledTables, rows: Sequence[LabelledCommand]) -> Sequence[LabelledCommand]:
    """Rows under their label cells, where each label has one: the draw follows the order of the names."""
    cell_of = dict(zip((row.label for row in table.rows), table.written, strict=True))
    if len(set(table.written)) != len(cell_of):
        return rows
    return [with_label(row, cell_of[row.label]) for row in rows]


def _test_first(rows: Sequence[LabelledCommand]) -> Fold:
    return study_split(rows).folds[0]


def _halves(rows: Sequence[LabelledCommand]) -> Fold:
    """40 % first, which is then halved: the other usual way to 60/20/20."""
    from sklearn.model_selection import train_test_split

    labels = [row.label for row in rows]
    train, rest = train_test_split(np.arange(len(rows)), test_size=0.4, stratify=labels, random_state=STUDY_SEED)
    dev, test = train_test_split(
        rest, test_size=0.5, stratify=[labels[row] for row in rest.tolist()], random_state=STUDY_SEED
    )
    return Fold("study", np.sort(train), np.sort(test), np.sort(dev))


_ORDERS: Final[Mapping[str, Callable[[Sequence[LabelledCommand]], Fold]]] = {
    "test drawn first": _test_first,
    "40 % drawn, then halved": _halves,
}


def _supports(rows: Sequence[LabelledCommand], fold: Fold) -> dict[str, int]:
    return dict(sorted(Counter(rows[at].label for at in fold.test.tolist()).items()))


def grouped_rows(
    labelled: Sequence[Path],
    normal: Sequence[Path] = (),
    *,
    about: Sequence[str],
    most_normal: int | None = None,
    most_labelled: int | None = None,
) -> StudyRows:
    """Any labelled tables for the same study: techniques without their sub-techniques, the rare ones under ``Z999``.

    With ``most_…`` so many rows are drawn without replacement, in their order, by ``SAMPLE_SEED``; ``about`` then says
    so.
    """
    tables = load_tables(labelled, normal)
    own = len(load_tables(labelled).rows) if normal else len(tables.rows)
    said = list(about)
    rows = list(tables.rows)
    parts = [("labelled", rows[:own], most_labelled), ("ordinary", rows[own:], most_normal)]
    rows = []
    for words, part, most in parts:
        rows += _sampled(part, most)
        if most is not None and len(part) > most:
            said.append(f"{most:,} of {len(part):,} {words} rows, drawn with seed {SAMPLE_SEED}")
    rule = Rule()
    fine = to_techniques(rows)
    moved = rule.moved(fine)
    merged = tuple(merge_repeats(with_label(row, OTHER) if row.label in moved else row for row in fine))
    split = study_split(merged)
    fold = split.folds[0]
    said.append(
        f"{rule.words()}: {len({row.label for row in fine})} labels became {len({row.label for row in merged})}"
    )
    draw = Draw("techniques, rare ones grouped, equal rows merged", "test drawn first", len(merged), len(fold.test),
                _supports(merged, fold))  # fmt: skip
    name = " + ".join(path.name for path in (*labelled, *normal))
    return StudyRows(name, merged, fold, split.name, tables.attack_version, (draw,), tuple(said), is_study=False)


def _sampled(rows: Sequence[LabelledCommand], most: int | None) -> list[LabelledCommand]:
    if most is None or len(rows) <= most:
        return list(rows)
    chosen = np.sort(np.random.default_rng(SAMPLE_SEED).choice(len(rows), most, replace=False))
    return [rows[at] for at in chosen.tolist()]
