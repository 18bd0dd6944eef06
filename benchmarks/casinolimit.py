"""``ttpline dataset build casinolimit`` against the script one would write: megabytes a second and peak memory.

Both read the same archive, made here from a seed (``--megabytes N``, or the variable below;
1000 by default), each in a process of its own, in the same run, and must give the same table. The script joins nothing
but titles: a regular expression over the lines and a dictionary; the product reads every record, keeps whole commands
beside cut titles and reports what it met. Runs of one process are pinned to one core. A run over a tenth of the size
shows that memory does not follow the size of the logs.
"""

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks import _casinolimit_archive as archive
from benchmarks import _result

SEED = 20240517
INSTANCES = 8
SIZE_VARIABLE = "TTPLINE_CASINOLIMIT_MEGABYTES"
MEGABYTES = 1000
_TITLE = re.compile(r"^type=PROCTITLE msg=audit\(\d+\.\d+:(\d+)\): proctitle=(\S+)")
_PINNED = """
import os, resource, subprocess, sys
if sys.argv[1] == "pinned" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
code = subprocess.call(sys.argv[2:], stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(code)
"""


def script(root: Path, output: Path, *, normal: bool) -> None:
    """The reference: line by line."""
    counts: Counter[tuple[str, str]] = Counter()
    for file in sorted((root / "labels/syslogs_labels/system_labels").glob("*.json")):
        wanted: dict[tuple[str, str], list[str]] = {}
        for label in json.loads(file.read_text()).values():
            for machine, serials in label["auditd_events"].items():
                for serial in serials:
                    wanted.setdefault((machine, serial), []).append(label["technique"])
        for log in (root / "syslogs" / file.stem).glob("*/audit.log"):
            machine = log.parent.name.rpartition("-")[0]
            others = ["Normal"] if normal else []
            with log.open() as lines:
                for line in lines:
                    if (match := _TITLE.match(line)) and (techniques := wanted.get((machine, match[1]), others)):
                        raw = match[2]
                        title = raw[1:-1] if raw[0] == '"' else bytes.fromhex(raw).replace(b"\0", b" ").decode()
                        counts.update((title, technique) for technique in techniques)
    with output.open("w", newline="") as file_out:
        writer = csv.writer(file_out)
        writer.writerows((*key, count) for key, count in counts.items())


def _timed(command: list[str], size: int, *, pinned: bool) -> dict[str, Any]:
    """Seconds on the wall and of processor, and the largest resident set of any one of its processes in MiB."""
    start = time.perf_counter()
    watched = [sys.executable, "-c", _PINNED, "pinned" if pinned else "free", *command]
    done = subprocess.run(watched, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    cpu_s, peak_kib = (float(figure) for figure in done.stdout.split()[-2:])
    return {
        "seconds": round(seconds, 2),
        "mb_per_s": round(size / 1e6 / seconds, 1),
        "cpu_seconds": round(cpu_s, 2),
        "mb_per_cpu_second": round(size / 1e6 / cpu_s, 1),
        "largest_process_mib": round(peak_kib / 1024),
    }


def _table(path: Path, header: bool) -> Counter[tuple[str, str]]:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1 if header else 0 :]
    return Counter({(row[0], row[1]): int(row[2]) for row in rows})


def _build(root: Path, output: str, *options: str) -> list[str]:
    return [
        sys.executable, "-m", "ttpline", "dataset", "build", "casinolimit", "--syslogs", str(root / "syslogs"),
        "--labels", str(root / "labels"), "-o", str(root / output), *options,
    ]  # fmt: skip


def _script(root: Path, output: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.casinolimit", "--script", str(root), str(root / output), *options]


def measure(folder: Path, megabytes: int) -> dict[str, Any]:
    """All runs over one archive, and one over an archive of a tenth of the size."""
    root, small = folder / "whole", folder / "tenth"
    size = archive.make(root, megabytes, INSTANCES, SEED)
    runs: dict[str, dict[str, Any]] = {}
    for name, command in (
        ("script", _script(root, "script.csv")),
        ("ttpline, 1 process", _build(root, "one.csv")),
        ("ttpline, 2 processes", _build(root, "two.csv", "--jobs", "2")),
        ("script, unlabelled as Normal", _script(root, "script_normal.csv", "--normal")),
        ("ttpline, unlabelled as Normal, 1 process", _build(root, "normal.csv", "--unlabelled", "normal")),
    ):
        runs[name] = _timed(command, size, pinned="2 processes" not in name)
        print(f"{name}: {runs[name]}", flush=True)
    small_size = archive.make(small, megabytes // 10, 1, SEED)  # one instance, so that its logs are as long
    tenth = _timed(_build(small, "normal.csv", "--unlabelled", "normal"), small_size, pinned=True)
    report = json.loads((root / "one.csv.report.json").read_text())
    normal_report = json.loads((root / "normal.csv.report.json").read_text())
    return {
        "log_megabytes": round(size / 1e6, 1),
        "seed": SEED,
        "instances": INSTANCES,
        "labelled_events": report["counts"]["events read"],
        "events": normal_report["counts"]["events read"],
        "rows": report["table"]["rows"],
        "runs": runs,
        "largest_process_mib_at_a_tenth_of_the_size": tenth["largest_process_mib"],
        "same_table_as_script": _table(root / "one.csv", header=True) == _table(root / "script.csv", header=False),
        "same_table_as_script_with_normal": _table(root / "normal.csv", header=True)
        == _table(root / "script_normal.csv", header=False),
        "same_bytes_with_2_processes": (root / "one.csv").read_bytes() == (root / "two.csv").read_bytes(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=int(os.environ.get(SIZE_VARIABLE, MEGABYTES)))
    parser.add_argument("--script", nargs=2, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--normal", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.script:
        script(*asked.script, normal=asked.normal)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), asked.megabytes)
    print(_result.write("casinolimit", figures))
    return 0 if all(value for name, value in figures.items() if name.startswith("same_")) else 1


if __name__ == "__main__":
    sys.exit(main())
