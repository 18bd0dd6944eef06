"""Writes the files of ``samples/`` from ``samples/source/``: the same bytes on each run, on each machine.

python scripts/build_samples.py [--out FOLDER]
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from samples.source import commands, log, scenario  # noqa: E402  (the repository is no package)

SOURCE = ROOT / "samples" / "source"


def files() -> dict[str, bytes]:
    """Name -> content of every file made."""
    audit, truth = log.build(scenario.plan(SOURCE))
    rows = commands.read((SOURCE / "commands.txt").read_text(encoding="utf-8"))
    return {
        "audit.log": audit,
        "audit.expected.jsonl": log.jsonl(truth),
        "commands.csv": commands.to_csv(rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="writes the sample files")
    parser.add_argument("--out", type=Path, default=ROOT / "samples", help="folder to write to")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        (folder / name).write_bytes(content)
        print(f"{folder / name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
