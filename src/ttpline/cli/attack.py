"""``ttpline attack``: what an ATT&CK id means in one version, and what it is in the others."""

import json
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

app = typer.Typer(
    help="Look up ATT&CK techniques and tactics in several versions of ATT&CK, offline.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Version = Annotated[str, typer.Option("--attack-version", metavar="18|19", help="ATT&CK version, such as 18 or 18.1.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command(
    epilog="Examples:  ttpline attack show T1003.008   ·   ttpline attack show T1562.001 --attack-version 19   ·   "
    "ttpline attack show T1685 --attack-version 19 --json"
)
def show(
    technique_id: Annotated[str, typer.Argument(metavar="ID", help="A technique, such as T1059 or T1059.004.")],
    attack_version: Version = "18",
    as_json: Json = False,
) -> None:
    """Show one technique: name, tactics, platforms, whether it is revoked and by what, and its id in other versions."""
    from ttpline.attack.catalogue import available_versions, load_catalogue
    from ttpline.attack.describe import describe, find_technique

    catalogue = load_catalogue(attack_version)
    packaged = [load_catalogue(version) for version in available_versions()]
    wanted = technique_id.strip().upper()
    technique = find_technique(wanted, catalogue, packaged)
    described = describe(technique, catalogue, packaged)
    if as_json:
        print(json.dumps(described.to_dict(), ensure_ascii=False))
    else:
        _print_pairs(described.lines())


@app.command(epilog="Example:  ttpline attack versions")
def versions(as_json: Json = False) -> None:
    """List the ATT&CK versions that are packaged, with their size and where their facts are from."""
    from ttpline.attack.catalogue import available_versions, load_catalogue
    from ttpline.attack.describe import summary

    catalogues = [load_catalogue(version) for version in available_versions()]
    notice = catalogues[-1].notice
    if as_json:
        print(json.dumps({"versions": [summary(each) for each in catalogues], "notice": notice}, ensure_ascii=False))
        return
    rows = [tuple(str(value) for value in summary(each).values()) for each in catalogues]
    _print_table(("version", "tactics", "techniques in use", "with those out of use", "from"), rows)
    print(notice)


@app.command(
    "list",
    epilog="Examples:  ttpline attack list --tactic credential-access --platform linux   ·   "
    "ttpline attack list --attack-version 19 --tactic TA0112",
)
def list_techniques(
    tactic: Annotated[str | None, typer.Option(help="Only this tactic: short name, name or TA id.")] = None,
    platform: Annotated[str | None, typer.Option(help="Only this platform, such as linux or windows.")] = None,
    attack_version: Version = "18",
    retired: Annotated[bool, typer.Option("--retired", help="Revoked and deprecated ones too.")] = False,
    as_json: Json = False,
) -> None:
    """List the techniques of one version, by id."""
    from ttpline.attack.catalogue import load_catalogue
    from ttpline.attack.describe import platforms_of, technique_to_dict

    catalogue = load_catalogue(attack_version)
    chosen = catalogue.tactic(tactic).shortname if tactic is not None else None
    runs_on = catalogue.platform(platform) if platform is not None else None
    found = [
        technique
        for technique in (catalogue.techniques() if retired else catalogue.techniques_in_use())
        if (chosen is None or chosen in technique.tactics) and (runs_on is None or runs_on in technique.platforms)
    ]
    if as_json:
        rows = [technique_to_dict(technique) for technique in found]
        print(json.dumps({"attack_version": catalogue.version, "techniques": rows}, ensure_ascii=False))
        return
    rows_shown = [(row.id, row.full_name, ", ".join(row.tactics), platforms_of(row)) for row in found]
    _print_table(("id", "name", "tactics", "platforms"), rows_shown)


def _print_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    if sys.stdout.isatty():
        _print_rich(None, pairs)
        return
    width = max(len(key) for key, _ in pairs)
    for key, value in pairs:
        print(f"{key:<{width}}  {value}")


def _print_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A table on a terminal; tab-separated lines with a header elsewhere, for ``cut`` and ``awk``."""
    if sys.stdout.isatty():
        _print_rich(header, rows)
        return
    for row in (header, *rows):
        print("\t".join(row))


def _print_rich(header: tuple[str, ...] | None, rows: Sequence[tuple[str, ...]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*(header or ("", "")), box=box.SIMPLE_HEAD, show_header=header is not None)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
