"""A POSIX shell script as the command lines that a history would record.

One row a line; a loop, a conditional, a function, a quoted string or a here-document over several lines stays one row.
A line break inside quotes and here-documents is written as the two characters ``\\n``.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

LINE_BREAK = "\\n"
_HEREDOC = re.compile(r"<<(-?)[ \t]*(?:\\?([A-Za-z_!][\w.!-]{0,80})|'([^'\n]{1,80})'|\"([^\"\n]{1,80})\")")
_OPENERS = frozenset({"if", "for", "while", "until", "case", "select"})
_CLOSERS = frozenset({"fi", "done", "esac"})
_NO_SEMICOLON_AFTER = re.compile(r"(?:(?:^|[\s;&|(])(?:then|do|else|elif|in)|[{(|&;])$")
_WORD = re.compile(r"[\w-]+")
_COMMAND_FOLLOWS = frozenset({"then", "do", "else", "elif", "!", "if", "while", "until", "{", "time"})


ARITHMETIC_CHARACTERS = 200
"""As far before ``<<`` a ``((`` makes it a shift."""

_ARRAY = "="
"""How the bracket of ``name=(…)`` is remembered: its lines are words, not commands."""


@dataclass(slots=True)
class _Scanner:
    """How deep in quotes, brackets and compound commands the text so far is. ``heredocs``: (word, tabs before it)
    announced and not yet read; ``command_follows``: the next word is a command's name."""

    quote: str = ""
    brackets: list[str] = field(default_factory=list)
    compounds: int = 0
    heredocs: list[tuple[str, bool]] = field(default_factory=list)
    command_follows: bool = True

    @property
    def is_open(self) -> bool:
        return bool(self.quote or self.brackets or self.compounds > 0)

    def scan(self, line: str) -> str:
        """Take one line; gives it without a comment at its end."""
        at, command_position = 0, self.command_follows
        self.command_follows = True
        while at < len(line):
            char = line[at]
            if self.quote:
                at += self._in_quote(line, at)
                continue
            if char == "\\":
                at, command_position = at + 2, False
            elif char in "'\"`":
                self.quote, command_position = char, False
                at += 1
            elif char == "#" and (at == 0 or line[at - 1] in " \t;&|("):
                return line[:at].rstrip()
            elif line.startswith("<<<", at):
                at += 3
            elif line.startswith("<<", at):
                before = line[max(0, at - ARITHMETIC_CHARACTERS) : at]
                is_shift = before.rfind("((") > before.rfind("))")
                match = None if is_shift else _HEREDOC.match(line, at)
                if match is not None:
                    self.heredocs.append((match[2] or match[3] or match[4], bool(match[1])))
                at = match.end() if match is not None else at + 2
            elif char in "({":
                self.brackets.append(_ARRAY if char == "(" and line[at - 1 : at] == "=" else char)
                at, command_position = at + 1, True
            elif char in ")}":
                opening = ("(", _ARRAY) if char == ")" else ("{",)
                if self.brackets and self.brackets[-1] in opening:  # a case pattern closes what is not open
                    self.brackets.pop()
                at, command_position = at + 1, True
            elif char in ";&|\n":
                at, command_position = at + 1, True
            elif char in " \t":
                at += 1
            else:
                at, command_position = self._word(line, at, command_position)
        if _is_continued(line):
            self.command_follows = command_position
        return line.rstrip()

    def _in_quote(self, line: str, at: int) -> int:
        char = line[at]
        if char == "\\" and self.quote != "'":
            return 2
        if char == self.quote:
            self.quote = ""
        return 1

    def _word(self, line: str, at: int, command_position: bool) -> tuple[int, bool]:
        match = _WORD.match(line, at)
        if match is None:
            return at + 1, False
        if command_position and (match.end() == len(line) or line[match.end()] in " \t;&|)\n"):
            self.compounds += (match[0] in _OPENERS) - (match[0] in _CLOSERS)
        return match.end(), command_position and match[0] in _COMMAND_FOLLOWS


def split_posix(script: str) -> list[str]:
    """The command lines of ``script``, without comments and blank lines."""
    return [line for line in _commands(script) if line]


def _commands(script: str) -> Iterator[str]:
    lines = _Lines(script.replace("\r\n", "\n").split("\n"))
    scanner, parts, between = _Scanner(), "", ""
    while (line := lines.next()) is not None:
        in_quote, in_array = bool(scanner.quote), scanner.brackets[-1:] == [_ARRAY]
        kept = _scanned(scanner, line) if in_quote else scanner.scan(line.strip())
        if not parts:
            parts = kept
        elif between == _CONTINUED:
            parts = parts[:-1] + kept if in_quote else f"{parts[:-1].rstrip()} {kept}"
        elif between or in_quote:
            parts += (between or LINE_BREAK) + kept
        elif kept:
            is_word = in_array or _NO_SEMICOLON_AFTER.search(parts[-40:])
            parts = f"{parts} {kept}" if is_word else f"{parts}; {kept}"
        between = ""
        if scanner.quote != "'" and _is_continued(kept) and lines.are_left:
            between = _CONTINUED
            continue
        is_open = scanner.is_open or parts.endswith(("|", "&&", "||"))
        for word, has_tabs in scanner.heredocs:
            parts += "".join(LINE_BREAK + row for row in lines.heredoc(word, has_tabs))
            between = LINE_BREAK  # its last line stands alone
        scanner.heredocs.clear()
        if not is_open:
            yield parts.strip()
            scanner, parts, between = _Scanner(), "", ""
    yield parts.strip()


_CONTINUED = "\\"
"""Between two lines: the first ends with a backslash."""


def _scanned(scanner: _Scanner, line: str) -> str:
    """Inside a quoted string every blank counts."""
    kept = scanner.scan(line)
    return kept if not scanner.quote else line


def _is_continued(line: str) -> bool:
    """Whether a line ends with an odd number of backslashes."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


class _Lines:
    """The lines of a script, taken one by one or a here-document at once."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0
        self._places: dict[str, dict[str, list[int]]] = {}

    @property
    def are_left(self) -> bool:
        return self._at < len(self._lines)

    def next(self) -> str | None:
        if not self.are_left:
            return None
        self._at += 1
        return self._lines[self._at - 1]

    def heredoc(self, word: str, has_tabs: bool) -> list[str]:
        """The lines of a here-document with the one that ends it; all that are left where none does.

        That one is ``word`` alone, after tabs where ``<<-`` allows them. Where there is none, blanks around it are
        forgiven: scripts are indented by those who quote them.
        """
        found = self._place(word, "\t" if has_tabs else "") or self._place(word, " \t")
        start, self._at = self._at, found or len(self._lines)
        return self._lines[start : self._at]

    def _place(self, word: str, blanks: str) -> int | None:
        """The number (from 1) of the next line that is ``word`` but for ``blanks``: before it if tabs, else around."""
        if blanks not in self._places:
            places = self._places[blanks] = {}
            for number, line in enumerate(self._lines, start=1):
                bare = line.lstrip("\t") if blanks == "\t" else line.strip(blanks) if blanks else line
                places.setdefault(bare, []).append(number)
        numbers = self._places[blanks].get(word, [])
        at = bisect_right(numbers, self._at)
        return numbers[at] if at < len(numbers) else None
