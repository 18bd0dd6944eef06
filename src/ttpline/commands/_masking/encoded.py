"""Secrets under a layer: what is encoded is masked as a whole, because a part of it cannot be."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ttpline.commands._masking.values import Span
from ttpline.commands.decode import decode
from ttpline.domain.parsed import Layer

Find = Callable[[str], Sequence[Span]]

_RUN: Final = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
"""Possibly base64 or hex, as ``Authorization: Basic`` or the title of a process in an audit record have it."""
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")
MOST_RUN: Final = 1 << 16
_LEAST_PRINTABLE: Final = 0.9
_NUL_SHARE: Final = 4
_BASIC: Final = re.compile(r"[\w.@\\-]{1,64}:\S{1,128}")


def layered_secrets(text: str, find: Find) -> Iterator[Span]:
    """Spans of ``text`` that hold a secret once all layers are undone."""
    decoded = decode(text)
    if not decoded.layers:
        return
    for span in find(decoded.text):
        yield traced_back(span, decoded.layers)


def traced_back(span: Span, layers: Sequence[Layer]) -> Span:
    """Where in the text before the layers the characters of ``span`` came from: an encoded piece counts as a whole."""
    start, end = span
    for layer in reversed(layers):
        begin, before_end = layer.span
        after_end = begin + len(layer.after)
        moved = before_end - after_end
        if end <= begin:
            continue
        if start >= after_end:
            start, end = start + moved, end + moved
        else:
            start, end = min(start, begin), max(end + moved, before_end)
    return start, end


def run_secrets(text: str, find: Find) -> Iterator[Span]:
    """Runs of base64 or hex that say something with a secret in it, whatever program may read them."""
    for found in _RUN.finditer(text):
        run = found.group()
        if len(run) > MOST_RUN:
            continue
        for said in _said(run):
            if find(said) or (found.start() and _BASIC.fullmatch(said) and _is_basic(text, found.start())):
                yield found.span()
                break


def _is_basic(text: str, start: int) -> bool:
    return text[max(start - 12, 0) : start].rstrip().lower().endswith("basic")


def _said(run: str) -> Iterator[str]:
    """What ``run`` may say as text; nothing for what is no text."""
    if len(run) % 2 == 0 and _HEX.fullmatch(run):
        yield from _text(bytes.fromhex(run))
        return
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return
    yield from _text(raw)


def _text(raw: bytes) -> Iterator[str]:
    is_wide = raw.count(0) * _NUL_SHARE >= len(raw) and len(raw) > 1 and raw[1] == 0
    try:
        text = raw.decode("utf-16-le") if is_wide else raw.decode()
    except UnicodeDecodeError:
        return
    text = text.replace("\0", " ")
    if sum(char.isprintable() or char in "\r\n\t" for char in text) >= _LEAST_PRINTABLE * len(text):
        yield text
