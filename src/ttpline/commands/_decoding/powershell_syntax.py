"""Constant expressions of PowerShell: read and evaluated in one pass, with the tricks that they use.

Operators bind as in PowerShell: comma, ``..``, ``-f``, ``*``, ``+``, then ``-join``, ``-split``, ``-replace``.
"""

import re
from collections.abc import Callable
from typing import Final

from ttpline.commands._decoding.base import Work
from ttpline.commands._decoding.powershell_methods import (
    MAX_ITEMS,
    METHOD_KINDS,
    METHODS,
    STATIC_KINDS,
    STATICS,
    NotConstantError,
    Value,
    bounded,
    character,
    decoded_bytes,
    formatted,
    items_of,
    number_of,
    replaced,
    split,
    text_of,
)
from ttpline.commands._decoding.powershell_values import CONSTANTS, Items, code_of, indexed

MAX_DEPTH: Final = 24
MAX_LOOP: Final = 16_384  # turns of ForEach-Object: the characters of a script, each in its own number

_BLANK = re.compile(r"(?:\s|`\r?\n)*")
_SINGLE = re.compile(r"'((?:[^']|'')*)'").match
_DOUBLE = re.compile(r'"((?:[^"`]|`.|"")*)"', re.DOTALL).match
_HERE = re.compile(r"@(['\"])\r?\n(.*?)\r?\n\1@", re.DOTALL).match
_NUMBER = re.compile(r"-?(?:0x[0-9A-Fa-f]{1,8}|\d{1,9})(?![\w.]|\.\d)|-?\d{1,9}(?=\.\.)").match
_VARIABLE = re.compile(r"\$(?:\{((?:env:)?\w{1,64})\}|((?:env:)?\w{1,64}))", re.ASCII | re.IGNORECASE).match
_TYPE = re.compile(r"\[\s*([A-Za-z][\w.]{0,60}(?:\[\])?)\s*\]").match
_STATIC = re.compile(r"\s*::\s*(['\"]?)([A-Za-z]\w{0,40})\1").match
_MEMBER = re.compile(r"\s*\.\s*(['\"]?)([A-Za-z]\w{0,40})\1\s*(\()?").match
_OPERATOR = re.compile(
    r"(\.\.|,|\+(?!=)|\*(?!=)|-f(?![\w])|-[ic]?join(?!\w)|-[ic]?split(?!\w)|-[ic]?replace(?!\w)|-bxor(?!\w)|\|)",
    re.IGNORECASE,
).match
_FOR_EACH = re.compile(r"\s*(?:%|foreach(?:-object)?(?=[\s{]))\s*\{", re.IGNORECASE).match
_IN_STRING = re.compile(r"`(.)|\$(?:\{(\w{1,64})\}|(\w{1,64}))|\$\(|\"\"", re.DOTALL | re.ASCII)
_ENCODING = re.compile(r"\[\s*(?:system\.)?text\.(?:encoding|(\w{1,8})encoding)\s*\]", re.IGNORECASE).match
_GET_ENCODING = re.compile(
    r"\s*::\s*(?:(\w{3,20})|getencoding\(\s*(?:['\"]?([\w-]{3,12})['\"]?)\s*\))(?=\s*\.)", re.IGNORECASE
).match
_CODE_PAGES: Final = {
    "utf-8": "utf8",
    "65001": "utf8",
    "utf-16": "unicode",
    "1200": "unicode",
    "us-ascii": "ascii",
    "20127": "ascii",
    "1252": "default",
}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_BINDING: Final = {"|": 0, "-bxor": 1, "-join": 1, "-split": 1, "-replace": 1, "+": 2, "*": 3, "-f": 4, "..": 5, ",": 6}


