"""A POSIX shell script as the command lines that a history would record.

One row a line; a loop, a conditional, a function, a quoted string or a here-document over several lines stays one row.
A line break inside quotes and here-documents is written as the two characters ``\\n``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LINE_BREAK = "\\n"
_HEREDOC = re.compile(r"<<-?\s*(?:\\?([A-Za-z_]\w*)|'([^'\n]{1,80})'|\"([^\"\n]{1,80})\")")
_OPENERS = frozenset({"if", "for", "while", "until", "case", "select"})
_CLOSERS = frozenset({"fi", "done", "esac"})
_NO_SEMICOLON_AFTER = re.compile(r"(?:(?:^|[\s;&|(])(?:then|do|else|elif|in)|[{(|&;])$")
_WORD = re.compile(r"[\w-]+")
_COMMAND_FOLLOWS = frozenset({"then", "do", "else", "elif", "!", "if", "while", "until", "{", "time"})


@dataclass(slots=True)
class _Scanner:
    """How deep in quotes, brackets and compound commands the text so far is."""

    quote: str = ""
    brackets: list[str] = field(default_factory=list)
    compounds: int = 0
    heredocs: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return bool(self.quote or self.brackets or self.compounds > 0)

    def scan(self, line: str) -> str:
        """Take one line; gives it without a comment at its end."""
        at, command_position = 0, True
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
                match = _HEREDOC.match(line, at)
                if match is not None:
                    self.heredocs.append(match[1] or match[2] or match[3])
                at = match.end() if match is not None else at + 2
            elif char in "({":
                self.brackets.append(char)
                at, command_position = at + 1, True
            elif char in ")}":
                if (
                    self.brackets and self.brackets[-1] == "({"[")}".index(char)]
                ):  # a case pattern closes what is not open
                    self.brackets.pop()
                at, command_position = at + 1, True
            elif char in ";&|\n":
                at, command_position = at + 1, True
            elif char in " \t":
                at += 1
            else:
                at, command_position = self._word(line, at, command_position)
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
    lines = iter(script.replace("\r\n", "\n").split("\n"))
    scanner, parts = _Scanner(), ""
    for line in lines:
        in_quote = bool(scanner.quote)
        kept = line if in_quote else line.strip()
        while _is_continued(kept) and (following := next(lines, None)) is not None:
            kept = f"{kept[:-1].rstrip()} {following.strip()}"
        if not in_quote and kept.startswith("#"):
            continue
        kept = scanner.scan(kept) if not in_quote else _scanned(scanner, kept)
        for word in scanner.heredocs:
            kept += _heredoc(word, lines)
        scanner.heredocs.clear()
        parts = _joined(parts, kept, in_quote)
        if not scanner.is_open and not parts.endswith(("|", "&&", "||")):
            yield parts.strip()
            scanner, parts = _Scanner(), ""
    yield parts.strip()


def _scanned(scanner: _Scanner, line: str) -> str:
    """Inside a quoted string every blank counts."""
    kept = scanner.scan(line)
    return kept if not scanner.quote else line


def _is_continued(line: str) -> bool:
    """Whether a line ends with an odd number of backslashes."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _heredoc(word: str, lines: Iterator[str]) -> str:
    text = ""
    for line in lines:
        text += LINE_BREAK + line
        if line.strip() == word:
            break
    return text


def _joined(before: str, line: str, in_quote: bool) -> str:
    if not before:
        return line
    if in_quote:
        return before + LINE_BREAK + line
    if not line:
        return before
    return f"{before} {line}" if _NO_SEMICOLON_AFTER.search(before[-40:]) else f"{before}; {line}"
