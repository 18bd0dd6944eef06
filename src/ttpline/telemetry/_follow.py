"""Streams of inputs that are still growing: a read waits for more instead of ending.

What they hand out ends at a line's end, so no reader sees a line that is only half written. They end when the input
does: a pipe is closed, a log was rotated away or cut, or nobody wants more.
"""

import hashlib
import io
import os
import select
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import BinaryIO, Literal

POLL_S = 0.2
"""Between two looks at a file."""
BREATH_S = 1.0
"""A reader that is never without data is let breathe that often, to give what has settled."""
HEAD_BYTES = 1024
"""As much of a file's beginning tells it from others: two logs do not begin with the same kilobyte."""
PIECE_BYTES = 1 << 16
MOST_HELD = 2 << 20
"""A line that grows longer than that is no line; it is handed out unfinished, and readers pass over it."""
REREAD_BYTES = 1 << 20
"""Up to this size a file is read again for what a reader holds back at a pause: some ten milliseconds."""

Ended = Literal["rotated", "cut", "paused", "stopped", "closed"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file it is, whatever it is called: device, inode, and the SHA-256 of its first ``size`` bytes."""

    device: int
    inode: int
    size: int
    head: str

    @classmethod
    def of(cls, file: BinaryIO) -> "Identity":
        state = os.fstat(file.fileno())
        head = os.pread(file.fileno(), HEAD_BYTES, 0)
        return cls(state.st_dev, state.st_ino, len(head), hashlib.sha256(head).hexdigest())

    def begins(self, file: BinaryIO) -> bool:
        """Whether ``file`` begins as this one did: it is this one, or a copy of it."""
        head = os.pread(file.fileno(), self.size, 0)
        return len(head) == self.size and hashlib.sha256(head).hexdigest() == self.head

    def is_file(self, file: BinaryIO) -> bool:
        """Whether ``file`` is this one, grown or not."""
        state = os.fstat(file.fileno())
        return (state.st_dev, state.st_ino) == (self.device, self.inode) and self.begins(file)


class Growing(io.RawIOBase):
    """What both kinds have in common.

    ``wait_s``: how long records of an event may be apart in time. ``stops_whole``: when ``stop`` is set, an unfinished
    last line is given, as nobody comes back for it.
    """

    def __init__(
        self, stop: Event, wait_s: float, clock: Callable[[], float] = time.monotonic, *, stops_whole: bool = True
    ) -> None:
        super().__init__()
        self.position = 0
        self.ended: Ended | None = None
        self._stops_whole = stops_whole
        self._stop = stop
        self._wait_s = wait_s
        self._clock = clock
        self._ready = 0  # everything before this place may be handed out
        self._settled = 0
        self._came: deque[tuple[float, int]] = deque()  # when everything up to a place was there
        self._breath = clock()
        self._grew = clock()

    # what the kinds do

    def _look(self) -> None:
        """See whether there is more, or an end; never waits for long."""
        raise NotImplementedError

    def _take(self, size: int) -> bytes:
        """``size`` bytes from ``position`` on, which are ready."""
        raise NotImplementedError

    # what readers see

    def readable(self) -> bool:
        return True

    @property
    def is_caught_up(self) -> bool:
        return self.position >= self._ready

    def settled(self) -> int:
        now = self._clock()
        while self._came and self._came[0][0] <= now - self._wait_s:
            self._settled = self._came.popleft()[1]
        return self._settled

    def is_idle(self) -> bool:
        """Whether nothing has come for ``wait_s``."""
        return self._clock() - self._grew >= self._wait_s

    def look(self) -> None:
        """See whether there is more by now."""
        self._look()

    def has_more(self) -> bool:
        now = self._clock()
        if now - self._breath >= BREATH_S:
            self._breath = now
            return self.ended is not None
        if self.position >= self._ready and self.ended is None:
            self._look()
            if self.position >= self._ready and self.ended is None:
                self._stop.wait(POLL_S)
                self._breath = self._clock()
                return False
        return True

    def peek(self, size: int) -> bytes:
        """What is there of the next ``size`` bytes; waits for the first line."""
        self._wait()
        return self._take(min(size, self._ready - self.position))

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to ``size`` bytes, none at the end. Waits where there are none yet."""
        if size is None or size < 0:
            parts = []
            while part := self.read(1 << 20):
                parts.append(part)
            return b"".join(parts)
        self._wait()
        out = self._take(min(size, self._ready - self.position))
        self.position += len(out)
        return out

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        out = self.read(len(buffer))
        buffer[: len(out)] = out
        return len(out)

    def _wait(self) -> None:
        if self._stop.is_set() and not self._stops_whole and self.ended is None:
            self._ready, self.ended = self.position, "stopped"  # the rest is for the next run, however much it is
        while self.position >= self._ready and self.ended is None:
            self._look()
            if self.position >= self._ready and self.ended is None:
                self._stop.wait(POLL_S)

    def _is_ready_to(self, place: int) -> None:
        self._ready = place
        self._grew = self._clock()
        self._came.append((self._grew, place))


class GrowingFile(Growing):
    """A file that is written to, under the name ``path``.

    It ends when another file has its name and this one has not grown for ``wait_s`` (``rotated``; then an unfinished
    last line is given, too), when it was cut to less than was read (``cut``), and when ``stop`` is set. Of a file that
    was cut a copy that ``find_copy`` knows is read to its end first: so no line is lost to ``copytruncate``.

    A file of at most ``REREAD_BYTES`` also ends (``paused``) when it has not grown for ``wait_s``: so a reader gives
    what it holds back. Whoever reads it must read it again from the start when ``await_more`` says that it grew.
    """

    def __init__(
        self,
        file: BinaryIO,
        path: str,
        stop: Event,
        wait_s: float,
        *,
        is_final: bool = False,
        stops_whole: bool = True,
        find_copy: Callable[[Identity], BinaryIO | None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(stop, wait_s, clock, stops_whole=stops_whole)
        self._file = file
        self._path = path
        self._pauses = True
        self._is_final = is_final
        self._find_copy = find_copy
        self._copy: BinaryIO | None = None
        self._seen = 0  # bytes of the file that were looked at for line ends
        self._gone_since: float | None = None
        self.identity = Identity.of(file)

    def _take(self, size: int) -> bytes:
        return os.pread(self._source.fileno(), size, self.position) if size > 0 else b""

    @property
    def _source(self) -> BinaryIO:
        return self._copy or self._file

    def _look(self) -> None:
        size = os.fstat(self._source.fileno()).st_size
        if (self._copy is None and size < self._ready) or not self.identity.begins(self._source):
            self._is_cut()
            return
        if size > self._seen:
            self._grew = self._clock()
            if self.identity.size < HEAD_BYTES:
                self.identity = Identity.of(self._source)
            self._find_lines(size)
        if self.position < self._ready:
            return
        if self._stop.is_set():
            self._finish(size if self._stops_whole else self._ready, "stopped")
        elif self._is_final or (self._copy is not None):
            self._finish(size, "rotated" if self._copy is None else "cut")
        elif self._is_renamed() and self._clock() - max(self._grew, self._gone_since or 0.0) >= self._wait_s:
            self._finish(size, "rotated")
        elif self._pauses and 0 < self._ready <= REREAD_BYTES and self._clock() - self._grew >= self._wait_s:
            self.ended = "paused"

    def _find_lines(self, size: int) -> None:
        """Move ``_ready`` to behind the last line end before ``size``; each byte is looked at once."""
        at = size
        while at > self._seen:
            start = max(self._seen, at - PIECE_BYTES)
            found = os.pread(self._source.fileno(), at - start, start).rfind(b"\n")
            if found >= 0:
                self._is_ready_to(start + found + 1)
                break
            at = start
        self._seen = size
        if size - self._ready > MOST_HELD:
            self._is_ready_to(size)

    def _finish(self, size: int, why: Ended) -> None:
        """The file grows no more: give an unfinished last line, then end."""
        if size > self._ready:
            self._is_ready_to(size)
        else:
            self.ended = why

    def _is_cut(self) -> None:
        copy = self._find_copy(self.identity) if self._copy is None else None
        if copy is not None and os.fstat(copy.fileno()).st_size >= self.position:
            self._copy = copy
            return
        self._ready = self.position
        self.ended = "cut"

    def _is_renamed(self) -> bool:
        """Whether another file has the name by now; a name that nobody has may come back."""
        try:
            state = Path(self._path).stat()
        except OSError:
            self._gone_since = None
            return False
        mine = os.fstat(self._file.fileno())
        if (state.st_dev, state.st_ino) == (mine.st_dev, mine.st_ino):
            self._gone_since = None
            return False
        if self._gone_since is None:
            self._gone_since = self._clock()
        return True

    def await_more(self, position: int) -> None:
        """Wait until there is something behind ``position``, which was read already, or an end."""
        self.position = self._ready = position
        self._pauses = False
        while self.is_caught_up and self.ended is None:
            self.has_more()

    def taken_over(self) -> BinaryIO | None:
        """The copy that took the place of a file that was cut; it is the caller's now."""
        copy, self._copy = self._copy, None
        return copy

    def close(self) -> None:
        if self._copy is not None:
            self._copy.close()
            self._copy = None
        super().close()


class GrowingPipe(Growing):
    """A pipe or terminal: its lines as they come, its unfinished last line at its end."""

    def __init__(self, pipe: BinaryIO, stop: Event, wait_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stop, wait_s, clock)
        self._pipe = pipe
        self._held = b""  # from ``position`` on
        self._is_over = False

    def _take(self, size: int) -> bytes:
        return self._held[:size]

    def read(self, size: int | None = -1, /) -> bytes:
        out = super().read(size)
        if size is not None and size >= 0:
            self._held = self._held[len(out) :]
        return out

    def _look(self) -> None:
        if self._stop.is_set() and not self._is_over:
            self._is_over = True
            self._give_rest()
        elif self._is_over:
            self.ended = "stopped" if self._stop.is_set() else "closed"
        elif self._may_read():
            piece = self._piece()
            self._is_over = not piece
            start = self.position + len(self._held)
            self._held += piece
            end = piece.rfind(b"\n") + 1
            if self._is_over or len(self._held) > MOST_HELD:
                self._give_rest()
            elif end:
                self._is_ready_to(start + end)

    def _give_rest(self) -> None:
        if self._held:
            self._is_ready_to(self.position + len(self._held))

    def _piece(self) -> bytes:
        take = getattr(self._pipe, "read1", self._pipe.read)
        piece: bytes = take(1 << 20)
        return piece

    def _may_read(self) -> bool:
        """Whether a read returns at once; where nobody can say, it is tried and waits."""
        try:
            return bool(select.select([self._pipe.fileno()], [], [], POLL_S)[0])
        except (OSError, ValueError, AttributeError):
            return True
