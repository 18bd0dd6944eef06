"""Labelled tables for the tests of grouping, splitting and describing."""

import random
from pathlib import Path

from ttpline.datasets.csv_write import csv_bytes
from ttpline.datasets.labelled_tables import LabelledTables
from ttpline.datasets.load import load_tables

TECHNIQUES = (
    "T1082: System Information Discovery",
    "Normal",
    "T1595: Active Scanning",
    "T1018: Remote System Discovery",
    "T1046: Network Service Discovery",
    "T1110: Brute Force",
    "T1567: Exfiltration Over Web Service",
    "T1221: Template Injection",
)
"""From the most frequent to the rarest."""

HOSTILE = (
    "=cmd|'/C calc'!A0",
    "-rf / \x1b[31m",
    'echo "a,b"\r\n;x',
    "x\ry",
    "<script>alert(1)</script>",
    "ls \u202egpj.exe",
    "'@SUM(1)",
    '=1+1;\t"',
)


def study_like(rows: int, seed: int = 0) -> list[list[str]]:
    """Rows in the study's columns before grouping: few labels that have most rows, most commands much alike."""
    choose = random.Random(seed)
    weights = [1 / (place + 1) ** 2 for place in range(len(TECHNIQUES))]
    made: dict[tuple[str, str], list[str]] = {}
    while len(made) < rows:
        [technique] = choose.choices(TECHNIQUES, weights)
        program = choose.choice(("cat", "ls", "ssh", "nmap", "find", "curl", "ps", "id"))
        words = [f"/srv/{choose.choice('abc')}/{choose.randrange(rows)}" for _ in range(choose.choice((1, 2, 8)))]
        command = f"{program} -{choose.choice('laxv')} {' '.join(words)}"[:128]
        made[(command, technique)] = [command, technique, str(int(choose.paretovariate(1.0)))]
    return list(made.values())


def write(path: Path, columns: list[str], rows: list[list[str]]) -> Path:
    path.write_bytes(csv_bytes(columns, rows))
    return path


def study_table(folder: Path, rows: int = 300, seed: int = 0, name: str = "commands.csv") -> Path:
    return write(folder / name, ["proctitle", "technique", "count"], study_like(rows, seed))


def tables_of(
    folder: Path, rows: list[list[str]], columns: tuple[str, ...] = ("command", "technique", "count")
) -> LabelledTables:
    return load_tables([write(folder / "made.csv", list(columns), rows)])
