"""One instance of the archive: its logs joined to its labels, as counted rows and counted facts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import polars as pl

from ttpline.datasets.origins._archive import Archive, Member
from ttpline.datasets.origins._casinolimit_filter import LabelledLines
from ttpline.datasets.origins._casinolimit_join import LabelJoin
from ttpline.datasets.origins._casinolimit_labels import MAX_LABEL_BYTES, Label, Labels, machine_folders, read_labels
from ttpline.datasets.origins._casinolimit_recorded import RecordedTitles, title_bytes
from ttpline.datasets.origins._casinolimit_stream import LogStream
from ttpline.datasets.origins._casinolimit_titles import csv_text, is_cut, kernel_title, title_text
from ttpline.datasets.origins._casinolimit_tree import Instance
from ttpline.datasets.origins.base import Progress, Reader, Unlabelled
from ttpline.domain.raw_text import encode
from ttpline.errors import DatasetError, TelemetryError

ROW_SCHEMA = pl.Schema(
    {
        "proctitle": pl.String,
        "technique": pl.String,
        "count": pl.Int64,
        "command_line": pl.String,
        "origin": pl.String,
        "complete": pl.Boolean,
        "cut": pl.Boolean,
    }
)
"""``cut``: the kernel's title lacks a part of the command."""

SHOWN = 20
"""As many examples of each problem are named; the count is always whole."""

COMPACT_ROWS = 200_000
"""Counted rows are merged when so many have gathered, so that memory follows distinct commands, not events."""

_KEYS = ("command_line", "origin", "complete", "success", "technique", "title")
_KEY = r"(\d+\.\d{3}:\d+)(?:#\d+)?$"
"""Time and serial of an ``event_id``."""


@dataclass(frozen=True, slots=True)
class InstanceJob:
    """All that a worker needs, small enough to be sent to it."""

    logs: Path
    labels: Path
    instance: Instance
    reader: Reader
    unlabelled: Unlabelled


@dataclass(frozen=True, slots=True)
class InstanceResult:
    """``rows`` in ``ROW_SCHEMA``, each (proctitle, technique, command_line, origin, complete, cut) once, sorted."""

    rows: pl.DataFrame
    facts: dict[str, Any]


def build_instance(job: InstanceJob, progress: Progress) -> InstanceResult:
    """Read, join and count one instance. Damage is noted in ``facts``; labels that are no JSON are none."""
    facts: dict[str, Any] = {"instance": job.instance.name, "counts": {}, "problems": {}, "skipped": {}, "notes": []}
    notes: list[str] = facts["notes"]
    with Archive(job.logs) as logs:
        found = _labels(job, notes)
        by_folder, counts = _by_folder(found.labels, job.instance.machines, notes)
        met: set[str] = set()
        skipped: Counter[str] = Counter()
        parts = []
        for folder, members in job.instance.machines.items():
            join = LabelJoin(by_folder.get(folder, []))
            parts.append(_machine(job, logs, folder, members, join, progress, counts, skipped, notes))
            counts += join.counts()
            met |= join.uids_with_events()
    without = [label.uid for label in found.labels if label.uid not in met]
    counts["labels"] = len(found.labels)
    counts["labels without events"] = len(without)
    no_id = Counter(label.technique for label in found.labels if not label.has_id)
    counts["labels whose technique has no id"] = no_id.total()
    facts["counts"] = dict(sorted(counts.items()))
    facts["problems"] = dict(sorted(found.problems.items()))
    facts["skipped"] = dict(sorted(skipped.items()))
    facts["labels_without_events"] = sorted(without)[:SHOWN]
    facts["techniques_without_id"] = dict(sorted(no_id.items())[:SHOWN])
    return InstanceResult(_sorted(pl.concat([pl.DataFrame(schema=ROW_SCHEMA), *parts])), facts)


def _labels(job: InstanceJob, notes: list[str]) -> Labels:
    if job.instance.labels is None:
        notes.append("no label file")
        return Labels()
    with Archive(job.labels) as archive:
        where = f"{archive.path}: {job.instance.labels.name}"
        try:
            return read_labels(archive.read_small(job.instance.labels, MAX_LABEL_BYTES), where)
        except DatasetError as error:
            notes.append(f"labels not used: {job.instance.labels.name} {error.reason}")
            return Labels()


