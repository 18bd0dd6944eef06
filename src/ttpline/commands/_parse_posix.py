r"""POSIX shells (sh, bash, zsh, dash, ksh): one pass, recursive only into substitutions and subshells.

Keywords are not commands: of ``if a; then b; fi`` the drafts are ``a`` and ``b``. Brackets and quotes that a log has
lost are taken as ordinary characters where they can mean nothing; an open quote reaches to the end.
"""

import re
from typing import Final

from ttpline.commands._posix_words import FUNCTION, PosixWords
from ttpline.commands._reading import MAX_DEPTH, Draft, Token
from ttpline.commands.dialect import Dialect
from ttpline.domain.parsed import Joint

_SPECIAL = re.compile(r"[|&;<>()$`\\\"'#\n{}=!\[]").search
_WORDS = re.compile(r"[^ \t\r\v\f]+").finditer
_BLANK_RUN = re.compile(r"(?:[ \t\r\v\f]|\\\r?\n)+").match
_BODY_RUN = re.compile(r"[^\\$`]+").match
_REDIRECTION = re.compile(r"(?:\d{1,3}|\{\w{1,40}\})?(?:<<<|<<-|<<|<>|<&|>>|>&|>\||[<>](?!\())|&>>?").match
_OPERATOR = re.compile(r"\|\||&&|;;&|;;|;&|\|&|[|&;\n]").match
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[[^\]\s]{0,80}\])?\+?=", re.ASCII).match
_FLAT_DOCUMENT = re.compile(r"<<-?[ \t]{0,8}[\\'\"]?(\w{1,80})", re.ASCII).search
_SKIPPED: Final = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "{", "coproc"})
_CLOSING: Final = frozenset({"fi", "done", "esac", "}"})
_KEYWORDS: Final = _SKIPPED | _CLOSING | {"for", "select", "case", "function", "[["}
_JOINTS: Final[dict[str, Joint]] = {"||": "or", "&&": "and", "|": "pipe", "|&": "pipe", "&": "background"}


def read_posix(text: str) -> tuple[list[Draft], bool]:
    """The commands of ``text`` in order, and whether something was left open."""
    if not _SPECIAL(text):
        return _read_plain(text), False
    if "<<" in text and "\n" not in text and (match := _FLAT_DOCUMENT(text)) and "\\n" + match[1] in text:
        text = text.replace("\\n", " \n")  # a log wrote line ends as two characters: as many as now
    reader = PosixReader(text)
    drafts = reader.read_list("", "first")
    return drafts, reader.is_damaged or bool(reader.open_documents)


def _read_plain(text: str) -> list[Draft]:
    words = [Token(match[0], match.start(), match.end()) for match in _WORDS(text)]
    if words and words[0].text in _KEYWORDS:
        return PosixReader(text).read_list("", "first")
    for token in words:
        if "*" in token.text or "?" in token.text or token.text[0] == "~":
            token.is_exact = False
    if not words:
        return []
    draft = Draft("first", Dialect.POSIX, words[0].start)
    draft.words = words
    draft.end = words[-1].end
    return [draft]


