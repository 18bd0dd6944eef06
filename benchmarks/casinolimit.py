"""``ttpline dataset build casinolimit`` against the script one would write: megabytes a second and peak memory.

Both read the same archive, made here from a seed (``--megabytes``, 1000 by default), each in a process of its own, in
the same run, and must give the same table. The script joins nothing but titles: a regular expression over the lines
and a dictionary; the product reads every record, keeps whole commands beside cut titles and reports what it met.
"""

import argparse
import csv
import json
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
_TITLE = re.compile(r"^type=PROCTITLE msg=audit\(\d+\.\d+:(\d+)\): proctitle=(\S+)")


def script(root: Path, output: Path) -> None:
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
            with log.open() as lines:
                for line in lines:
                    if (match := _TITLE.match(line)) and (techniques := wanted.get((machine, match[1]))):
                        raw = match[2]
                        title = raw[1:-1] if raw[0] == '"' else bytes.fromhex(raw).replace(b"\0", b" ").decode()
                        counts.update((title, technique) for technique in techniques)
    with output.open("w", newline="") as file_out:
        writer = csv.writer(file_out)
        writer.writerows((*key, count) for key, count in counts.items())


def _timed(command: list[str]) -> tuple[float, float, float]:
    """Seconds on the wall and of processor, and the largest resident set of any one of its processes in MiB."""
    program = (
        "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stderr=subprocess.DEVNULL); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss); sys.exit(code)"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program, *command], check=True, capture_output=True, text=True)
    cpu_s, peak_kib = done.stdout.split()[-2:]
    return time.perf_counter() - start, float(cpu_s), int(peak_kib) / 1024


def _table(path: Path, header: bool) -> Counter[tuple[str, str]]:
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1 if header else 0 :]
    return Counter({(row[0], row[1]): int(row[2]) for row in rows})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--script", nargs=2, type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.script:
        script(*asked.script)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        size = archive.make(root, asked.megabytes, INSTANCES, SEED)
        build = [
            sys.executable, "-m", "ttpline", "dataset", "build", "casinolimit", "--syslogs", str(root / "syslogs"),
            "--labels", str(root / "labels"), "-o",
        ]  # fmt: skip
        reference = [sys.executable, "-m", "benchmarks.casinolimit", "--script", str(root), str(root / "script.csv")]
        runs: dict[str, dict[str, Any]] = {}
        for name, command in (
            ("script", reference),
            ("ttpline, 1 process", [*build, str(root / "one.csv")]),
            ("ttpline, 2 processes", [*build, str(root / "two.csv"), "--jobs", "2"]),
        ):
            seconds, cpu_s, peak_mib = _timed(command)
            runs[name] = {
                "seconds": round(seconds, 2),
                "mb_per_s": round(size / 1e6 / seconds, 1),
                "cpu_seconds": round(cpu_s, 2),
                "mb_per_cpu_second": round(size / 1e6 / cpu_s, 1),
                "largest_process_mib": round(peak_mib),
            }
            print(f"{name}: {runs[name]}", flush=True)
        tables_equal = _table(root / "one.csv", header=True) == _table(root / "script.csv", header=False)
        jobs_equal = (root / "one.csv").read_bytes() == (root / "two.csv").read_bytes()
        report = json.loads((root / "one.csv.report.json").read_text())
    figures = {
        "log_megabytes": round(size / 1e6, 1),
        "seed": SEED,
        "instances": INSTANCES,
        "labelled_events": report["counts"]["events read"],
        "rows": report["table"]["rows"],
        "runs": runs,
        "same_table_as_script": tables_equal,
        "same_bytes_with_2_processes": jobs_equal,
    }
    print(_result.write("casinolimit", figures))
    return 0 if tables_equal and jobs_equal else 1


if __name__ == "__main__":
    sys.exit(main())
