"""Objects of JSON text that are not one a line: elements of an array, and objects printed over several lines.

A scan by brackets that knows strings finds where an object begins and ends; it does not check what stands between,
but for what tells that an object was cut: a bracket that closes another, or an object where a key must be.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ttpline.telemetry._event_rows import Place
from ttpline.telemetry._json.damage import without_cut_end
from ttpline.telemetry._json.tokens import QUOTE, TOKEN, is_open

MOST_BYTES = 1 << 24
"""The longest object; what is longer is passed over and said."""

MOST_DEPTH = 500
"""The deepest nesting; no log comes near it."""

MOST_BROKEN = 20
"""As many objects in a row may lack their end before all that is held is given up: each costs a second look at it."""

PIECE_BYTES = 1 << 20

HEAD_BYTES = 1 << 16
"""Where an object that holds the records shows it."""

_FRESH = re.compile(rb"\n[ \t]*\{")
"""Where reading goes on after an object that has no end: the next line that opens one."""

HOLDERS = ("hits", "records", "Records", "events", "items", "results", "Results", "resources", "value")
"""Search results, CloudTrail-like files, lists of the Kubernetes and Graph APIs: one object that holds the records."""

_HELD = re.compile(rb'"(?:' + "|".join(HOLDERS).encode() + rb')"\s{0,99}:\s{0,99}\[\s{0,999}\{')

MOST_DEPTH_OF_HELD = 2

_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_BETWEEN = b" \t\r\n,[]{}\0\x1e"
"""What may stand between objects: of an array, and the separator of RFC 7464."""

_OPENING, _CLOSING = {0x7B: 0x7D, 0x5B: 0x5D}, b"}]"
_STRAY_BYTES = 200


@dataclass(frozen=True, slots=True)
class Document:
    """An object as bytes of UTF-8. ``is_whole``: it was closed. ``is_stray``: text between objects, no object."""

    raw: bytes
    place: Place
    is_whole: bool
    is_stray: bool = False


def documents(stream: BinaryIO, is_record: Callable[[dict[str, Any]], bool] | None = None) -> Iterator[Document]:
    """All objects at the top and all objects in arrays at the top, in order; records count from 1.

    Where the input begins with an object that holds the records in a list, those are the objects; unless ``is_record``
    says that such an object is itself a record.
    """
    return _Scan(stream, is_record).run()


def held(record: Any) -> list[dict[str, Any]]:
    """The records in an object that only holds them.

    >>> held({"took": 1, "hits": {"hits": [{"_source": {"a": 1}}]}}), held({"a": [{}]})
    ([{'_source': {'a': 1}}], [])
    """
    for _ in range(MOST_DEPTH_OF_HELD):
        if not isinstance(record, dict):
            return []
        for name in HOLDERS:
            inner = record.get(name)
            if isinstance(inner, list) and inner and isinstance(inner[0], dict):
                return [one for one in inner if isinstance(one, dict)]
        record = record.get("hits")
    return []


def _inside(head: bytes, is_record: Callable[[dict[str, Any]], bool] | None) -> int:
    """Where the records begin in an object that only holds them; 0 for all other input."""
    holder = _HELD.search(head)
    text = head.lstrip()
    if holder is None or not text.startswith(b"{"):
        return 0
    depth = 0
    for found in TOKEN.finditer(head, 0, holder.start()):
        token = head[found.start()]
        if token != QUOTE:
            depth += 1 if token in _OPENING else -1
            if depth == 0:
                return 0
    if depth > MOST_DEPTH_OF_HELD:
        return 0
    if is_record is not None:
        begun = without_cut_end(text[: holder.end() - len(head) + len(text)])
        if begun is not None and is_record(begun):
            return 0
    return holder.end() - 1


class _Scan:
    def __init__(self, stream: BinaryIO, is_record: Callable[[dict[str, Any]], bool] | None) -> None:
        self._stream = stream
        self._is_record = is_record
        self._record = 0
        self._is_begun = False
        self._is_held = False
        self._decoder: codecs.IncrementalDecoder | None = None
        self._width = ""
        self._buffer = b""
        self._base = 0  # bytes of the input before the place of the buffer that is ``_measured``
        self._measured = 0
        self._at = 0  # where the scan is in the buffer
        self._closers = bytearray()  # what must close the brackets that are open
        self._start = -1  # of the object that is open, in the buffer
        self._broken_in_a_row = 0
        self._gap = 0  # where the text behind the last object begins

    def run(self) -> Iterator[Document]:
        while self._more():
            yield from self._scan()
            yield from self._drop()
            if len(self._buffer) > MOST_BYTES and self._start == 0:
                yield self._broken(self._fresh())
        yield from self._scan()
        while self._start >= 0:
            yield self._broken(self._fresh())
            yield from self._scan()
        yield from self._stray(len(self._buffer))

    def _more(self) -> bool:
        piece = self._stream.read(PIECE_BYTES)
        if not self._is_begun:
            self._is_begun = True
            while len(piece) < HEAD_BYTES and (more := self._stream.read(PIECE_BYTES)):
                piece += more
            codec = _MARKS.get(piece[:2])
            if codec:
                self._decoder, self._width = codecs.getincrementaldecoder(codec)(errors="replace"), codec
                self._base, piece = 2, piece[2:]
            elif piece.startswith(b"\xef\xbb\xbf"):
                self._base, piece = 3, piece[3:]
            self._buffer = self._decoder.decode(piece).encode() if self._decoder else piece
            self._at = self._gap = _inside(self._buffer, self._is_record)
            self._is_held = self._at > 0
            return bool(self._buffer)
        if not piece:
            return False
        self._buffer += self._decoder.decode(piece).encode() if self._decoder else piece
        return True

    def _scan(self) -> Iterator[Document]:
        """All objects that end in the buffer."""
        while (found := self._next()) is not None:
            yield from found

    def _next(self) -> list[Document] | None:
        """The next object, with stray text before it; None where the buffer holds no more ends."""
        buffer, closers = self._buffer, self._closers
        for found in TOKEN.finditer(buffer, self._at):
            token = buffer[found.start()]
            if token == QUOTE:
                if found.end() == len(buffer) and is_open(found) and self._start >= 0:
                    self._at = found.start()  # looked at again with what follows
                    return None
                continue
            self._at = found.end()
            if self._start < 0:
                if token == 0x7B:
                    stray = self._stray(found.start())
                    self._start = found.start()
                    closers[:] = b"}"
                    if stray:
                        return stray
            elif token in _OPENING:
                if token == 0x7B and closers[-1] == 0x7D and self._opens_line(found.start()):
                    return [self._broken(found.start())]
                closers.append(_OPENING[token])
                if len(closers) > MOST_DEPTH:
                    return [self._broken(found.end())]
            elif closers.pop() != token:
                return [self._broken(self._fresh(found.end()))]
            elif not closers:
                whole = self._document(found.end(), is_whole=True)
                self._start, self._gap, self._broken_in_a_row = -1, found.end(), 0
                return [whole]
        self._at = len(buffer)
        return None

    def _opens_line(self, place: int) -> bool:
        """Whether an object opens a line where a key must be: the one before it was cut."""
        before = self._buffer[max(place - 100, 0) : place].rstrip(b" \t\r")
        return before.endswith(b"\n") and not before.rstrip().endswith(b":")

    def _document(self, end: int, *, is_whole: bool) -> Document:
        raw = self._buffer[self._start : end]
        return Document(raw, self._place(self._start, end), is_whole)

    def _place(self, start: int, end: int) -> Place:
        self._record += 1
        offset = self._offset_of(start)
        return Place(self._record, offset, self._offset_of(end) - offset)

    def _offset_of(self, place: int) -> int:
        """A place of the buffer in bytes of the input; asked for in rising order, so each byte is measured once."""
        passed = self._buffer[self._measured : place]
        self._base += len(passed.decode(errors="replace").encode(self._width)) if self._width else len(passed)
        self._measured = place
        return self._base

    def _broken(self, end: int) -> Document:
        found = self._document(end, is_whole=False)
        self._at, self._start, self._gap = end, -1, end
        self._broken_in_a_row += 1
        return found

    def _fresh(self, least: int = 0) -> int:
        """The end of an object that is never closed: where the next line opens one."""
        if self._broken_in_a_row >= MOST_BROKEN:
            return least or len(self._buffer)
        fresh = _FRESH.search(self._buffer, self._start + 1)
        return fresh.start() if fresh else max(least, len(self._buffer))

    def _stray(self, end: int) -> list[Document]:
        """What stands between the last object and ``end``, if that is text."""
        gap, self._gap = self._gap, end
        text = b"" if self._is_held else self._buffer[gap:end].strip(_BETWEEN)
        if not text:
            return []
        return [Document(text[:_STRAY_BYTES], self._place(gap, end), is_whole=False, is_stray=True)]

    def _drop(self) -> Iterator[Document]:
        """Forget what was scanned and is in no open object."""
        cut = self._at if self._start < 0 else self._start
        if not cut:
            return
        if self._start < 0:
            yield from self._stray(cut)
        self._offset_of(cut)
        self._buffer, self._measured, self._gap = self._buffer[cut:], 0, 0
        self._at -= cut
        if self._start >= 0:
            self._start -= cut
