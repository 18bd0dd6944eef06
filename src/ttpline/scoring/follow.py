"""``--follow``: what grows is read, scored, written, made durable and only then remembered as given.

The order makes it exact. A batch is written to the sinks; the sinks are flushed; then the state says how far each input
was given and how long each output is. After a crash the outputs are cut to those lengths and the inputs are read on
from there: each event is in the output once.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import msgspec

from ttpline.columns.event_batch import EventBatch
from ttpline.errors import UsageError
from ttpline.scoring.skipped_file import SkippedFile
from ttpline.scoring.targets import STDOUT, SinkSet, Target
from ttpline.telemetry._followers import Followers, How, Progress

COMMIT_S = 1.0
"""Longest time between two commits while there is no pause in the input."""
VERSION = 1
CONTINUED = ("jsonl", "csv")
"""Sinks whose output can be cut to a length and written on."""


class _Document(msgspec.Struct):
    """The state as it is stored."""

    version: int
    files: list[Progress]
    outputs: dict[str, int]


@dataclass(slots=True)
class FollowState:
    """How far each file was given (the last one that had the path), and how long each output was by then."""

    path: Path
    files: dict[str, Progress] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str) -> "FollowState":
        """The state at ``path``, an empty one where there is none; ``UsageError`` for a file that is no state."""
        state = cls(Path(path))
        try:
            raw = state.path.read_bytes()
        except FileNotFoundError:
            return state
        except OSError as error:
            raise UsageError(f"it cannot be read ({error.strerror})", where=path, remedy="name another file") from error
        try:
            stored = msgspec.json.decode(raw, type=_Document)
        except msgspec.MsgspecError as error:
            raise UsageError("it is no state of --follow", where=path, remedy="name another file") from error
        if stored.version != VERSION:
            raise UsageError(f"its version is {stored.version}, not {VERSION}", where=path, remedy="delete it")
        state.files = {progress.path: progress for progress in stored.files}
        state.outputs = stored.outputs
        return state

    def save(self) -> None:
        """Replace the file by one that is wholly on disk: a crash leaves the old one or the new one."""
        raw = msgspec.json.encode(_Document(VERSION, list(self.files.values()), self.outputs))
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            with new.open("wb") as stream:
                stream.write(raw)
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(self.path)
        except OSError as error:
            raise UsageError(
                f"it cannot be written ({error.strerror})", where=str(self.path), remedy="name another file"
            ) from error


def check_follow(targets: Sequence[Target], *, has_state: bool) -> None:
    """``UsageError`` for an output that a crash would leave without what the state says is in it."""
    for target in targets:
        if has_state and target.kind not in CONTINUED:
            raise UsageError(
                f"{target} cannot be continued after a crash", remedy=f"with --state write {' or '.join(CONTINUED)}"
            )


@dataclass(slots=True)
class Following:
    """One run. ``batches`` are those to score; each must be in the sinks when the next one is asked for.

    ``stop``: ends the run in good order. With a state what is held back then is left to the next run.
    """

    paths: Sequence[str]
    how: How
    sinks: SinkSet
    skipped: SkippedFile
    targets: Sequence[Target]
    state: FollowState | None
    stop: Event

    def batches(self) -> Iterator[EventBatch]:
        known = list(self.state.files.values()) if self.state is not None else []
        self.how.gives_held = self.state is None
        followers = Followers(self.paths, self.how, known, self.stop)
        is_dirty, last = False, time.monotonic()
        with closing(followers.items()) as items:
            for item in items:
                if item is not None and not (self.stop.is_set() and self.state is not None):
                    yield item.batch
                    is_dirty = True
                    if self.state is not None and item.progress is not None:
                        self.state.files[item.progress.path] = item.progress
                if is_dirty and (item is None or time.monotonic() - last >= COMMIT_S):
                    self._commit()
                    is_dirty, last = False, time.monotonic()
        self._commit()

    def _commit(self) -> None:
        self.sinks.flush()
        self.skipped.flush()
        if self.state is not None:
            self.state.outputs = {
                str(path): path.stat().st_size
                for path in (Path(target.target).resolve() for target in self.targets if target.target != STDOUT)
                if path.is_file()
            }
            self.state.save()
