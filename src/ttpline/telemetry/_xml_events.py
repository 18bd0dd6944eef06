"""Where one ``<Event>`` of Windows begins and ends in XML: one a line, over many lines, or all in one line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ttpline.domain.raw_text import decode
from ttpline.telemetry._event_rows import Place
from ttpline.telemetry._lines import SAMPLE_BYTES

MAX_EVENT_BYTES = 1 << 20
"""Windows refuses events past 64 KiB; what is longer is passed over and said."""

PIECE_BYTES = 1 << 20

TOO_LONG = f"an event of more than {MAX_EVENT_BYTES} bytes"

_MARKS = ((b"\xff\xfe", "utf-16-le", 2), (b"\xfe\xff", "utf-16-be", 2), (b"\xef\xbb\xbf", "", 3))
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class XmlPiece:
    """``text``: from ``<Event`` to ``</Event>``, or to the next ``<Event`` where that is missing; None: too long.

    ``is_exact``: no byte had to be replaced.
    """

    place: Place
    raw: bytes
    text: str | None
    is_exact: bool = True


def codec_of(head: bytes) -> tuple[str, int]:
    """The codec, empty for UTF-8, and the length of its mark."""
    for mark, codec, length in _MARKS:
        if head.startswith(mark):
            return codec, length
    return next((codec for start, codec in _UNMARKED if head.startswith(start)), ""), 0


def xml_events(stream: BinaryIO) -> Iterator[XmlPiece]:
    """All events of ``stream`` in order, records counted from 1; what stands between them is passed over."""
    return _Scan(stream).run()


class _Scan:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = _first(stream)  # from the tag that is open, or from where the search goes on
        self._codec, self._base = codec_of(self._buffer)
        self._offset = 0  # of the first byte of the buffer in the input
        self._record = 0
        codec = self._codec or "ascii"
        follow = b"|".join(re.escape(char.encode(codec)) for char in " >\t\r\n/")
        begin, end = (re.escape(tag.encode(codec)) for tag in ("<Event", "</Event>"))
        self._tags = re.compile(b"(" + begin + b"(?=" + follow + b"))|" + end)
        self._tag_bytes = len("</Event>".encode(codec)) - 1

    def run(self) -> Iterator[XmlPiece]:
        open_at, scan_from, more = -1, self._base, True
        while more:
            for found in self._tags.finditer(self._buffer, scan_from):
                scan_from = found.end()
                if self._codec and (self._offset + found.start() - self._base) % 2:
                    continue  # half of one character and half of the next
                if open_at >= 0:
                    yield self._piece(open_at, found.start() if found[1] else found.end())
                open_at = found.start() if found[1] else -1
            if open_at >= 0 and len(self._buffer) - open_at > MAX_EVENT_BYTES:
                yield self._too_long(open_at, len(self._buffer))
                open_at = -1
            scan_from = max(scan_from, len(self._buffer) - self._tag_bytes)
            keep = open_at if open_at >= 0 else scan_from
            self._buffer, self._offset = self._buffer[keep:], self._offset + keep
            open_at, scan_from = min(open_at, 0), scan_from - keep
            piece = self._stream.read(PIECE_BYTES)
            more = bool(piece)
            self._buffer += piece
        if open_at >= 0:
            yield self._piece(0, len(self._buffer))

    def _place(self, start: int, length: int) -> Place:
        self._record += 1
        return Place(self._record, self._offset + start, length)

    def _piece(self, start: int, stop: int) -> XmlPiece:
        raw = self._buffer[start:stop]
        if stop - start > MAX_EVENT_BYTES:
            return self._too_long(start, stop)
        if not self._codec:
            return XmlPiece(self._place(start, len(raw.rstrip())), raw, decode(raw))
        text = raw.decode(self._codec, errors="replace")
        is_exact = "\ufffd" not in text or "\ufffd".encode(self._codec) in raw
        length = len(raw) - (len(text) - len(text.rstrip())) * 2
        return XmlPiece(self._place(start, length), raw, text, is_exact)

    def _too_long(self, start: int, stop: int) -> XmlPiece:
        return XmlPiece(self._place(start, stop - start), self._buffer[start : start + SAMPLE_BYTES], None)


def _first(stream: BinaryIO) -> bytes:
    head = b""
    while len(head) < 4 and (part := stream.read(PIECE_BYTES)):
        head += part
    return head
