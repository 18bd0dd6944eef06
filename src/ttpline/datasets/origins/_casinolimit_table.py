"""The rows of all instances as the study's table, and what they add up to."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from ttpline.datasets.origins._casinolimit_instance import ROW_SCHEMA, SHOWN, InstanceResult
from ttpline.datasets.origins.base import RowsBy

COLUMNS = ("proctitle", "technique", "count", "command_line", "origin", "complete")


def table(results: Sequence[InstanceResult], rows_by: RowsBy) -> pl.DataFrame:
    """One row for each (proctitle, technique), or for each (proctitle, technique, command_line), sorted, ``COLUMNS``.

    Where a title is cut and several commands share it, ``title`` rows show the whole command that was seen most often
    (the first in the alphabet of equals). ``origin`` says where ``command_line`` is from: ``execve``, the arguments as
    they were passed; ``proctitle``, the title, which is cut where ``complete`` is false.
    """
    keys = ("proctitle", "technique", "command_line")
    # a title that is whole and an execution of the same command are one thing, and the execution says it best
    each = (
        _joined(results)
        .sort(*keys, "complete", "origin", descending=[False, False, False, True, False])
        .group_by(keys, maintain_order=True)
        .agg(pl.col("count").sum(), pl.col("complete").first(), pl.col("origin").first())
    )
    if rows_by == "title":
        is_title = pl.col("origin") != "execve"
        each = (
            each.sort(
                "proctitle", "technique", ~pl.col("complete"), is_title, -pl.col("count"), "command_line",
            )
            .group_by("proctitle", "technique", maintain_order=True)
            .agg(pl.col("count").sum(), pl.col("command_line", "complete", "origin").first())
        )  # fmt: skip
    return each.select(COLUMNS).sort(*keys)


def _joined(results: Sequence[InstanceResult]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=ROW_SCHEMA), *(result.rows for result in results)])


def figures(results: Sequence[InstanceResult], made: pl.DataFrame) -> dict[str, Any]:
    """What the rows add up to: occurrences, pairs, cut titles and where their commands are whole."""
    rows = _joined(results)
    cut = rows.filter(pl.col("cut"))
    whole = cut.filter((pl.col("origin") == "execve") & pl.col("complete"))
    per_title = rows.select("proctitle", "technique").unique().group_by("proctitle").len()["len"]
    commands = whole.select("proctitle", "command_line").unique().group_by("proctitle").len()["len"]
    return {
        "rows": len(made),
        "occurrences": int(rows["count"].sum()),
        "techniques": rows["technique"].n_unique(),
        "proctitles": rows["proctitle"].n_unique(),
        "proctitles with several techniques": int((per_title > 1).sum()),
        "occurrences whose title is cut at 128 bytes": int(cut["count"].sum()),
        "of these, whole in EXECVE": int(whole["count"].sum()),
        "cut titles that stand for several whole commands": int((commands > 1).sum()),
        "occurrences with an incomplete command": int(rows.filter(~pl.col("complete"))["count"].sum()),
        "by origin": _by(rows, "origin"),
        "by technique": _by(rows, "technique"),
    }


def _by(rows: pl.DataFrame, name: str) -> dict[str, int]:
    summed = rows.group_by(name).agg(pl.col("count").sum()).sort(-pl.col("count"), name)
    return dict(summed.iter_rows())


def joined_facts(results: Sequence[InstanceResult]) -> dict[str, Any]:
    """The instances' facts, added up; examples name their instance."""
    sums: dict[str, Counter[str]] = {name: Counter() for name in ("counts", "problems", "skipped")}
    no_id: Counter[str] = Counter()
    notes: list[str] = []
    without: list[str] = []
    for result in results:
        name = result.facts["instance"]
        for key, counter in sums.items():
            counter.update(result.facts[key])
        no_id.update(result.facts["techniques_without_id"])
        notes.extend(f"{name}: {note}" for note in result.facts["notes"])
        without.extend(f"{name}: {uid}" for uid in result.facts["labels_without_events"])
    return {
        "counts": dict(sorted(sums["counts"].items())),
        "label_problems": dict(sorted(sums["problems"].items())),
        "unreadable_records": dict(sorted(sums["skipped"].items())),
        "techniques_without_id": dict(sorted(no_id.items())),
        "labels_without_events": without[:SHOWN],
        "notes": notes,
    }


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """RFC 4180, UTF-8, LF."""
    frame.write_csv(path, line_terminator="\n", quote_style="necessary")
