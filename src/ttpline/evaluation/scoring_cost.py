"""How fast a saved model scores and how much memory that takes, measured in a process that does nothing else.

``python -m ttpline.evaluation.scoring_cost FOLDER`` reads a JSON list of commands and writes what it measured as JSON.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from ttpline.evaluation.cost import Cost, machine, peak_memory_mib, size_of

MOST_COMMANDS: Final = 5_000
"""Enough that a pass takes longer than the clock's grain, few enough that measuring takes a second or two."""
_PASSES = 3
_LONGEST_PASSES_S = 5.0
_LIMIT_S = 300.0


class _Measured(msgspec.Struct):
    load_seconds: float
    seconds_per_1000: float
    memory_mib: float | None
    commands: int


def measure_scoring(folder: Path, commands: Sequence[str], *, plugins: bool = True) -> Cost:
    """Size, and the cost of scoring ``commands`` (the first ``MOST_COMMANDS``); unmeasured where the process failed."""
    size_bytes, parameters = size_of(folder)
    cost = Cost(size_bytes=size_bytes, parameters=parameters, machine=machine())
    chosen = list(commands[:MOST_COMMANDS])
    if not chosen or not sys.executable:
        return cost
    arguments = [sys.executable, "-m", __name__, str(folder.absolute()), *([] if plugins else ["--no-plugins"])]
    try:
        run = subprocess.run(arguments, input=json.dumps(chosen).encode(), capture_output=True, timeout=_LIMIT_S)
        found = msgspec.json.decode(run.stdout, type=_Measured)
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError):
        return cost
    return Cost(
        load_seconds=found.load_seconds,
        scoring_seconds_per_1000=found.seconds_per_1000,
        scoring_memory_mib=found.memory_mib,
        scoring_commands=found.commands,
        size_bytes=size_bytes,
        parameters=parameters,
        machine=cost.machine,
    )


def _measure(folder: Path, commands: list[str], plugins: bool) -> dict[str, Any]:
    from ttpline.models._folder import load_folder

    start = time.perf_counter()
    model = load_folder(folder, plugins=plugins)
    loaded = time.perf_counter()
    model.probabilities(commands)  # imports and first uses are no part of the speed
    passes: list[float] = []
    while len(passes) < _PASSES and sum(passes) < _LONGEST_PASSES_S:
        before = time.perf_counter()
        model.probabilities(commands)
        passes.append(time.perf_counter() - before)
    return {
        "load_seconds": loaded - start,
        "seconds_per_1000": min(passes) / len(commands) * 1000,
        "memory_mib": peak_memory_mib(),
        "commands": len(commands),
    }


def main(arguments: Sequence[str]) -> int:
    """The process's own part."""
    commands = msgspec.json.decode(sys.stdin.buffer.read(), type=list[str])
    measured = _measure(Path(arguments[0]), commands, "--no-plugins" not in arguments)
    sys.stdout.write(json.dumps(measured))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
