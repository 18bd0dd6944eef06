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
    to: Annotated[Form, typer.Option("--to", help="table, md or json.")] = Form.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --to json.")] = False,
) -> None:
    """Measure a model on labelled commands: figures with 95 % intervals over groups, also per platform.

    Says on which data (digest), and how many of its rows resemble what the model was trained on.
    """
    from ttpline.cli._plugins import plugins_wanted
    from ttpline.datasets.load import Columns
    from ttpline.domain.printable import printable
    from ttpline.evaluation.training import TrainingOptions
    from ttpline.reports.evaluation_run import EvaluationJob, run_evaluation

    columns = Columns(command_column, label_column, group_column, count_column)
    job = EvaluationJob(model, tuple(data), tuple(normal), columns, attack_version, min_rows, label_space)
    options = TrainingOptions.asked(seed, split, dev)
    result, warnings = run_evaluation(job, options, plugins=plugins_wanted())
    for warning in warnings:
        print(f"ttpline: warning: {printable(warning)}", file=sys.stderr)
    _show(result, Form.JSON if as_json else to)


def _show(result: "EvaluationResult", form: Form) -> None:
    match form:
        case Form.JSON:
            print(json.dumps(result.to_dict(), ensure_ascii=False))
        case Form.MARKDOWN:
            from ttpline.reports.evaluation_table import to_markdown

            print(to_markdown(result, heading="#"), end="")
        case Form.TABLE:
            _show_tables(result)


def _show_tables(result: "EvaluationResult") -> None:
    from ttpline.cli._tables import print_table
    from ttpline.domain.printable import printable
    from ttpline.reports.evaluation_table import COVERAGE_HEADER, coverage_rows, facts, figure_rows, platform_rows

    for name, text in facts(result):
        print(f"{name}: {printable(text)}")
    print()
    print_table(("figure", "value (95 % interval over groups)"), figure_rows(result))
    if result.platforms:
        print()
        print_table(*platform_rows(result))
    if result.coverage:
        print()
        print_table(COVERAGE_HEADER, coverage_rows(result))
