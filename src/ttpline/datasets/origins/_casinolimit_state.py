"""Finished instances on disk, so that an interrupted build goes on where it was and gives the same bytes.

An entry is found by a key made of everything its content depends on: the form of the rows, the instance's log files
and label file (name, size, checksum or time of change; the first and last 64 KiB of files that a zip does not
checksum), and the options. A changed input has another key, and is read again.
"""

import hashlib
import json
import os
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ttpline.datasets.origins._archive import Archive, Member
from ttpline.datasets.origins._casinolimit_instance import ROW_SCHEMA, InstanceJob, InstanceResult
from ttpline.datasets.origins.base import Reader
from ttpline.errors import SinkError

STATE_VERSION = 1
"""Raised when rows or facts change their meaning: what an older ttpline left is then not used."""

EDGE_BYTES = 64 << 10


class State:
    """A folder of finished instances; made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key(self, job: InstanceJob) -> str:
        """The name under which the result of ``job`` is kept."""
        digest = hashlib.sha256(
            f"{STATE_VERSION}\0{job.instance.name}\0{job.unlabelled}\0{_name_of(job.reader)}\0".encode()
        )
        with Archive(job.logs) as archive:
            for machine, members in sorted(job.instance.machines.items()):
                for member in members:
                    digest.update(f"{machine}\0{_mark(archive, member)}\0".encode(errors="surrogateescape"))
        if job.instance.labels is not None:
            with Archive(job.labels) as archive:
                digest.update(_mark(archive, job.instance.labels).encode(errors="surrogateescape"))
        return digest.hexdigest()[:40]

    def load(self, key: str) -> InstanceResult | None:
        """The result kept under ``key``; None when there is none, or when it is damaged (it is made again then)."""
        try:
            facts: dict[str, Any] = json.loads((self.folder / f"{key}.json").read_bytes())
            raw = (self.folder / f"{key}.parquet").read_bytes()
            if hashlib.sha256(raw).hexdigest() != facts.pop("rows_sha256"):
                return None
            rows = pl.read_parquet(raw)
        except (OSError, ValueError, KeyError, AttributeError, pl.exceptions.PolarsError):
            return None
        return InstanceResult(rows, facts) if rows.schema == ROW_SCHEMA else None

    def save(self, key: str, result: InstanceResult) -> None:
        """Keep ``result``: rows first, then the facts with their digest, each under its name only when whole."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            rows = self.folder / f"{key}.parquet"
            part = rows.with_suffix(".part")
            result.rows.write_parquet(part, compression="zstd", statistics=False)
            facts = {**result.facts, "rows_sha256": hashlib.sha256(part.read_bytes()).hexdigest()}
            part.replace(rows)
            part.write_text(json.dumps(facts, ensure_ascii=True))
            part.replace(rows.with_suffix(".json"))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise SinkError(f"cannot keep a finished instance: {error}", where=str(self.folder)) from error

    def remove(self) -> None:
        """Delete what was kept; other files in the folder are left alone, and with them the folder."""
        for file in (*self.folder.glob("*.json"), *self.folder.glob("*.parquet"), *self.folder.glob("*.part")):
            if len(file.stem) == 40:
                file.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


def _name_of(reader: Reader) -> str:
    """The reader and its settings; the same in every process."""
    owner = getattr(reader, "__self__", None)
    name = f"{getattr(reader, '__module__', '')}.{getattr(reader, '__qualname__', type(reader).__qualname__)}"
    return f"{name}\0{owner!r}" if is_dataclass(owner) else name


def _mark(archive: Archive, member: Member) -> str:
    """What tells one content of ``member`` from another without reading it whole."""
    path = archive.path / member.name
    if not archive.path.is_dir():
        return f"{member.name}\0{member.mark}"
    with path.open("rb") as file:
        edges = hashlib.sha256(file.read(EDGE_BYTES))
        file.seek(-min(EDGE_BYTES, member.size), os.SEEK_END)
        edges.update(file.read(EDGE_BYTES))
    return f"{member.name}\0{member.mark}\0{edges.hexdigest()}"
