"""What the CasinoLimit tests share: two techniques, a tree of one machine, and the table and report that come out."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.datasets.origins.conftest import Machine, Tree

GROUPS = "T1069: Permission Groups Discovery"
SYSTEM = "T1082: System Information Discovery"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def counts_of(path: Path) -> Counter[tuple[str, str]]:
    return Counter({(row["proctitle"], row["technique"]): int(row["count"]) for row in rows_of(path)})


def report_of(path: Path) -> Any:
    return json.loads((path / "out.json").read_text())


def one_machine(log: Machine, *labels: tuple[str, str, list[int]], machine: str = "web-01") -> Tree:
    """Instance ``a`` with one log; labels are (uid, technique, serials) on machine ``web``."""
    tree = Tree()
    tree.log("a", machine, log)
    tree.label("a", **{uid: (technique, {"web": serials}) for uid, technique, serials in labels})
    return tree
