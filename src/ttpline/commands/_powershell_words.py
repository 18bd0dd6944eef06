"""Words of PowerShell: quotes, escapes, variables, here-strings; brackets and script blocks are read as statements."""

import re
from typing import Final

from ttpline.commands._reading import MAX_DEPTH, Draft, Piece, Reader, Token
from ttpline.commands.dialect import Dialect
from ttpline.domain.parsed import Joint

SINGLE_QUOTES: Final = "'\u2018\u2019\u201a\u201b"
DOUBLE_QUOTES: Final = '"\u201c\u201d\u201e'
"""Typographic quotes, as text that was pasted from a document has them, are quotes like the others."""
_RUN = re.compile(rf"[^ \t\r\v\f\n\u00a0|&;<>(){{}}$`@{SINGLE_QUOTES}{DOUBLE_QUOTES}]+").match
_SINGLE_RUN = re.compile(f"[^{SINGLE_QUOTES}]+").match
_DOUBLE_RUN = re.compile(f"[^{DOUBLE_QUOTES}`$]+").match
_VARIABLE = re.compile(r"\$(?:[A-Za-z_][\w:]*|[?^$]|\d+)").match
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class PowerShellWords(Reader):
    """What reads one word; the statements inside it are read by the class that builds on this one."""

    dialect = Dialect.POWERSHELL

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.draft = Draft("first", Dialect.POWERSHELL)
        self.exact = True
        self.quoted = False

    def read_list(
        self, closer: str, joint: Joint, *, commands_only: bool = False, is_table: bool = False
    ) -> list[Draft]:
        """Statements up to ``closer``."""
        raise NotImplementedError

    def _inline(
        self, drafts: list[Draft], closer: str, joint: Joint, commands_only: bool, *, table: bool = False
    ) -> None:
        """Statements of a block or condition of the language, as if they stood here."""
        if self.depth >= MAX_DEPTH:
            self.is_damaged = True
            return
        outer = self.draft
        self.depth += 1
        drafts.extend(self.read_list(closer, joint, commands_only=commands_only, is_table=table))
        self.depth -= 1
        self.draft = outer

    def _word(self, *, is_program: bool = False) -> Token:
        text, start, stop = self.text, self.at, self.stop
        match = _RUN(text, start, stop)
        if match and (
            match.end() == stop or text[match.end()] in (" \t\r\n|&;>){}(" if is_program else " \t\r\n|&;>){}")
        ):
            self.at = match.end()
            return Token(match[0], start, self.at)
        if text[start] == "{":
            return self._block(start)
        pieces: list[Piece] = []
        self.exact, self.quoted = True, False
        while self.at < stop and self._piece(pieces):
            pass
        if self.at == start:
            self.at += 1
            return Token(text[start], start, self.at)
        return Token("".join([piece[0] for piece in pieces]), start, self.at, self.exact, self.quoted, pieces)

    def _block(self, start: int) -> Token:
        """A script block as an argument; its commands are the draft's blocks."""
        draft = self.draft
        self.at += 1
        self._inline(draft.blocks, "}", "argument", commands_only=True)
        return Token(self.text[start : self.at], start, self.at, is_block=True)

    def _piece(self, pieces: list[Piece]) -> bool:
        text, at = self.text, self.at
        mark = text[at]
        if match := _RUN(text, at, self.stop):
            self.at = match.end()
            pieces.append((match[0], at, self.at))
        elif mark in SINGLE_QUOTES:
            self._single(pieces)
        elif mark in DOUBLE_QUOTES:
            self._double(pieces)
        elif mark == "$":
            self._dollar(pieces)
        elif mark == "(":
            self._nested(pieces, at, ")")
        elif mark == "@":
            self._at_sign(pieces)
        elif mark == "`":
            if self.text.startswith(("`\n", "`\r\n"), at):
                return False
            self.at = min(at + 2, self.stop)
            pieces.append((text[at + 1 : self.at], at, self.at))
        elif mark == "<" and pieces:
            self.at += 1
            pieces.append((mark, at, self.at))
        else:
            return False
        return True

    def _single(self, pieces: list[Piece]) -> None:
        self.quoted = True
        self.at += 1
        pieces.append(("", self.at, self.at))
        while self.at < self.stop:
            at = self.at
            if match := _SINGLE_RUN(self.text, at, self.stop):
                self.at = match.end()
                pieces.append((match[0], at, self.at))
            elif at + 1 < self.stop and self.text[at + 1] in SINGLE_QUOTES:
                self.at += 2
                pieces.append((self.text[at + 1], at, self.at))
            else:
                self.at += 1
                return
        self.is_damaged = True

    def _double(self, pieces: list[Piece]) -> None:
        self.quoted = True
        self.at += 1
        pieces.append(("", self.at, self.at))
        while self.at < self.stop:
            at = self.at
            if match := _DOUBLE_RUN(self.text, at, self.stop):
                self.at = match.end()
                pieces.append((match[0], at, self.at))
            elif self.text[at] == "`":
                self.at = min(at + 2, self.stop)
                escaped = self.text[at + 1 : self.at]
                pieces.append((_ESCAPES.get(escaped, escaped), at, self.at))
            elif self.text[at] == "$":
                self._dollar(pieces)
            elif at + 1 < self.stop and self.text[at + 1] in DOUBLE_QUOTES:
                self.at += 2
                pieces.append((self.text[at + 1], at, self.at))
            else:
                self.at += 1
                return
        self.is_damaged = True

    def _dollar(self, pieces: list[Piece]) -> None:
        at = self.at
        if self.text.startswith("$(", at) and at + 1 < self.stop:
            self.at += 1
            self._nested(pieces, at, ")")
            return
        if self.text.startswith("${", at):
            end = self.text.find("}", at, self.stop)
            self.is_damaged |= end < 0
            self.at = self.stop if end < 0 else end + 1
            self.exact = False
        else:
            match = _VARIABLE(self.text, at, self.stop)
            self.at = match.end() if match else at + 1
            self.exact &= match is None
        pieces.append((self.text[at : self.at], at, self.at))

    def _at_sign(self, pieces: list[Piece]) -> None:
        text, at = self.text, self.at
        following = text[at + 1 : at + 2]
        if following in ("(", "{"):
            self.at += 1
            self._nested(pieces, at, ")" if following == "(" else "}", table=following == "{")
        elif following and following in "'\"" and text[at + 2 : at + 4].lstrip("\r").startswith("\n"):
            begin = text.find("\n", at) + 1
            end = text.find("\n" + following + "@", begin - 1, self.stop)
            self.is_damaged |= end < 0
            self.exact &= following == "'" or "$" not in text[begin : end if end >= 0 else self.stop]
            self.at = self.stop if end < 0 else end + 3
            end = self.stop if end < 0 else max(end, begin)
            pieces.append((text[begin:end], begin, end))
            self.quoted = True
        elif following and following in "'\"" and text.startswith("\\n", at + 2):
            end = text.find("\\n" + following + "@", at + 4, self.stop)  # a log wrote line ends as two characters
            self.is_damaged |= end < 0
            self.at = self.stop if end < 0 else end + 4
            end = self.stop if end < 0 else end
            pieces.append((text[at + 4 : end], at + 4, end))
            self.quoted = True
        else:
            self.at += 1
            pieces.append((text[at], at, self.at))

    def _nested(self, pieces: list[Piece], start: int, closer: str, *, table: bool = False) -> None:
        """``(…)``, ``$(…)``, ``@(…)`` or ``@{…}``; the bracket is at the current place."""
        self.at += 1
        quoted = self.quoted
        self._inline(self.draft.nested, closer, "substitution", commands_only=True, table=table)
        self.exact, self.quoted = False, quoted
        pieces.append((self.text[start : self.at], start, self.at))
