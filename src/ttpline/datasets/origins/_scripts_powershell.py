"""A PowerShell script as statements, those joined by ``;`` that share a variable or a function.

A process monitor sees one ``powershell -Command`` for such a group; statements that share nothing stand alone.
"""

import re
from collections.abc import Sequence

JOINED_CHARACTERS = 1500
"""A group that would be longer stays apart, statement by statement."""

SHORT_SCRIPT_STATEMENTS = 4
"""So many statements of which one loads a tool are one row."""

LOOK_BACK = 60
"""Pieces of output, most of them one character, in which the end of a line is looked for."""

_CONTINUES = re.compile(r"(?:[|,+=]|-(?:and|or|join|split|replace|f|eq|ne|match))$", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:else|elseif|catch|finally|while|until)\b", re.IGNORECASE)
_BLOCK_BEFORE_WHILE = re.compile(r"\bdo\s*\{", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"\$(?:(?:global|script|local|private):)?(\w+)(?:\.\w+|\[[^\]\n]{0,40}\])?\s*(?:[-+*/]?=)(?!=)", re.I
)
_NEW_VARIABLE = re.compile(
    r"\b(?:set|new)-variable\s+(?:-name\s+)?['\"]?(\w+)|-(?:out|error|pipeline)variable\s+(\w+)", re.I
)
_LOOP = re.compile(r"\bforeach\s*\(\s*\$(\w+)\s+in\b", re.IGNORECASE)
_USED = re.compile(r"[$@]\{?(?:(?:global|script|local|private):)?(\w+)(?!:)", re.IGNORECASE)
_FUNCTION = re.compile(r"(?:^|[;{}\s])function\s+(?:(?:global|script):)?([\w-]+)", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")
_LOADS = re.compile(r"\b(?:iex|invoke-expression|import-module|ipmo|downloadstring)\b|^\.\s+\S", re.IGNORECASE)
_AUTOMATIC = frozenset(
    {"_", "psitem", "null", "true", "false", "args", "input", "home", "pid", "pwd", "host", "error", "psscriptroot",
     "psversiontable", "env", "matches", "lastexitcode", "erroractionpreference", "progresspreference", "profile",
     "executioncontext", "pshome", "shellid", "this"}
)  # fmt: skip
_CLOSING = {")": "(", "}": "{", "]": "["}


def split_powershell(script: str) -> list[str]:
    """The rows of ``script``: groups of statements in the order of their first ones.

    >>> split_powershell("$a = 1\\nGet-Date # now\\nWrite-Error $a")
    ['$a = 1; Write-Error $a', 'Get-Date']
    """
    return join_statements(statements(script))


def statements(script: str) -> list[str]:
    """The statements of ``script`` at its top level, each on one line, without comments."""
    found: list[str] = []
    for text in _Scanner(script.replace("\r\n", "\n")).run():
        word = _GOES_ON.match(text)
        is_loop_end = word is not None and word[0].lower() in ("while", "until")
        if word and found and found[-1].endswith("}") and (not is_loop_end or _BLOCK_BEFORE_WHILE.search(found[-1])):
            found[-1] = f"{found[-1]} {text}"
        else:
            found.append(text)
    return found


def join_statements(parts: Sequence[str]) -> list[str]:
    """Statements that share a variable or function of the script as one row each, at most ``JOINED_CHARACTERS``."""
    if len(parts) <= SHORT_SCRIPT_STATEMENTS and any(map(_LOADS.search, parts)):
        whole = "; ".join(parts)
        if len(whole) <= JOINED_CHARACTERS:
            return [whole] if parts else []
    groups = _groups(parts)
    rows: list[tuple[int, str]] = []
    for members in groups:
        whole = "; ".join(parts[index] for index in members)
        if len(whole) <= JOINED_CHARACTERS:
            rows.append((members[0], whole))
        else:
            rows.extend((index, parts[index]) for index in members)
    return [text for _, text in sorted(rows)]


def _groups(parts: Sequence[str]) -> list[list[int]]:
    assigned = [{name.lower() for name in _names(part)} - _AUTOMATIC for part in parts]
    functions = [{name.lower() for name in _FUNCTION.findall(part)} for part in parts]
    known, defined = set().union(*assigned), set().union(*functions)
    leader = list(range(len(parts)))
    owner: dict[str, int] = {}

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]  # halves the way each time it is gone
            index = leader[index]
        return index

    for index, part in enumerate(parts):
        shared = {f"${name}" for name in map(str.lower, _USED.findall(part)) if name in known}
        shared |= {word.lower() for word in _WORD.findall(part)} & defined if defined else set()
        for name in sorted(shared):
            first, here = find(owner.setdefault(name, index)), find(index)
            leader[max(first, here)] = min(first, here)
    groups: dict[int, list[int]] = {}
    for index in range(len(parts)):
        groups.setdefault(find(index), []).append(index)
    return list(groups.values())


