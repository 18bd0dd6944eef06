"""``ttpline dataset group``: rare techniques under one label, so that every class can be in every part of a split."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ttpline.cli import _dataset_options as options

EPILOG = (
    "Examples:  ttpline dataset group commands.csv -o grouped.csv   ·   ttpline dataset group commands.csv "
    "--classes 37 -o grouped.csv   ·   ttpline dataset group mine.csv --min-rows 20 -o grouped.csv --json"
)


def group(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="CSV", help="The grouped table.")],
    data: options.Data = None,
    normal: options.Normal = None,
    min_rows: options.MinRows = None,
    classes: options.Classes = None,
    into: Annotated[str | None, typer.Option(metavar="LABEL", help="How Z999 is written.")] = None,
    command_column: options.CommandColumn = None,
    label_column: options.LabelColumn = None,
    group_column: options.GroupColumn = None,
    count_column: options.CountColumn = None,
    attack_version: options.AttackVersion = "auto",
    as_json: options.Json = False,
) -> None:
    """Put rare techniques under Z999, merge rows that are then equal, add up their counts.

    The table gets a column technique_grouped. Occurrences before and after are the same, or it is an error.
    """
    from ttpline.datasets.grouping import Rule
    from ttpline.domain.printable import printable
    from ttpline.reports.dataset_group_table import grouping_lines
    from ttpline.reports.dataset_run import run_grouping

    files = options.labelled_files(
        data, normal, (command_column, label_column, group_column, count_column), attack_version
    )
    done = run_grouping(files, Rule.asked(min_rows, classes, into), output)
    if as_json:
        options.print_json(asdict(done))
    for name, text in (*grouping_lines(done), ("table", f"{output}: {done.rows:,} rows")):
        print(printable(f"{name:<14} {text}"), file=sys.stderr)
