"""The template of an event: a piece of binary XML with numbered gaps, as a small tree.

Only what the templates of Windows are made of is read: elements, attributes, literal text, gaps. The parser of the
``evtx`` package does the others. The layout is in [MS-EVEN6] 2.2.12 and in the notes of the libevtx project.
"""

import re
import struct
from codecs import utf_16_le_decode
from dataclasses import dataclass, field
from typing import NamedTuple

from ttpline.telemetry._evtx.instances import DEFINITION_BYTES, LENGTH_AT

MAX_TEMPLATE_BYTES = 1 << 14
"""The templates of Windows have a tenth of it."""

_MAX_DEPTH = 8
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,255}")
_TEXT = re.compile(r"[^\s\0](?:[^\0]{0,1022}[^\s\0])?")
"""The parser ends a text at a NUL and takes the blanks off its end."""

_FRAGMENT = b"\x0f\x01\x01\x00"
_END, _CLOSE_START, _CLOSE_EMPTY, _CLOSE = 0x00, 0x02, 0x03, 0x04
_ELEMENTS, _ATTRIBUTES, _VALUES, _GAPS = (0x01, 0x41), (0x06, 0x46), (0x05, 0x45), (0x0D, 0x0E)
_TEXT_TYPE = 0x01
_GAP_TYPES = frozenset({*range(0x16), 0x21, *(0x80 + kind for kind in range(1, 0x16))})

_U4 = struct.Struct("<I")


class Gap(NamedTuple):
    """Where the value of this number goes."""

    value: int


@dataclass(slots=True)
class Element:
    """``attributes``: each has one literal or one gap."""

    name: str
    attributes: dict[str, str | Gap] = field(default_factory=dict)
    content: "list[Element | str | Gap]" = field(default_factory=list)

    @property
    def elements(self) -> "list[Element]":
        return [part for part in self.content if isinstance(part, Element)]


class Name(NamedTuple):
    """A reference to a name, ``at`` bytes behind the first token. ``is_here``: the name stands behind it."""

    at: int
    name: str
    is_here: bool


class _NotPlain(Exception):
    """Something that is not read here."""


def template(block: bytes, place: int, chunk: int, chunk_end: int) -> tuple[Element, list[Name]] | None:
    """The template at ``place`` of ``block`` and where its names are; None where it is not plain.

    It is in the chunk from ``chunk`` to ``chunk_end``, and so are its names: each stands where it is used first.
    """
    start = place + DEFINITION_BYTES
    if place < chunk or start > chunk_end:
        return None
    (length,) = _U4.unpack_from(block, place + LENGTH_AT)
    if length > min(MAX_TEMPLATE_BYTES, chunk_end - start):
        return None
    try:
        return _Parser(block, start, start + length, chunk, chunk_end).run()
    except (_NotPlain, UnicodeDecodeError, struct.error, IndexError):
        return None


class _Parser:
    """Reads from ``_at`` on; what it was told of where tokens and chunk end it does not pass."""

    def __init__(self, block: bytes, start: int, stop: int, chunk: int, chunk_end: int) -> None:
        self._block = block
        self._start, self._stop = start, stop
        self._chunk, self._chunk_end = chunk, chunk_end
        self._at = start
        self._names: list[Name] = []
        self._known: dict[int, tuple[str, int]] = {}
        """Names by their places, each with where it ends."""

    def run(self) -> tuple[Element, list[Name]]:
        if not self._block.startswith(_FRAGMENT, self._at):
            raise _NotPlain
        self._at += len(_FRAGMENT)
        if self._token() not in _ELEMENTS:
            raise _NotPlain
        root = self._element(0)
        if self._at > self._stop or (self._at < self._stop and self._token() != _END):
            raise _NotPlain
        return root, self._names

    def _token(self) -> int:
        at = self._at
        if at >= self._stop:
            raise _NotPlain
        self._at = at + 1
        return self._block[at]

    def _element(self, depth: int) -> Element:
        """The element whose first token, which is passed, is one of ``_ELEMENTS``."""
        has_attributes = self._block[self._at - 1] == _ELEMENTS[1]
        self._at += 6  # an identifier that nothing uses and the size
        element = Element(self._name())
        if depth == _MAX_DEPTH:
            raise _NotPlain
        if has_attributes:
            self._at += 4
        while (token := self._token()) in _ATTRIBUTES:
            name = self._name()
            if name in element.attributes:
                raise _NotPlain
            element.attributes[name] = self._text_or_gap(self._token())
        if token == _CLOSE_EMPTY:
            return element
        if token != _CLOSE_START:
            raise _NotPlain
        while (token := self._token()) != _CLOSE:
            element.content.append(self._element(depth + 1) if token in _ELEMENTS else self._text_or_gap(token))
        return element

    def _text_or_gap(self, token: int) -> str | Gap:
        block, at = self._block, self._at
        if token in _GAPS:
            if block[at + 2] not in _GAP_TYPES:
                raise _NotPlain
            self._at = at + 3
            return Gap(block[at] | block[at + 1] << 8)
        if token not in _VALUES or block[at] != _TEXT_TYPE:
            raise _NotPlain
        stop = self._at = at + 3 + 2 * (block[at + 1] | block[at + 2] << 8)
        text = utf_16_le_decode(block[at + 3 : stop])[0]
        if stop > self._stop or not _TEXT.fullmatch(text):
            raise _NotPlain
        return text

    def _name(self) -> str:
        """A reference; the name is where it points to, behind eight bytes: the next name, a hash, its length."""
        at = self._at
        place = self._chunk + _U4.unpack_from(self._block, at)[0]
        if (known := self._known.get(place)) is None:
            known = self._known[place] = self._name_at(place)
        name, end = known
        is_here = place == at + 4
        if at + 4 > self._stop:
            raise _NotPlain
        self._names.append(Name(at - self._start, name, is_here))
        self._at = end if is_here else at + 4
        return name

    def _name_at(self, place: int) -> tuple[str, int]:
        block = self._block
        end = place + 8 + 2 * (block[place + 6] | block[place + 7] << 8) + 2
        if end > self._chunk_end:
            raise _NotPlain
        name = utf_16_le_decode(block[place + 8 : end - 2])[0]
        if not _NAME.fullmatch(name):
            raise _NotPlain
        return name, end
