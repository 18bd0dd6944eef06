"""Inputs followed at once, each by a thread of its own; what they give comes through one queue.

A thread a file, because a reader waits inside of its read for the next line. Polars works outside of Python's lock, and
what is left is little: a log that grows grows slowly.
"""

import queue
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import BinaryIO, cast

from ttpline.columns.event_batch import EventBatch, event_frame
from ttpline.domain.raw_text import from_surrogates
from ttpline.domain.skipped import SkippedRecord
from ttpline.errors import TelemetryError, UnknownFormatError
from ttpline.telemetry import _live
from ttpline.telemetry._follow import HEAD_BYTES, POLL_S, Growing, GrowingFile, GrowingPipe, Identity
from ttpline.telemetry._given import Given, OnceOnly
from ttpline.telemetry._mixed import select_by_lines
from ttpline.telemetry._open import STDIN
from ttpline.telemetry._repeats import Repeats
from ttpline.telemetry._rotation import ROTATED, find, is_compressed, newer_than, opened
from ttpline.telemetry._sniff import MIN_SURENESS, SNIFF_BYTES, select, sniff
from ttpline.telemetry._walk import input_files
from ttpline.telemetry.base import TelemetryReader

WAITING = 3
"""Batches in the queue; more wait in their threads, so memory stays bounded."""
RESCAN_S = 2.0
"""Between two looks for new files in a folder."""

