"""``ttpline doctor``: does everything work here?"""

import json
import sys
from typing import Annotated

import typer

from ttpline.cli import _options as options

EPILOG = "Examples:  ttpline doctor   ·   ttpline doctor --json   ·   ttpline doctor --model ./mymodel"


def command(
    model: options.Model = "builtin",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> int:
    """Check Python, libraries, catalogues, the model, one classification and the terminal; not 0 when one is broken."""
    from ttpline.cli._checks import run_checks
    from ttpline.domain.printable import printable

    checks = run_checks(model)
    if as_json:
        rows = [{"check": each.name, "ok": each.is_ok, "found": each.found} for each in checks]
        print(json.dumps({"checks": rows, "ok": all(each.is_ok for each in checks)}, ensure_ascii=False))
    else:
        width = max(len(each.name) for each in checks)
        for each in checks:
            print(f"{'ok    ' if each.is_ok else 'BROKEN'}  {each.name:<{width}}  {printable(each.found)}")
    broken = [each for each in checks if not each.is_ok]
    if broken:
        names = ", ".join(each.name for each in broken)
        print(f"ttpline: error: {len(broken)} of {len(checks)} checks failed: {names}", file=sys.stderr)
    return int(broken[0].code) if broken else 0