class Expression:
    """One attempt to read a constant expression; ``kinds`` are the tricks met, ``uses_variable``: was one read?"""

    def __init__(self, text: str, variables: dict[str, Value], work: Work) -> None:
        self.text, self.variables, self.work = text, variables, work
        self.kinds: list[str] = []
        self.uses_variable = False
        self.at = 0
        self.depth = self.level = 0
        self.item: Value | None = None

    def read(self, at: int, level: int = 0) -> Value:
        """The value of the longest expression at ``at`` whose operators bind at ``level``; ``self.at`` is behind it."""
        self.at, self.level = at, level
        return self._binary(level)

    def _skip(self) -> None:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _binary(self, level: int) -> Value:
        left = self._unary()
        while True:
            end = self.at
            self._skip()
            match = _OPERATOR(self.text, self.at)
            name = re.sub(r"\A-[ic](?=join|split|replace)", "-", match[1].lower()) if match else ""
            if not match or _BINDING[name] < level:
                self.at = end
                return left
            self.at = match.end()
            try:
                left = self._applied(name, left, is_exact=match[1].lower().startswith("-c"))
            except (NotConstantError, IndexError):
                if level > self.level or self.depth:
                    raise
                self.at = end  # 'a' + 'b' + $x: what is known so far
                return left

    def _applied(self, name: str, left: Value, *, is_exact: bool) -> Value:
        self.work.spend(len(left) if isinstance(left, (str, bytes, list)) else 1)
        if name == "|":
            return self._for_each(left)
        if name == ",":
            right = self._binary(_BINDING[","] + 1)
            return Items([*left, right]) if isinstance(left, Items) else Items([left, right])
        known = list(self.kinds)
        right = self._binary(_BINDING[name] + 1)
        if name == "..":
            low, high = number_of(left), number_of(right)
            if abs(high - low) > MAX_ITEMS:
                raise NotConstantError
            return list(range(low, high + 1)) if low <= high else list(range(low, high - 1, -1))
        if name == "+":
            self.kinds.append("concatenation")
            if isinstance(left, int) and isinstance(right, int):
                return left + right
            if isinstance(left, list):
                return [*left, *items_of(right)]
            return bounded(
                text_of(left)
                + ("".join(map(text_of, right)) if isinstance(right, list) and not known else text_of(right))
            )
        if name == "*":
            if isinstance(left, int):
                return left * number_of(right)
            count = number_of(right)
            if len(text_of(left)) * count > MAX_ITEMS:
                raise NotConstantError
            return text_of(left) * count
        return self._by_words(name, left, right, is_exact=is_exact)

    def _by_words(self, name: str, left: Value, right: Value, *, is_exact: bool) -> Value:
        if name == "-f":
            if not re.search(r"\{\d", text_of(left)):
                raise NotConstantError  # cut -d ' ' -f 2
            self.kinds.append("format")
            return formatted(left, right)
        if name == "-join":
            self.kinds.append("join")
            return bounded(text_of(right).join(text_of(item) for item in items_of(left)))
        if name == "-split":
            self.kinds.append("split")
            return split(left, text_of(items_of(right)[0]), ignores_case=not is_exact)
        if name == "-replace":
            self.kinds.append("replace")
            pair = [*items_of(right), ""]
            return replaced(left, text_of(pair[0]), text_of(pair[1]), is_pattern=True, ignores_case=not is_exact)
        self.kinds.append("xor")
        return code_of(left) ^ code_of(right)

    def _for_each(self, items: Value) -> Value:
        match = _FOR_EACH(self.text, self.at)
        if not match:
            raise NotConstantError
        start, held = match.end(), self.item
        results: list[Value] = []
        if len(items_of(items)) > MAX_LOOP:
            raise NotConstantError
        for item in items_of(items):
            self.item = item
            self.work.spend(8)
            self.at = start
            self.depth += 1
            results.append(self._binary(0))
            self.depth -= 1
            self._expect("}")
        self.item = held
        return results

    def _expect(self, sign: str) -> None:
        self._skip()
        if not self.text.startswith(sign, self.at):
            raise NotConstantError
        self.at += len(sign)

    def _unary(self) -> Value:
        self._skip()
        unary = re.compile(r"-(join|split)(?!\w)", re.IGNORECASE).match(self.text, self.at)
        if unary:
            self.at = unary.end()
            value = self._binary(_BINDING[","] + 1)
            self.kinds.append(unary[1].lower())
            if unary[1].lower() == "join":
                return bounded("".join(text_of(item) for item in items_of(value)))
            return [piece for item in items_of(value) for piece in text_of(item).split()]
        if self.text.startswith(",", self.at):
            self.at += 1
            return self._deeper(lambda: self._binary(_BINDING[","]))
        return self._postfix(self._primary())

    def _primary(self) -> Value:
        text, at = self.text, self.at
        self.work.spend(4)
        sign = text[at : at + 1]
        if sign == "'" or sign == '"':
            return self._string()
        here = _HERE(text, at) if sign == "@" else None
        if here:
            self.at = here.end()
            return here[2] if here[1] == "'" else self._interpolated(here[2])
        if text.startswith(("(", "@(", "$("), at):
            return self._parenthesised(at + (1 if sign == "(" else 2))
        number = _NUMBER(text, at)
        if number:
            self.at = number.end()
            return int(number[0], 16 if "x" in number[0].lower() else 10)
        if sign == "$":
            return self._variable()
        if sign == "[":
            return self._typed()
        raise NotConstantError

    def _parenthesised(self, at: int) -> Value:
        if self.depth >= MAX_DEPTH:
            raise NotConstantError
        self.at = at
        self.depth += 1
        self._skip()
        value: Value = Items() if self.text.startswith(")", self.at) else self._binary(0)
        self.depth -= 1
        self._expect(")")
        return list(value) if isinstance(value, list) else value

    def _string(self) -> Value:
        single = _SINGLE(self.text, self.at)
        if single:
            self.at = single.end()
            self.work.spend(len(single[0]))
            return single[1].replace("''", "'")
        double = _DOUBLE(self.text, self.at)
        if not double:
            raise NotConstantError
        self.work.spend(len(double[0]))
        self.at = double.end()
        return self._interpolated(double[1])

    def _interpolated(self, text: str) -> str:
        pieces: list[str] = []
        at = 0
        for match in _IN_STRING.finditer(text):
            if match.start() < at:
                continue
            pieces.append(text[at : match.start()])
            at = match.end()
            name = match[2] or match[3]
            if match[0] == '""':
                pieces.append('"')
            elif match[1]:
                pieces.append(_ESCAPES.get(match[1], match[1]))
            elif name:
                pieces.append(text_of(self._value_of(name)))
                self.kinds.append("variable")
            else:
                at = self._interpolated_expression(text, at, pieces)
        return bounded("".join([*pieces, text[at:]]))

    def _interpolated_expression(self, text: str, at: int, pieces: list[str]) -> int:
        """``$(…)`` inside a string; returns where it ends."""
        if self.depth >= MAX_DEPTH:
            raise NotConstantError
        inner = Expression(text, self.variables, self.work)
        inner.depth = self.depth + 1
        pieces.append(text_of(inner.read(at)))
        inner._expect(")")
        self.kinds += inner.kinds
        self.uses_variable |= inner.uses_variable
        return inner.at

    def _value_of(self, name: str) -> Value:
        value = self.variables.get(name.lower())
        if value is None:
            raise NotConstantError
        self.uses_variable = True
        return value

    def _variable(self) -> Value:
        match = _VARIABLE(self.text, self.at)
        if not match:
            raise NotConstantError
        self.at = match.end()
        name = (match[1] or match[2]).lower()
        if name == "_" and self.item is not None:
            return self.item
        follows = (
            re.compile(r"(?:\.tostring\(\))?\s*\[").match(self.text.lower(), self.at) if name in CONSTANTS else None
        )
        if follows and name not in self.variables:
            self.kinds.append("slice")
            return CONSTANTS[name]
        return self._value_of(name)

    def _typed(self) -> Value:
        encoding = _ENCODING(self.text, self.at)
        if encoding:
            return self._get_string(encoding)
        match = _TYPE(self.text, self.at)
        if not match:
            raise NotConstantError
        self.at = match.end()
        name = match[1].lower().removeprefix("system.")
        static = _STATIC(self.text, self.at)
        if static:
            self.at = static.end()
            call = f"{name}::{static[2].lower()}"
            function: Callable[[list[Value]], Value] | None = STATICS.get(call)
            if function is None:
                raise NotConstantError
            self._expect("(")
            given = self._arguments()
            kind: str = STATIC_KINDS.get(call, "conversion")
            self.kinds.append(kind)
            return function(given)
        return self._cast(name, self._deeper(self._unary))

    def _deeper(self, read: Callable[[], Value]) -> Value:
        if self.depth >= MAX_DEPTH:
            raise NotConstantError
        self.depth += 1
        value = read()
        self.depth -= 1
        return value

    def _cast(self, name: str, value: Value) -> Value:
        if name == "char":
            self.kinds.append("char-codes")
            return character(value)
        if name == "char[]":
            self.kinds.append("char-codes")
            return [*value] if isinstance(value, str) else [character(item) for item in items_of(value)]
        if name in ("int", "int32", "int16", "byte", "int64", "uint32"):
            return code_of(value)
        if name in ("int[]", "byte[]", "string[]"):
            return value if isinstance(value, (list, bytes)) else [value]
        if name == "string":
            return text_of(value)
        if name in ("array", "object[]"):
            return items_of(value)
        if name == "scriptblock":
            return text_of(value)
        raise NotConstantError

    def _get_string(self, encoding: re.Match[str]) -> Value:
        self.at = encoding.end()
        name = encoding[1]
        if not name:
            chosen = _GET_ENCODING(self.text, self.at)
            if not chosen:
                raise NotConstantError
            name = chosen[1] or _CODE_PAGES.get(chosen[2].lower(), "")
            self.at = chosen.end()
        member = _MEMBER(self.text, self.at)
        if not member or member[2].lower() != "getstring" or not member[3]:
            raise NotConstantError
        self.at = member.end()
        given = self._arguments()
        self.kinds.append("base64" if isinstance(given[0], bytes) else "char-codes")
        return decoded_bytes(given[0], name)

    def _arguments(self) -> list[Value]:
        """Up to the closing bracket; the opening one was read."""
        self._skip()
        if self.text.startswith(")", self.at):
            self.at += 1
            return []
        self.depth += 1
        value = self._binary(0)
        self.depth -= 1
        self._expect(")")
        return list(value) if isinstance(value, Items) else [value]

    def _postfix(self, value: Value) -> Value:
        while True:
            if self.text.startswith("[", self.at):
                self.at += 1
                self.depth += 1
                index = self._binary(0)
                self.depth -= 1
                self._expect("]")
                value = indexed(value, index)
                self.kinds.append("reverse" if isinstance(index, list) and index[:1] == [-1] else "slice")
                continue
            member = _MEMBER(self.text, self.at)
            if not member:
                return value
            name, is_call = member[2].lower(), bool(member[3])
            if name == "value" and not is_call and self.item is not None:
                self.at = member.end()
                continue
            if name == "invoke" or name not in METHODS:
                return value if name in ("invoke", "length") else self._stop()
            if not is_call:
                return self._stop()
            self.at = member.end()
            given = self._arguments()
            self.kinds.append(METHOD_KINDS.get(name, ""))
            value = METHODS[name](value, given)

    def _stop(self) -> Value:
        raise NotConstantError
