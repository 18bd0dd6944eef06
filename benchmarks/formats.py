"""How fast each format is read, one core: bytes in memory to events in columns; JSON against a ``json.loads`` loop.

Each is read ``ROUNDS`` times, in turn with what it is compared with; the median counts. JSON is read a second time with
values that vary from line to line (``varied``), as nothing is gained there by values that never do. EVTX is read
against the ``evtx`` wheel's own iteration of its records as JSON: a made-up file of 8 MB in which one record in 20 is a
command, one in which every second is, and the small Sysmon file of ``../shared/telemetry``. ``auditd`` has a benchmark
of its own, against ``laurel``. ``truth``: how many commands of the real logs are read exactly (``_format_truth.py``).
Writes ``results/formats.json``; ``make docs`` puts it into ``docs/formats/README.md``.
"""

import argparse
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from benchmarks import _result
from benchmarks._evtx_log import evtx_log
from benchmarks._format_logs import JSON, LOGS, log_of, varied_log_of
from benchmarks._format_truth import truth
from ttpline.domain.skipped import REPEATED
from ttpline.telemetry.base import readers

SIZE = 40_000_000
ROUNDS = 5
SHARED = Path(__file__).parents[2] / "shared"
EVTX_CHUNKS = 120
EVTX = SHARED / "telemetry" / "windows" / "evtx" / "omerbenamram-sysmon.evtx"
READERS = readers(plugins=False)


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def read(name: str, data: bytes) -> int:
    """The number of events; an error where events are not all different, as then they are not all made."""
    events = repeated = 0
    for batch in READERS.get(name).read(cast(BinaryIO, io.BytesIO(data)), "bench"):
        events += batch.frame.height
        repeated += batch.skipped.counts[REPEATED]
    if repeated or not events:
        raise RuntimeError(f"{name}: {events} events, {repeated} repeated")
    return events


def loop(data: bytes) -> None:
    for line in data.splitlines():
        json.loads(line)


def in_turn(one: Callable[[], Any], other: Callable[[], Any] | None, rounds: int) -> tuple[float, float | None]:
    """Median seconds of each."""
    pairs = [(seconds(one), seconds(other) if other else None) for _ in range(rounds)]
    others = [second for _, second in pairs if second is not None]
    return statistics.median(first for first, _ in pairs), statistics.median(others) if others else None


def measured(name: str, data: bytes, rounds: int) -> dict[str, Any]:
    events = read(name, data)
    ours, theirs = in_turn(lambda: read(name, data), (lambda: loop(data)) if name in JSON else None, rounds)
    found: dict[str, Any] = {"bytes": len(data), "events": events, "seconds": round(ours, 3)}
    found["mb_per_s"] = round(len(data) / ours / 1e6, 1)
    if theirs is not None:
        found["json_loads_seconds"] = round(theirs, 3)
        found["times_json_loads"] = round(theirs / ours, 2)
    return found


def evtx(data: bytes, rounds: int) -> dict[str, Any] | None:
    """None where the wheel is not there."""
    try:
        from evtx import PyEvtxParser
    except ImportError:
        return None

    def wheel() -> None:
        try:
            for _ in PyEvtxParser(io.BytesIO(data)).records_json():
                pass
        except (RuntimeError, OSError, ValueError):  # a damaged chunk
            return

    ours, theirs = in_turn(lambda: read("evtx", data), wheel, rounds)
    assert theirs is not None
    return {
        "bytes": len(data),
        "seconds": round(ours, 4),
        "mb_per_s": round(len(data) / ours / 1e6, 1),
        "wheel_json_seconds": round(theirs, 4),
        "times_wheel_seconds": round(ours / theirs, 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=SIZE, help="bytes a format")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", action="append", help="these formats")
    parser.add_argument("--no-write", action="store_true")
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    found: dict[str, Any] = {}
    for name in options.only or LOGS:
        found[name] = measured(name, log_of(name, options.size), options.rounds)
        if name in JSON:
            found[name]["varied"] = measured(name, varied_log_of(name, options.size), options.rounds)
        print(name, found[name], flush=True)
    if not options.only:
        logs = {"evtx": evtx_log(EVTX_CHUNKS, 20), "evtx, every second a command": evtx_log(EVTX_CHUNKS, 2)}
        if EVTX.exists():
            logs["evtx, 1 MB of Sysmon"] = EVTX.read_bytes()
        for name, data in logs.items():
            of_evtx = evtx(data, options.rounds)
            if of_evtx is not None:
                found[name] = of_evtx
                print(name, of_evtx, flush=True)
    compared = truth(SHARED) if (SHARED / "telemetry").is_dir() else None
    print("exact", compared, flush=True)
    if not options.no_write:
        _result.write("formats", {"rounds": options.rounds, "formats": found, "truth": compared})
    return 0


if __name__ == "__main__":
    sys.exit(main())