class PosixReader(PosixWords):
    """One pass over a text of a POSIX shell."""

    def read_list(self, closer: str, joint: Joint) -> list[Draft]:
        """Commands up to ``closer`` or the end; the first one is joined by ``joint``."""
        outer_nested, outer_state = self.nested, (self.exact, self.quoted)
        drafts: list[Draft] = []
        draft = self._new(joint)
        cases = 0
        while not self.is_full():
            self._skip_blanks()
            if self.at >= self.stop:
                self.is_damaged |= bool(closer) or cases > 0
                break
            mark = self.text[self.at]
            if mark == ")" and not draft.literal_brackets and closer == ")":
                self.at += 1
                break
            if mark in "|&;\n" and not self.text.startswith("&>", self.at):
                self.finish(draft, drafts)
                draft, ended_case = self._operator(draft)
                if cases and ended_case:
                    cases -= self._skip_pattern()
            elif mark == "#":
                newline = self.text.find("\n", self.at, self.stop)
                self.at = self.stop if newline < 0 else newline
            elif mark == "(" and draft.is_empty:
                draft = self._group(draft, drafts)
            elif mark in "<>&{0123456789" and (match := _REDIRECTION(self.text, self.at, self.stop)):
                self._redirection(draft, match)
            else:
                token = self._word(at_start=not draft.words)
                if not draft.words and not token.is_quoted and token.text in _KEYWORDS and not draft.assignments:
                    cases += self._keyword(token.text, draft)
                elif not draft.words and _ASSIGNMENT(self.text, token.start, token.end):
                    draft.assignments.append(token)
                    draft.cover(token.start, token.end)
                elif not draft.words and (match := FUNCTION(self.text, self.at, self.stop)):
                    self.at = match.end()
                else:
                    draft.add(token)
        self.finish(draft, drafts)
        self.nested, (self.exact, self.quoted) = outer_nested, outer_state
        return drafts

    def _new(self, joint: Joint) -> Draft:
        draft = Draft(joint, Dialect.POSIX)
        self.nested = draft.nested
        return draft

    def _operator(self, draft: Draft) -> tuple[Draft, bool]:
        """The draft after an operator, and whether a branch of ``case`` ended here."""
        match = _OPERATOR(self.text, self.at, self.stop)
        operator = match[0] if match else ";"
        self.at += len(operator)
        if operator == "\n" and self.open_documents:
            self._read_documents()
        joint: Joint = _JOINTS.get(operator, "sequence")
        if draft.is_empty:  # "a |\n b", "if x; then\n y": the earlier joint says more
            joint = draft.joint if operator in ("\n", ";") else joint
        return self._new(joint), operator.startswith(";;") or operator == ";&"

    def _group(self, draft: Draft, drafts: list[Draft]) -> Draft:
        """A subshell, or ``((…))``, whose arithmetic runs nothing."""
        if self.text.startswith("((", self.at):
            self.exact = True
            self._bracket([])
            return draft
        self.at += 1
        if self.depth < MAX_DEPTH:
            self.depth += 1
            drafts.extend(self.read_list(")", draft.joint))
            self.depth -= 1
        else:
            self.is_damaged = True
        return self._new("sequence")

    def _keyword(self, word: str, draft: Draft) -> int:
        """Take a keyword; returns by how much ``case`` is nested deeper now."""
        if word == "case":
            self._skip_blanks()
            self._word()
            self._skip_all_blanks()
            if self.text.startswith("in", self.at):
                self.at += 2
            return 1 - self._skip_pattern()
        if word == "esac":
            return -1
        if word in ("for", "select"):
            self._loop_header()
        elif word == "function":
            self._skip_blanks()
            self._word(at_start=True)
            if match := FUNCTION(self.text, self.at, self.stop):
                self.at = match.end()
        elif word == "[[":
            self._condition(draft)
        return 0

    def _loop_header(self) -> None:
        """``NAME in WORDS``: no command, but there may be some in the words."""
        self._skip_blanks()
        if self.text.startswith("((", self.at):
            self._bracket([])
            return
        while self.at < self.stop and self.text[self.at] not in ";\n|&)<>(":
            self._word()
            self._skip_blanks()

    def _condition(self, draft: Draft) -> None:
        """``[[ … ]]``: operators are words in it."""
        draft.add(Token("[[", self.at - 2, self.at))
        self._skip_all_blanks()
        while self.at < self.stop:
            start = self.at
            token = self._word()
            if token.end == start:
                self.at += 2 if self.text.startswith(("&&", "||"), start) else 1
                token = Token(self.text[start : self.at], start, self.at)
            draft.add(token)
            if token.text == "]]":
                return
            self._skip_all_blanks()
        self.is_damaged = True

    def _skip_pattern(self) -> int:
        """Go over a pattern of ``case`` up to its bracket; 1 where there is none but ``esac``."""
        while self.at < self.stop:
            self._skip_all_blanks()
            if self.text.startswith("esac", self.at):
                self.at += 4
                return 1
            if self.at >= self.stop:
                break
            if self.text[self.at] == ")":
                self.at += 1
                return 0
            if self._word().end == self.at and self.at < self.stop and self.text[self.at] in "|&;<>(":
                self.at += 1
        self.is_damaged = True
        return 1

    def _skip_blanks(self) -> None:
        if (
            self.at < self.stop
            and self.text[self.at] in " \t\r\v\f\\"
            and (m := _BLANK_RUN(self.text, self.at, self.stop))
        ):
            self.at = m.end()

    def _skip_all_blanks(self) -> None:
        while self.at < self.stop and self.text[self.at] in " \t\r\v\f\n":
            self.at += 1

    # Redirections

    def _redirection(self, draft: Draft, match: re.Match[str]) -> None:
        self.at = match.end()
        operator = match[0]
        self._skip_blanks()
        target = self._word()
        if target.end == target.start:
            self.is_damaged = True
        draft.redirections.append((operator, target))
        draft.cover(match.start(), target.end)
        if operator.endswith(("<<", "<<-")) and not operator.endswith("<<<"):
            self.open_documents.append((draft, len(draft.redirections) - 1, target, operator.endswith("-")))

    def _read_documents(self) -> None:
        """The here-documents whose operators stood on the line that has just ended."""
        for draft, index, delimiter, may_indent in self.open_documents:
            start = end = at = self.at
            found = False
            while at < self.stop and not found:
                newline = self.text.find("\n", at, self.stop)
                end, after = at, self.stop if newline < 0 else newline + 1
                line = self.text[at : newline if newline >= 0 else self.stop].rstrip("\r ")
                found = (line.lstrip("\t") if may_indent else line) == delimiter.text
                at = after
            if not found:
                end = self.stop
                self.is_damaged = True
            body = Token(self.text[start:end], start, end)
            if not delimiter.is_quoted:
                self._expand_document(draft, body)
            draft.redirections[index] = (draft.redirections[index][0], body)
            self.at = at
        self.open_documents.clear()

    def _expand_document(self, draft: Draft, body: Token) -> None:
        outer_stop, outer_nested = self.stop, self.nested
        self.at, self.stop, self.nested, self.exact = body.start, body.end, draft.nested, True
        while self.at < self.stop:
            if match := _BODY_RUN(self.text, self.at, self.stop):
                self.at = match.end()
            else:
                self._quoted_special([])
        body.is_exact = self.exact
        self.stop, self.nested = outer_stop, outer_nested
