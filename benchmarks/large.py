"""Memory of ``ingest`` on one 5 GB audit log, and what ``--jobs 2`` gains on two of 1 GB and on four of half that.

The large log is one of 500 MB ten times over: its events come again and are told again, so each is read, joined and
looked up like any other. Wall seconds of the whole command, start-up and JSON lines to ``/dev/null`` included.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import _result
from benchmarks._audit_log import write_log

SEED = 20260502
PART = 500_000_000
PARTS = 10
FILE = 1_000_000_000
ROUNDS = 3


def ingest(files: list[Path], jobs: int) -> dict[str, Any]:
    """Seconds, and the peak memory in MiB of the largest process."""
    command = [sys.executable, "-m", "ttpline", "ingest", *map(str, files), "--to", "jsonl:/dev/null"]
    start = time.perf_counter()
    process = subprocess.Popen([*command, "--jobs", str(jobs)], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.read().strip().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"ingest ended with {process.returncode}: {said}")
    seconds = time.perf_counter() - start
    return {"seconds": round(seconds, 2), "peak_mib": usage.ru_maxrss // 1024, "said": said[-1]}


def one_large(folder: Path, parts: int) -> dict[str, Any]:
    part, whole = folder / "part.log", folder / "large.log"
    write_log(part, PART, SEED)
    with whole.open("wb") as target:
        for _ in range(parts):
            with part.open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)
    part.unlink()
    found = ingest([whole], 1)
    size = whole.stat().st_size
    whole.unlink()
    return {"bytes": size, "mb_per_s": round(size / 1e6 / found["seconds"], 1), **found}


def several(folder: Path, number: int, size: int) -> dict[str, Any]:
    files = [folder / f"{place}.log" for place in range(number)]
    for place, file in enumerate(files):
        write_log(file, size, SEED + 1 + place)
    runs: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for jobs, seconds in runs.items():
            seconds.append(ingest(files, jobs)["seconds"])
    one, two = (sorted(runs[jobs])[ROUNDS // 2] for jobs in (1, 2))
    return {"bytes": number * size, "seconds_1_job": one, "seconds_2_jobs": two, "times_as_fast": round(one / two, 2)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=PARTS, help="times 500 MB")
    parser.add_argument("--size", type=int, default=FILE, help="bytes of each of two files; of four, half as many")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "seed": SEED,
            "two_files": several(Path(folder), 2, asked.size),
            "four_files": several(Path(folder), 4, asked.size // 2),
            "one_large": one_large(Path(folder), asked.parts),
        }
    print(_result.write("large", figures).read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
