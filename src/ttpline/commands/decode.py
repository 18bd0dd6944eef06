r"""Obfuscated command lines, read: what is really run, layer by layer.

>>> decode("echo d2hvYW1p | base64 -d | sh").text
'whoami'
>>> decode("c''at ${PATH:0:1}etc/pas\\swd").text
'cat /etc/passwd'
>>> decode("git commit -m 'a message'").layers
()

Each encoded piece is replaced in place by what it says, so that what stands around it keeps its meaning; the kinds and
the conventions are in ``docs/decoding.md``. Nothing is run, looked up or fetched. Depth, size and work are bounded, the
work by a count and not by a clock. Decoding what was decoded changes nothing.
"""

import re
from functools import cache
from typing import Final

from ttpline.commands._decoding.base import MAX_CHARACTERS, LayerKind, OutOfWorkError, Passage, Replacement, Work
from ttpline.commands._decoding.kinds import CODE_KINDS, KINDS
from ttpline.commands._decoding.language import languages_of
from ttpline.commands.dialect import Dialect
from ttpline.domain.parsed import DecodedCommand, Layer

MAX_ROUNDS: Final = 48
"""A round undoes one kind of layer wherever it stands; a command hidden sixteen deep needs about three for each."""

MAX_NESTING: Final = 4
"""Quoted scripts within quoted scripts are decoded this deep."""

MAX_LAYERS: Final = 2048
"""More replacements than this are no command that somebody wrote."""

WORK: Final = 1_500_000
"""Characters looked at, all rounds together: about a second of one core at the very worst."""

# One search each: together they could not skip from one sign to the next.
_MARK = re.compile(r"""['"\\$`^%{\[|<+\u2013\u2014\u2015]""").search
_OPTION = re.compile(r"[-/][eE]").search
_SEPARATOR = re.compile(r"[,;]\s*/").search
_CHARACTER = re.compile(r"[cC][hH](?:[rR]|arCode)").search


def decode(text: str, dialect: Dialect | None = None) -> DecodedCommand:
    """The text that is really run, with the layers that were undone; ``dialect`` is guessed where it is not given.

    A text of more than ``MAX_CHARACTERS`` is left as it is, and ``is_complete`` is false where it might hold a layer.
    """
    if not _may_be_encoded(text):
        return DecodedCommand(text, text)
    if len(text) > MAX_CHARACTERS:
        return DecodedCommand(text, text, is_complete=False)
    decoder = _Decoder(Work(WORK), text, dialect)
    is_complete = decoder.run()
    return DecodedCommand(decoder.text, text, tuple(decoder.layers), is_complete)


def _may_be_encoded(text: str) -> bool:
    return bool(_MARK(text) or _OPTION(text) or _SEPARATOR(text) or _CHARACTER(text))


@cache  # there are eight sets of dialects
def _kinds_for(dialects: frozenset[Dialect], is_code: bool) -> tuple[LayerKind, ...]:
    return tuple(kind for kind in (CODE_KINDS if is_code else KINDS) if not dialects.isdisjoint(kind.dialects))


class _Decoder:
    """Rounds over one text until no kind finds anything."""

    def __init__(self, work: Work, text: str, dialect: Dialect | None, depth: int = 0, is_code: bool = False) -> None:
        self.work, self.text, self.dialect, self.depth, self.is_code = work, text, dialect, depth, is_code
        self.layers: list[Layer] = []

    def run(self) -> bool:
        """Whether everything was undone that is known."""
        try:
            return any(not self._round() for _ in range(MAX_ROUNDS))
        except OutOfWorkError:
            return False

    def _round(self) -> bool:
        """Undo one kind; false where none was found."""
        dialects = languages_of(self.text, self.dialect)
        passage = Passage(self.text, self.work, self._inner)
        for kind in _kinds_for(dialects, self.is_code):
            if kind.hint(self.text):
                found = [each for each in kind.find(passage) if self._changes(each)]
                if found:
                    self._apply(found)
                    return True
        return False

    def _changes(self, replacement: Replacement) -> bool:
        return self.text[replacement.start : replacement.end] != replacement.steps[-1][1]

    def _apply(self, found: list[Replacement]) -> None:
        moved = end = 0
        for replacement in sorted(found, key=lambda each: (each.start, each.end)):
            if replacement.start < end:
                continue  # inside of one that was undone; it comes again
            end = replacement.end
            self.work.spend(len(self.text) >> 6)  # copying is that much cheaper than reading
            start, length = replacement.start + moved, replacement.end - replacement.start
            is_run = replacement.is_run
            for kind, after in replacement.steps:
                if len(self.text) + len(after) - length > MAX_CHARACTERS or len(self.layers) >= MAX_LAYERS:
                    raise OutOfWorkError
                before = self.text[start : start + length]
                self.layers.append(Layer(kind, (start, start + length), before, after, is_run))
                is_run = False
                self.text = self.text[:start] + after + self.text[start + length :]
                length = len(after)
            moved += length - (replacement.end - replacement.start)

    def _inner(self, text: str, dialect: Dialect | None, is_code: bool) -> list[tuple[str, str]]:
        """A quoted text decoded by itself: the kind of each layer and the text after it."""
        if self.depth >= MAX_NESTING:
            return []
        inner = _Decoder(self.work, text, dialect, self.depth + 1, is_code)
        if not inner.run():
            raise OutOfWorkError
        steps = []
        for layer in inner.layers:
            text = text[: layer.span[0]] + layer.after + text[layer.span[1] :]
            steps.append((layer.kind, text))
        return steps