def _by_folder(
    labels: Iterable[Label], machines: Iterable[str], notes: list[str]
) -> tuple[dict[str, list[tuple[Label, tuple[int, ...]]]], Counter[str]]:
    """Labels by log folder; a machine with no folder, or with several, is noted and its labels join nothing there."""
    folders = list(machines)
    found: dict[str, list[tuple[Label, tuple[int, ...]]]] = defaultdict(list)
    counts: Counter[str] = Counter()
    chosen: dict[str, list[str]] = {}
    for label in labels:
        for machine, serials in label.events:
            if machine not in chosen:
                chosen[machine] = machine_folders(machine, folders)
                _note_machine(machine, chosen[machine], notes)
            if len(chosen[machine]) == 1:
                found[chosen[machine][0]].append((label, serials))
            else:
                why = "that several folders may be" if chosen[machine] else "without a log"
                counts[f"label serials on a machine {why}"] += len(serials)
    return found, counts


def _note_machine(machine: str, folders: Sequence[str], notes: list[str]) -> None:
    if not folders:
        notes.append(f"labels for machine {machine!r}, which has no log")
    elif len(folders) > 1:
        notes.append(f"labels for machine {machine!r}, which may be {', '.join(folders)}: not joined")
    elif folders[0] != machine:
        notes.append(f"machine {machine!r} is folder {folders[0]}")


def _machine(
    job: InstanceJob,
    logs: Archive,
    folder: str,
    members: Sequence[Member],
    join: LabelJoin,
    progress: Progress,
    counts: Counter[str],
    skipped: Counter[str],
    notes: list[str],
) -> pl.DataFrame:
    uri = f"{job.instance.name}/{folder}/audit.log"
    gathered: list[pl.DataFrame] = []
    is_normal = job.unlabelled == "normal"
    titles = RecordedTitles()
    lines = None if is_normal else LabelledLines(join.serials)
    with LogStream(logs, members, titles, lines, progress) as stream:
        try:
            for batch in job.reader(cast(BinaryIO, stream), uri):
                skipped += batch.skipped.counts
                counts["records read"] += batch.records_read
                counts["events read"] += len(batch.frame)
                gathered.append(_counted(join.add(batch.frame, normal=is_normal), titles))
                if sum(map(len, gathered)) > COMPACT_ROWS:
                    gathered = [_merged(gathered)]
        except TelemetryError as error:
            notes.append(f"log not read: {uri}: {error.reason}")
        notes.extend(f"log damaged: {what}" for what in stream.damaged)
        counts["damaged log files"] += len(stream.damaged)
    counts["records of events without a label"] += lines.left_out if lines is not None else 0
    counts["bytes read"] += sum(member.size for member in members)
    return _rows(_merged(gathered), counts) if gathered else pl.DataFrame(schema=ROW_SCHEMA)


def _counted(frame: pl.DataFrame, titles: RecordedTitles) -> pl.DataFrame:
    keys = frame["event_id"].str.extract(_KEY, 1).to_list()
    return (
        frame.with_columns(pl.Series("title", titles.take(keys), dtype=pl.String))
        .group_by(*_KEYS, pl.col("argv").is_null().alias("no_argv"))
        .agg(pl.col("argv").first(), pl.len().cast(pl.Int64).alias("count"))
    )


def _merged(gathered: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(gathered).group_by(*_KEYS, "no_argv").agg(pl.col("argv").first(), pl.col("count").sum())


def _rows(frame: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Distinct commands with their titles; ``argv`` with its quoted join as key is the same in every row of a key."""
    rows = []
    for row in frame.iter_rows(named=True):
        argv = None if row["argv"] is None else [encode(argument) for argument in row["argv"]]
        logged = row["title"]
        title = title_text(title_bytes(logged)) if logged is not None else _made_title(row, argv)
        if not title:
            counts["events without title or arguments"] += row["count"]
            continue
        counts["titles made from arguments"] += row["count"] if logged is None else 0
        if row["origin"] == "execve" and row["success"] is False:
            counts["failed executions"] += row["count"]
        cut = is_cut(argv) if argv is not None and row["origin"] == "execve" else not row["complete"]
        text = csv_text(row["command_line"])
        rows.append((title, row["technique"], row["count"], text, row["origin"], row["complete"], cut))
    return pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row")


def _made_title(row: dict[str, Any], argv: Sequence[bytes] | None) -> str:
    """The title that the kernel would have written where the log has the arguments and no title; else nothing."""
    return title_text(kernel_title(argv)) if argv is not None and row["origin"] == "execve" else ""


def _sorted(rows: pl.DataFrame) -> pl.DataFrame:
    keys = [name for name in ROW_SCHEMA if name != "count"]
    return rows.group_by(keys).agg(pl.col("count").sum()).select(list(ROW_SCHEMA)).sort(keys)
