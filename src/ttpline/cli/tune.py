"""``ttpline tune``: a family's best parameters by grid search, and the model trained with them."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ttpline.cli import _training_options as flags

if TYPE_CHECKING:
    from ttpline.reports.tuning_run import SavedTuning

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    context_settings=flags.OWN_FLAGS,
    epilog="Examples:  ttpline tune tfidf-lr --data mine.csv --out mymodel   ·   ttpline tune tfidf-lr --data mine.csv "
    "--grid C=0.1,1,10 --grid class_weight=none,balanced --score macro_f1 --out m   ·   "
    "ttpline tune tfidf-lr --data commands.csv --by study --out m",
)
def tune(
    context: typer.Context,
    model: flags.Family,
    data: flags.Data = [],  # noqa: B006
    out: flags.Out = None,
    normal: flags.Normal = [],  # noqa: B006
    grid: Annotated[
        list[str],
        typer.Option("--grid", metavar="NAME=V,V", help="Values to try; repeat it.  [default: the family's grid]"),
    ] = [],  # noqa: B006
    folds: Annotated[int, typer.Option(min=2, help="Folds of the search.")] = 3,
    by: Annotated[
        str | None,
        typer.Option(
            help="grouped (no leak), stratified (scikit-learn's) or study (its split and stratified folds).  "
            "[default: grouped; stratified with --split study or a study preset]"
        ),
    ] = None,
    score: Annotated[
        str, typer.Option(help="weighted_f1, accuracy, macro_f1, top1, weighted_f1_by_count, accuracy_by_count.")
    ] = "weighted_f1",
    counts: Annotated[bool, typer.Option(help="A row weighs as often as it was seen.")] = True,
    split: Annotated[
        str | None, typer.Option(help="none (default), holdout or study: keep a test part out of the search.")
    ] = None,
    dev: Annotated[float | None, typer.Option(help="Share of rows to hold out, by group, and test on.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides folds and everything random.")] = 42,
    calibrate: flags.Calibrate = True,
    min_rows: flags.MinRows = 1,
    attack_version: flags.AttackVersion = "auto",
    command_column: flags.CommandColumn = None,
    label_column: flags.LabelColumn = None,
    group_column: flags.GroupColumn = None,
    count_column: flags.CountColumn = None,
    preset: flags.Preset = None,
    list_params: flags.ListParams = False,
    as_json: Annotated[bool, typer.Option("--json", help="The whole search as JSON.")] = False,
) -> None:
    """Try combinations of parameters on folds of the data, show them all, and train MODEL with the best.

    Flags not listed here set parameters that stay the same. The folder is as train's, with the search in metrics.json.
    """
    family = flags.family_named(model)
    if list_params:
        flags.show_params(family)
        return
    from ttpline.errors import UsageError

    if not data or out is None:
        raise UsageError("--data and --out are needed", remedy="ttpline tune tfidf-lr --data mine.csv --out mymodel")
    from ttpline.cli._run_progress import stage_line, steps_bar
    from ttpline.datasets.load import Columns
    from ttpline.evaluation.training import TrainingOptions
    from ttpline.evaluation.tuning import TuningOptions
    from ttpline.reports.training_run import TrainingJob
    from ttpline.reports.tuning_run import folds_by, run_tuning

    way, chosen = folds_by(by, preset, split)
    search = TuningOptions(folds, way, score, counts, seed)
    options = TrainingOptions.asked(seed, chosen, dev, calibrate=calibrate)
    columns = Columns(command_column, label_column, group_column, count_column)
    job = TrainingJob(
        family, tuple(context.args), preset, tuple(data), tuple(normal), columns, attack_version, min_rows
    )
    bar, line = steps_bar("searching"), stage_line("training")
    found = run_tuning(job, grid, search, options, out, searching=bar, training=line)
    _show(found, as_json)


def _show(found: "SavedTuning", as_json: bool) -> None:
    from ttpline.cli._tables import print_table
    from ttpline.domain.printable import printable
    from ttpline.reports.tuning_run import HEADER

    for warning in found.saved.warnings:
        print(f"ttpline: note: {printable(warning)}", file=sys.stderr)
    if as_json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
        return
    print_table(HEADER, found.table())
    print()
    for line in found.summary():
        print(printable(line))
