"""Words of POSIX shells: quotes and escapes undone, expansions kept as written, substitutions read as commands."""

import re
from typing import Final

from ttpline.commands._reading import MAX_DEPTH, Draft, Piece, Reader, Token
from ttpline.commands.dialect import Dialect
from ttpline.domain.parsed import Joint

_RUN = re.compile(r"[^ \t\r\v\f\n|&;<>()$`\\\"']+").match
_DOUBLE_RUN = re.compile(r"[^\"\\$`]+").match
_BRACKET_RUN = re.compile(r"[^()$`\\\"']+").match
_BRACE_RUN = re.compile(r"[^{}$`\\\"']+").match
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])", re.ASCII).match
FUNCTION = re.compile(r"[ \t]*\([ \t]*\)").match
_BACKTICKED = re.compile(r"(?:[^`\\]|\\.)*", re.DOTALL).match
_ANSI_C = re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL).match
_ANSI_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|c(.)|(.))", re.DOTALL
).finditer
_ANSI_NAMED: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "v": "\v",
}
_WORD_ENDS: Final = frozenset(" \t\r\v\f\n|&;<>)")
_PATTERN_MARKS: Final = frozenset("*?[")
_BRACES = re.compile(r"\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}").search


def ansi_c_pieces(text: str, start: int, end: int) -> list[Piece]:
    """What ``$'…'`` means, for its content at ``start`` to ``end``."""
    pieces: list[Piece] = []
    at = start
    for match in _ANSI_ESCAPE(text, start, end):
        if match.start() > at:
            pieces.append((text[at : match.start()], at, match.start()))
        short, four, eight, octal, control, other = match.groups()
        code = short or four or eight
        if code or octal:
            value = int(code, 16) if code else int(octal, 8) & 0xFF
            meant = chr(value) if value <= 0x10FFFF and not 0xD800 <= value < 0xE000 else "\ufffd"
        elif control:
            meant = chr(ord(control) & 0x1F)
        else:
            meant = _ANSI_NAMED.get(other, other if other in "\\'\"?" else "\\" + other)
        pieces.append((meant, match.start(), match.end()))
        at = match.end()
    if at < end:
        pieces.append((text[at:end], at, end))
    return pieces


