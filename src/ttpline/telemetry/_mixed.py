"""Files that hold lines of several formats: each reader gets the file with the lines of the others blanked out.

So records keep their numbers and places, and a reader that joins lines (auditd) sees its own in order.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast, runtime_checkable

from ttpline.telemetry._lines import MAX_LINE_BYTES
from ttpline.telemetry.base import TelemetryReader

MIN_SHARE = 0.5
"""A file of which fewer lines are claimed is of no known format."""

_BLANK = b" \t\r\0"
_MARKS = (b"\xff\xfe", b"\xfe\xff")


@runtime_checkable
class LineReader(Protocol):
    """A reader that can tell whether one line is its own."""

    @property
    def name(self) -> str: ...

    def claims_line(self, line: bytes) -> float: ...


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose a line is: of the surest reader; ``main`` keeps what nobody is surer of."""

    main: LineReader
    others: tuple[LineReader, ...]

    def owner(self, line: bytes) -> str:
        if not line.strip(_BLANK):
            return self.main.name
        best, name = self.main.claims_line(line), self.main.name
        for reader in self.others:
            if best >= 1:
                break
            if (sureness := reader.claims_line(line)) > best:
                best, name = sureness, reader.name
        return name


def owners(main: TelemetryReader, readers: Sequence[TelemetryReader]) -> Owners | None:
    """None where ``main`` is no format of lines."""
    if not isinstance(main, LineReader):
        return None
    others = (reader for reader in readers if isinstance(reader, LineReader) and reader.name != main.name)
    return Owners(main, tuple(others))


def select_by_lines(head: bytes, readers: Sequence[TelemetryReader]) -> TelemetryReader | None:
    """The reader that claims most lines of ``head``, if half of them or more are claimed by somebody."""
    if head[:2] in _MARKS:
        return None
    whole = head[: head.rfind(b"\n") + 1] or head
    lines = [line for line in whole.split(b"\n") if line.strip(_BLANK)]
    claims: Counter[str] = Counter()
    for line in lines:
        found = [(reader.claims_line(line), reader.name) for reader in readers if isinstance(reader, LineReader)]
        sureness, name = max(found, default=(0.0, ""), key=lambda pair: pair[0])
        if sureness > 0:
            claims[name] += 1
    if not claims or claims.total() < MIN_SHARE * len(lines):
        return None
    best = min(claims, key=lambda name: (-claims[name], name))
    return next(reader for reader in readers if reader.name == best)


def formats_of_lines(stream: BinaryIO, owners: Owners) -> set[str]:
    """The names of all readers that own a line."""
    found: set[str] = set()

    def note(line: bytes) -> bool:
        found.add(owners.owner(line))
        return True

    _Filter(stream, note).drain()
    return found


def own_lines(stream: BinaryIO, owners: Owners, name: str) -> BinaryIO:
    """``stream`` in which every line that is not ``name``'s is spaces."""
    return cast(BinaryIO, _Filter(stream, lambda line: owners.owner(line) == name))


class _Filter:
    """``keeps(line)`` is asked for every line of at most ``MAX_LINE_BYTES``; longer ones stay as they are."""

    def __init__(self, stream: BinaryIO, keeps: Callable[[bytes], bool]) -> None:
        self._stream = stream
        self._keeps = keeps
        self._rest = b""
        self._out = b""
        self._ended = False
        self._is_long = False

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes, all that is left for a negative one."""
        if size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        while not self._out and not self._ended:
            piece = self._stream.read(1 << 20)
            self._rest += piece
            self._ended = not piece
            self._out = self._kept(self._rest) if self._ended else self._take() if self._ready() else b""
        out, self._out = self._out[:size], self._out[size:]
        return out

    def _ready(self) -> bool:
        return b"\n" in self._rest or len(self._rest) > MAX_LINE_BYTES

    def _take(self) -> bytes:
        end = self._rest.rfind(b"\n") + 1
        if not end:
            self._is_long = True
            out, self._rest = self._rest, b""
            return out
        whole, self._rest = self._rest[:end], self._rest[end:]
        first = b""
        if self._is_long:
            cut = whole.index(b"\n") + 1
            first, whole, self._is_long = whole[:cut], whole[cut:], False
        return first + b"\n".join(map(self._kept, whole.split(b"\n")))

    def _kept(self, line: bytes) -> bytes:
        return line if self._is_long or not line or self._keeps(line) else b" " * len(line)

    def drain(self) -> None:
        while self.read(1 << 20):
            pass
