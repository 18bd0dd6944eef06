"""``--to KIND[:TARGET]``: which sinks, checked before any work, and one that stands for all of them."""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from ttpline.columns.scored_batch import ScoredBatch
from ttpline.errors import SinkError, UsageError
from ttpline.sinks._output import naming
from ttpline.sinks.base import Sink, SinkFactory, sinks

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """One ``--to``: ``kind`` is a registered sink, ``target`` a path or ``-`` for stdout."""

    kind: str
    target: str = STDOUT

    def __str__(self) -> str:
        return f"{self.kind}:{self.target}"


def parse_target(spec: str) -> Target:
    """``jsonl:out.jsonl`` in its parts; without a target it is stdout. A path may hold colons.

    >>> parse_target("jsonl:C:/out.jsonl")
    Target(kind='jsonl', target='C:/out.jsonl')
    """
    kind, colon, target = spec.partition(":")
    if not kind or (colon and not target):
        raise UsageError(f"--to {spec!r} is not KIND or KIND:TARGET", remedy="write, for example, jsonl:out.jsonl")
    return Target(kind, target or STDOUT)


def check_targets(targets: Sequence[Target], inputs: Iterable[str], *, plugins: bool = True) -> None:
    """Refuse, before anything is opened, what cannot work or would destroy data: an unknown kind, a target that
    cannot be written, one file for two sinks, two sinks on stdout, an input as an output.

    Links are followed. A folder that is read stands for all that is or will be in it: an output there would be read
    while it is written.
    """
    registry = sinks(plugins=plugins)
    for target in targets:
        registry.get(target.kind)
    taken: dict[Path, Target] = {}
    given = list(inputs)
    read_paths = [Path(path).resolve() for path in given if path != STDOUT]
    on_stdout = [target for target in targets if target.target == STDOUT]
    if len(on_stdout) > 1:
        names = " and ".join(str(target) for target in on_stdout)
        raise UsageError(f"{names} would both go to stdout", remedy="give all but one of them a file")
    for target in targets:
        if target.target == STDOUT:
            continue
        path = Path(target.target).resolve()
        if path in taken:
            raise UsageError(
                f"{taken[path]} and {target} are the same file", where=target.target, remedy="give each its own file"
            )
        taken[path] = target
        for read in read_paths:
            if path == read or (read.is_dir() and path.is_relative_to(read)):
                where = "in a folder that is read" if path != read else "read"
                raise UsageError(f"it is {where}", where=target.target, remedy="write to another folder or file")
        if STDOUT in given and _is_stdin(path):
            raise UsageError("it is standard input", where=target.target, remedy="write to another file")
        check_writable(target.target)


def take_lines(targets: Sequence[Target], *, plugins: bool = True) -> bool:
    """Whether events alone may come to all of them as JSON lines (``EventBatch.lines``)."""
    registry = sinks(plugins=plugins)
    return all(getattr(registry.get(target.kind), "takes_lines", False) for target in targets)


def _is_stdin(path: Path) -> bool:
    """Whether ``path`` is the regular file that standard input comes from."""
    try:
        standard_input = os.fstat(sys.stdin.fileno())
        return stat.S_ISREG(standard_input.st_mode) and os.path.samestat(standard_input, path.stat())
    except (OSError, ValueError, AttributeError):  # closed, replaced by a test, or no such path yet
        return False


def check_writable(path: str) -> None:
    """``SinkError`` when a file at ``path`` could not be written; touches nothing."""
    file = Path(path)
    with naming(path):
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if file.exists():
            if not os.access(file, os.W_OK):
                raise PermissionError(errno.EACCES, "permission denied")
        elif not file.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, f"there is no folder {file.parent}")
        elif not os.access(file.parent, os.W_OK):
            raise PermissionError(errno.EACCES, f"permission denied in {file.parent}")


@dataclass(slots=True)
class SinkSet:
    """Several sinks as one. A sink that fails is left out from then on, so the others lose nothing.

    ``failures`` holds the first error of each; ``close`` raises the first of them when all is closed, and ``write``
    at once when no sink is left. A closed pipe on stdout passes through when stdout is all there is; beside other
    sinks it only ends that one.
    """

    sinks: list[Sink]
    failures: list[SinkError] = field(default_factory=list)

    def write(self, batch: ScoredBatch) -> None:
        for sink in list(self.sinks):
            self._guarded(sink, partial(sink.write, batch))
        if not self.sinks and self.failures:
            raise self.failures[0]

    def _guarded(self, sink: Sink, action: Callable[[], None]) -> None:
        try:
            action()
        except SinkError as error:
            self.failures.append(error)
            self.sinks.remove(sink)
            _abandon(sink)
        except BrokenPipeError:
            self.sinks.remove(sink)
            if not self.sinks:
                raise

    def flush(self) -> None:
        """All that was written is durable; the first failure of any sink, now or before, is raised."""
        for sink in list(self.sinks):
            self._guarded(sink, sink.flush)
        if self.failures:
            raise self.failures[0]

    def close(self) -> None:
        """Close every sink, whatever the others do."""
        for sink in list(self.sinks):
            self._guarded(sink, sink.close)
        if self.failures:
            raise self.failures[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
            return
        for sink in self.sinks:
            _abandon(sink)


def _abandon(sink: Sink) -> None:
    """Close after a failure: what was written stays, and a second complaint says nothing new."""
    try:
        sink.close()
    except (SinkError, BrokenPipeError):
        return


def open_sinks(targets: Sequence[Target], inputs: Iterable[str], *, plugins: bool = True) -> SinkSet:
    """Open every target; when one cannot be opened, those before it are closed again and the error is raised."""
    check_targets(targets, inputs, plugins=plugins)
    registry = sinks(plugins=plugins)
    factories: list[SinkFactory] = [registry.get(target.kind) for target in targets]
    opened = SinkSet([])
    for factory, target in zip(factories, targets, strict=True):
        try:
            opened.sinks.append(factory(target.target))
        except SinkError:
            for sink in opened.sinks:
                _abandon(sink)
            raise
    return opened
