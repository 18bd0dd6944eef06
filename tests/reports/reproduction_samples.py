"""A made-up table in the study's columns: many copies of few commands, counts that one class dominates."""

import random
from pathlib import Path

from ttpline.datasets.csv_write import csv_bytes
from ttpline.datasets.origins.casinolimit import STUDY_TABLE

COLUMNS = ("proctitle", "technique", "technique_grouped", "count")
_SHAPES = {
    "T1082: System Information Discovery": ("uname -a /srv/{}", "cat /proc/{}/status", "df -h /mnt/{}"),
    "T1018: Remote System Discovery": ("ping -c 1 192.0.2.{}", "arp -n 192.0.2.{}"),
    "T1595: Active Scanning": ("nmap -sS 198.51.100.{}", "masscan 198.51.100.{} -p80"),
    "Normal": ("ls -l /home/mina/{}", "vim notes-{}.txt"),
}
_ROWS = {
    "T1082: System Information Discovery": 90,
    "T1018: Remote System Discovery": 24,
    "T1595: Active Scanning": 18,
    "Normal": 12,
}
_TYPICAL = 0.7
"""Of a class's commands; the others could be of any class, so that no model can have them all right."""
OTHER = "Z999: Other Low-Frequency Techniques"


def study_rows(seed: int = 7) -> list[tuple[str, str, str, str]]:
    """150 rows: 4 classes and six rare techniques that share ``Z999``."""
    draw = random.Random(seed)
    rows = []
    for label, number in _ROWS.items():
        for at in range(number):
            shapes = _SHAPES[label] if draw.random() < _TYPICAL else draw.choice(list(_SHAPES.values()))
            shape = draw.choice(shapes)
            rows.append((shape.format(at), label, label, str(draw.choice((1, 1, 2, 5, 40)))))
    rows += [(f"tool{at} --flag {at}", f"T10{40 + at}: Something", OTHER, "1") for at in (1, 6, 7, 9, 17, 19)]
    draw.shuffle(rows)
    return rows


def write_table(folder: Path, rows: list[tuple[str, str, str, str]] | None = None) -> Path:
    """Under the file name of the study's own table."""
    path = folder / STUDY_TABLE
    path.write_bytes(csv_bytes(COLUMNS, study_rows() if rows is None else rows))
    return path