def _names(part: str) -> list[str]:
    named = [name for pair in _NEW_VARIABLE.findall(part) for name in pair if name]
    return [*_ASSIGNED.findall(part), *_LOOP.findall(part), *named]


class _Scanner:
    """Walks a script once, keeping strings as they are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._out: list[str] = []
        self._open: list[str] = []
        self._found: list[str] = []

    def run(self) -> list[str]:
        text = self._text
        while self._at < len(text):
            char = text[self._at]
            if text.startswith("<#", self._at):
                end = text.find("#>", self._at)
                self._at = len(text) if end < 0 else end + 2
            elif char == "#" and (self._at == 0 or text[self._at - 1] in " \t\n;{}()|"):
                end = text.find("\n", self._at)
                self._at = len(text) if end < 0 else end
            elif text[self._at : self._at + 2] in ("@'", '@"') and text[self._at + 2 : self._at + 3] == "\n":
                end = text.find(f"\n{text[self._at + 1]}@", self._at + 2)
                self._take(len(text) if end < 0 else end + 3)
            elif char in "'\"":
                self._take(self._string_end(char))
            elif char == "`":
                self._backtick()
            elif char == "\n" or (char == ";" and not self._open):
                self._line_end(char)
            else:
                self._bracket(char)
                self._out.append(char)
                self._at += 1
        self._end()
        return self._found

    def _take(self, end: int) -> None:
        """A string as it is, its line breaks as two characters."""
        self._out.append(self._text[self._at : end].replace("\n", "\\n"))
        self._at = end

    def _string_end(self, quote: str) -> int:
        at = self._at + 1
        while at < len(self._text):
            char = self._text[at]
            if quote == '"' and char == "`":
                at += 1
            elif char == quote:
                if self._text[at + 1 : at + 2] != quote:
                    return at + 1
                at += 1
            at += 1
        return len(self._text)

    def _backtick(self) -> None:
        rest = self._text[self._at + 1 : self._at + 80]
        if rest.lstrip(" \t").startswith("\n"):  # a continued line
            self._at += 1 + len(rest) - len(rest.lstrip())
            if not self._out[-1:] or self._out[-1] not in " \t":
                self._out.append(" ")
            return
        self._out.append(self._text[self._at : self._at + 2])
        self._at += 2

    def _bracket(self, char: str) -> None:
        if char in "({[":
            self._open.append(char)
        elif char in _CLOSING and self._open and self._open[-1] == _CLOSING[char]:
            self._open.pop()

    def _line_end(self, char: str) -> None:
        self._at += 1
        so_far = "".join(self._out[-LOOK_BACK:]).rstrip()
        following = self._text[self._at : self._at + 400].lstrip()
        if not self._open:
            if char == "\n" and (_CONTINUES.search(so_far[-12:]) or following.startswith(("|", "{"))) and so_far:
                while self._out[-1] in (" ", "\t"):
                    self._out.pop()
                self._out.append(" ")
                while self._text[self._at : self._at + 1] in (" ", "\t"):
                    self._at += 1  # indentation
            else:
                self._end()
        elif so_far.endswith(("{", "(", "[", ";", ",", "|", "}")) or following[:1] in ("}", ")", "]", "|", ""):
            closes_block = (
                so_far.endswith("}") and self._open[-1] == "{" and following[:1] not in ("}", ")", "]", "|", "")
            )
            self._out.append("; " if closes_block and not _GOES_ON.match(following) else " ")
        else:
            self._out.append("; " if self._open[-1] == "{" else " ")
        while self._out and self._text[self._at : self._at + 1] in ("\n", " ", "\t"):
            self._at += 1  # indentation

    def _end(self) -> None:
        text = "".join(self._out).strip().removesuffix(";").rstrip()
        if text:
            self._found.append(text)
        self._out, self._open = [], []
