"""Feed log readers with mutated samples (atheris, coverage-guided) for a bounded time each.

    .venv/bin/python scripts/fuzz_readers.py --seconds 60            # every format
    .venv/bin/python scripts/fuzz_readers.py cowrie ecs --seconds 5

A reader may raise nothing but ``TelemetryError``, and 64 KB must not take it seconds or hundreds of megabytes. An
input that breaks this is written to ``tests/cases/fuzz/<format>/``, where the tests read it ever after. Every format
runs in a process of its own, as libFuzzer ends the one it is in. Exit code 1: something was found.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "tests" / "cases" / "telemetry"
FOUND = ROOT / "tests" / "cases" / "fuzz"
MOST_BYTES = 65_536
ONE_INPUT_S = 30
"""Instrumented code is some ten times slower."""
MEMORY_MIB = 1_500
CHILD = "TTPLINE_FUZZ_FORMAT"


def run(name: str, bounds: list[str], keep: Path) -> int:
    """The exit code of fuzzing one format; ``bounds`` are the flags of libFuzzer that end it."""
    keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ttpline-fuzz-") as grown:
        samples = [str(folder) for folder in (SAMPLES / name, keep) if folder.is_dir()]
        flags = [
            *bounds,
            f"-max_len={MOST_BYTES}",
            f"-timeout={ONE_INPUT_S}",
            f"-rss_limit_mb={MEMORY_MIB}",
            f"-artifact_prefix={keep}/",
            "-print_final_stats=0",
            "-verbosity=0",
        ]
        command = [sys.executable, __file__, *flags, grown, *samples]
        result = subprocess.run(command, env={**os.environ, CHILD: name}, capture_output=True, text=True, check=False)
    if not any(keep.iterdir()):
        keep.rmdir()
    if result.returncode:
        print("\n".join((result.stdout + result.stderr).splitlines()[-40:]))
    return result.returncode


def target_of(name: str) -> Callable[[bytes], None]:
    """What is called with each input."""
    import atheris

    with atheris.instrument_imports(include=["ttpline.telemetry"]):
        from ttpline.telemetry.base import readers

        reader = readers(plugins=False).get(name)
    from ttpline.testing.check_reader import check_batches
    from ttpline.testing.reading import reading_of

    def target(data: bytes) -> None:
        assert 0.0 <= reader.sniff(data) <= 1.0
        check_batches(reading_of(reader, data), name)

    return target


def fuzz(name: str) -> None:
    """In a process of its own: run libFuzzer with the flags of the command line."""
    import atheris

    target = target_of(name)
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="formats; none: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each format")
    parser.add_argument("--runs", type=int, help="so many inputs, always the same ones, instead of a time")
    parser.add_argument("--keep", type=Path, default=FOUND, help="where inputs that break a reader go")
    options = parser.parse_args()
    from ttpline.telemetry.base import readers

    bounds = [f"-max_total_time={options.seconds}"] if options.runs is None else [f"-runs={options.runs}", "-seed=1"]
    failed = []
    for name in options.names or readers(plugins=False).names():
        code = run(name, bounds, options.keep / name)
        print(f"{name}: {'found something' if code else 'nothing found'}", flush=True)
        if code:
            failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    if CHILD in os.environ:
        fuzz(os.environ[CHILD])
    sys.exit(main())
