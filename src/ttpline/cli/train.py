"""``ttpline train``: a model from labelled CSV files, with its card and figures in one folder."""

import sys
from typing import Annotated

import typer

from ttpline.cli import _training_options as flags

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    context_settings=flags.OWN_FLAGS,
    epilog="Examples:  ttpline train tfidf-lr --data mine.csv --out mymodel   ·   ttpline train tfidf-lr "
    "--data a.csv --data b.csv --normal ordinary.csv --C 3 --max-features 20000 --out m   ·   "
    "ttpline train lstm --data mine.csv --out m --checkpoints run --resume   ·   ttpline train tfidf-lr --list-params",
)
def train(
    context: typer.Context,
    model: flags.Family,
    data: flags.Data = [],  # noqa: B006
    out: flags.Out = None,
    normal: flags.Normal = [],  # noqa: B006
    split: Annotated[str | None, typer.Option(help="none (default), holdout (by group) or study (60/20/20).")] = None,
    dev: Annotated[float | None, typer.Option(help="Share of rows to hold out, by group, and test on.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides folds and everything random.")] = 0,
    calibrate: flags.Calibrate = True,
    folds: Annotated[int, typer.Option(min=2, help="Grouped folds for calibration and figures.")] = 5,
    min_rows: flags.MinRows = 1,
    attack_version: flags.AttackVersion = "auto",
    command_column: flags.CommandColumn = None,
    label_column: flags.LabelColumn = None,
    group_column: flags.GroupColumn = None,
    count_column: flags.CountColumn = None,
    preset: flags.Preset = None,
    checkpoints: flags.Checkpoints = None,
    resume: flags.Resume = False,
    list_params: flags.ListParams = False,
) -> None:
    """Train MODEL on labelled commands; flags not listed here set the family's parameters (--list-params).

    The folder then holds the model, its card (README.md) and every figure (metrics.json).
    """
    family = flags.family_named(model)
    if list_params:
        flags.show_params(family)
        return
    from ttpline.errors import UsageError

    if not data or out is None:
        raise UsageError("--data and --out are needed", remedy="ttpline train tfidf-lr --data mine.csv --out mymodel")
    from ttpline.cli._run_progress import stage_line
    from ttpline.datasets.load import Columns
    from ttpline.domain.printable import printable
    from ttpline.evaluation.training import TrainingOptions
    from ttpline.reports.training_run import TrainingJob, run_training

    options = TrainingOptions.asked(seed, split, dev, calibrate=calibrate, folds=folds)
    columns = Columns(command_column, label_column, group_column, count_column)
    job = TrainingJob(
        family,
        tuple(context.args),
        preset,
        tuple(data),
        tuple(normal),
        columns,
        attack_version,
        min_rows,
        checkpoints,
        resume,
    )
    with stage_line("reading") as tell:
        saved = run_training(job, options, out, tell=tell)
    for warning in saved.warnings:
        print(f"ttpline: note: {printable(warning)}", file=sys.stderr)
    for line in saved.summary():
        print(printable(line))
