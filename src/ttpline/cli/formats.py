"""``ttpline formats``: what can be read and written, and what a file seems to be."""

import json
from typing import Annotated, Any

import typer

from ttpline.cli._plugins import plugins_wanted
from ttpline.cli._tables import print_table
from ttpline.domain.skipped import SkippedRecord
from ttpline.errors import TelemetryError

EPILOG = (
    "Examples:  ttpline formats   ·   ttpline formats --sniff unknown.log   ·   ttpline formats --json   "
    "(how sure each format is: 0 not at all, 1 certain; 0.5 is needed)"
)


def command(
    sniff: Annotated[
        str | None,
        typer.Option(
            "--sniff", metavar="FILE", help="Say how sure each input format is of this file, or of an archive's."
        ),
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
    """Of a file every format; of an archive those that claim a member at all, member by member."""
    from ttpline.telemetry._archives import members
    from ttpline.telemetry._sniff import SNIFF_BYTES, sniff
    from ttpline.telemetry.base import readers

    registry = readers(plugins=plugins_wanted())
    everyone = [registry.get(name) for name in registry.names()]
    rows: list[dict[str, Any]] = []
    try:
        for member in members(path):
            if isinstance(member, SkippedRecord):
                rows.append(_row(member.uri, note=member.reason))
                continue
            with member.stream as stream:
                found = sniff(stream.peek(SNIFF_BYTES), everyone, member.uri)
                damage = stream.damage
            if not member.is_in_archive:
                return [{"format": name, "sure": round(sureness, 3)} for name, sureness in found]
            note = damage.reason if damage is not None else ""
            claims = [_row(member.uri, name, round(sureness, 3), note) for name, sureness in found if sureness > 0]
            rows.extend(claims or [_row(member.uri, note=note)])
    except TelemetryError as error:
        if not rows:
            raise
        rows.append(_row(error.where or path, note=error.reason))
    return rows or [_row(path, note="an archive without files")]


def _row(member: str, format: str = "", sure: float = 0.0, note: str = "") -> dict[str, Any]:
    return {"member": member, "format": format, "sure": sure, "note": note}
