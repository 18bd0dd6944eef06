"""What the readers of all dialects share: words with the pieces they were made of, drafts of simple commands, and
texts that remember where each of their characters stands in the text that was given.

A reader goes over a text once and returns drafts; nothing is copied into ``domain.parsed`` nouns before
``commands.parse`` has unwrapped wrappers and knows every span.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ttpline.commands.dialect import Dialect
from ttpline.domain.parsed import Joint, Span, Word

MAX_DEPTH: Final = 16
"""Substitutions and wrappers around a command; nobody nests deeper by hand, and each level may read text again."""

MAX_PARTS: Final = 1_000
"""Simple commands of one text; the longest real command lines have some dozens."""

BLANKS: Final = " \t\r\v\f"

Piece = tuple[str, int, int]
"""Text and where it stood. As long as its place: character by character; otherwise an escape, as a whole."""


def listed(text: str) -> frozenset[str]:
    """The words of a table of facts; written as a text, they can be read and compared line by line."""
    return frozenset(text.split())


class Token:
    """A word while it is read: ``pieces`` only where the text is not the slice itself."""

    __slots__ = ("end", "is_block", "is_exact", "is_quoted", "pieces", "start", "text")

    def __init__(
        self,
        text: str,
        start: int,
        end: int,
        is_exact: bool = True,
        is_quoted: bool = False,
        pieces: list[Piece] | None = None,
        is_block: bool = False,
    ) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.is_exact = is_exact
        self.is_quoted = is_quoted
        self.pieces = pieces
        self.is_block = is_block


class Draft:
    """A simple command while it is read.

    ``nested`` are the commands that its words substitute, ``blocks`` those in script blocks that it may run.
    ``is_expression``: there is no program in it (``$a.Kill()``); its words are arguments of nothing.
    """

    __slots__ = (
        "assignments",
        "blocks",
        "dialect",
        "end",
        "is_expression",
        "joint",
        "literal_brackets",
        "nested",
        "redirections",
        "start",
        "words",
    )

    def __init__(self, joint: Joint, dialect: Dialect, start: int = -1) -> None:
        self.joint: Joint = joint
        self.dialect = dialect
        self.start = start
        self.end = start
        self.words: list[Token] = []
        self.redirections: list[tuple[str, Token]] = []
        self.assignments: list[Token] = []
        self.nested: list[Draft] = []
        self.blocks: list[Draft] = []
        self.literal_brackets = 0
        self.is_expression = False

    def add(self, token: Token) -> None:
        """Append a word."""
        self.words.append(token)
        self.cover(token.start, token.end)

    def cover(self, start: int, end: int) -> None:
        """Let the span reach over ``start`` to ``end``."""
        if self.start < 0:
            self.start = start
        if end > self.end:
            self.end = end

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.redirections or self.assignments)


class Source:
    """A text to read and the place of each of its characters in the text that the user gave."""

    __slots__ = ("ends", "offset", "starts", "text")

    def __init__(
        self, text: str, offset: int = 0, starts: Sequence[int] | None = None, ends: Sequence[int] | None = None
    ) -> None:
        self.text = text
        self.offset = offset
        self.starts = starts
        self.ends = ends

    def span(self, start: int, end: int) -> Span:
        """Where ``text[start:end]`` stands in the given text."""
        if self.starts is None or self.ends is None:
            return start + self.offset, end + self.offset
        if not self.starts:
            return self.offset, self.offset
        first = self.starts[start] if start < len(self.starts) else self.ends[-1]
        return first, max(first, self.ends[end - 1]) if end > start else first

    def words(self, tokens: Sequence[Token]) -> list[Word]:
        """``tokens`` with their places in the given text."""
        if self.starts is not None:
            return [Word(token.text, self.span(token.start, token.end), token.is_exact) for token in tokens]
        offset = self.offset
        return [Word(token.text, (token.start + offset, token.end + offset), token.is_exact) for token in tokens]

    def slice(self, start: int, end: int) -> "Source":
        """``text[start:end]`` with its places."""
        if self.starts is None or self.ends is None:
            return Source(self.text[start:end], self.offset + start)
        return Source(self.text[start:end], self.span(start, start)[0], self.starts[start:end], self.ends[start:end])

    def of_pieces(self, pieces: Sequence[Piece]) -> "Source":
        """The text that ``pieces`` make, with its places."""
        if len(pieces) == 1 and len(pieces[0][0]) == pieces[0][2] - pieces[0][1]:
            return self.slice(pieces[0][1], pieces[0][2])
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for content, start, end in pieces:
            text.append(content)
            if len(content) == end - start and self.starts is None:
                starts.extend(range(start + self.offset, end + self.offset))
                ends.extend(range(start + self.offset + 1, end + self.offset + 1))
            elif len(content) == end - start:
                spans = [self.span(at, at + 1) for at in range(start, end)]
                starts.extend(first for first, _ in spans)
                ends.extend(last for _, last in spans)
            else:
                first, last = self.span(start, end)
                starts.extend([first] * len(content))
                ends.extend([last] * len(content))
        offset = self.span(pieces[0][1], pieces[0][1])[0] if pieces else self.offset
        return Source("".join(text), offset, starts, ends)

    def of_tokens(self, tokens: Sequence[Token]) -> "Source":
        """The words' texts joined by blanks, as ``ssh``, ``eval`` and PowerShell join their arguments."""
        if all(token.pieces is None for token in tokens) and self._has_only_blanks_between(tokens):
            return self.slice(tokens[0].start, tokens[-1].end)
        pieces: list[Piece] = []
        for token in tokens:
            if pieces and token.start > pieces[-1][2]:
                pieces.append((" ", pieces[-1][2], token.start))
            pieces.extend(pieces_of(token))
        return self.of_pieces(pieces)

    def _has_only_blanks_between(self, tokens: Sequence[Token]) -> bool:
        return not any(self.text[before.end : after.start].strip() for before, after in pairwise(tokens))


def pieces_of(token: Token) -> list[Piece]:
    """The pieces of any word."""
    return token.pieces if token.pieces is not None else [(token.text, token.start, token.end)]


class Reader:
    """The state of one pass over a text; the readers of the dialects build on it."""

    dialect: Dialect

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.stop = len(text)
        self.is_damaged = False
        self.depth = 0
        self.count = 0
        self.nested: list[Draft] = []

    def is_full(self) -> bool:
        """Whether no further command is taken; says so in ``is_damaged``."""
        if self.count >= MAX_PARTS:
            self.is_damaged = True
            return True
        return False

    def finish(self, draft: Draft, drafts: list[Draft]) -> None:
        """Take what was read as a command, unless there is nothing in it but other commands."""
        if not draft.is_empty:
            drafts.append(draft)
            self.count += 1
        else:
            drafts.extend(draft.nested)
            drafts.extend(draft.blocks)
