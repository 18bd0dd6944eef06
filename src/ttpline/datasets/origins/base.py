"""What every origin of labelled commands provides; one file an origin, attribute ``ORIGIN``."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from ttpline.columns.event_batch import EventBatch
from ttpline.errors import UsageError
from ttpline.registry import Registry

Reader = Callable[[BinaryIO, str], Iterator[EventBatch]]
"""Bytes of one log and its name -> batches of events. Given by the caller: this layer knows no log format."""

Progress = Callable[[int], None]
"""Takes the bytes that were dealt with since it was last called."""

Unlabelled = Literal["drop", "normal"]
RowsBy = Literal["title", "command"]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file to download.

    ``digest``: ``sha256:…``, ``md5:…`` or ``git-blob:…`` (git's own id of the content), None where the publisher's is
    not known. ``max_bytes``: more than this is not the file that is meant.
    """

    name: str
    url: str
    max_bytes: int
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files that belong together, and what they are."""

    description: str
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What to build from what.

    ``inputs``: the paths that the origin's ``inputs`` name. ``reader`` and ``jobs`` matter to raw logs only; ``state``
    is a folder for what is finished, so that an interrupted build goes on. ``seed`` is used where values are invented
    or rows are drawn; ``common_rows`` is how many rows of tools found on every system are drawn, None for all.
    """

    inputs: Mapping[str, Path]
    output: Path
    report: Path
    reader: Reader | None = None
    jobs: int = 1
    state: Path | None = None
    unlabelled: Unlabelled = "drop"
    rows_by: RowsBy = "title"
    seed: int | None = None
    common_rows: int | None = None
    attack_version: str = "18"
    progress: Progress = field(default=lambda _size: None)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built: ``facts`` is the JSON beside the table; ``lines`` say the same to people; ``unreadable``
    counts records or files that could not be read."""

    rows: int
    facts: dict[str, Any]
    lines: tuple[tuple[str, str], ...]
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """A source of labelled commands: who made it, under which licence, how to get it and how to build a table of it.

    ``inputs`` names the paths a build needs (``repo``, ``syslogs``, ``labels``), in order. ``input_bytes`` is the total
    for a progress bar. ``file_sets`` is empty where there is nothing to download but a checkout; ``how_to_get`` says
    how then. The first of ``file_sets`` is the one that is fetched unless another is named.
    """

    name: str
    description: str
    licence: str
    citation: str
    homepage: str
    inputs: tuple[str, ...]
    build: Callable[[BuildRequest], BuildReport]
    input_bytes: Callable[[Mapping[str, Path]], int]
    how_to_get: str
    file_sets: Mapping[str, FileSet] = field(default_factory=dict)

    def check_inputs(self, given: Mapping[str, Path]) -> None:
        """``UsageError`` unless exactly the paths of ``inputs`` are given."""
        wanted = " and ".join(f"--{name}" for name in self.inputs)
        for name in given:
            if name not in self.inputs:
                raise UsageError(f"{self.name} is not built from --{name}", remedy=f"it is built from {wanted}")
        for name in self.inputs:
            if name not in given:
                raise UsageError(f"{self.name} needs --{name}", remedy=f"it is built from {wanted}")


def origins(*, plugins: bool = True) -> Registry[Origin]:
    """The registry of origins."""
    return Registry("ttpline.datasets.origins", "ORIGIN", plugins=plugins)
