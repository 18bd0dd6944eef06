"""Write requirements/*.txt: exact versions with hashes for Python 3.11 to 3.13, no index addresses in them.

demo: what ``make demo`` needs, and training. all: every extra but torch. dev: the same, and what tests and checks need.
A lock of torch would bring several GB of CUDA; its CPU build stands in requirements/torch-cpu.txt, written by hand.
hatchling is in each, since it builds the editable install without an unlocked download.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")
ALL = ["--extra", "train", "--extra", "onnx"]
SETS = {"demo": ["--extra", "train"], "all": ALL, "dev": [*ALL, "--group", "dev"]}


def lock(name: str, flags: list[str]) -> None:
    """Resolve one set; the versions already locked stay unless pyproject.toml forbids them."""
    subprocess.run(
        [
            *[str(UV), "pip", "compile", "pyproject.toml", "requirements/build.in", *flags],
            *["--universal", "--python-version", "3.11", "--generate-hashes", "--only-binary", ":all:"],
            *["--no-emit-index-url", "--no-annotate", "--no-strip-extras", "--quiet"],
            *["--custom-compile-command", "make lock", "--output-file", f"requirements/{name}.txt"],
        ],
        cwd=ROOT,
        check=True,
    )


if __name__ == "__main__":
    for set_name, set_flags in SETS.items():
        lock(set_name, set_flags)
