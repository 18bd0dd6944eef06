"""What ``dataset group``, ``split`` and ``describe`` have in common: the tables, and which column holds what."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ttpline.reports.dataset_run import LabelledFiles

Data = Annotated[list[Path] | None, typer.Argument(metavar="DATA", help="Labelled CSV files.", show_default=False)]
Normal = Annotated[
    list[Path] | None,
    typer.Option("--normal", metavar="CSV", help="A CSV of ordinary commands; repeat it.", show_default=False),
]
CommandColumn = Annotated[str | None, typer.Option("--command-column", help="Column of the command.")]
LabelColumn = Annotated[str | None, typer.Option("--label-column", help="Column of the technique.")]
GroupColumn = Annotated[str | None, typer.Option("--group-column", help="Column of what must stay together.")]
CountColumn = Annotated[str | None, typer.Option("--count-column", help="Column of times seen.")]
AttackVersion = Annotated[
    str, typer.Option("--attack-version", metavar="auto|18|19", help="ATT&CK version of the labels.")
]
MinRows = Annotated[
    int | None,
    typer.Option(
        "--min-rows", metavar="N", help="Labels with fewer rows become Z999.  [default: 5]", show_default=False
    ),
]
Classes = Annotated[
    int | None, typer.Option("--classes", metavar="N", help="Keep the N-1 labels with the most rows, and Z999.")
]
Json = Annotated[bool, typer.Option("--json", help="The figures as JSON on stdout.")]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides the split; 42 is the study's.")]


def labelled_files(
    data: list[Path] | None,
    normal: list[Path] | None,
    columns: tuple[str | None, str | None, str | None, str | None],
    attack_version: str,
) -> "LabelledFiles":
    """``columns``: command, label, group, count."""
    from ttpline.datasets.labelled_tables import Columns
    from ttpline.reports.dataset_run import LabelledFiles

    return LabelledFiles(tuple(data or ()), tuple(normal or ()), Columns(*columns), attack_version)


def print_json(figures: Any) -> None:
    """One line of UTF-8; a byte of a file name that is not UTF-8 is shown as an escape."""
    print(json.dumps(figures, ensure_ascii=False).encode("utf-8", "backslashreplace").decode())