class PosixWords(Reader):
    """What reads one word; the lists of commands inside it are read by the class that builds on this one."""

    dialect = Dialect.POSIX

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.open_documents: list[tuple[Draft, int, Token, bool]] = []
        self.exact = True
        self.quoted = False

    def read_list(self, closer: str, joint: Joint) -> list[Draft]:
        """Commands up to ``closer``."""
        raise NotImplementedError

    def _word(self, *, at_start: bool = False) -> Token:
        """The word at the current place; an empty one where none begins."""
        text, start, stop = self.text, self.at, self.stop
        match = _RUN(text, start, stop)
        if match:
            end = match.end()
            if end == stop or text[end] in _WORD_ENDS:
                self.at = end
                run = match[0]
                return Token(run, start, end, not (_PATTERN_MARKS.intersection(run) or run[0] == "~" or _BRACES(run)))
        self.exact, self.quoted = True, False
        pieces: list[Piece] = []
        while self.at < stop and self._piece(pieces, at_start):
            pass
        if self.at == start and start < stop and text[start] in "()":
            self.at += 1  # a bracket that can open or close nothing here
            return Token(text[start], start, self.at)
        return Token("".join([piece[0] for piece in pieces]), start, self.at, self.exact, self.quoted, pieces)

    def _piece(self, pieces: list[Piece], at_start: bool) -> bool:
        """Read one piece of a word; false at its end."""
        text, at = self.text, self.at
        mark = text[at]
        if match := _RUN(text, at, self.stop):
            self.at = match.end()
            run = match[0]
            pieces.append((run, at, self.at))
            if _PATTERN_MARKS.intersection(run) or (at == pieces[0][1] and run[0] == "~"):
                self.exact = False
        elif mark == "'":
            end = text.find("'", at + 1, self.stop)
            self._take_quoted(pieces, at + 1, end)
        elif mark == '"':
            self._double(pieces)
        elif mark == "\\":
            self._backslash(pieces)
        elif mark in "$`":
            self._expansion(pieces, in_quotes=False)
        elif mark in "<>" and text.startswith("(", at + 1):
            self.at += 1
            self._substitution(pieces, at)
        elif mark == "(" and pieces and not (at_start and FUNCTION(text, at, self.stop)):
            self.exact = False
            self._bracket(pieces)
        else:
            return False
        return True

    def _take_quoted(self, pieces: list[Piece], start: int, end: int) -> None:
        self.quoted = True
        if end < 0:
            end = self.stop
            self.is_damaged = True
        pieces.append((self.text[start:end], start, end))
        self.at = min(end + 1, self.stop)

    def _double(self, pieces: list[Piece]) -> None:
        self.quoted = True
        self.at += 1
        pieces.append(("", self.at, self.at))
        while self.at < self.stop:
            if match := _DOUBLE_RUN(self.text, self.at, self.stop):
                pieces.append((match[0], self.at, match.end()))
                self.at = match.end()
            elif self.text[self.at] == '"':
                self.at += 1
                return
            else:
                self._quoted_special(pieces)
        self.is_damaged = True

    def _quoted_special(self, pieces: list[Piece]) -> None:
        """A backslash, dollar or backtick between double quotes."""
        at = self.at
        if self.text[at] != "\\":
            self._expansion(pieces, in_quotes=True)
        elif at + 1 < self.stop and self.text[at + 1] in '$`"\\\n':
            self._backslash(pieces)
        else:
            self.at += 1
            pieces.append(("\\", at, self.at))

    def _backslash(self, pieces: list[Piece]) -> None:
        at = self.at
        self.at = min(at + 2, self.stop)
        escaped = self.text[at + 1 : self.at]
        self.quoted = True
        if escaped != "\n":
            pieces.append((escaped or "\\", at, self.at))

    def _expansion(self, pieces: list[Piece], *, in_quotes: bool) -> None:
        """What begins with a dollar or a backtick."""
        text, at = self.text, self.at
        following = text[at + 1 : at + 2] if at + 1 < self.stop else ""
        if text[at] == "`":
            self._backticks(pieces)
        elif following == "(":
            self.at += 1
            if text.startswith("((", at + 1):
                self.exact = False
                pieces.append(("$", at, at + 1))
                self._bracket(pieces)
            else:
                self._substitution(pieces, at)
        elif following == "{":
            self.exact = False
            pieces.append(("$", at, at + 1))
            self.at += 1
            self._bracket(pieces, "{", "}")
        elif following == "'" and not in_quotes:
            match = _ANSI_C(text, at + 2, self.stop)
            end = match.end() if match else self.stop
            self.is_damaged |= end >= self.stop
            self.quoted = True
            pieces.extend(ansi_c_pieces(text, at + 2, end) or [("", at + 2, at + 2)])
            self.at = min(end + 1, self.stop)
        elif following == '"' and not in_quotes:
            self.at += 1
        else:
            match = _VARIABLE(text, at, self.stop)
            self.at = match.end() if match else at + 1
            self.exact &= match is None
            pieces.append((text[at : self.at], at, self.at))

    def _substitution(self, pieces: list[Piece], start: int) -> None:
        """``$(…)``, ``<(…)`` or ``>(…)``; the bracket is at the current place."""
        self.exact = False
        if self.depth >= MAX_DEPTH:
            self.is_damaged = True
            pieces.append((self.text[start : self.at], start, self.at))
            return
        self.at += 1
        self._nested_list(")")
        pieces.append((self.text[start : self.at], start, self.at))

    def _backticks(self, pieces: list[Piece]) -> None:
        start, outer_stop = self.at, self.stop
        self.exact = False
        match = _BACKTICKED(self.text, start + 1, outer_stop)
        end = match.end() if match else outer_stop
        if end >= outer_stop:
            self.is_damaged = True
        elif self.depth < MAX_DEPTH:
            self.at, self.stop = start + 1, end
            self._nested_list("")
            self.stop = outer_stop
        self.at = min(end + 1, outer_stop)
        pieces.append((self.text[start : self.at], start, self.at))

    def _nested_list(self, closer: str) -> None:
        outer = self.nested
        documents, self.open_documents = self.open_documents, []
        self.depth += 1
        found = self.read_list(closer, "substitution")
        self.depth -= 1
        self.is_damaged |= bool(self.open_documents)
        self.open_documents = documents
        self.exact = False
        outer.extend(found)

    def _bracket(self, pieces: list[Piece], opening: str = "(", closing: str = ")") -> None:
        """Text up to the bracket that closes the one here, with what is quoted and substituted in it."""
        if self.depth >= MAX_DEPTH:
            self.is_damaged = True
            self.at += 1
            pieces.append((opening, self.at - 1, self.at))
            return
        self.depth += 1
        self._bracket_content(pieces, opening, closing)
        self.depth -= 1

    def _bracket_content(self, pieces: list[Piece], opening: str, closing: str) -> None:
        run = _BRACKET_RUN if opening == "(" else _BRACE_RUN
        open_brackets = 0
        while self.at < self.stop:
            at = self.at
            mark = self.text[at]
            if match := run(self.text, at, self.stop):
                self.at = match.end()
                pieces.append((match[0], at, self.at))
            elif mark in (opening, closing):
                open_brackets += 1 if mark == opening else -1
                self.at += 1
                pieces.append((mark, at, self.at))
                if not open_brackets:
                    return
            elif mark == "'":
                self._take_quoted(pieces, at + 1, self.text.find("'", at + 1, self.stop))
            elif mark == '"':
                self._double(pieces)
            elif mark == "\\":
                self._backslash(pieces)
            else:
                self._expansion(pieces, in_quotes=True)
        self.is_damaged = True
