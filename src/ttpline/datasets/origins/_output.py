"""A table and its report, each under its name only when it is whole."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ttpline.datasets.origins.base import BuildRequest
from ttpline.errors import SinkError


def write_outputs(request: BuildRequest, write: Callable[[Path], None], facts: dict[str, Any]) -> None:
    """``write`` the table and ``facts`` as JSON; ``SinkError`` when either cannot be written, nothing half done."""
    _replaced(request.output, write)
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    _replaced(request.report, lambda path: _write_text(path, text))


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A CSV: UTF-8, LF, quotes where needed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def _replaced(path: Path, write: Callable[[Path], None]) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SinkError(
            f"cannot be written: {error.strerror or error}", where=str(path), remedy="name another file with -o"
        ) from error
