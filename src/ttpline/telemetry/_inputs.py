"""From paths to batches of events: opening, choosing the reader, and counting what could not be read."""

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from io import BytesIO
from typing import Any, BinaryIO, cast

import polars as pl

from ttpline.columns.distinct import text_hashes
from ttpline.columns.event_batch import EventBatch, event_frame
from ttpline.columns.event_lines import EventLines, Render
from ttpline.domain.event import CommandEvent
from ttpline.domain.raw_text import from_surrogates
from ttpline.domain.skipped import SkipCounter, SkippedRecord
from ttpline.errors import TelemetryError, UnknownFormatError
from ttpline.telemetry._archives import Member, members
from ttpline.telemetry._held import HeldLines, claims_of, held_head, held_reader
from ttpline.telemetry._late import Candidate, all_loaded, loaded
from ttpline.telemetry._mixed import LineReader, formats_of_lines, own_lines, owners, select_by_lines
from ttpline.telemetry._open import MAX_EXPANSION, STDIN, InputStream, Progress
from ttpline.telemetry._parallel import Given, ParallelFiles, Told
from ttpline.telemetry._processes import Processes, pays, started
from ttpline.telemetry._repeats import Repeats, event_keys
from ttpline.telemetry._sniff import AUTO, MIN_SURENESS, SNIFF_BYTES, select, sniff
from ttpline.telemetry._walk import input_files
from ttpline.telemetry._wanted import wanted_candidates
from ttpline.telemetry.base import TelemetryReader

NO_OPTIONS: Mapping[str, Any] = {}

Opener = Callable[[InputStream], InputStream | HeldLines]

Choice = Callable[[str, str, Sequence[tuple[str, float]]], None]
"""Told of a file that more than one format claims: its uri, the format chosen, and how sure each is."""


def read_inputs(
    paths: Sequence[str],
    format: str = AUTO,
    *,
    reader_options: Mapping[str, Any] = NO_OPTIONS,
    on_progress: Progress | None = None,
    max_expansion: int = MAX_EXPANSION,
    plugins: bool = True,
    stdin: BinaryIO | None = None,
    on_choice: Choice | None = None,
    jobs: int = 1,
    processes: Processes | None = None,
    render: Render | None = None,
) -> Iterator[EventBatch]:
    """The events of all ``paths`` in their order; no path means standard input.

    ``format`` is a registered name, or ``auto`` to let every reader look at each file. ``reader_options`` go to the
    readers that have such fields (``csv``: ``columns``, ``delimiter``, ``header``). ``on_progress`` gets bytes taken
    from disk, so compressed ones for a compressed file. ``on_choice`` hears of each file that several formats claim.

    With ``auto`` a file of lines may hold lines of several formats; each reader gets its own. (Standard input cannot be
    read twice: there the format of its head reads it all.) An event that a second file tells again, by its
    ``event_id`` and command, is counted as skipped.

    ``jobs``: so many processes read files at once where there are several and they are large; the output is the same.
    ``processes`` are such as were started before; they are ended with the last event. ``render``: batches that other
    processes read may come as the lines it makes of their events, and only those (``EventBatch.lines``).

    A file that cannot be read is counted in the ``skipped`` of a batch of its own (record 0) and the others go on; if
    nothing could be read at all, the first reason is raised as ``TelemetryError`` at the end. ``UsageError`` for an
    unknown format or option comes at once, before anything is opened.
    """
    chosen = wanted_candidates(format, reader_options, plugins=plugins)
    paths = paths or [STDIN]
    reading = _Reading(chosen, on_progress, max_expansion, stdin, on_choice, sniffs=format == AUTO)
    if processes is not None or pays(paths, jobs):
        work = FileWork(format, dict(reader_options), max_expansion, plugins, render)
        return reading.batches_by(lambda: processes or started(paths, jobs), input_files(paths), work)
    return reading.batches((file, None) for file in input_files(paths))


@dataclasses.dataclass(frozen=True, slots=True)
class FileWork:
    """What a process needs to read files as this one would."""

    format: str
    options: dict[str, Any]
    max_expansion: int
    plugins: bool
    render: Render | None = None

    def __call__(self, path: str, tell: Callable[[Told], None]) -> Iterator[EventBatch]:
        def progress(taken: int) -> None:
            tell(("progress", [taken]))

        def choice(uri: str, chosen: str, claims: Sequence[tuple[str, float]]) -> None:
            tell(("choice", [uri, chosen, list(claims)]))

        found = wanted_candidates(self.format, self.options, plugins=self.plugins)
        reading = _Reading(found, progress, self.max_expansion, None, choice, sniffs=self.format == AUTO)
        try:
            for batch in reading.file(path):
                yield batch if self.render is None else _as_lines(batch, self.render)
        finally:
            tell(("outcome", reading.outcome()))


