r"""PowerShell: pipelines, script blocks, expressions, here-strings, assignments and the language's keywords.

A statement is a command or an expression. An expression (``$a.Kill()``, ``[Type]::Method(…)``) runs no program of
its own: its draft says so, and the commands in its brackets are nested in it. Inside brackets and script blocks of
arguments only commands are kept, because the text of the expression is in the word around it.
"""

import re
from typing import Final

from ttpline.commands._powershell_words import DOUBLE_QUOTES, SINGLE_QUOTES, PowerShellWords
from ttpline.commands._reading import Draft, Piece, Token
from ttpline.commands.dialect import Dialect
from ttpline.domain.parsed import Joint

_BLANK_RUN = re.compile(r"(?:[ \t\r\v\f\u00a0]|`\r?\n)+").match
_REDIRECTION = re.compile(r"[1-6*]?>>?(?:&[12])?|<").match
_OPERATOR = re.compile(r"\|\||&&|[|&;\n]").match
_ASSIGNMENT = re.compile(
    r"(?:\[[\w.,\[\]]{1,80}\][ \t]*){0,4}\$(?:\{[^{}\n]{1,80}\}|[\w:]{1,80})(?:[ \t]*,[ \t]*\$[\w:]{1,80}){0,20}"
    r"(?:\.\w{1,80}|\[[^\]\n]{0,80}\]){0,8}[ \t]*(?:[-+*/%]|\?\?)?=(?!=)[ \t]*"
).match
_KEY = re.compile(r"(?:[\w.-]{1,80}|'[^'\n]{0,80}'|\"[^\"\n]{0,80}\")[ \t]*=[ \t]*").match
_KEYWORD = re.compile(r"[A-Za-z]{2,14}(?![\w.\\/:-])").match
_EACH_HEAD = re.compile(r"[ \t]*\$[\w:]{1,80}[ \t]+in[ \t]+", re.IGNORECASE).match
_TYPE = re.compile(r"[ \t\r\n]*\[[^\]\n]{1,200}\][ \t]*,?").match
_NAME = re.compile(r"[ \t]*[\w:.-]{1,120}[ \t]*").match
_EXPRESSION_START: Final = frozenset("$[(@!+-,0123456789" + SINGLE_QUOTES + DOUBLE_QUOTES)
_CALLED: Final = frozenset(" $({\t" + SINGLE_QUOTES + DOUBLE_QUOTES)
_JOINTS: Final[dict[str, Joint]] = {"||": "or", "&&": "and", "|": "pipe", "&": "background"}
_WITH_CONDITION: Final = frozenset({"if", "elseif", "while", "until", "switch", "for", "foreach"})
_BEFORE_BLOCK: Final = frozenset(
    {"else", "do", "try", "finally", "begin", "process", "end", "return", "throw", "catch"}
)
_WITH_NAME: Final = frozenset({"function", "filter", "workflow", "class", "configuration"})


def read_powershell(text: str) -> tuple[list[Draft], bool]:
    """The statements of ``text`` in order, and whether something was left open."""
    reader = PowerShellReader(text)
    return reader.read_list("", "first"), reader.is_damaged


