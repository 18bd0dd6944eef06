"""``ttpline dataset fetch``: the files of an origin, downloaded or copied, verified."""

import sys
from pathlib import Path
from typing import Annotated

import typer

EPILOG = (
    "Examples:  ttpline dataset fetch casinolimit   ·   ttpline dataset fetch casinolimit --set archive -o data   ·   "
    "ttpline dataset fetch casinolimit --from ~/Downloads"
)


def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An origin: casinolimit, …")],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="URL|DIR", help="Another address, or a folder that holds the files."),
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where to.")] = Path(),
    set_name: Annotated[
        str | None, typer.Option("--set", metavar="SET", help="Which files.  [default: the first of the origin's]")
    ] = None,
    digest: Annotated[
        list[str] | None,
        typer.Option("--digest", metavar="FILE=sha256:HEX", help="A digest that you know; can be given again."),
    ] = None,
) -> None:
    """Download the files of an origin, resumed and verified, and show licence and citation."""
    from ttpline.cli._dataset_progress import bytes_bar
    from ttpline.cli._plugins import plugins_wanted
    from ttpline.datasets.origins._fetch import choose
    from ttpline.datasets.origins._fetch import fetch as fetch_file
    from ttpline.datasets.origins._fetch_http import Patience
    from ttpline.datasets.origins.base import origins

    origin = origins(plugins=plugins_wanted()).get(name)
    files = choose(origin, set_name, source, _digests(digest or []))
    folder = Path(source) if source is not None and "://" not in source else None
    _say(f"{origin.name}: {origin.description}", f"licence   {origin.licence}", f"cite      {origin.citation}")
    about = {"licence": origin.licence, "citation": origin.citation}
    for file in files:
        with bytes_bar(file.name, None) as progress:
            got = fetch_file(file, output, folder, Patience(), progress, about)
        check = "verified" if got.verified else "not verified: no digest is known, give one with --digest"
        _say(f"{'there' if got.was_there else 'fetched':<9} {got.path} ({got.size:,} bytes, {check})")
        _say(f"sha256    {got.sha256}")


def _say(*lines: str) -> None:
    from ttpline.domain.printable import printable

    for line in lines:
        print(printable(line), file=sys.stderr)


def _digests(given: list[str]) -> dict[str, str]:
    from ttpline.errors import UsageError

    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            raise UsageError(f"--digest {each[:80]!r} is not FILE=sha256:HEX")
        found[name] = value
    return found
