"""Writes what each reader makes of its samples: ``tests/cases/telemetry/<name>/expected/<sample>.jsonl``.

    .venv/bin/python scripts/refresh_cases.py text csv jsonl

Look at the difference before committing it: these files are the answers that the tests hold the readers to.
"""

import json
import sys
from pathlib import Path

from ttpline.telemetry.base import readers
from ttpline.testing.reading import reading_of

CASES = Path(__file__).parents[1] / "tests" / "cases" / "telemetry"
CLAIMS = "claims.json"


def expected_text(name: str, sample: Path) -> str:
    """One event a line as ``ingest`` writes it, then what was skipped, counted by reason."""
    reading = reading_of(readers().get(name), sample.read_bytes(), sample.name)
    rows = [event.to_dict() for event in reading.events]
    rows.append({"skipped": dict(sorted(reading.skipped.counts.items()))})
    return "".join(json.dumps(row) + "\n" for row in rows)


def main(names: list[str]) -> int:
    """Refresh the formats named, or all that have samples."""
    for name in names or sorted(folder.name for folder in CASES.iterdir()):
        for sample in sorted((CASES / name).iterdir()):
            if sample.is_file() and sample.name != CLAIMS:
                target = CASES / name / "expected" / f"{sample.name}.jsonl"
                target.parent.mkdir(exist_ok=True)
                target.write_text(expected_text(name, sample), encoding="utf-8")
                print(f"wrote {target.relative_to(CASES.parents[2])}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
