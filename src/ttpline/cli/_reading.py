"""From the flags of ``classify`` and ``ingest`` to one run with its progress bar and its last line."""

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ttpline.cli._plugins import plugins_wanted
from ttpline.cli._progress import ProgressBar, is_terminal
from ttpline.cli.exit_codes import ExitCode, report
from ttpline.domain.printable import printable
from ttpline.errors import TtplineError, UsageError

if TYPE_CHECKING:
    from ttpline.columns.event_batch import EventBatch
    from ttpline.scoring.summary import RunSummary
    from ttpline.scoring.targets import SinkSet, Target
    from ttpline.telemetry._processes import Processes

STDIN = "-"

GC_ALLOCATIONS = 100_000
"""Objects between two searches for cycles. Predictions have none; searching them takes a sixth of the time."""

Work = Callable[["Iterator[EventBatch]", "SinkSet", "RunSummary"], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read and where to: the flags that both commands have."""

    paths: Sequence[str]
    format: str = "auto"
    to: Sequence[str] = ()
    strict: bool = False
    skipped: str | None = None
    columns: Sequence[str] = ()
    delimiter: str | None = None
    header: bool = True
    max_expansion: int | None = None
    tz: str = "UTC"
    day_first: bool = False
    year: int | None = None
    jobs: int = 1
    mask: bool = False
    follow: bool = False
    state: str | None = None
    follow_wait: float = 2.0

    def reader_options(self) -> dict[str, Any]:
        """The options of readers, those that were given."""
        options: dict[str, Any] = {}
        if self.columns:
            options["columns"] = dict(_column(pair) for pair in self.columns)
        if self.delimiter is not None:
            options["delimiter"] = "\t" if self.delimiter == "\\t" else self.delimiter
        if not self.header:
            options["header"] = False
        if self.tz != "UTC":
            options["tz"] = self.tz
        if self.day_first:
            options["day_first"] = True
        if self.year is not None:
            options["year"] = self.year
        return options

    def targets(self) -> "list[Target]":
        """The sinks asked for, or the one that fits stdout."""
        from ttpline.scoring.targets import parse_target

        default = "table" if is_terminal(sys.stdout) and not self.follow else "jsonl:-"
        return [parse_target(spec) for spec in self.to or [default]]


def _column(pair: str) -> tuple[str, str]:
    name, equals, column = pair.partition("=")
    if not (name and equals and column):
        raise UsageError(f"--column {pair!r} is not FIELD=COLUMN", remedy="write, for example, command_line=cmd")
    return name, column


def _tell_choice(uri: str, chosen: str, claims: Sequence[tuple[str, float]]) -> None:
    """Several formats claim a file: say so, and which one reads it."""
    others = ", ".join(f"{name} ({sureness:.2f})" for name, sureness in claims if name != chosen)
    print(
        printable(f"ttpline: {uri}: read as {chosen}; {others} would read it too (--from says which)"), file=sys.stderr
    )


def _check_follow(reading: Reading) -> None:
    if not reading.follow and (reading.state is not None or reading.follow_wait != Reading(()).follow_wait):
        raise UsageError("--state and --follow-wait go with --follow")
    if reading.follow and reading.jobs > 1:
        raise UsageError("--follow reads and scores in one process", remedy="leave out --jobs")


def run(reading: Reading, prepare: Callable[[], Work], *, only_events: bool = False) -> int:
    """Check the flags, ``prepare`` the work (a model, say), read, write, and close with the contract's last line.

    ``only_events``: the work writes the events as they were read.
    """
    gc.set_threshold(GC_ALLOCATIONS, 20, 100)
    began = time.monotonic()
    with _processes(reading) as processes:
        return _run_with(processes, reading, prepare, began, only_events)


def _processes(reading: Reading) -> "AbstractContextManager[Processes | None]":
    """The processes that ``--jobs`` asks for, started first of all: they import their libraries while this one does."""
    if reading.jobs < 2 or reading.follow:
        return nullcontext()
    from ttpline.telemetry._processes import processes_for

    return processes_for(reading.paths, reading.jobs) or nullcontext()


def _run_with(
    processes: "Processes | None", reading: Reading, prepare: Callable[[], Work], began: float, only_events: bool
) -> int:
    from ttpline.scoring.summary import RunSummary

    summary = RunSummary()
    code: int = ExitCode.DONE
    try:
        _run(reading, prepare, summary, processes, only_events)
    except TtplineError as error:
        code = report(error)
    except KeyboardInterrupt:
        print("ttpline: interrupted", file=sys.stderr)
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        code = ExitCode.DONE  # the reader has what it wanted, as with ``| head``
    is_said = code == ExitCode.INPUT and summary.skipped.total == 1
    for line in () if is_said else summary.skipped_lines():
        print(line, file=sys.stderr)
    if code == ExitCode.DONE and reading.strict and summary.skipped.unreadable:
        code = ExitCode.UNREADABLE_RECORDS
    print(summary.line(time.monotonic() - began), file=sys.stderr)
    return code


def _run(
    reading: Reading,
    prepare: Callable[[], Work],
    summary: "RunSummary",
    processes: "Processes | None",
    only_events: bool,
) -> None:
    from ttpline.scoring.run import started
    from ttpline.scoring.skipped_file import SkippedFile
    from ttpline.scoring.targets import Target, check_targets, open_sinks, take_lines
    from ttpline.sinks._json import event_pieces
    from ttpline.telemetry._inputs import read_inputs
    from ttpline.telemetry._open import MAX_EXPANSION

    _check_follow(reading)
    paths = list(reading.paths) or [STDIN]
    if STDIN in paths and (sys.stdin is None or sys.stdin.isatty()):
        raise UsageError("there is no input", remedy="name a file or folder, or pipe something in")
    targets = reading.targets()
    extra = [Target("jsonl", reading.skipped)] if reading.skipped is not None else []
    state = [Target("jsonl", reading.state)] if reading.state is not None else []
    check_targets([*targets, *extra, *state], paths, plugins=plugins_wanted())
    work = prepare()
    if reading.follow:
        from ttpline.cli._following import follow

        follow(reading, paths, targets, extra, work, summary, _tell_choice)
        return
    # Lines that scroll on the same terminal are progress enough, and a bar among them would break both.
    scrolls = is_terminal(sys.stdout) and any(target.target == STDIN and target.kind != "table" for target in targets)
    progress = ProgressBar(paths, wanted=not scrolls)
    # Lines that the reading processes make are the output, unless something else is to be made of the events.
    as_lines = only_events and not reading.mask and take_lines(targets, plugins=plugins_wanted())
    read = read_inputs(
        paths,
        reading.format,
        reader_options=reading.reader_options(),
        on_progress=progress.advance,
        max_expansion=reading.max_expansion or MAX_EXPANSION,
        plugins=plugins_wanted(),
        on_choice=_tell_choice,
        processes=processes,
        render=event_pieces if as_lines else None,
    )
    masked: Callable[[SinkSet], SinkSet] | None = None
    if reading.mask:  # imported only where it is wanted: it brings the decoder, which ``ingest`` does without
        from ttpline.scoring.mask import MaskedSinks, without_secrets

        read, masked = without_secrets(read), MaskedSinks
    batches = started(read, summary.skipped)
    with SkippedFile(reading.skipped) as skipped:
        skipped.write(summary.skipped)
        with open_sinks(targets, paths, plugins=plugins_wanted()) as sinks, progress:
            work(skipped.watch(batches), sinks if masked is None else masked(sinks), summary)
