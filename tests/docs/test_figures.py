"""The README's figures are those of the stored benchmark results."""

import subprocess
import sys
from pathlib import Path


def test_readme_says_what_the_benchmarks_said(root: Path) -> None:
    script = root / "scripts" / "build_figures.py"
    run = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
