"""Objects of JSON text that are not one a line: elements of an array, and objects printed over several lines.

A scan by brackets that knows strings finds where an object begins and ends; it does not check what stands between.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ttpline.telemetry._event_rows import Place

MOST_BYTES = 1 << 24
"""The longest object; what is longer is passed over and said."""

PIECE_BYTES = 1 << 20

HEAD_BYTES = 1 << 16
"""Where an object that holds the records shows it."""

_TOKEN = re.compile(rb'"(?:[^"\\\n]++|\\.)*+"|[{}\[\]]')
"""A string never goes over a line end in JSON; so a stray quote costs one line."""

_OPEN_STRING = re.compile(rb'"(?:[^"\\\n]++|\\.)*+\\?\Z')
_FRESH = re.compile(rb"\n[ \t]*\{")
"""Where reading goes on after an object that has no end: the next line that opens one."""

_HELD = re.compile(
    rb'"(?:hits|[Rr]ecords|events|items|[Rr]esults|resources|value)"\s{0,99}:\s{0,99}\[\s{0,999}\{'
)
"""Search results, CloudTrail-like files, lists of the Kubernetes and Graph APIs: one object that holds the records."""

MOST_DEPTH_OF_HELD = 2

_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Document:
    """An object as bytes of UTF-8; ``is_whole``: it was closed before the input ended."""

    raw: bytes
    place: Place
    is_whole: bool


def documents(stream: BinaryIO) -> Iterator[Document]:
    """All objects at the top and all objects in arrays at the top, in order; records count from 1."""
    return _Scan(stream).run()


def _inside(head: bytes) -> int:
    """Where the records begin in an object that only holds them; 0 for all other input."""
    held = _HELD.search(head)
    if held is None or not head.lstrip().startswith(b"{"):
        return 0
    depth = 0
    for found in _TOKEN.finditer(head, 0, held.start()):
        token = head[found.start()]
        if token != 0x22:
            depth += 1 if token in (0x7B, 0x5B) else -1
            if depth == 0:
                return 0
    return held.end() - 1 if depth <= MOST_DEPTH_OF_HELD else 0


class _Scan:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._record = 0
        self._is_begun = False
        self._decoder: codecs.IncrementalDecoder | None = None
        self._width = ""
        self._buffer = b""
        self._base = 0  # bytes of the input before the place of the buffer that is ``_measured``
        self._measured = 0
        self._at = 0  # where the scan is in the buffer
        self._depth = 0
        self._start = -1  # of the object that is open, in the buffer

    def run(self) -> Iterator[Document]:
        while self._more():
            yield from self._scan()
            self._drop()
            if len(self._buffer) > MOST_BYTES and self._start == 0:
                yield self._broken(self._give_up())
        yield from self._scan()
        while self._start >= 0:
            yield self._broken(self._give_up())
            yield from self._scan()

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
            self._at = _inside(self._buffer)
            return bool(self._buffer)
        if not piece:
            return False
        self._buffer += self._decoder.decode(piece).encode() if self._decoder else piece
        return True

    def _scan(self) -> Iterator[Document]:
        buffer, at = self._buffer, self._at
        for found in _TOKEN.finditer(buffer, at):
            token = buffer[found.start()]
            if token == 0x22:  # a quote
                at = found.end()
                continue
            at = found.end()
            if token == 0x7B and self._start < 0:
                self._start, self._depth = found.start(), 1
            elif self._start < 0:
                continue
            elif token in (0x7B, 0x5B):
                self._depth += 1
            else:
                self._depth -= 1
                if self._depth == 0:
                    yield self._document(found.end(), is_whole=True)
                    self._start = -1
        rest = _OPEN_STRING.search(buffer, at)
        self._at = rest.start() if rest else len(buffer)  # an open string is looked at again with what follows

    def _document(self, end: int, *, is_whole: bool) -> Document:
        raw = self._buffer[self._start : end]
        self._record += 1
        offset = self._offset_of(self._start)
        return Document(raw, Place(self._record, offset, self._offset_of(end) - offset), is_whole)

    def _offset_of(self, place: int) -> int:
        """A place of the buffer in bytes of the input; asked for in rising order, so each byte is measured once."""
        passed = self._buffer[self._measured : place]
        self._base += len(passed.decode(errors="replace").encode(self._width)) if self._width else len(passed)
        self._measured = place
        return self._base

    def _broken(self, end: int) -> Document:
        found = self._document(end, is_whole=False)
        self._at, self._start, self._depth = end, -1, 0
        return found

    def _give_up(self) -> int:
        """The end of an object that is never closed: where the next line opens one."""
        fresh = _FRESH.search(self._buffer, self._start + 1)
        return fresh.start() if fresh else len(self._buffer)

    def _drop(self) -> None:
        """Forget what was scanned and is in no open object."""
        cut = self._at if self._start < 0 else self._start
        if not cut:
            return
        self._offset_of(cut)
        self._buffer, self._measured = self._buffer[cut:], 0
        self._at -= cut
        if self._start >= 0:
            self._start -= cut
