"""Where a value ends, and whether it is one that must not be shown. All scans go forward once."""

import re
from typing import Final

from ttpline.commands.dialect import Dialect

Span = tuple[int, int]

MASK: Final = "[masked]"
"""Stands for every secret, however long it was, so its length tells nothing."""

QUOTES: Final = "'\""
_REFERENCE = re.compile(
    r"\$(?:\{[A-Za-z_]\w{0,99}\}|(?:env:|script:|global:)?[A-Za-z_]\w{0,99}(?:\.\w{1,60}){0,4})|%[A-Za-z_]\w{0,99}%|![A-Za-z_]\w{0,99}!",
    re.IGNORECASE,
)
"""A variable: the value itself is elsewhere."""
_LOUD = re.compile(r"[^a-z]+")
_COMPUTED = ("$(", "`", "<(", "(")
"""The value is what a command prints; what is in it is looked at as a command."""
_NOTHING = frozenset({"", "*", "-", "?", "/?", "none", "null", "true", "false", "yes", "no", "prompt", "stdin"})
"""Asks for the value, or says that there is none."""
_STOPS = re.compile(r"[\s'\";&|\\]")
_ELSEWHERE = ("file:", "env:", "fd:", "@", "stdin")
"""How openssl, curl and others say where a password is to be taken from."""


def is_secret(raw: str, dialect: Dialect | None = None, *, quote: str = "") -> bool:
    """Whether ``raw``, a value without its quotes, is a secret and not a reference, a question or nothing."""
    if raw.lower() in _NOTHING or raw.startswith(_COMPUTED):
        return False
    if quote != "'" and _REFERENCE.fullmatch(raw):
        # In cmd and in logged arguments ``$ecret`` is itself; who writes names of variables there writes them large.
        return dialect is Dialect.CMD and raw.startswith("$") and not _LOUD.fullmatch(raw)
    return True


def is_elsewhere(raw: str) -> bool:
    """Whether ``raw`` names a place where the secret is kept."""
    return raw.startswith(_ELSEWHERE)


def unquoted(text: str, span: Span) -> tuple[Span, str]:
    """``span`` without the quotes around it, and which they were."""
    start, end = span
    if end - start >= 2 and text[start] in QUOTES and text[end - 1] == text[start]:
        return (start + 1, end - 1), text[start]
    return span, ""


def value_at(text: str, start: int, quote: str) -> tuple[Span, str]:
    """The value that begins at ``start``, where the quote ``quote`` is open around it: its span and its own quotes.

    A quoted value goes to its closing quote, in whatever depth of backslashes; another one to a blank, to what
    separates commands or to the end of the quotes around it, through quotes within.
    """
    at, slashes = start, 0
    while at < len(text) and text[at] == "\\" and slashes < 8:
        at, slashes = at + 1, slashes + 1
    if at < len(text) and text[at] in QUOTES and (slashes or text[at] != quote):
        closing = text[start:at] + text[at]
        end = text.find(closing, at + 1)
        return (at + 1, end if end >= 0 else len(text)), text[at]
    at = start
    while found := _STOPS.search(text, at):
        at, char = found.start(), found.group()
        if char == "\\":
            if text[at + 1 : at + 2] == quote or (quote and text[at + 1 : at + 2] in ("'", '"')):
                return (start, at), ""
            at += 2
        elif char in QUOTES and char != quote and not quote:
            closes = text.find(char, at + 1)
            if closes < 0:
                return (start, len(text)), ""
            at = closes + 1
        elif char in QUOTES and char != quote:
            return (start, at), ""
        else:
            return (start, at), ""
    return (start, len(text)), ""


class OpenQuotes:
    """Which quote is open at a place; asked for rising places, so that the text is passed once."""

    _MARK = re.compile(r"\\.|['\"]", re.DOTALL)

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open = ""

    def at(self, place: int) -> str:
        """``'``, ``"`` or nothing."""
        for found in self._MARK.finditer(self._text, self._at, place):
            char = found.group()
            if len(char) == 2:
                continue
            if not self._open:
                # An apostrophe inside a word is none: ``it's``.
                is_apostrophe = char == "'" and self._text[found.start() - 1 : found.start()].isalpha()
                self._open = "" if is_apostrophe else char
            elif self._open == char:
                self._open = ""
        self._at = max(self._at, place)
        return self._open
