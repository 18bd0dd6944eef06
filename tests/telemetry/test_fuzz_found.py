"""What fuzzing found once, read ever after; and a short run of the fuzzer itself over every reader."""

import subprocess
import sys
from pathlib import Path

import pytest

from ttpline.telemetry.base import readers
from ttpline.testing.check_reader import check_batches
from ttpline.testing.reading import reading_of

ROOT = Path(__file__).parents[2]
FOUND = sorted((ROOT / "tests" / "cases" / "fuzz").glob("*/*"))
RUNS = 150
"""Inputs a reader, the same ones on every run; ``make fuzz`` takes new ones for a minute."""

pytestmark = pytest.mark.fuzz


@pytest.mark.parametrize("file", FOUND, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_what_was_found_is_mended(file: Path) -> None:
    name = file.parent.name
    check_batches(reading_of(readers().get(name), file.read_bytes()), name)


@pytest.mark.parametrize("name", readers().names())
def test_mutated_samples_raise_nothing_but_telemetry_errors(name: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this Python or system")
    script = ROOT / "scripts" / "fuzz_readers.py"
    command = [sys.executable, str(script), name, "--runs", str(RUNS), "--keep", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
