"""Flags that ``train`` and ``tune`` share, and what a model family's own flags are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ttpline.models.base import CommandClassifier

OWN_FLAGS = {"allow_extra_args": True, "ignore_unknown_options": True}
"""click's settings that leave the family's flags (``--C 3``) to us."""

Family = Annotated[str, typer.Argument(metavar="MODEL", help="A model family, such as tfidf-lr.")]
Data = Annotated[list[Path], typer.Option("--data", help="A labelled CSV (command,technique); repeat it.")]
Out = Annotated[Path | None, typer.Option("--out", help="The folder that the model becomes.")]
Normal = Annotated[list[Path], typer.Option("--normal", help="A CSV of ordinary commands; repeat it.")]
Calibrate = Annotated[bool, typer.Option(help="Fit temperature and thresholds on grouped folds.")]
MinRows = Annotated[int, typer.Option(min=1, help="Labels with fewer rows become Z999.")]
AttackVersion = Annotated[str, typer.Option(help="Version of the labels: auto, 18, 19.")]
CommandColumn = Annotated[str | None, typer.Option(help="Column of the command.")]
LabelColumn = Annotated[str | None, typer.Option(help="Column of the technique.")]
GroupColumn = Annotated[str | None, typer.Option(help="Column of what must stay together.")]
CountColumn = Annotated[str | None, typer.Option(help="Column of times seen.")]
Preset = Annotated[str | None, typer.Option(help="Parameters under a name, such as study (--list-params).")]
ListParams = Annotated[bool, typer.Option("--list-params", help="Show the family's parameters and presets, and exit.")]
Checkpoints = Annotated[
    Path | None, typer.Option(metavar="DIR", help="lstm: keep the state after each epoch here, for --resume.")
]
Resume = Annotated[bool, typer.Option("--resume", help="lstm: go on from the state in --checkpoints, if there is one.")]


def family_named(name: str) -> "type[CommandClassifier]":
    """The family; ``UsageError`` also where a flag of its own stands before its name."""
    from ttpline.cli._plugins import plugins_wanted
    from ttpline.errors import UsageError
    from ttpline.models.base import families

    if name.startswith("-"):
        raise UsageError(f"MODEL has to come before {name}", remedy=f"write: ttpline train tfidf-lr {name} …")
    return families(plugins=plugins_wanted()).get(name)


def show_params(family: "type[CommandClassifier]") -> None:
    """Print flags with their defaults, then presets with what they set, tab-separated."""
    from ttpline.evaluation.params import describe_params, flag_of

    for flag, default in describe_params(family.Params):
        print(f"{flag}\t{default}")
    for name, values in family.presets.items():
        print(f"--preset {name}\t{_as_flags(values, flag_of)}")


def _as_flags(values: Any, flag_of: Any) -> str:
    return " ".join(f"{flag_of(name)} {value}" for name, value in values.items()) or "(the defaults)"
