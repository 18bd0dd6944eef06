"""``ttpline dataset build``: a labelled table from an origin's own files."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

EPILOG = (
    "Examples:  ttpline dataset build casinolimit --syslogs syslogs.zip --labels syslogs_labels.zip -o commands.csv"
    "   ·   "
    "ttpline dataset build atomic-red-team --repo atomic-red-team -o attack.csv   ·   "
    "ttpline dataset build tldr --repo tldr -o normal.csv"
)


def build(
    name: Annotated[str, typer.Argument(metavar="NAME", help="casinolimit, atomic-red-team or tldr.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="CSV", help="The table.")],
    syslogs: Annotated[
        Path | None, typer.Option(metavar="DIR|ZIP", help="casinolimit: the raw logs, zipped or unpacked.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(metavar="DIR|ZIP", help="casinolimit: the label files, zipped or unpacked.")
    ] = None,
    repo: Annotated[Path | None, typer.Option(metavar="DIR", help="The other origins: a checkout.")] = None,
    unlabelled: Annotated[
        Literal["drop", "normal"], typer.Option(help="casinolimit: commands that no label names.")
    ] = "drop",
    rows: Annotated[
        Literal["title", "command"],
        typer.Option(help="casinolimit: one row for each process title, as the study has it, or each whole command."),
    ] = "title",
    jobs: Annotated[int, typer.Option(min=1, max=256, help="casinolimit: instances read at the same time.")] = 1,
    state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep finished instances here.  [default: beside the table until done]"),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="JSON", help="What was met.  [default: the table's name + .report.json]")
    ] = None,
    attack_version: Annotated[
        str, typer.Option("--attack-version", metavar="18|19", help="atomic-red-team: ids of this ATT&CK version.")
    ] = "18",
    seed: Annotated[int | None, typer.Option(help="tldr: for the values put into placeholders.")] = None,
    common: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="tldr: rows of tools found on every system, drawn.  [default: all]"),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when anything was unreadable.")] = False,
) -> int:
    """Build a labelled table from raw logs and labels, or from a checkout, and report what was met."""
    from ttpline.cli._dataset_progress import bytes_bar
    from ttpline.cli._plugins import plugins_wanted
    from ttpline.cli.exit_codes import ExitCode
    from ttpline.datasets.origins.base import BuildRequest, origins
    from ttpline.telemetry.auditd import AuditdReader

    origin = origins(plugins=plugins_wanted()).get(name)
    given = {"syslogs": syslogs, "labels": labels, "repo": repo}
    inputs = {key: path for key, path in given.items() if path is not None}
    origin.check_inputs(inputs)
    with bytes_bar("building", origin.input_bytes(inputs)) as progress:
        built = origin.build(
            BuildRequest(
                inputs=inputs,
                output=output,
                report=report or output.with_name(f"{output.name}.report.json"),
                reader=AuditdReader(all_titles=True).read,
                jobs=jobs,
                state=state,
                unlabelled=unlabelled,
                rows_by=rows,
                seed=seed,
                common_rows=common,
                attack_version=attack_version,
                progress=progress,
            )
        )
    _show(
        (
            *built.lines,
            ("table", f"{output}: {built.rows:,} rows"),
            ("licence", origin.licence),
            ("cite", origin.citation),
        )
    )
    return ExitCode.UNREADABLE_RECORDS if strict and built.unreadable else ExitCode.DONE


def _show(lines: tuple[tuple[str, str], ...]) -> None:
    from ttpline.domain.printable import printable

    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        print(printable(f"{name:<{width}}  {value}"), file=sys.stderr)
