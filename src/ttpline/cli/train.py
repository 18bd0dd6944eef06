"""``ttpline train``: a model from labelled CSV files, with its card and figures in one folder."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog="Examples:  ttpline train tfidf-lr --data mine.csv --out mymodel   ·   ttpline train tfidf-lr "
    "--data a.csv --data b.csv --normal ordinary.csv --C 3 --max-features 20000 --out m   ·   "
    "ttpline train tfidf-lr --list-params",
)
def train(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model family, such as tfidf-lr.")],
    data: Annotated[list[Path], typer.Option("--data", help="A labelled CSV (command,technique); repeat it.")] = [],  # noqa: B006
    out: Annotated[Path | None, typer.Option("--out", help="The folder that the model becomes.")] = None,
    normal: Annotated[list[Path], typer.Option("--normal", help="A CSV of ordinary commands; repeat it.")] = [],  # noqa: B006
    split: Annotated[str | None, typer.Option(help="none (default), holdout (by group) or study (60/20/20).")] = None,
    dev: Annotated[float | None, typer.Option(help="Share of rows to hold out, by group, and test on.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides folds and everything random.")] = 0,
    calibrate: Annotated[bool, typer.Option(help="Fit temperature and thresholds on grouped folds.")] = True,
    folds: Annotated[int, typer.Option(min=2, help="Grouped folds for calibration and figures.")] = 5,
    min_rows: Annotated[int, typer.Option(min=1, help="Labels with fewer rows become Z999.")] = 1,
    attack_version: Annotated[str, typer.Option(help="Version of the labels: auto, 18, 19.")] = "auto",
    command_column: Annotated[str | None, typer.Option(help="Column of the command.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of the technique.")] = None,
    group_column: Annotated[str | None, typer.Option(help="Column of what must stay together.")] = None,
    count_column: Annotated[str | None, typer.Option(help="Column of times seen.")] = None,
    preset: Annotated[str | None, typer.Option(help="study: the study's parameters; builtin: the built-in's.")] = None,
    list_params: Annotated[bool, typer.Option("--list-params", help="Show the family's parameters and exit.")] = False,
) -> None:
    """Train MODEL on labelled commands; flags not listed here set the family's parameters (--list-params).

    The folder then holds the model, its card (README.md) and every figure (metrics.json).
    """
    from ttpline.cli._plugins import plugins_wanted
    from ttpline.evaluation.params import describe_params
    from ttpline.models.base import families

    family = families(plugins=plugins_wanted()).get(model)
    if list_params:
        for flag, default in describe_params(family.Params):
            print(f"{flag}\t{default}")
        return
    from ttpline.errors import UsageError

    if not data or out is None:
        raise UsageError("--data and --out are needed", remedy="ttpline train tfidf-lr --data mine.csv --out mymodel")
    from ttpline.datasets.load import Columns
    from ttpline.domain.printable import printable
    from ttpline.evaluation.training import TrainingOptions
    from ttpline.reports.training_run import TrainingJob, run_training

    options = TrainingOptions.asked(seed, split, dev, calibrate=calibrate, folds=folds)
    columns = Columns(command_column, label_column, group_column, count_column)
    job = TrainingJob(
        family, tuple(context.args), preset, tuple(data), tuple(normal), columns, attack_version, min_rows
    )
    saved = run_training(job, options, out)
    for warning in saved.warnings:
        print(f"ttpline: note: {printable(warning)}", file=sys.stderr)
    for line in saved.summary():
        print(printable(line))