def _as_lines(batch: EventBatch, render: Render) -> EventBatch:
    frame = batch.frame
    lines = EventLines.of(render(frame), *event_keys(frame), text_hashes(frame["command_line"]))
    return EventBatch(frame.clear(), batch.skipped, batch.records_read, lines)


def read(path: str, format: str = AUTO, **options: Any) -> Iterator[CommandEvent]:
    """The events of one file or folder as rows: ``for event in ttpline.read("audit.log"): …``."""
    for batch in read_inputs([path], format, reader_options=options):
        yield from batch.rows()


class _Reading:
    """One run over all inputs: what was read, and the first reason for what was not."""

    def __init__(
        self,
        readers: Sequence[Candidate],
        on_progress: Progress | None,
        max_expansion: int,
        stdin: BinaryIO | None,
        on_choice: Choice | None,
        *,
        sniffs: bool,
    ) -> None:
        self._readers = readers
        self._on_progress = on_progress
        self._max_expansion = max_expansion
        self._stdin = stdin
        self._on_choice = on_choice
        self._sniffs = sniffs
        self._repeats = Repeats()
        self._has_read = False
        self._failure: TelemetryError | None = None
        self._failures = 0

    def batches_by(
        self, start: Callable[[], Processes], files: Iterator[str | SkippedRecord], work: FileWork
    ) -> Iterator[EventBatch]:
        """``batches`` read by the processes that ``start`` gives, which are ended then."""
        with closing(ParallelFiles(work, start(), self._told, self._taken)) as parallel:
            yield from self.batches(parallel.in_order(files))

    def _told(self, told: Told) -> None:
        kind, what = told
        if kind == "progress" and self._on_progress is not None:
            self._on_progress(*what)
        elif kind == "choice" and self._on_choice is not None:
            self._on_choice(*what)
        elif kind == "outcome":
            has_read, failures, *first = what
            self._has_read |= has_read
            if first:
                is_unknown, reason, where, remedy = first
                self._fail(
                    (UnknownFormatError if is_unknown else TelemetryError)(reason, where=where, remedy=remedy), failures
                )

    def outcome(self) -> list[Any]:
        """What ``batches`` of another process must know of this one: whether anything was read, and what was not."""
        first = self._failure
        if first is None:
            return [self._has_read, 0]
        is_unknown = isinstance(first, UnknownFormatError)
        return [self._has_read, self._failures, is_unknown, first.reason, first.where, first.remedy]

    def _fail(self, error: TelemetryError, times: int = 1) -> None:
        self._failure = self._failure or error
        self._failures += times

    def batches(self, files: Iterator[Given]) -> Iterator[EventBatch]:
        """The events of all files, each given with its batches where another process reads it."""
        for file, read_elsewhere in files:
            if isinstance(file, SkippedRecord):
                self._fail(TelemetryError(file.reason, where=file.uri, remedy=file.remedy))
                yield _only_skipped(file)
                continue
            try:
                if read_elsewhere is not None:
                    yield from read_elsewhere
                    continue
                with closing(self.file(file)) as batches:
                    for batch in batches:
                        yield self._taken(batch)
            except TelemetryError as error:
                self._fail(error)
                yield _only_skipped(SkippedRecord(from_surrogates(file), 0, error.reason, "", error.remedy))
        first = self._failure
        if first is None or self._has_read:
            return
        if self._failures > 1:
            reason = f"none of {self._failures} files could be read; the first: {first.reason}"
            raise type(first)(reason, where=first.where, remedy=first.remedy)
        raise first

    def _taken(self, batch: EventBatch) -> EventBatch:
        self._has_read |= batch.height > 0
        return self._repeats.without(batch)

    def file(self, path: str) -> Generator[EventBatch, None, None]:
        """All that one file holds, also what files before it told."""
        found = members(path, max_expansion=self._max_expansion, on_progress=self._on_progress, stdin=self._stdin)
        with closing(found):
            for member in found:
                if isinstance(member, SkippedRecord):
                    yield self._failed(TelemetryError(member.reason, where=member.uri, remedy=member.remedy))
                elif not member.is_in_archive:
                    yield from self._member(member)
                else:
                    try:
                        yield from self._member(member)
                    except TelemetryError as error:  # the other members may be sound
                        yield self._failed(error, member.uri)

    def _failed(self, error: TelemetryError, uri: str | None = None) -> EventBatch:
        self._fail(error)
        return _only_skipped(SkippedRecord(uri or error.where or "", 0, error.reason, "", error.remedy))

    def _member(self, member: Member) -> Iterator[EventBatch]:
        """The events of one input that is no archive."""
        with member.stream as stream:
            head = stream.peek(SNIFF_BYTES if self._sniffs else 1)
            if head:
                reader, opened = self._chosen(head, member.uri)
                batches = self._batches(reader, opened(stream), member.uri)
                if self._sniffs and member.again is not None and isinstance(reader, LineReader):
                    again = member.again
                    yield from self._line_by_line(batches, member.uri, lambda: opened(again()), reader)
                else:
                    yield from batches
            if stream.damage is not None:
                raise stream.damage
            self._has_read = True

    def _batches(self, reader: TelemetryReader, stream: InputStream | HeldLines, uri: str) -> Iterator[EventBatch]:
        for batch in reader.read(cast(BinaryIO, stream), uri):
            yield self._cut(stream.placed(batch) if isinstance(stream, HeldLines) else batch, stream)

    def _chosen(self, head: bytes, uri: str) -> tuple[TelemetryReader, Opener]:
        """The reader, and what makes of the file's bytes what it reads: for most files, the bytes themselves."""
        try:
            outer: TelemetryReader | None = self._reader(head, uri)
        except UnknownFormatError as error:
            outer, unknown = None, error
        held = held_head(head) if self._sniffs else b""
        if held and (outer is None or isinstance(outer, LineReader) or not _finds(outer, head, uri)):
            everyone = all_loaded(self._readers)
            inner = held_reader(held, everyone)
            if inner is not None and (outer is None or inner.name != outer.name):
                claims = claims_of(inner, everyone)
                return inner, lambda stream: HeldLines(stream, claims)
        if outer is None:
            raise unknown
        return outer, lambda stream: stream

    def _reader(self, head: bytes, uri: str) -> TelemetryReader:
        """The surest reader, or the one that most lines are of."""
        if not self._sniffs:
            return loaded(self._readers[0])
        try:
            reader = select(head, self._readers, uri)
        except UnknownFormatError:
            by_lines = select_by_lines(head[:SNIFF_BYTES], all_loaded(self._readers))
            if by_lines is None:
                raise
            reader = by_lines
        if self._on_choice is not None:
            claims = [pair for pair in sniff(head, self._readers, uri) if pair[1] >= MIN_SURENESS]
            if len(claims) > 1:
                self._on_choice(uri, reader.name, claims)
        return reader

    def _cut(self, batch: EventBatch, stream: InputStream | HeldLines) -> EventBatch:
        self._has_read |= batch.frame.height > 0
        return _with_cut_end(batch, stream)

    def _line_by_line(
        self,
        batches: Iterator[EventBatch],
        uri: str,
        again: Callable[[], InputStream | HeldLines],
        main: TelemetryReader,
    ) -> Iterator[EventBatch]:
        """``batches`` of the main format; where it skipped lines that are another's, those read by the other.

        A file of one format is read once: only skips make it worth a second look.
        """
        skipped = SkipCounter()
        for batch in batches:
            skipped.merge(batch.skipped)
            batch.skipped = SkipCounter()
            yield batch
        everyone = all_loaded(self._readers) if skipped.unreadable else []
        who = owners(main, everyone) if skipped.unreadable else None
        others: set[str] = set()
        if who is not None:
            with again() as stream:
                others = formats_of_lines(cast(BinaryIO, stream), who) - {main.name}
        if who is None or not others:
            yield EventBatch(event_frame({}, 0), skipped)
            return
        for name in [main.name, *sorted(others)]:
            with again() as stream:
                own = own_lines(cast(BinaryIO, stream), who, name)
                reader = next(reader for reader in everyone if reader.name == name)
                for batch in reader.read(own, uri):
                    batch.records_read = 0
                    if name == main.name:  # its events were given; its skips are only now its own
                        batch.frame = batch.frame.clear()
                    yield self._cut(stream.placed(batch) if isinstance(stream, HeldLines) else batch, stream)


def _finds(reader: TelemetryReader, head: bytes, uri: str) -> bool:
    """Whether ``reader`` makes any event of the head of a file."""
    try:
        return any(batch.frame.height for batch in reader.read(cast(BinaryIO, BytesIO(head)), uri))
    except TelemetryError:
        return False


def _only_skipped(skipped: SkippedRecord) -> EventBatch:
    batch = EventBatch(event_frame({}, 0))
    batch.skipped.add(skipped)
    return batch


def _with_cut_end(batch: EventBatch, stream: InputStream | HeldLines) -> EventBatch:
    """Where the input broke off inside a line, an event that reaches up to there is not complete."""
    if stream.damage is None or stream.last_byte == b"\n" or not batch.frame.height:
        return batch
    source = pl.col("source").struct
    is_cut = source.field("offset") + source.field("length") >= stream.position
    batch.frame = batch.frame.with_columns(complete=pl.col("complete") & ~is_cut)
    return batch
