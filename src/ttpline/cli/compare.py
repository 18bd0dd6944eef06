"""``ttpline compare``: several models on the same rows, with paired tests, as tables or as one page."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ttpline.evaluation.comparison import Comparison

EPILOG = (
    "Examples:  ttpline compare lr lstm -o compare.html   ·   ttpline compare builtin mymodel --data theirs.csv "
    "--normal ordinary.csv   ·   ttpline compare a b c --against b --to md -o compare.md"
)


class Form(StrEnum):
    """How a comparison is written."""

    TABLE = "table"
    MARKDOWN = "md"
    JSON = "json"
    HTML = "html"


def command(
    models: Annotated[list[str], typer.Argument(metavar="DIR...", help="Folders of models or of evaluate --out.")],
    data: Annotated[list[Path], typer.Option("--data", help="A labelled CSV for all models; repeat it.")] = [],  # noqa: B006
    normal: Annotated[list[Path], typer.Option("--normal", help="A CSV of ordinary commands; repeat it.")] = [],  # noqa: B006
    split: Annotated[str | None, typer.Option(help="With --data: holdout or study, only what train holds out.")] = None,
    dev: Annotated[float | None, typer.Option(help="The share that train held out.")] = None,
    against: Annotated[str | None, typer.Option(help="The model the others are tested against (the first).")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the split and the intervals.")] = 0,
    label_space: Annotated[str, typer.Option(help="With --data: technique or subtechnique.")] = "technique",
    min_rows: Annotated[int, typer.Option(min=1, help="Labels with fewer rows become Z999, as in train.")] = 1,
    attack_version: Annotated[str, typer.Option(help="Version of the labels: auto, 18, 19.")] = "auto",
    command_column: Annotated[str | None, typer.Option(help="Column of the command.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the technique.")] = None,
    group_column: Annotated[str | None, typer.Option(help="Column of what must stay together.")] = None,
    count_column: Annotated[str | None, typer.Option(help="Column of times seen.")] = None,
    to: Annotated[Form | None, typer.Option("--to", help="table, md, json or html (by the name of -o).")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write; else stdout.")] = None,
) -> None:
    """Compare models on the same rows: figures, paired tests, classes, confidence, disagreements, cost.

    Without --data, what the runs stored, over the rows they have in common; with it, every model answers the rows now.
    """
    from ttpline.cli._plugins import plugins_wanted
    from ttpline.cli._written import form_of, write_text
    from ttpline.datasets.labelled_tables import Columns
    from ttpline.domain.printable import printable
    from ttpline.evaluation.training import TrainingOptions
    from ttpline.reports.comparison_run import ComparisonJob, run_comparison

    form = Form(form_of(to, output))  # before minutes of work
    columns = Columns(command_column, label_column, group_column, count_column)
    job = ComparisonJob(
        tuple(models), tuple(data), tuple(normal), columns, attack_version, min_rows, label_space, against
    )
    comparison = run_comparison(job, TrainingOptions.asked(seed, split, dev), plugins=plugins_wanted())
    for note in comparison.notes:
        print(f"ttpline: note: {printable(note)}", file=sys.stderr)
    if form is Form.TABLE:
        _show_tables(comparison)
    else:
        write_text(_text(comparison, form), output)


def _text(comparison: "Comparison", form: Form) -> str:
    if form is Form.JSON:
        import json

        return json.dumps(comparison.to_dict(), ensure_ascii=False) + "\n"
    if form is Form.MARKDOWN:
        from ttpline.reports.comparison_table import comparison_markdown

        return comparison_markdown(comparison)
    from ttpline.reports.comparison_page import comparison_page
    from ttpline.reports.page import render_page

    return render_page(comparison_page(comparison))


def _show_tables(comparison: "Comparison") -> None:
    from ttpline.cli._tables import print_table
    from ttpline.domain.printable import printable
    from ttpline.reports import comparison_table as made

    for name, text in made.comparison_facts(comparison):
        print(f"{printable(name)}: {printable(text)}")
    for header, rows in (
        made.figure_table(comparison),
        made.difference_table(comparison),
        made.mcnemar_table(comparison),
        made.cost_table(comparison),
        made.disagreement_table(comparison, made.MOST_SHOWN),
    ):
        if rows:
            print()
            print_table(header, rows)
