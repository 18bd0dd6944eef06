"""``ttpline evaluate``: a model against labelled commands, figures with intervals."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ttpline.evaluation.result import EvaluationResult

EPILOG = (
    "Examples:  ttpline evaluate mymodel --data theirs.csv   ·   ttpline evaluate builtin --data attack.csv "
    "--normal ordinary.csv --to json   ·   ttpline evaluate mymodel --data mine.csv --split study --to md"
)


class Form(StrEnum):
    """How figures are written."""

    TABLE = "table"
    MARKDOWN = "md"
    JSON = "json"
    HTML = "html"


def command(
    model: Annotated[str, typer.Argument(metavar="NAME|DIR", help="A model folder, or builtin.")],
    data: Annotated[list[Path], typer.Option("--data", help="A labelled CSV; repeat it.")],
    normal: Annotated[list[Path], typer.Option("--normal", help="A CSV of ordinary commands; repeat it.")] = [],  # noqa: B006
    split: Annotated[str | None, typer.Option(help="holdout or study: only what train holds out.")] = None,
    dev: Annotated[float | None, typer.Option(help="The share that train held out.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the split and the intervals.")] = 0,
    label_space: Annotated[str, typer.Option(help="technique or subtechnique.")] = "technique",
    min_rows: Annotated[int, typer.Option(min=1, help="Labels with fewer rows become Z999, as in train.")] = 1,
    attack_version: Annotated[str, typer.Option(help="Version of the labels: auto, 18, 19.")] = "auto",
    command_column: Annotated[str | None, typer.Option(help="Column of the command.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the technique.")] = None,
    group_column: Annotated[str | None, typer.Option(help="Column of what must stay together.")] = None,
    count_column: Annotated[str | None, typer.Option(help="Column of times seen.")] = None,
    to: Annotated[Form | None, typer.Option("--to", help="table, md, json or html (by the name of -o).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --to json.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write; else stdout.")] = None,
    per_class: Annotated[bool, typer.Option("--per-class", help="In the table: classes, mistakes, bins.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for figures, pictures, predictions.")] = None,
) -> None:
    """Measure a model on labelled commands: figures with 95 % intervals over groups, also per platform.

    Says on which data (digest), and how many of its rows resemble what the model was trained on. --out leaves a folder
    that compare reads.
    """
    from ttpline.cli._plugins import plugins_wanted
    from ttpline.cli._written import form_of, write_text
    from ttpline.datasets.labelled_tables import Columns
    from ttpline.domain.printable import printable
    from ttpline.evaluation.training import TrainingOptions
    from ttpline.reports.evaluation_run import EvaluationJob, run_evaluation

    form = Form(form_of(Form.JSON if as_json else to, output))  # before minutes of work
    columns = Columns(command_column, label_column, group_column, count_column)
    job = EvaluationJob(model, tuple(data), tuple(normal), columns, attack_version, min_rows, label_space)
    options = TrainingOptions.asked(seed, split, dev)
    measured, warnings = run_evaluation(job, options, out=out, plugins=plugins_wanted())
    for warning in warnings:
        print(f"ttpline: warning: {printable(warning)}", file=sys.stderr)
    if form is Form.TABLE:
        _show_tables(measured.result, per_class=per_class)
    else:
        write_text(_text(measured.result, warnings, form), output)


def _text(result: "EvaluationResult", warnings: tuple[str, ...], form: Form) -> str:
    if form is Form.JSON:
        return json.dumps(result.to_dict(), ensure_ascii=False) + "\n"
    if form is Form.MARKDOWN:
        from ttpline.reports.evaluation_table import to_markdown

        return to_markdown(result, heading="#")
    from ttpline.reports.evaluation_page import evaluation_page
    from ttpline.reports.page import render_page

    return render_page(evaluation_page(result, warnings))


def _show_tables(result: "EvaluationResult", *, per_class: bool) -> None:
    from ttpline.cli._tables import print_table
    from ttpline.domain.printable import printable
    from ttpline.reports import evaluation_table as made

    for name, text in made.facts(result):
        print(f"{name}: {printable(text)}")
    print()
    print_table(("figure", "value (95 % interval over groups)"), made.figure_rows(result))
    if result.platforms:
        print()
        print_table(*made.platform_rows(result))
    if result.coverage:
        print()
        print_table(made.COVERAGE_HEADER, made.coverage_rows(result))
    if per_class:
        print()
        print_table(*made.class_rows(result))
        print()
        print_table(made.MISTAKE_HEADER, made.mistake_rows(result.confusion))
        print()
        print_table(made.RELIABILITY_HEADER, made.reliability_rows(result.reliability))
