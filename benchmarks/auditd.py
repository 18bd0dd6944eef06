"""The audit log reader against Debian's ``laurel`` on the same file in the same run, one core each, in turn; and once
against ``ausearch -i``, which says the same as text for people.

``read``: all batches are read and counted. ``json``: they are written as JSON lines as well. Seconds are those of the
whole process, start-up included, as are laurel's. Laurel writes JSON lines too, with arguments as an array.
"""

import argparse
import getpass
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import _result
from benchmarks._audit_log import write_log

SEED = 20260501
SIZE = 200_000_000
ROUNDS = 5
ONE_THREAD = dict.fromkeys(("POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

LAUREL_SETTINGS = """\
directory = "{folder}"
user = "{user}"
[auditlog]
file = "audit.log"
size = 100000000000
generations = 1
[transform]
execve-argv = ["array"]
"""


READ = """\
import sys
from ttpline.telemetry.auditd import READER
with open(sys.argv[1], "rb") as log:
    print(sum(len(batch.frame) for batch in READER.read(log, sys.argv[1])))
"""
JSON = """\
import sys
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.sinks.jsonl import SINK
from ttpline.telemetry.auditd import READER
events = 0
with open(sys.argv[1], "rb") as log, SINK(sys.argv[2]) as sink:
    for batch in READER.read(log, sys.argv[1]):
        sink.write(ScoredBatch(batch))
        events += len(batch.frame)
print(events)
"""


def measured(command: list[str], log: Path | None = None) -> dict[str, Any]:
    """Wall and processor seconds and peak memory of one process on one core."""
    core = {max(os.sched_getaffinity(0))}
    start = time.perf_counter()
    with log.open("rb") if log else open(os.devnull, "rb") as stdin:  # noqa: PTH123
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD},
            preexec_fn=lambda: os.sched_setaffinity(0, core),
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    wall = time.perf_counter() - start
    return {"seconds": wall, "cpu_seconds": _cpu(usage), "peak_mib": usage.ru_maxrss / 1024, "output": output.decode()}


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def summary(runs: list[dict[str, Any]], size: int) -> dict[str, Any]:
    seconds = statistics.median(run["seconds"] for run in runs)
    return {
        "seconds": round(seconds, 3),
        "all_seconds": [round(run["seconds"], 3) for run in runs],
        "cpu_seconds": round(statistics.median(run["cpu_seconds"] for run in runs), 3),
        "mb_per_s": round(size / 1e6 / seconds, 1),
        "peak_mib": round(max(run["peak_mib"] for run in runs), 1),
    }


def laurel_version(laurel: str) -> str:
    shown = subprocess.run([laurel, "--version"], capture_output=True, text=True, check=False)
    return (shown.stdout + shown.stderr).strip().splitlines()[0]


def compare(folder: Path, size: int, rounds: int) -> dict[str, Any]:
    """Figures of all contenders; without laurel only our own."""
    log = folder / "input.log"
    digest = write_log(log, size, SEED)
    laurel = shutil.which("laurel") or shutil.which("laurel", path="/usr/sbin:/sbin")
    settings = folder / "laurel.toml"
    settings.write_text(LAUREL_SETTINGS.format(folder=folder / "out", user=getpass.getuser()))
    (folder / "out").mkdir()
    programs = {"read": READ, "json": JSON}
    runs: dict[str, list[dict[str, Any]]] = {"laurel": [], "read": [], "json": []}
    for _ in range(rounds):
        if laurel:
            runs["laurel"].append(measured([laurel, "-c", str(settings)], log))
            for written in (folder / "out").iterdir():
                written.unlink()
        for what, program in programs.items():
            target = folder / "out" / "events.jsonl"
            runs[what].append(measured([sys.executable, "-c", program, str(log), str(target)]))
            target.unlink(missing_ok=True)
    figures: dict[str, Any] = {
        "seed": SEED,
        "input_bytes": log.stat().st_size,
        "input_digest": digest,
        "events": int(runs["read"][0]["output"]),
        "rounds": rounds,
        "load_average": [round(load, 2) for load in os.getloadavg()],
        **{name: summary(found, log.stat().st_size) for name, found in runs.items() if found},
    }
    interpreted = ausearch(log)
    if interpreted is not None:
        figures["ausearch"] = interpreted
    if not laurel:
        return {**figures, "laurel": "not installed: no ratio (apt-get install laurel)"}
    figures["laurel"]["version"] = laurel_version(laurel)
    for what in programs:
        for kind in ("seconds", "cpu_seconds"):
            ratio = figures["laurel"][kind] / figures[what][kind]
            figures[what][f"times_as_fast_as_laurel_by_{kind}"] = round(ratio, 2)
    return figures


def ausearch(log: Path) -> dict[str, Any] | None:
    """The interpreted text of the whole log, thrown away; None where it is not installed."""
    found = shutil.which("ausearch") or shutil.which("ausearch", path="/usr/sbin:/sbin")
    if found is None:
        return None
    run = measured(["/bin/sh", "-c", 'exec "$0" -i -if "$1" > /dev/null', found, str(log)])
    return summary([run], log.stat().st_size)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=SIZE, help="bytes of log")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = compare(Path(folder), asked.size, asked.rounds)
    print(_result.write("auditd", figures).read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
