"""What words of a POSIX shell stand for, as far as the text itself says: quotes, escapes, variables set in the text.

Nothing is asked from outside: a variable that the text does not set is not known, but for the first letters of a few
that are the same everywhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ttpline.commands._decoding.posix_syntax import Command, Part, Script, Word

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN_BEGINNINGS: Final = {
    "PATH": "/", "HOME": "/", "PWD": "/", "OLDPWD": "/", "SHELL": "/", "BASH": "/",
    "SHELLOPTS": "braceexpand:", "LS_COLORS": "rs=0:di=01;34:", "IFS": " \t\n",
}  # fmt: skip
"""How the values of variables of bash begin on every usual machine."""

_REFERENCE = re.compile(r"([A-Za-z_]\w*|[1-9])", re.ASCII).match
_SLICE = re.compile(r":\s*(-?\d{1,5})(?:\s*:\s*(-?\d{1,5}))?", re.ASCII).fullmatch
_LOOP = re.compile(r"\b(?:for|read|select|getopts\s+\S+)\s+(?:-\w+\s+)*([A-Za-z_]\w*)", re.ASCII)
_MAX_VALUE: Final = 65_536


@dataclass(slots=True)
class Values:
    """Variables of one script: ``name`` to (where it was set, value or None); the last one before a place counts."""

    settings: dict[str, list[tuple[int, str | None]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    """What the text itself writes into files; no file is looked at."""
    output_of: "Callable[[Script, Values], str | None] | None" = None
    """Gives the text that a substitution prints, where that is computed from text alone."""

    def at(self, name: str, place: int) -> str | None:
        value = None
        for where, text in self.settings.get(name, ()):
            if where <= place:
                value = text
        return value

    def is_set(self, name: str) -> bool:
        return name in self.settings


def collect(text: str, commands: list[Command], values: Values) -> None:
    """Read the assignments of ``commands`` in order."""
    for command in commands:
        words = command.assignments
        if command.words:
            program = text[command.words[0].start : command.words[0].end]
            words = command.words[1:] if program in ("export", "declare", "local", "readonly", "typeset") else []
        if command.words and program == "set" and len(command.words) > 2:
            _set_positions(text, command, values)
        for word in words:
            raw = text[word.start : word.end]
            name, equals, _ = raw.partition("=")
            if not equals:
                continue
            appends = name.endswith("+")
            name = name.removesuffix("+")
            value = word_value(_tail(word, len(name) + 1 + appends), values)
            if raw[len(name) + 1 :].startswith("("):
                value = None
            if appends and value is not None:
                before = values.at(name, word.start)
                value = None if before is None else before + value
            values.settings.setdefault(name, []).append((word.end, value))
    for match in _LOOP.finditer(text):
        values.settings.setdefault(match[1], []).append((match.start(), None))


def _set_positions(text: str, command: Command, values: Values) -> None:
    """``set -- a b``: $1 and $2."""
    if text[command.words[1].start : command.words[1].end] != "--":
        return
    for place, word in enumerate(command.words[2:11], 1):
        values.settings.setdefault(str(place), []).append((word.end, word_value(word, values)))


def _tail(word: Word, characters: int) -> Word:
    """``word`` without its first ``characters`` characters, which stand in its first part."""
    first = word.parts[0]
    cut = Part(first.kind, first.start + characters, first.end, first.value[characters:])
    return Word(word.start + characters, word.end, [cut, *word.parts[1:]])


def word_value(word: Word, values: Values) -> str | None:
    """The text that the program receives; None where only the shell knows."""
    return parts_value(word.parts, values)


def parts_value(parts: Sequence[Part], values: Values) -> str | None:
    pieces: list[str] = []
    size = 0
    for part in parts:
        value = part_value(part, values)
        if value is None:
            return None
        size += len(value)
        if size > _MAX_VALUE:
            return None
        pieces.append(value)
    return "".join(pieces)


def part_value(part: Part, values: Values) -> str | None:
    if part.kind in ("literal", "escape", "single", "ansi"):
        return part.value
    if part.kind == "double":
        return parts_value(part.inner, values)
    if part.kind == "variable":
        return variable_value(part.value, part.start, values)
    if part.kind == "substitution" and part.script:
        if not part.script.pipelines:
            return ""
        text = values.output_of(part.script, values) if values.output_of else None
        return None if text is None else text.rstrip("\n")
    return None


def variable_value(expression: str, place: int, values: Values) -> str | None:
    """``${expression}``: plain, sliced, trimmed, replaced, indirect or changed in case."""
    if expression.startswith("!"):
        name = values.at(expression[1:], place)
        return values.at(name, place) if name else None
    if expression.startswith("#") and len(expression) > 1:
        value = values.at(expression[1:], place)
        return None if value is None else str(len(value))
    match = _REFERENCE(expression)
    if not match:
        return None
    name, operation = match[1], expression[match.end() :]
    value = values.at(name, place)
    if value is None:
        return None if values.is_set(name) else _known_slice(name, operation)
    return _changed(value, operation)


def _known_slice(name: str, operation: str) -> str | None:
    beginning = KNOWN_BEGINNINGS.get(name)
    cut = _SLICE(operation)
    if beginning is None or not cut or cut[2] is None:
        return None
    start, length = int(cut[1]), int(cut[2])
    inside = start >= 0 and length >= 0 and start + length <= len(beginning)
    return beginning[start : start + length] if inside else None


def _changed(value: str, operation: str) -> str | None:
    if not operation:
        return value
    cut = _SLICE(operation)
    if cut:
        start, length = int(cut[1]), cut[2]
        start = start if start >= 0 else max(len(value) + start, 0)
        if length is None:
            return value[start:]
        end = start + int(length) if int(length) >= 0 else len(value) + int(length)
        return value[start:end] if end >= start else ""
    if operation in ("^^", ",,"):
        return value.upper() if operation == "^^" else value.lower()
    if operation in ("^", ","):
        return (value[:1].upper() if operation == "^" else value[:1].lower()) + value[1:]
    if operation[0] == "/":
        return _replaced(value, operation)
    if operation[0] in "#%":
        return _trimmed(value, operation)
    if operation[:2] in (":-", ":=", ":?") and value:
        return value
    return None


def _replaced(value: str, operation: str) -> str | None:
    everywhere = operation.startswith("//")
    pattern, _, by = operation[1 + everywhere :].partition("/")
    pattern, by = _unquoted(pattern), _unquoted(by)
    if not pattern or re.search(r"[*?\[$`]", pattern) or re.search(r"[$`]", by):
        return None
    result = value.replace(pattern, by) if everywhere else value.replace(pattern, by, 1)
    return result if len(result) <= _MAX_VALUE else None


def _unquoted(text: str) -> str:
    return re.sub(r"""\\(.)|['"]""", lambda match: match[1] or "", text)


def _trimmed(value: str, operation: str) -> str | None:
    sign = operation[0]
    longest = operation.startswith(sign * 2)
    pattern = re.sub(r"""['"\\]""", "", operation[1 + longest :])
    literal = pattern.replace("*", "")
    if re.search(r"[?\[$`]", literal) or not literal:
        return None
    if sign == "#" and pattern == "*" + literal:
        at = value.rfind(literal) if longest else value.find(literal)
        return value[at + len(literal) :] if at >= 0 else value
    if sign == "%" and pattern == literal + "*":
        at = value.find(literal) if longest else value.rfind(literal)
        return value[:at] if at >= 0 else value
    if pattern == literal:
        return value.removeprefix(literal) if sign == "#" else value.removesuffix(literal)
    return None
