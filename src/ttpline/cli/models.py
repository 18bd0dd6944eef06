"""``ttpline models``: which models there are, what one is, and whether it is undamaged."""

import json
import sys
from typing import Annotated, Any

import typer

from ttpline.cli._models import load
from ttpline.cli._tables import print_table
from ttpline.cli.exit_codes import ExitCode
from ttpline.domain.printable import printable

app = typer.Typer(
    help="List, show and verify models: those in the package and those in your folders.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
Name = Annotated[str, typer.Argument(metavar="NAME|DIR", help="A packaged model or a model's folder.")]


@app.command("list", epilog="Examples:  ttpline models list   ·   ttpline models list --json")
def list_models(as_json: Json = False) -> None:
    """List the packaged models, and the families that ``train`` knows."""
    from ttpline.cli._plugins import plugins_wanted
    from ttpline.models._folder import verify_model
    from ttpline.models._load import packaged_models
    from ttpline.models.base import families

    rows: list[dict[str, Any]] = []
    for name, folder in packaged_models().items():
        report = verify_model(folder)
        size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        rows.append(
            {
                "kind": "model",
                "name": name,
                "family": report.family,
                "sound": report.is_sound,
                "MB": round(size / 1e6, 1),
                "digest": report.digest,
            }
        )
    names = families(plugins=plugins_wanted()).names()
    if as_json:
        print(json.dumps({"models": rows, "families": names}, ensure_ascii=False))
        return
    columns = ["name", "family", "sound", "MB", "digest"]
    print_table(columns, [[_cell(row[column]) for column in columns] for row in rows])
    print(f"families to train: {', '.join(names)}", file=sys.stderr)


@app.command(epilog="Examples:  ttpline models show builtin   ·   ttpline models show ./mymodel --json")
def show(name: Name = "builtin", as_json: Json = False) -> None:
    """Show one model: family, labels, ATT&CK version, thresholds, and what it was trained on."""
    from ttpline.explain.model_facts import model_facts

    facts = model_facts(load(name))
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
        return
    print_table(["fact", "value"], [[key, _cell(value)] for key, value in _flat(facts)])


@app.command(epilog="Examples:  ttpline models verify builtin   ·   ttpline models verify ./mymodel && echo sound")
def verify(name: Name = "builtin", as_json: Json = False) -> int:
    """Check every file of a model against its digest: changed, missing or extra files, an unknown version."""
    from ttpline.models._folder import verify_model
    from ttpline.models._load import find_model

    _, folder = find_model(name)
    report = verify_model(folder)
    if as_json:
        facts = {
            "folder": str(report.folder),
            "family": report.family,
            "digest": report.digest,
            "files": list(report.files),
            "problems": list(report.problems),
            "sound": report.is_sound,
        }
        print(json.dumps(facts, ensure_ascii=False))
    elif report.is_sound:
        print(f"{printable(str(folder))}: sound, {len(report.files)} files, {report.digest}")
    for problem in () if as_json else report.problems:
        print(f"ttpline: error: {printable(problem)}", file=sys.stderr)
    return ExitCode.DONE if report.is_sound else ExitCode.MODEL


def _flat(facts: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested facts as dotted keys; lists stay values."""
    found: list[tuple[str, Any]] = []
    for key, value in facts.items():
        if isinstance(value, dict) and value:
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", value))
    return found


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "–" if value is None else str(value)