class PowerShellReader(PowerShellWords):
    """One pass over a text of PowerShell."""

    def read_list(
        self, closer: str, joint: Joint, *, commands_only: bool = False, is_table: bool = False
    ) -> list[Draft]:
        """Statements up to ``closer``. ``commands_only``: expressions are left to the word around."""
        outer, state = self.draft, (self.exact, self.quoted)
        drafts: list[Draft] = []
        draft = self._new(joint)
        is_called = False
        while not self.is_full():
            self._skip_blanks()
            if self.at >= self.stop:
                self.is_damaged |= bool(closer)
                break
            mark = self.text[self.at]
            at_start = not draft.words and not draft.is_expression
            if mark == closer:
                self.at += 1
                break
            if mark == "&" and at_start and not self.text.startswith("&&", self.at):
                self.at += 1
                is_called = True
            elif mark in "|&;\n":
                self._keep(draft, drafts, commands_only)
                draft, is_called = self._operator(draft), False
            elif mark == "#":
                self._skip_line()
            elif mark == "<" and self.text.startswith("<#", self.at):
                end = self.text.find("#>", self.at, self.stop)
                self.at = self.stop if end < 0 else end + 2
            elif mark in ")}" or (mark == "{" and at_start):
                self.at += 1
                if mark == "{":
                    self._keep(draft, drafts, commands_only)
                    joint = draft.joint if draft.is_empty else "sequence"
                    self._inline(drafts, "}", joint, commands_only)
                    draft, is_called = self._new("sequence"), False
                else:
                    self.is_damaged = True
            elif at_start and not is_called and self._before_command(draft, drafts, is_table):
                continue
            elif mark in ">123456*<" and (match := _REDIRECTION(self.text, self.at, self.stop)) and match[0][-1] != "*":
                self._redirection(draft, match)
            elif at_start and mark == "." and self.text[self.at + 1 : self.at + 2] in _CALLED:
                self.at += 1
                is_called = True
            else:
                if at_start and not is_called and mark in _EXPRESSION_START:
                    draft.is_expression = True
                draft.add(self._word(is_program=not draft.words and not draft.is_expression))
        self._keep(draft, drafts, commands_only)
        self.draft, (self.exact, self.quoted) = outer, state
        return drafts

    def _new(self, joint: Joint) -> Draft:
        self.draft = Draft(joint, Dialect.POWERSHELL)
        return self.draft

    def _keep(self, draft: Draft, drafts: list[Draft], commands_only: bool) -> None:
        if commands_only and (draft.is_expression or not draft.words):
            drafts.extend(draft.nested)
            drafts.extend(draft.blocks)
        else:
            self.finish(draft, drafts)

    def _operator(self, draft: Draft) -> Draft:
        match = _OPERATOR(self.text, self.at, self.stop)
        operator = match[0] if match else ";"
        self.at += len(operator)
        joint: Joint = _JOINTS.get(operator, "sequence")
        return self._new(draft.joint if draft.is_empty and operator in ";\n" else joint)

    def _before_command(self, draft: Draft, drafts: list[Draft], is_table: bool) -> bool:
        """Take an assignment, a key of a table or a keyword; false where a command or expression begins."""
        text, at = self.text, self.at
        if text[at] in "$[" and (match := _ASSIGNMENT(text, at, self.stop)):
            self._assignment(draft, match)
            return True
        if is_table and (match := _KEY(text, at, self.stop)):
            self.at = match.end()
            return True
        if draft.joint == "pipe" or not (match := _KEYWORD(text, at, self.stop)):
            return False
        word = match[0].lower()
        if word in _BEFORE_BLOCK:
            self.at = match.end()
            while word == "catch" and (kind := _TYPE(text, self.at, self.stop)):
                self.at = kind.end()
            self._skip_all_blanks(only_before="{")
        elif word in _WITH_CONDITION:
            return self._condition(word, match.end(), draft, drafts)
        elif word in _WITH_NAME and (name := _NAME(text, match.end(), self.stop)):
            self.at = name.end()
            self._optional_brackets(draft, drafts)
        elif word == "param":
            self.at = match.end()
            self._optional_brackets(draft, drafts)
        else:
            return False
        return True

    def _condition(self, word: str, after: int, draft: Draft, drafts: list[Draft]) -> bool:
        """``if (…)``, ``foreach ($a in …)``; false where no bracket follows, so that the word is a command."""
        start, self.at = self.at, after
        while word == "switch" and (blank := _BLANK_RUN(self.text, self.at, self.stop)):
            self.at = blank.end()
            if not self.text.startswith("-", self.at):
                break
            self._word()
        self._skip_blanks()
        if not self.text.startswith("(", self.at) or self.at >= self.stop:
            self.at = start
            return False
        self._optional_brackets(draft, drafts, each=word == "foreach")
        self._skip_all_blanks(only_before="{")
        return True

    def _optional_brackets(self, draft: Draft, drafts: list[Draft], *, each: bool = False) -> None:
        self._skip_blanks()
        if self.at < self.stop and self.text[self.at] == "(":
            self.at += 1
            if each and (match := _EACH_HEAD(self.text, self.at, self.stop)):
                self.at = match.end()
            known = len(drafts)
            self._inline(drafts, ")", draft.joint, commands_only=True)
            if len(drafts) > known:
                draft.joint = "sequence"

    def _assignment(self, draft: Draft, match: re.Match[str]) -> None:
        """``$a = …``: of a command only the name, of a literal the whole."""
        start, self.at = self.at, match.end()
        name = match[0].replace(" ", "").replace("\t", "")
        trimmed = start + len(match[0].rstrip())
        if self.at < self.stop and self.text[self.at] in SINGLE_QUOTES + DOUBLE_QUOTES:
            value = self._word()
            rest = _BLANK_RUN(self.text, self.at, self.stop)
            following = rest.end() if rest else self.at
            if following >= self.stop or self.text[following] in ";\n})":
                pieces: list[Piece] = [(name, start, trimmed), *(value.pieces or [])]
                token = Token(name + value.text, start, value.end, value.is_exact, True, pieces)
                draft.assignments.append(token)
                draft.cover(start, value.end)
                return
            draft.is_expression = True
            draft.add(value)
        token = Token(name, start, trimmed, pieces=[(name, start, trimmed)])
        draft.assignments.append(token)
        draft.start = start
        draft.cover(start, trimmed)

    def _redirection(self, draft: Draft, match: re.Match[str]) -> None:
        start, self.at = self.at, match.end()
        operator = match[0]
        if "&" in operator:
            target = Token(operator[-1], match.end() - 1, match.end())
            operator = operator[:-1]
        else:
            self._skip_blanks()
            target = self._word() if self.at < self.stop else Token("", self.at, self.at)
            self.is_damaged |= target.start == target.end
        draft.redirections.append((operator, target))
        draft.cover(start, target.end)

    def _skip_blanks(self) -> None:
        if match := _BLANK_RUN(self.text, self.at, self.stop):
            self.at = match.end()

    def _skip_all_blanks(self, only_before: str) -> None:
        at = self.at
        while at < self.stop and self.text[at] in " \t\r\v\f\n":
            at += 1
        if self.text.startswith(only_before, at):
            self.at = at

    def _skip_line(self) -> None:
        newline = self.text.find("\n", self.at, self.stop)
        self.at = self.stop if newline < 0 else newline
