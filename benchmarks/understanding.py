"""Speed of the built-in model: understanding, scoring and explaining, against ``malscore`` in the same run.

    python -m benchmarks understanding

Commands are made up from the samples: their numbers and names changed, so that each is distinct. Measured: distinct
commands a second with evidence, in one process (one core) and with ``--jobs 2``; processor time for one of them, which
other work on the machine changes least; milliseconds for one command alone; a cold ``classify``; peak memory; a stream
in which 14 % are distinct (Zipf); and a long one of few different commands, which shows what a repeated row costs.
``malscore`` (PyPI, Apache-2.0) is no dependency: it is run by the interpreter that
``TTPLINE_MALSCORE_PYTHON`` names, and left out where there is none.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks._result import write

ROOT = Path(__file__).parents[1]
SEED = 20_241_124
DISTINCT = 20_000
STREAM = 100_000
DISTINCT_SHARE = 0.14  # of the study's 417,000 occurrences of 70,992 rows, and of our own audit logs
LONG_STREAM = 1_000_000
LONG_DISTINCT = 5_000
ZIPF_EXPONENT = 1.1
ROWS = {"distinct": DISTINCT, "stream": STREAM, "long_stream": LONG_STREAM, "long_stream_distinct": LONG_DISTINCT}
SINGLE = 300
MALSCORE_ROWS = 5_000
REPEATS = 3
TARGETS = {"distinct_per_second_2_jobs": 5_000, "one_command_ms": 5.0, "cold_start_s": 1.0, "peak_mib": 500}

_MALSCORE = """
import sys, time, malscore
analyzer = malscore.Analyzer()
lines = [line.rstrip("\\n") for line in open(sys.argv[1], encoding="utf-8")]
started = time.process_time()
for line in lines:
    analyzer.assess_command(line)
print(time.process_time() - started)
"""


def distinct_commands(number: int) -> list[str]:
    """Commands like the sample's, each one once."""
    draw = random.Random(SEED)
    lines = (ROOT / "samples" / "commands.txt").read_text(encoding="utf-8").splitlines()
    known = [line for line in lines if line.strip()]
    found: dict[str, None] = {}
    while len(found) < number:
        line = draw.choice(known)
        found[re.sub(r"\d+", lambda _: str(draw.randrange(1, 250)), line) + f" /srv/{draw.randrange(10**6)}"] = None
    return list(found)


def stream(commands: list[str], rows: int, distinct: int) -> list[str]:
    """``rows`` rows of the first ``distinct`` commands, the first often and the last seldom, each at least once."""
    draw = random.Random(SEED)
    used = commands[:distinct]
    weights = [1 / (place + 1) ** ZIPF_EXPONENT for place in range(distinct)]
    drawn = used + draw.choices(used, weights, k=rows - distinct)
    draw.shuffle(drawn)
    return drawn


class Run(NamedTuple):
    """Wall and processor seconds of a whole command, and its peak memory in MiB (of the largest process)."""

    seconds: float
    processor: float
    memory: int


def run_of_classify(file: Path, jobs: int) -> Run:
    """One run, with byte code kept beside ``file`` from run to run, as an installed ttpline has it."""
    command = [sys.executable, "-m", "ttpline", "classify", str(file), "--from", "text", "--to", "jsonl:/dev/null"]
    command += ["--jobs", str(jobs)]
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(file.parent / "pycache")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.monotonic()
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(run.pid, 0)
    seconds = time.monotonic() - started
    if status:
        raise SystemExit(f"classify ended with {status}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)


def best_of_classify(file: Path, jobs: int) -> Run:
    """The shortest times of several runs, and their highest peak."""
    runs = [run_of_classify(file, jobs) for _ in range(REPEATS)]
    return Run(min(run.seconds for run in runs), min(run.processor for run in runs), max(run.memory for run in runs))


def milliseconds_of_one() -> float:
    """The median of one command alone in a process that has answered before."""
    from ttpline import load_model

    model = load_model("builtin")
    commands = distinct_commands(SINGLE)
    model.predict(commands[:10])
    taken = []
    for command in commands:
        started = time.perf_counter()
        model.predict([command])
        taken.append((time.perf_counter() - started) * 1_000)
    return sorted(taken)[len(taken) // 2]


def malscore_seconds(file: Path) -> float | None:
    """Processor seconds of ``malscore`` on the commands of ``file``; None where it is not at hand."""
    python = os.environ.get("TTPLINE_MALSCORE_PYTHON")
    if not python:
        return None
    run = subprocess.run([python, "-c", _MALSCORE, str(file)], capture_output=True, text=True, check=True)
    return float(run.stdout)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        names = ("one.txt", "distinct.txt", "stream.txt", "long.txt")
        one, many, rows, long = (Path(folder) / name for name in names)
        commands = distinct_commands(DISTINCT)
        repeated = stream(commands, STREAM, int(STREAM * DISTINCT_SHARE))
        one.write_text("id\n")
        many.write_text("\n".join(commands) + "\n")
        rows.write_text("\n".join(repeated) + "\n")
        repeating_often = stream(commands, LONG_STREAM, LONG_DISTINCT)
        long.write_text("\n".join(repeating_often) + "\n")
        part, long_part = Path(folder) / "part.txt", Path(folder) / "long_part.txt"
        part.write_text("\n".join(repeated[:MALSCORE_ROWS]) + "\n")
        long_part.write_text("\n".join(repeating_often[:MALSCORE_ROWS]) + "\n")
        cold, single_core, two_jobs = best_of_classify(one, 1), best_of_classify(many, 1), best_of_classify(many, 2)
        streamed, repeating = best_of_classify(rows, 1), best_of_classify(long, 1)
        other, other_long = malscore_seconds(part), malscore_seconds(long_part)
    figures: dict[str, Any] = {
        "cold_start_s": round(cold.seconds, 3),
        "one_command_ms": round(milliseconds_of_one(), 3),
        "distinct_per_second_1_job": round(DISTINCT / (single_core.seconds - cold.seconds)),
        "distinct_per_second_2_jobs": round(DISTINCT / (two_jobs.seconds - cold.seconds)),
        "processor_us_a_distinct_command": round((single_core.processor - cold.processor) / DISTINCT * 1e6),
        "stream_rows_per_second_1_job": round(STREAM / (streamed.seconds - cold.seconds)),
        "long_stream_rows_per_second_1_job": round(LONG_STREAM / (repeating.seconds - cold.seconds)),
        "peak_mib": two_jobs.memory,
    }
    if other is not None and other_long is not None:
        figures["malscore_rows_per_second"] = round(MALSCORE_ROWS / other)
        for name, taken in (("stream", other), ("long_stream", other_long)):
            rate = figures[f"{name}_rows_per_second_1_job"]
            figures[f"{name}_ratio_to_malscore"] = round(rate * taken / MALSCORE_ROWS, 2)
    write("understanding", {"seed": SEED, "rows": ROWS, **figures})
    for name, value in figures.items():
        target = f"   (target {TARGETS[name]:,})" if name in TARGETS else ""
        print(f"{name:<32} {value:>12,}{target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
