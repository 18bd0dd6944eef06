r"""The Windows command processor: carets, double quotes, ``%variables%``, ``&``, ``|``, brackets, ``if`` and ``for``.

cmd itself keeps quotes; each program takes its own command line apart. Words here are what ``CommandLineToArgvW``
makes of it (Microsoft, "Parsing C command-line arguments"): ``\"`` is a quote, ``""`` inside quotes is one, a
backslash elsewhere is itself. Where cmd would end a quote at ``\"`` and the program would not, the program wins:
that is what whoever wrote the line meant.
"""

import re
from typing import Final

from ttpline.commands._reading import MAX_DEPTH, Draft, Piece, Reader, Token
from ttpline.commands.dialect import Dialect
from ttpline.domain.parsed import Joint

_BLANK_RUN = re.compile(r"(?:[ \t\r\v\f]|\^\r?\n)+").match
_NAME: Final = r"(?:[^\\/:*?\"<>|&\s]| (?=[\w(])){1,64}"
_PATH_WITH_BLANKS = re.compile(
    rf"[A-Za-z]:\\(?:{_NAME}\\){{0,12}}{_NAME}?\.(?:exe|com|bat|cmd|scr)(?=[\s\"]|\Z)", re.IGNORECASE
).match
"""``C:\\Program Files\\a b.exe`` without quotes, as process logs have it: Windows finds the program all the same."""
_RUN = re.compile(r"[^ \t\r\v\f\n|&<>()^\"%!\\]+").match
_ARGV_RUN = re.compile(r"[^ \t\r\v\f\n\"\\]+").match
_QUOTED_RUN = re.compile(r"[^\"\\%!]+").match
_BACKSLASHES = re.compile(r"\\+").match
_VARIABLE = re.compile(
    r"%(?:[A-Za-z_][^%\s\"&|<>]{0,200}%|\*|%?~?[A-Za-z0-9$:]{1,40})|![A-Za-z_]\w{0,80}(?::[^!\s]{0,80})?!", re.ASCII
).match
_REDIRECTION = re.compile(r"[0-9]?(?:>>|>&|>|<&|<)").match
_OPERATOR = re.compile(r"\|\||&&|[|&\n]").match
_FOR_HEAD = re.compile(
    r"for[ \t]+(?P<kind>/[dflr])?[ \t]*(?P<options>\"[^\"\n]{0,200}\"|[^\s\"%(]{1,200})?[ \t]*%{1,2}[^\s%]{1,2}[ \t]+in"
    r"[ \t]*\(",
    re.IGNORECASE,
).match
_SET_END = re.compile(r"[^)\n]{0,2000}\)").match
_IF_HEAD = re.compile(
    r"if[ \t]+(?:/i[ \t]+)?(?:not[ \t]+)?(?:(?:exist|defined|errorlevel|cmdextversion)[ \t]+(?:\"[^\"\n]*\"|[^\s\"()]+)"
    r"|(?:\"[^\"\n]*\"|[^\s\"=]+)[ \t]*(?:==|[ \t](?:equ|neq|lss|leq|gtr|geq)[ \t])[ \t]*"
    r"(?:\"[^\"\n]*\"|[^\s\"()]+))[ \t]*",
    re.IGNORECASE,
).match
_ATTACHED: Final[re.Pattern[str]] = re.compile(
    r"(?:(?P<builtin>dir|cd|chdir|md|mkdir|rd|rmdir|copy|del|erase|type|move|ren|rename|echo|set|call|start|for|if|vol|ver"
    r"|pushd|popd|title|cls|exit|color|assoc|ftype|path|cmd)(?=[/\\.,;=:+(])(?!\.(?:exe|com|bat|cmd)\b)"
    r"|(?P<program>[\w-]{1,40}(?:\.exe)?)(?=/[A-Za-z?]{1,6}(?::|\Z)|[,;=]))(?P<between>[,;=]*)",
    re.IGNORECASE | re.ASCII,
)
_WORD_ENDS: Final = frozenset(" \t\r\v\f\n|&<>)")
_JOINTS: Final[dict[str, Joint]] = {"||": "or", "&&": "and", "|": "pipe"}


def read_cmd(text: str) -> tuple[list[Draft], bool]:
    """The commands of ``text`` in order, and whether something was left open."""
    reader = CmdReader(text)
    return reader.read_list("first"), reader.is_damaged


def read_argv(text: str) -> tuple[list[Draft], bool]:
    """The one program that a Windows command line starts: words, and no operator is special."""
    reader = CmdReader(text)
    reader.has_operators = False
    reader.run = _ARGV_RUN
    reader.ends = frozenset(" \t\r\v\f\n")
    return reader.read_list("first"), reader.is_damaged


