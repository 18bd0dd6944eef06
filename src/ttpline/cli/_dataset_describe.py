"""``ttpline dataset describe``: what a table of labelled commands is like, and how much a random split of it leaks."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ttpline.cli import _dataset_options as options

if TYPE_CHECKING:
    from ttpline.datasets.description import Description

EPILOG = (
    "Examples:  ttpline dataset describe commands.csv   ·   ttpline dataset describe commands.csv -o page.html   ·   "
    "ttpline dataset describe a.csv b.csv --normal ordinary.csv --json"
)
SHOWN_ROWS = 12
"""Rows of a table on the terminal; the page and the JSON have all."""


def describe(
    data: options.Data = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="HTML", help="Also as one offline page with pictures.")
    ] = None,
    as_json: options.Json = False,
    normal: options.Normal = None,
    min_rows: options.MinRows = None,
    classes: options.Classes = None,
    seed: options.Seed = 42,
    command_column: options.CommandColumn = None,
    label_column: options.LabelColumn = None,
    group_column: options.GroupColumn = None,
    count_column: options.CountColumn = None,
    attack_version: options.AttackVersion = "auto",
) -> None:
    """Structure, techniques before and after grouping, times seen, several techniques, lengths, words, sources, leaks.

    Labels are grouped for the figures as dataset group does it; nothing is written but the page.
    """
    from ttpline.datasets.grouping import Rule
    from ttpline.errors import UsageError
    from ttpline.reports.dataset_run import run_description, write_page

    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{output}: the page is HTML", remedy="name it .html; --json goes to stdout")
    files = options.labelled_files(
        data, normal, (command_column, label_column, group_column, count_column), attack_version
    )
    found = run_description(files, Rule.asked(min_rows, classes), seed, [output] if output else [])
    if output:
        from ttpline.reports.dataset_page import description_page

        write_page(description_page(found), output)
    if as_json:
        options.print_json(found.to_dict())
    else:
        _show(found)
    if output:
        print(f"page: {output}", file=sys.stderr)


def _show(found: "Description") -> None:
    from ttpline.cli._tables import print_table
    from ttpline.domain.printable import printable
    from ttpline.reports.dataset_chapters import chapters, facts

    for name, text in facts(found):
        print(printable(f"{name}: {text}"))
    for chapter in chapters(found):
        print(f"\n## {chapter.heading}")
        for sentence in chapter.sentences:
            print(f"\n{printable(sentence)}")
        for table in chapter.tables:
            print(f"\n{printable(table.caption)}" if table.caption else "")
            print_table(table.header, table.rows[:SHOWN_ROWS])
            if len(table.rows) > SHOWN_ROWS:
                print(f"… {len(table.rows) - SHOWN_ROWS} more: -o page.html or --json")
