"""POSIX shell text as scripts, pipelines, commands, words and the parts of words, with spans. Forgiving and linear.

Compound statements are not understood as such: their keywords are stepped over, their commands are commands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ttpline.commands._decoding.ansi_c import ansi_c_text
from ttpline.commands._decoding.base import Work

MAX_NESTING: Final = 16

_BLANK = re.compile(r"(?:[ \t\r]|\\\n)+").match
_LITERAL = re.compile(r"[^\s'\"\\$`|&;<>()]+").match
_IN_DOUBLE = re.compile(r'[^"\\$`]+').match
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]", re.ASCII).match
_SINGLE_END = re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL).match
_OPERATOR = re.compile(r"\|\||\|&|\||&&|;;&?|;|&(?!>)|\n").match
_REDIRECTION = re.compile(r"(?:\d{1,3}|\{\w{1,30}\})?(?:<<<|<<-?|<>|<&|>&|>>|>\||&>>|&>|<(?!\()|>(?!\())").match
_KEYWORDS: Final = frozenset(
    ["{", "}", "!", "if", "then", "elif", "else", "fi", "do", "done", "while", "until", "time", "coproc"]
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=", re.ASCII).match


@dataclass(slots=True)
class Part:
    """``kind``: literal, escape, single, ansi, double, variable, substitution, process or arithmetic.

    ``value`` is the text it stands for where that is known from quoting alone, the expression inside otherwise.
    """

    kind: str
    start: int
    end: int
    value: str = ""
    inner: Sequence["Part"] = ()
    script: "Script | None" = None


@dataclass(slots=True)
class Word:
    start: int
    end: int
    parts: list[Part]


@dataclass(slots=True)
class Command:
    start: int
    end: int
    words: list[Word] = field(default_factory=list)
    assignments: list[Word] = field(default_factory=list)
    redirections: list[tuple[str, Word]] = field(default_factory=list)
    document: str | None = None
    """Body of a here-document that is its input."""
    has_keyword: bool = False


@dataclass(slots=True)
class Pipeline:
    commands: list[Command]
    is_fed: bool = False
    """Something that is no simple command (a subshell) writes into it."""

    @property
    def start(self) -> int:
        return self.commands[0].start

    @property
    def end(self) -> int:
        return self.commands[-1].end


@dataclass(slots=True)
class Script:
    pipelines: list[Pipeline]
    end: int
    is_output: bool = False
    """Whether it stands in ``$(…)`` or backticks."""


class _Parser:
    def __init__(self, text: str, work: Work) -> None:
        self.text, self.work = text, work
        self.documents: list[tuple[Command, str, bool, bool]] = []

    def script(self, at: int, closer: str, depth: int) -> Script:
        """Pipelines up to ``closer`` (empty: the end of the text)."""
        text, length = self.text, len(self.text)
        pipelines: list[Pipeline] = []
        current: list[Command] = []
        command: Command | None = None
        is_fed = False
        opened = 0
        while at < length:
            character = text[at]
            blank = _BLANK(text, at) if character in " \t\r\\" else None
            if blank:
                at = blank.end()
                continue
            if closer and character == closer and not opened:
                break
            operator = _OPERATOR(text, at) if character in "|&;\n" else None
            is_group = character in "()"
            if operator or is_group:
                if command:
                    current.append(command)
                command = None
                sign = operator[0] if operator else character
                at += len(sign)
                if sign not in ("|", "|&"):
                    self._finish(pipelines, current, is_fed)
                    current, is_fed = [], False
                elif not current:
                    is_fed = True
                opened += {"(": 1, ")": -1}.get(sign, 0)
                opened = max(opened, 0)
                if sign == "\n" and self.documents:
                    at = self._read_documents(at)
                continue
            if character == "#" and command is None:
                newline = text.find("\n", at)
                at = length if newline < 0 else newline
                continue
            redirection = _REDIRECTION(text, at) if character in "<>&{" or character.isdecimal() else None
            command = command or Command(at, at)
            if redirection:
                at = self._redirection(command, redirection, depth)
            else:
                word = self.word(at, closer, depth)
                at = word.end
                self._place(command, word)
                if not command.words and not command.assignments and not command.redirections:
                    command = None  # a keyword: the command begins after it
                    continue
            command.end = at
        if command:
            current.append(command)
        self._finish(pipelines, current, is_fed)
        return Script(pipelines, at)

    def _finish(self, pipelines: list[Pipeline], current: list[Command], is_fed: bool) -> None:
        if current:
            pipelines.append(Pipeline(current, is_fed))

    def _place(self, command: Command, word: Word) -> None:
        raw = self.text[word.start : word.end]
        if not command.words:
            if raw in _KEYWORDS:
                return
            if _ASSIGNMENT(raw):
                command.assignments.append(word)
                return
        command.words.append(word)

    def _redirection(self, command: Command, match: re.Match[str], depth: int) -> int:
        at = match.end()
        blank = _BLANK(self.text, at)
        at = blank.end() if blank else at
        word = self.word(at, "", depth)
        operator = match[0].lstrip("0123456789")
        command.redirections.append((operator, word))
        if operator in ("<<", "<<-"):
            raw = self.text[word.start : word.end]
            name = re.sub(r"['\"\\]", "", raw)
            self.documents.append((command, name, operator == "<<-", name != raw))
        return max(word.end, at)

    def _read_documents(self, at: int) -> int:
        for command, name, strips_tabs, _is_literal in self.documents:
            lines = []
            while at < len(self.text):
                newline = self.text.find("\n", at)
                end = len(self.text) if newline < 0 else newline
                line = self.text[at:end]
                at = end + 1
                if (line.lstrip("\t") if strips_tabs else line).rstrip("\r") == name:
                    break
                lines.append(line.lstrip("\t") if strips_tabs else line)
            command.document = "\n".join(lines) + "\n"
            command.end = max(command.end, min(at - 1, len(self.text)))
        self.documents.clear()
        return min(at, len(self.text))

    def word(self, at: int, closer: str, depth: int) -> Word:
        """One word; of at least one character, so that every text is read to its end."""
        start, text, length = at, self.text, len(self.text)
        parts: list[Part] = []
        while at < length:
            if closer and text[at] == closer and closer != ")":
                break
            literal = _LITERAL(text, at)
            if literal:
                end = literal.end()
                if closer == "`" and "`" in literal[0]:
                    end = at + literal[0].index("`")
                parts.append(Part("literal", at, end, text[at:end]))
            elif text[at] in " \t\r\n|&;()" or (text[at] in "<>" and not text.startswith(("<(", ">("), at)):
                break
            else:
                parts.append(self.part(at, closer, depth, in_double=False))
            at = parts[-1].end
        if at == start and at < length and text[at] not in " \t\r\n|&;()<>":
            parts.append(Part("literal", at, at + 1, text[at]))
            at += 1
        self.work.spend(at - start)
        return Word(start, at, parts)

    def part(self, at: int, closer: str, depth: int, *, in_double: bool) -> Part:
        text = self.text
        character = text[at]
        if character == "\\":
            return self._escape(at, in_double)
        if character == "'":
            end = text.find("'", at + 1)
            end = len(text) if end < 0 else end
            return Part("single", at, min(end + 1, len(text)), text[at + 1 : end])
        if character == '"':
            return self._double(at, closer, depth)
        if character == "$":
            return self._dollar(at, closer, depth, in_double)
        if character == "`":
            return self._script_part("substitution", at, at + 1, "`", depth)
        if text.startswith(("<(", ">("), at):
            return self._script_part("process", at, at + 2, ")", depth)
        return Part("literal", at, at + 1, character)

    def _escape(self, at: int, in_double: bool) -> Part:
        after = self.text[at + 1 : at + 2]
        if after == "\n":
            return Part("escape", at, at + 2, "")
        if in_double and after not in ("$", "`", '"', "\\"):
            return Part("literal", at, at + 1, "\\")
        return Part("escape", at, min(at + 2, len(self.text)), after)

    def _double(self, at: int, closer: str, depth: int) -> Part:
        text, inner, start = self.text, [], at
        at += 1
        while at < len(text) and text[at] != '"':
            literal = _IN_DOUBLE(text, at)
            if literal:
                inner.append(Part("literal", at, literal.end(), literal[0]))
            elif text[at] == "`" and closer == "`":
                break  # the closing one of the substitution around; broken text
            else:
                inner.append(self.part(at, closer, depth, in_double=True))
            at = inner[-1].end
        return Part("double", start, min(at + 1, len(text)), "", inner)

    def _dollar(self, at: int, closer: str, depth: int, in_double: bool) -> Part:
        text = self.text
        follows = text[at + 1 : at + 2]
        if follows == "'" and not in_double:
            match = _SINGLE_END(text, at + 2)
            end = match.end() if match else len(text)
            return Part("ansi", at, min(end + 1, len(text)), ansi_c_text(text[at + 2 : end]))
        if follows == '"' and not in_double:
            double = self._double(at + 1, closer, depth)
            return Part("double", at, double.end, "", double.inner)
        if text.startswith("$((", at):
            end = text.find("))", at)
            end = len(text) if end < 0 else end + 2
            return Part("arithmetic", at, end, text[at + 3 : end - 2])
        if follows == "(":
            return self._script_part("substitution", at, at + 2, ")", depth)
        if follows == "{":
            end = self._brace_end(at + 2)
            return Part("variable", at, min(end + 1, len(text)), text[at + 2 : end])
        name = _NAME(text, at + 1)
        if name:
            return Part("variable", at, name.end(), name[0])
        return Part("literal", at, at + 1, "$")

    def _brace_end(self, at: int) -> int:
        depth = 0
        for match in re.compile(r"[{}]|\\.|'[^']*'", re.DOTALL).finditer(self.text, at):
            if match[0] == "{":
                depth += 1
            elif match[0] == "}":
                if not depth:
                    return match.start()
                depth -= 1
        return len(self.text)

    def _script_part(self, kind: str, start: int, at: int, closer: str, depth: int) -> Part:
        if depth >= MAX_NESTING:
            end = self.text.find(closer, at)
            end = len(self.text) if end < 0 else end
            return Part(kind, start, min(end + 1, len(self.text)), self.text[at:end])
        held, self.documents = self.documents, []
        script = self.script(at, closer, depth + 1)
        self.documents = held
        script.is_output = kind == "substitution"
        return Part(kind, start, min(script.end + 1, len(self.text)), self.text[at : script.end], script=script)


def parse(text: str, work: Work) -> Script:
    """The commands of ``text``; never fails."""
    return _Parser(text, work).script(0, "", 0)


def all_scripts(script: Script) -> list[Script]:
    """``script`` and the scripts of its substitutions, outermost first."""
    found = [script]
    for each in found:  # grows while it is read
        for pipeline in each.pipelines:
            for command in pipeline.commands:
                words = [*command.assignments, *command.words, *(word for _, word in command.redirections)]
                stack = [part for word in words for part in word.parts]
                while stack:
                    part = stack.pop()
                    stack += part.inner
                    if part.script:
                        found.append(part.script)
    return found