class CmdReader(Reader):
    """One pass over a text of cmd."""

    dialect = Dialect.CMD

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.has_operators = True
        self.run = _RUN
        self.ends = _WORD_ENDS
        self.in_set = False
        self.exact = True
        self.quoted = False

    def read_list(self, joint: Joint) -> list[Draft]:
        """All commands up to the end (of the text, or of the set of a ``for``)."""
        drafts: list[Draft] = []
        draft = Draft(joint, Dialect.CMD)
        blocks = 0
        after_block = False
        while not self.is_full():
            if match := _BLANK_RUN(self.text, self.at, self.stop):
                self.at = match.end()
            if self.at >= self.stop:
                self.is_damaged |= blocks > 0
                break
            mark = self.text[self.at]
            if not self.has_operators:
                if mark == "\n":
                    self.at += 1
                else:
                    draft.add(self._word() if draft.words else self._program_word())
                continue
            if self.in_set and mark == "^" and self.text[self.at + 1 : self.at + 2] in ("|", "&", "<", ">"):
                self.at += 1
                mark = self.text[self.at]
            if mark in "|&\n":
                self.finish(draft, drafts)
                draft, after_block = self._operator(draft), False
            elif mark == "(" and not draft.words:
                self.at += 1
                blocks += 1
            elif mark == ")" and blocks and not draft.literal_brackets:
                self.at += 1
                blocks -= 1
                self.finish(draft, drafts)
                draft, after_block = Draft("sequence", Dialect.CMD), True
            elif mark in "<>0123456789" and (match := _REDIRECTION(self.text, self.at, self.stop)):
                self._redirection(draft, match)
            elif draft.words:
                self._argument(draft)
            else:
                after_block = self._command_word(draft, drafts, after_block)
        self.finish(draft, drafts)
        return drafts

    def _operator(self, draft: Draft) -> Draft:
        match = _OPERATOR(self.text, self.at, self.stop)
        operator = match[0] if match else "&"
        self.at += len(operator)
        joint: Joint = _JOINTS.get(operator, "sequence")
        return Draft(draft.joint if draft.is_empty and operator == "\n" else joint, Dialect.CMD)

    def _argument(self, draft: Draft) -> None:
        token = self._word()
        if token.text == "(" and not token.is_quoted:
            draft.literal_brackets += 1
        elif token.text == ")" and not token.is_quoted and draft.literal_brackets:
            draft.literal_brackets -= 1
        draft.add(token)

    def _command_word(self, draft: Draft, drafts: list[Draft], after_block: bool) -> bool:
        """The first word of a command, or what only stands before commands; whether ``else`` may still come."""
        text, at = self.text, self.at
        if text[at] == "@":
            self.at += 1
        elif text[at] == ":":  # a label, or a comment
            self._skip_line()
        elif text[at] in "iIfF" and (match := _FOR_HEAD(text, at, self.stop)):
            self._for_set(match, draft)
        elif text[at] in "iI" and (match := _IF_HEAD(text, at, self.stop)):
            self.at = match.end()
        elif after_block and text[at : at + 4].lower() == "else":
            self.at += 4
        else:
            word = self._program_word()
            for token in _detached(word):
                draft.add(token)
            if word.text.lower() == "rem":
                while self.at < self.stop and text[self.at] != "\n":
                    if match := _BLANK_RUN(text, self.at, self.stop):
                        self.at = match.end()
                    else:
                        draft.add(self._word())
        return after_block

    def _skip_line(self) -> None:
        newline = self.text.find("\n", self.at, self.stop)
        self.at = self.stop if newline < 0 else newline

    def _for_set(self, head: re.Match[str], draft: Draft) -> None:
        """``for … in (SET) do``: with ``/f`` and quotes the set is a command."""
        start = self.at = head.end()
        quote = "`" if "usebackq" in (head["options"] or "").lower() else "'"
        if (head["kind"] or "").lower() == "/f" and self.text.startswith(quote, start):
            end = self.text.find(quote + ")", start + 1, self.stop)
            if end < 0:
                end = self.stop
                self.is_damaged = True
            if self.depth < MAX_DEPTH:
                outer_stop, outer_set = self.stop, self.in_set
                self.at, self.stop, self.in_set = start + 1, end, True
                self.depth += 1
                draft.nested.extend(self.read_list("substitution"))
                self.depth -= 1
                self.stop, self.in_set = outer_stop, outer_set
            self.at = min(end + 2, self.stop)
        elif match := _SET_END(self.text, start, self.stop):
            self.at = match.end()
        else:
            self.is_damaged = True
        if match := _BLANK_RUN(self.text, self.at, self.stop):
            self.at = match.end()
        if self.text[self.at : self.at + 2].lower() == "do":
            self.at += 2

    def _redirection(self, draft: Draft, match: re.Match[str]) -> None:
        self.at = match.end()
        if blank := _BLANK_RUN(self.text, self.at, self.stop):
            self.at = blank.end()
        target = (
            self._word()
            if self.at < self.stop and self.text[self.at] not in "|&<>()\n"
            else Token("", self.at, self.at)
        )
        self.is_damaged |= target.start == target.end
        draft.redirections.append((match[0], target))
        draft.cover(match.start(), target.end)

    def _program_word(self) -> Token:
        match = _PATH_WITH_BLANKS(self.text, self.at, self.stop)
        if match is None or " " not in match[0]:
            return self._word()
        self.at = match.end()
        return Token(match[0], match.start(), self.at)

    def _word(self) -> Token:
        text, start, stop = self.text, self.at, self.stop
        match = self.run(text, start, stop)
        if match and (match.end() == stop or text[match.end()] in self.ends):
            self.at = match.end()
            return Token(match[0], start, self.at)
        pieces: list[Piece] = []
        self.exact, self.quoted = True, False
        while self.at < stop and self._piece(pieces):
            pass
        if self.at == start:
            self.at += 1
            return Token(text[start], start, self.at)
        return Token("".join([piece[0] for piece in pieces]), start, self.at, self.exact, self.quoted, pieces)

    def _piece(self, pieces: list[Piece]) -> bool:
        text, at = self.text, self.at
        mark = text[at]
        if match := self.run(text, at, self.stop):
            self.at = match.end()
            pieces.append((match[0], at, self.at))
        elif mark == '"':
            self._quoted_part(pieces)
        elif mark == "\\":
            self._backslashes(pieces)
        elif mark in "%!" and self.has_operators:
            self._variable(pieces)
        elif mark == "^" and self.has_operators:
            if self.in_set and text[at + 1 : at + 2] in ("|", "&", "<", ">"):
                return False
            self.at = min(at + 2, self.stop)
            pieces.append((text[at + 1 : self.at], at, self.at))
        elif (mark == "(" and pieces) or (
            mark == ")" and any(piece[0] == "(" for piece in pieces[-_ATTACHED_BRACKETS:])
        ):  # attached: part of the word, as its closing bracket
            self.at += 1
            pieces.append((mark, at, self.at))
        else:
            return False
        return True

    def _variable(self, pieces: list[Piece]) -> None:
        match = _VARIABLE(self.text, self.at, self.stop)
        end = match.end() if match else self.at + 1
        self.exact &= match is None
        pieces.append((self.text[self.at : end], self.at, end))
        self.at = end

    def _quoted_part(self, pieces: list[Piece]) -> None:
        """From an opening quote to behind the closing one."""
        self.quoted = True
        self.at += 1
        pieces.append(("", self.at, self.at))
        while self.at < self.stop:
            at = self.at
            if match := _QUOTED_RUN(self.text, at, self.stop):
                self.at = match.end()
                pieces.append((match[0], at, self.at))
            elif self.text[at] == "\\":
                if self._backslashes(pieces, in_quotes=True):
                    return
            elif self.text[at] != '"':
                self._variable(pieces)
            elif self.text.startswith('""', at) and self.text.find('"', at + 2, self.stop) >= 0 and at + 2 < self.stop:
                self.at += 2
                pieces.append(('"', at, self.at))
            else:
                self.at += 1
                return
        self.is_damaged = True

    def _backslashes(self, pieces: list[Piece], *, in_quotes: bool = False) -> bool:
        """A run of backslashes and the quote after it; whether that quote was the last one and ends what is quoted."""
        match = _BACKSLASHES(self.text, self.at, self.stop)
        at, end = self.at, match.end() if match else self.at + 1
        count = end - at
        if not self.text.startswith('"', end) or end >= self.stop:
            pieces.append((self.text[at:end], at, end))
        elif count % 2 == 0:
            pieces.append(("\\" * (count // 2), at, end))
        elif in_quotes and self.text.find('"', end + 1, self.stop) < 0:  # "C:\folder\": the program would not see it so
            pieces.append((self.text[at:end], at, end))
            self.at = end + 1
            return True
        else:
            end += 1
            pieces.append(("\\" * (count // 2) + '"', at, end))
        self.at = end
        return False


_ATTACHED_BRACKETS: Final = 64
"""How many pieces back an attached opening bracket is looked for; keeps the time linear."""


def _detached(token: Token) -> list[Token]:
    """``dir/s`` and ``cmd,/c`` are a program and an argument; every other word is itself."""
    if token.is_quoted and token.pieces is not None and not token.pieces[0][0]:  # it begins with a quote
        return [token]
    match = _ATTACHED.match(token.text)
    if not match or (not token.pieces and token.text == match[0]):
        return [token]
    head = match.end("builtin") if match["builtin"] else match.end("program")
    if token.pieces is not None:
        return _detached_pieces(token, head, match.end())
    middle = token.start + match.end()
    found = [Token(token.text[:head], token.start, token.start + head)]
    return found if match.end() == len(token.text) else [*found, Token(token.text[match.end() :], middle, token.end)]


def _detached_pieces(token: Token, head: int, rest: int) -> list[Token]:
    pieces = token.pieces or []
    if not pieces or len(pieces[0][0]) < rest or len(pieces[0][0]) != pieces[0][2] - pieces[0][1]:
        return [token]
    text, start, end = pieces[0]
    tail: list[Piece] = [(text[rest:], start + rest, end), *pieces[1:]]
    argument = Token(
        "".join([piece[0] for piece in tail]), start + rest, token.end, token.is_exact, token.is_quoted, tail
    )
    program = Token(text[:head], start, start + head)
    return [program, argument] if argument.text or argument.is_quoted else [program]
