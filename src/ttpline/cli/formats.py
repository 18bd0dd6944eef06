"""``ttpline formats``: what can be read and written, and what a file seems to be."""

import json
from typing import Annotated, Any

import typer

from ttpline.cli._plugins import plugins_wanted
from ttpline.cli._tables import print_table

EPILOG = (
    "Examples:  ttpline formats   ·   ttpline formats --sniff unknown.log   ·   ttpline formats --json   "
    "(how sure each format is: 0 not at all, 1 certain; 0.5 is needed)"
)


def command(
    sniff: Annotated[
        str | None, typer.Option("--sniff", metavar="FILE", help="Say how sure each input format is of this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> int:
    """List input formats and sinks with what they are, built in and from plugins."""
    rows = _sniffed(sniff) if sniff is not None else _listed()
    if as_json:
        print(json.dumps({"formats": rows}, ensure_ascii=False))
    else:
        names = list(rows[0])
        print_table(names, [[str(row[name]) for name in names] for row in rows])
    return 0


def _listed() -> list[dict[str, Any]]:
    from ttpline.sinks.base import sinks
    from ttpline.telemetry.base import readers

    found: list[dict[str, Any]] = []
    for use, registry in (("--from", readers(plugins=plugins_wanted())), ("--to", sinks(plugins=plugins_wanted()))):
        for name in registry.names():
            description = getattr(registry.get(name), "description", "")
            found.append({"use": use, "name": name, "description": description})
    return found


def _sniffed(path: str) -> list[dict[str, Any]]:
    from ttpline.telemetry._open import open_input
    from ttpline.telemetry._sniff import SNIFF_BYTES, sniff
    from ttpline.telemetry.base import readers

    registry = readers(plugins=plugins_wanted())
    stream, _ = open_input(path)
    with stream:
        head = stream.peek(SNIFF_BYTES)
    found = sniff(head, [registry.get(name) for name in registry.names()], path)
    return [{"format": name, "sure": round(sureness, 3)} for name, sureness in found]
