"""``ttpline dataset split``: the parts of a split as files, and how much it leaks."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ttpline.cli import _dataset_options as options

if TYPE_CHECKING:
    from ttpline.datasets.split_files import SplitFiles

EPILOG = (
    "Examples:  ttpline dataset split grouped.csv --kind study --out study   ·   ttpline dataset split mine.csv "
    "--kind grouped --out parts   ·   ttpline dataset split mine.csv --kind folds --folds 10 --out folds"
)
KINDS = "study|grouped|folds|leave-one-source-out"


def split(
    data: options.Data = None,
    kind: Annotated[str, typer.Option(metavar=KINDS, help="How rows are parted.")] = "grouped",
    seed: options.Seed = 42,
    folds: Annotated[int, typer.Option(min=2, max=1000, help="folds: how many.")] = 5,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="A new folder.  [default: the table's name-KIND]")
    ] = None,
    normal: options.Normal = None,
    command_column: options.CommandColumn = None,
    label_column: options.LabelColumn = None,
    group_column: options.GroupColumn = None,
    count_column: options.CountColumn = None,
    attack_version: options.AttackVersion = "auto",
    as_json: options.Json = False,
) -> None:
    """Write train.csv, dev.csv and test.csv (or a folder for each fold) and manifest.json with every digest.

    grouped (default): about 60/20/20, no group and no near-duplicates parted. study: the study's stratified rows, the
    very ones that scikit-learn draws; it leaks, and the manifest says how much. folds: grouped folds.
    leave-one-source-out: a fold for each source.
    """
    from ttpline.datasets.split_files import Kind
    from ttpline.errors import UsageError
    from ttpline.reports.dataset_run import run_split

    if kind not in set(Kind):
        raise UsageError(f"--kind {kind[:60]!r} is no kind of split", remedy=f"one of {KINDS}")
    files = options.labelled_files(
        data, normal, (command_column, label_column, group_column, count_column), attack_version
    )
    folder = out or files.default_folder(kind)
    made = run_split(files, Kind(kind), seed, folds, folder)
    _show(made, folder)
    if as_json:
        options.print_json(made.manifest)


def _show(made: "SplitFiles", folder: Path) -> None:
    from ttpline.domain.printable import printable
    from ttpline.reports.dataset_split_table import split_lines

    for line in (*split_lines(made), f"written to {folder}"):
        print(printable(line), file=sys.stderr)
