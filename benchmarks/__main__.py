"""``python -m benchmarks [NAME…]``: run all benchmarks, or those named, each in a process of its own, in turn.

Threads are pinned for every one of them, so that a ratio compares one core with one core.
"""

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

PINNED = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS"), "1"
)


def names() -> list[str]:
    """Every public module beside this one."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(module.name for module in found if not module.name.startswith("_"))


def main(asked: list[str]) -> int:
    """The number of benchmarks that failed."""
    failed = 0
    for name in asked or names():
        print(f"── {name}", flush=True)
        run = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], env={**os.environ, **PINNED}, check=False)
        failed += run.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