Choice = Callable[[str, str, Sequence[tuple[str, float]]], None]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file was read: ``path`` as it was given, whatever it is called by now."""

    path: str
    identity: Identity
    given: Given


@dataclass(frozen=True, slots=True)
class Item:
    """A batch, and how far its file is given once this batch is; None for a pipe."""

    batch: EventBatch
    progress: Progress | None = None


@dataclass(slots=True)
class How:
    """How all inputs are read. ``wait_s``: records of one event come within it. ``gives_held``: at a stop, what waits
    for more is given as it is, because no later run will read on."""

    readers: Sequence[TelemetryReader]
    sniffs: bool
    wait_s: float = 2.0
    on_choice: Choice | None = None
    tell: Callable[[str], None] = lambda _: None
    gives_held: bool = True
    stdin: BinaryIO | None = None


@dataclass(slots=True)
class _Shared:
    """What the threads have in common. ``claimed``: files that one of them reads or has read."""

    how: How
    stop: Event
    items: "queue.Queue[Item | BaseException | None]" = field(default_factory=lambda: queue.Queue(WAITING))
    known: list[Progress] = field(default_factory=list)
    claimed: list[tuple[str, Identity]] = field(default_factory=list)
    repeats: Repeats = field(default_factory=Repeats)
    lock: Lock = field(default_factory=Lock)

    def claim(self, path: str, file: BinaryIO) -> bool:
        """Take ``file`` for the thread of ``path``, unless another thread has it."""
        with self.lock:
            if any(owner != path and one.is_file(file) for owner, one in self.claimed):
                return False
            self.claimed = [pair for pair in self.claimed if pair[0] != path or not pair[1].is_file(file)]
            self.claimed.append((path, Identity.of(file)))
            return True

    def is_claimed(self, path: str) -> bool:
        """Whether ``path`` is a file that a thread has, or a whole copy of one."""
        file = opened(path)
        if file is None:
            return True
        with file, self.lock:
            return any(one.is_file(file) or (one.size == HEAD_BYTES and one.begins(file)) for _, one in self.claimed)

    def known_of(self, file: BinaryIO) -> Given:
        """How far an earlier run gave ``file``."""
        known = [progress.given for progress in self.known if progress.identity.is_file(file)]
        return known[-1].copy() if known else Given()


class Followers:
    """Follows ``paths``; ``items`` gives what they hold, as it comes, until ``stop`` is set or all have ended.

    ``known``: how far each file was given by an earlier run.
    """

    def __init__(self, paths: Sequence[str], how: How, known: Sequence[Progress], stop: Event) -> None:
        self._paths = list(paths) or [STDIN]
        self._shared = _Shared(how, stop, known=list(known))
        self._threads: dict[str, Thread] = {}
        self._running = 0

    def items(self) -> Generator[Item | None, None, None]:
        """None whenever nothing came for a moment. ``TelemetryError`` when every input has ended without being read."""
        shared, last_look = self._shared, time.monotonic()
        errors: list[TelemetryError] = []
        was_read = False
        self._begin()
        while self._running:
            try:
                found = shared.items.get(timeout=POLL_S)
            except queue.Empty:
                if time.monotonic() - last_look >= RESCAN_S and not shared.stop.is_set():
                    last_look = time.monotonic()
                    self._begin()
                yield None
                continue
            if found is None:
                self._running -= 1
            elif isinstance(found, TelemetryError):
                errors.append(found)
                yield Item(_only_skipped(found))
            elif isinstance(found, BaseException):
                raise found
            else:
                was_read = True
                yield found
        if errors and not was_read and len(errors) == len(self._threads):
            raise errors[0]

    def _begin(self) -> None:
        """Threads for files that have none."""
        for path in self._paths:
            named = path == STDIN or not Path(path).is_dir()
            files = iter([path]) if named else input_files([path])
            for file in files:
                if isinstance(file, SkippedRecord) or file in self._threads:
                    continue
                if not named and self._shared.is_claimed(file):
                    continue
                follower = _Follower(file, self._shared, is_final=not named and ROTATED.fullmatch(file) is not None)
                self._threads[file] = Thread(target=follower.run, name=f"follow {file}", daemon=True)
                self._running += 1
                self._threads[file].start()


def _is_still(identity: Identity, file: BinaryIO) -> bool:
    with file:
        return identity.is_file(file)


def _only_skipped(error: TelemetryError) -> EventBatch:
    batch = EventBatch(event_frame({}, 0))
    batch.skipped.add(SkippedRecord(error.where or "", 0, error.reason, "", error.remedy))
    return batch


class _Follower:
    """One input. ``is_final``: a log that was rotated away already; it is read to its end once."""

    def __init__(self, path: str, shared: _Shared, *, is_final: bool) -> None:
        self._path = path
        self._uri = from_surrogates(path)
        self._shared = shared
        self._stop = shared.stop
        self._is_final = is_final

    def run(self) -> None:
        try:
            if self._path == STDIN:
                self._pipe()
            else:
                self._file()
        except BaseException as error:
            self._shared.items.put(error)
        finally:
            self._shared.items.put(None)

    def _pipe(self) -> None:
        how = self._shared.how
        pipe = how.stdin if how.stdin is not None else sys.stdin.buffer
        with GrowingPipe(pipe, self._stop, how.wait_s) as stream:
            self._read(stream, OnceOnly(Given()), None)

    def _file(self) -> None:
        shared, is_first = self._shared, True
        if not self._is_final:
            self._rest_of_last_run()
        while not self._stop.is_set():
            file = self._opened()
            if file is None:
                return
            with file:
                if shared.claim(self._path, file):
                    self._generation(file, shared.known_of(file) if is_first else Given(), is_final=self._is_final)
                    is_first = False
                    if not self._is_final:
                        self._between(Identity.of(file))
                elif not self._is_final:  # another thread's, which has this name now
                    self._stop.wait(POLL_S)
            if self._is_final:
                return

    def _rest_of_last_run(self) -> None:
        """The log that was read when the last run ended, if it has another name by now, and those after it."""
        mine = [progress for progress in self._shared.known if progress.path == self._uri]
        if not mine:
            return
        current = opened(self._path)
        if current is not None and _is_still(mine[-1].identity, current):
            return
        found = find(mine[-1].identity, self._path)
        if found is None:
            self._shared.how.tell(f"{self._uri}: the log that was followed before is gone")
            return
        with found[0] as file:
            self._shared.claim(self._path, file)
            self._generation(file, mine[-1].given.copy(), is_final=True)
        self._between(mine[-1].identity)

    def _between(self, identity: Identity) -> None:
        """Logs that came and went while the one of ``identity`` was read to its end."""
        for file in newer_than(identity, self._path):
            with file:
                if not self._stop.is_set() and self._shared.claim(self._path, file):
                    self._generation(file, Given(), is_final=True)

    def _opened(self) -> BinaryIO | None:
        """The file once it is there, and holds something."""
        is_told = False
        while not self._stop.is_set():
            file = opened(self._path)
            if file is not None:
                if Path(self._path).stat().st_size:
                    if is_compressed(file):
                        file.close()
                        raise TelemetryError(
                            "it is compressed, so it does not grow", where=self._uri, remedy="read it without --follow"
                        )
                    return file
                file.close()
            elif not is_told:
                is_told = True
                self._shared.how.tell(f"{self._uri}: not there yet; waiting for it")
            self._stop.wait(POLL_S)
        return None

    def _generation(self, file: BinaryIO, given: Given, *, is_final: bool) -> None:
        """One log from its first line to its end, in as many readings as it needs."""
        is_first, copy = True, None
        while not self._stop.is_set():
            with closing(self._stream(copy or file, is_final=is_final or copy is not None)) as stream:
                self._read(stream, OnceOnly(given), given, is_first=is_first)
            if stream.ended != "paused":
                break
            is_first = False
            with closing(self._stream(copy or file, is_final=is_final)) as watch:
                watch.identity = stream.identity
                watch.await_more(stream.position)
                copy = watch.taken_over() or copy
                if watch.is_caught_up:  # and at its end: nothing more comes
                    break
        if copy is not None:
            copy.close()

    def _stream(self, file: BinaryIO, *, is_final: bool) -> GrowingFile:
        def find_copy(identity: Identity) -> BinaryIO | None:
            found = find(identity, self._path)
            return None if found is None else found[0]

        how = self._shared.how
        return GrowingFile(
            file,
            self._path,
            self._stop,
            how.wait_s,
            is_final=is_final,
            stops_whole=how.gives_held,
            find_copy=find_copy,
        )

    def _read(self, stream: Growing, once: OnceOnly, given: Given | None, *, is_first: bool = True) -> None:
        _live.reading(stream)
        try:
            head = self._head(stream)
            if not head:
                return
            reader = self._reader(head)
            for batch in reader.read(cast(BinaryIO, stream), self._uri):
                if stream.ended == "stopped" and not self._shared.how.gives_held and given is not None:
                    return  # the next run reads on where this one was
                self._give(batch, stream, once, given, is_first=is_first)
        except TelemetryError:
            if stream.ended != "paused":  # at a pause too little may be there to tell
                raise
        finally:
            _live.reading(None)

    def _give(self, batch: EventBatch, stream: Growing, once: OnceOnly, given: Given | None, *, is_first: bool) -> None:
        old, new = once.split(batch)
        with self._shared.lock:
            if is_first and old.frame.height:
                self._shared.repeats.without(old)
            if new.frame.height:
                new = self._shared.repeats.without(new)
        if not (new.frame.height or new.skipped.total):
            return
        progress = None
        if given is not None and isinstance(stream, GrowingFile):
            progress = Progress(self._uri, stream.identity, given.copy())
        self._shared.items.put(Item(new, progress))

    def _head(self, stream: Growing) -> bytes:
        """What the format is told by; of a file that has just begun, as soon as it tells or nothing more comes."""
        size = SNIFF_BYTES if self._shared.how.sniffs else 1
        head = stream.peek(size)
        while self._shared.how.sniffs and len(head) < size and not self._is_known(head):
            if stream.is_idle() or self._stop.wait(POLL_S):
                break
            stream.look()
            head = stream.peek(size)
        return head

    def _is_known(self, head: bytes) -> bool:
        try:
            self._choose(head)
        except UnknownFormatError:
            return False
        return True

    def _choose(self, head: bytes) -> TelemetryReader:
        how = self._shared.how
        if not how.sniffs:
            return how.readers[0]
        try:
            return select(head, how.readers, self._uri)
        except UnknownFormatError:
            by_lines = select_by_lines(head, how.readers)
            if by_lines is None:
                raise
            return by_lines

    def _reader(self, head: bytes) -> TelemetryReader:
        how, reader = self._shared.how, self._choose(head)
        if how.sniffs and how.on_choice is not None:
            claims = [pair for pair in sniff(head, how.readers, self._uri) if pair[1] >= MIN_SURENESS]
            if len(claims) > 1:
                how.on_choice(self._uri, reader.name, claims)
        return reader
