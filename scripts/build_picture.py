"""Draw the README's picture: what ``make demo`` prints, as an SVG made of text.

The command runs as it is; only its colours are kept. The SVG's web fonts are taken out, so that looking at the page
fetches nothing.
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
COLUMNS = 150
COMMAND = "ttpline classify samples/audit.log --to table"


def terminal_text(command: str) -> str:
    """What the command prints on a colour terminal ``COLUMNS`` wide."""
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    words = [sys.executable, "-m", "ttpline", *command.split()[1:]]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def picture(text: str, title: str) -> str:
    """``text`` with its escapes as an SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(text))
    svg = console.export_svg(title=title, unique_id="demo")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def main() -> None:
    path = ROOT / "docs" / "demo.svg"
    path.write_text(picture(terminal_text(COMMAND), f"$ {COMMAND}"))
    print(path)


if __name__ == "__main__":
    main()
