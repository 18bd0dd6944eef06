"""Text that PowerShell puts together at run time: every constant expression is replaced by the string it makes.

``'I'+'EX'``, ``"{1}{0}" -f 'X','IE'``, ``-join([char[]](73,69,88))``, ``$env:ComSpec[4,24,25]-join''``, base64, xor.
"""

import re
from typing import Final

from ttpline.commands._decoding.base import LayerKind, Passage, Replacement
from ttpline.commands._decoding.powershell_methods import NotConstantError, Value
from ttpline.commands._decoding.powershell_syntax import Expression
from ttpline.commands._decoding.quoted import powershell_word
from ttpline.commands.dialect import Dialect

_START = re.compile(r"['\"(\[$@]|-join(?!\w)|-split(?!\w)", re.IGNORECASE)
_FAILURES: Final = (NotConstantError, IndexError, ValueError, OverflowError, RecursionError)
_ASSIGNMENT = re.compile(r"\$\{?([A-Za-z_]\w{0,63})\}?\s*(\+?=)(?!=)\s*", re.ASCII)
_REVERSED = re.compile(r"\[array\]::reverse\(\s*\$(\w{1,64})\s*\)", re.IGNORECASE)
ONLY_POWERSHELL: Final = frozenset({Dialect.POWERSHELL})
_STRONG: Final = frozenset({"char-codes", "format", "join", "base64", "replace", "reverse", "xor", "percent"})


def variables_of(passage: Passage) -> dict[str, Value]:
    """Variables that are set once, to a constant; later ones may use earlier ones."""
    values: dict[str, Value] = {}
    known: set[str] = set()
    end = 0
    for match in _ASSIGNMENT.finditer(passage.text):
        if match.start() < end:
            continue  # inside of the string that another one is set to
        name = match[1].lower()
        if name in known or match[2] != "=":
            values.pop(name, None)
            known.add(name)
            continue
        known.add(name)
        try:
            expression = Expression(passage.text, values, passage.work)
            value = expression.read(match.end())
        except _FAILURES:
            continue
        if re.compile(r"\s*(?:[;)}\"'\n]|\Z)").match(passage.text, expression.at):
            values[name], end = value, expression.at
    for match in _REVERSED.finditer(passage.text):
        turned = values.get(match[1].lower())
        if isinstance(turned, list):
            values[match[1].lower()] = turned[::-1]
        else:
            values.pop(match[1].lower(), None)
    return values


def _find_expression(passage: Passage) -> list[Replacement]:
    text = passage.text
    passage.work.spend(len(text))
    variables = variables_of(passage)
    found: list[Replacement] = []
    at = 0
    while True:
        start = _START.search(text, at)
        if not start:
            return [*found, *_unused(text, found, variables)]
        begin = start.start()
        at = start.end()
        if start[0] in "([" and _is_call_or_index(text[max(0, begin - 20) : begin], start[0]):
            continue
        if start[0][0] == "-" and _AFTER_VALUE(text[max(0, begin - 80) : begin]):
            continue  # the operator of something that is not known
        expression = Expression(text, variables, passage.work)
        operator = _AFTER_OPERATOR(text[max(0, begin - 40) : begin])
        try:
            value = expression.read(begin, 0 if not operator else 5 if operator[1].lower() == "f" else 2)
        except _FAILURES:
            if start[0] == "'":
                closing = text.find("'", at)
                at = closing + 1 if closing >= 0 else at
            continue
        replacement = _folded(text, begin, expression, value)
        if replacement:
            found.append(replacement)
            at = expression.at
        elif start[0] == "'":
            at = max(at, expression.at) if "," not in text[begin : expression.at] else at + text[at:].find("'") + 1


_KEYWORD_BEFORE = re.compile(
    r"(?:-join|-f|iex|invoke-expression|return|in|-split|echo|cmd|/c|%)\Z", re.IGNORECASE
).search


def _is_call_or_index(before: str, sign: str) -> bool:
    """Whether a bracket belongs to the name before it: ``Replace(…)``, ``$a[0]``."""
    previous = before[-1:]
    if not (previous.isalnum() or (previous and previous in "_)]}'\"")):
        return False
    return sign == "[" or not _KEYWORD_BEFORE(before)


_AFTER_VALUE: Final = re.compile(r"[\w)\]}'\"](?<!iex)(?<!return)(?<!expression)\s*\Z", re.IGNORECASE).search
_AFTER_OPERATOR: Final = re.compile(r"-([ic]?(?:replace|split|join)|f|bxor)\s*\Z", re.IGNORECASE).search


def _unused(text: str, found: list[Replacement], variables: dict[str, Value]) -> list[Replacement]:
    """Assignments of variables that stand only in what was put together."""
    dropped = []
    for name in variables if found else ():
        used = list(re.finditer(rf"\$\{{?{re.escape(name)}\}}?(?!\w)", text, re.IGNORECASE))
        outside = [match for match in used if not any(one.start <= match.start() < one.end for one in found)]
        if len(outside) != 1 or len(used) < 2:
            continue
        match = re.compile(r"\$\{?\w+\}?\s*=\s*(?:'(?:[^']|'')*'|\"[^\"$`]*\")\s*;\s*").match(text, outside[0].start())
        if match:
            dropped.append(Replacement.of(match.start(), match.end(), "variable", ""))
    return dropped


def _folded(text: str, begin: int, expression: Expression, value: Value) -> Replacement | None:
    kinds = [kind for kind in dict.fromkeys(expression.kinds) if kind]
    if not kinds or (expression.uses_variable and not _is_worth(text, begin, expression.at, kinds)):
        return None
    if (
        isinstance(value, list)
        and all(isinstance(item, str) and len(item) == 1 for item in value)
        and "char-codes" in kinds
    ):
        return None  # characters that something else joins
    if not isinstance(value, str) or not value or kinds == ["conversion"]:
        return None
    if any(not (character.isprintable() or character in "\r\n\t") for character in value):
        return None
    if kinds == ["variable"] and not _is_run(text, begin, expression.at):
        return None
    if kinds == ["slice"] and len(value) == 1 and not _is_run(text, begin, expression.at):
        return None
    after = powershell_word(value)
    if text[begin : expression.at] == after:
        return None
    return Replacement(begin, expression.at, tuple((kind, after) for kind in kinds))


def _is_run(text: str, begin: int, end: int) -> bool:
    before = text[max(0, begin - 24) : begin].lower().rstrip("( ")
    return bool(
        re.search(r"(?:[&.]|iex|invoke-expression)\Z", before)
        or re.match(r"[\s)]*\|\s*(?:iex|invoke-e)", text[end:], re.IGNORECASE)
    )


def _is_worth(text: str, begin: int, end: int, kinds: list[str]) -> bool:
    """With variables only what hides: run at once, or made of more than a path and a file name."""
    return (
        bool(_STRONG.intersection(kinds))
        or _is_run(text, begin, end)
        or bool(re.fullmatch(r"\(?\s*\$\w+(?:\s*\+\s*\$\w+)+\s*\)?", text[begin:end]))
    )


EXPRESSION: Final = LayerKind(
    re.compile(
        r"\+|-(?:f|[ic]?join|[ic]?split|[ic]?replace|bxor)(?!\w)|\[|\.(?:replace|insert|remove|substring|split)\(|['\"]\.",
        re.IGNORECASE,
    ).search,
    _find_expression,
    ONLY_POWERSHELL,
)
