"""Small tables: aligned on a terminal, tab-separated in a pipe, so that ``cut`` and ``awk`` can read them."""

import sys
from collections.abc import Sequence

from ttpline.domain.printable import printable


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print ``rows`` under ``header`` to stdout."""
    if not sys.stdout.isatty():
        for row in (header, *rows):
            print("\t".join(printable(cell) for cell in row))
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from ttpline.sinks._console import PlainConsole

    table = Table(*header, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold dim")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    PlainConsole().print(table)
