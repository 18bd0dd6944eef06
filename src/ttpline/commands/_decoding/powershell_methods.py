"""Methods, static calls and operators of PowerShell on constant values: text in, text out, no object of the system."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from ttpline.commands._decoding.bytes_as_text import as_text, base64_bytes, utf16_text

Value = str | int | bytes | list["Value"]
MAX_ITEMS: Final = 65_536
_FIELD = re.compile(r"\{\{|\}\}|\{(\d{1,4})(?:,(-?\d{1,3}))?(?::([^{}]{0,20}))?\}")
_ENCODINGS: Final = {
    "unicode": "utf-16-le",
    "utf8": "utf-8",
    "ascii": "ascii",
    "utf7": "utf-7",
    "utf32": "utf-32-le",
    "default": "latin-1",
    "bigendianunicode": "utf-16-be",
    "latin1": "latin-1",
}


class NotConstantError(Exception):
    """Something whose value is not in the text."""


def text_of(value: Value) -> str:
    """As PowerShell writes a value into a string."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    return " ".join(text_of(item) for item in items_of(value))


def items_of(value: Value) -> list[Value]:
    if isinstance(value, list):
        return value
    return list(value) if isinstance(value, bytes) else [value]


def number_of(value: Value) -> int:
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*-?(?:0x[0-9A-Fa-f]{1,8}|\d{1,10})\s*", value):
        return int(value, 16 if "x" in value.lower() else 10)
    raise NotConstantError


def character(value: Value) -> str:
    if isinstance(value, str) and len(value) == 1:
        return value
    code = number_of(value)
    if not 0 <= code < 0x110000:
        raise NotConstantError
    return chr(code)


def formatted(template: Value, arguments: Value) -> str:
    """The ``-f`` operator, for fields that are put in as they are, in hex or filled with zeros."""
    items = items_of(arguments)

    def field(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        place = int(match[1])
        if place >= len(items):
            raise NotConstantError
        value = items[place]
        form = re.fullmatch(r"([xXdD])(\d{0,2})", match[3] or "")
        if match[3] and not (form and isinstance(value, int)):
            raise NotConstantError
        written = format(value, f"0{form[2] or 1}{form[1].replace('D', 'd')}") if form else text_of(value)
        width = int(match[2] or 0)
        return written.rjust(width) if width >= 0 else written.ljust(-width)

    return bounded(_FIELD.sub(field, text_of(template)))


def bounded(text: str) -> str:
    if len(text) > MAX_ITEMS:
        raise NotConstantError
    return text


def literal_pattern(pattern: str) -> str:
    """A regular expression that means one text, or a choice of a few; anything else is not evaluated.

    Only what Python and .NET read alike and what runs in linear time is let through.
    """
    if re.fullmatch(r"(?:[^\\.*+?()\[\]{}^$|]|\\[^A-Za-z0-9])*", pattern, re.DOTALL):
        return pattern
    if re.fullmatch(r"(?:[^\\.*+?()\[\]{}^$]|\\[^A-Za-z0-9]){1,80}", pattern, re.DOTALL):
        return pattern
    if re.fullmatch(r"\[(?!\^)[^\]\\\[]{1,60}\]\+?|\[[^\]\\\[]{1,60}\]|\\[sdDSwW]\+?|\.", pattern):
        return pattern
    raise NotConstantError


def replaced(value: Value, old: str, new: str, *, is_pattern: bool, ignores_case: bool) -> Value:
    if isinstance(value, list):
        return [replaced(item, old, new, is_pattern=is_pattern, ignores_case=ignores_case) for item in value]
    text = text_of(value)
    if not is_pattern:
        return bounded(text.replace(old, new)) if old else text
    pattern = literal_pattern(old)
    if "$" in new.replace("$$", ""):
        raise NotConstantError
    flags = re.IGNORECASE if ignores_case else 0
    return bounded(re.sub(pattern, lambda _: new.replace("$$", "$"), text, count=0, flags=flags)) if old else text


def split(value: Value, separator: str, *, ignores_case: bool = True) -> list[Value]:
    pattern = literal_pattern(separator)
    pieces: list[Value] = []
    for item in items_of(value):
        pieces += (
            re.split(pattern, text_of(item), flags=re.IGNORECASE if ignores_case else 0) if pattern else [text_of(item)]
        )
    return pieces


def decoded_bytes(value: Value, encoding: str) -> str:
    name = _ENCODINGS.get(encoding.lower())
    data = value if isinstance(value, bytes) else bytes(number_of(item) & 0xFF for item in items_of(value))
    if name is None:
        raise NotConstantError
    if name == "utf-16-le":
        text = utf16_text(data)
    elif name in ("ascii", "utf-8"):
        text = as_text(data)
    else:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, ValueError):
            text = None
    if text is None:
        raise NotConstantError
    return bounded(text)


def from_base64(value: Value) -> bytes:
    data = base64_bytes(text_of(value))
    if data is None:
        raise NotConstantError
    return data


def to_number(arguments: list[Value]) -> int:
    text = text_of(arguments[0]).strip()
    base = number_of(arguments[1]) if len(arguments) > 1 else 10
    if base not in (2, 8, 10, 16) or not re.fullmatch(r"(?:0x)?[0-9A-Fa-f]{1,16}", text):
        raise NotConstantError
    try:
        return int(text, base)
    except ValueError as error:
        raise NotConstantError from error


def _substring(value: Value, arguments: list[Value]) -> Value:
    text, start = text_of(value), number_of(arguments[0])
    return text[start : start + number_of(arguments[1])] if len(arguments) > 1 else text[start:]


def _split_method(value: Value, arguments: list[Value]) -> Value:
    separators = "".join(text_of(item) for argument in arguments[:1] for item in items_of(argument))
    if not separators:
        return [*text_of(value).split()]
    return [*re.split("[" + re.escape(separators) + "]", text_of(value))]


def _matches(given: list[Value]) -> Value:
    """Every character, from the right: the one use that only reverses."""
    if len(given) != 3 or text_of(given[1]) != "." or text_of(given[2]).lower() != "righttoleft":
        raise NotConstantError
    return [*text_of(given[0])[::-1]]


METHODS: Final[dict[str, Callable[[Value, list[Value]], Value]]] = {
    "replace": lambda value, given: replaced(
        value, text_of(given[0]), text_of(given[1]), is_pattern=False, ignores_case=False
    ),
    "split": _split_method,
    "substring": _substring,
    "tostring": lambda value, given: text_of(value),
    "tolower": lambda value, given: text_of(value).lower(),
    "tolowerinvariant": lambda value, given: text_of(value).lower(),
    "toupper": lambda value, given: text_of(value).upper(),
    "toupperinvariant": lambda value, given: text_of(value).upper(),
    "trim": lambda value, given: text_of(value).strip(text_of(given[0]) if given else None),
    "trimstart": lambda value, given: text_of(value).lstrip(text_of(given[0]) if given else None),
    "trimend": lambda value, given: text_of(value).rstrip(text_of(given[0]) if given else None),
    "tochararray": lambda value, given: [*text_of(value)],
    "insert": lambda value, given: (lambda text, at: text[:at] + text_of(given[1]) + text[at:])(
        text_of(value), number_of(given[0])
    ),
    "remove": lambda value, given: (
        lambda text, at: text[:at] + (text[at + number_of(given[1]) :] if len(given) > 1 else "")
    )(text_of(value), number_of(given[0])),
    "normalize": lambda value, given: text_of(value),
}
"""A newcomer adds a method here."""

STATICS: Final[dict[str, Callable[[list[Value]], Value]]] = {
    "convert::frombase64string": lambda given: from_base64(given[0]),
    "convert::toint16": to_number,
    "convert::toint32": to_number,
    "convert::toint64": to_number,
    "convert::tobyte": to_number,
    "convert::touint16": to_number,
    "convert::touint32": to_number,
    "convert::tochar": lambda given: character(given[0]),
    "convert::tostring": lambda given: text_of(given[0]),
    "char::convertfromutf32": lambda given: character(given[0]),
    "char::parse": lambda given: character(given[0]),
    "string::join": lambda given: text_of(given[0]).join(
        text_of(item) for value in given[1:] for item in items_of(value)
    ),
    "string::concat": lambda given: "".join(text_of(item) for value in given for item in items_of(value)),
    "string::format": lambda given: formatted(given[0], list(given[1:])),
    "string::new": lambda given: "".join(character(item) for item in items_of(given[0])),
    "regex::unescape": lambda given: text_of(given[0]).replace("\\", ""),
    "regex::replace": lambda given: replaced(
        given[0], text_of(given[1]), text_of(given[2]), is_pattern=True, ignores_case=False
    ),
    "regex::matches": lambda given: _matches(given),
    "regex::split": lambda given: split(given[0], text_of(given[1]), ignores_case=False),
    "uri::unescapedatastring": lambda given: unquote(text_of(given[0])),
    "web.httputility::urldecode": lambda given: unquote(text_of(given[0])),
    "net.webutility::urldecode": lambda given: unquote(text_of(given[0])),
    "scriptblock::create": lambda given: text_of(given[0]),
}
"""A newcomer adds a static method here: type without ``System.``, both in lower case."""

STATIC_KINDS: Final = {
    "convert::frombase64string": "base64",
    "string::join": "join",
    "string::concat": "concatenation",
    "string::format": "format",
    "uri::unescapedatastring": "percent",
    "web.httputility::urldecode": "percent",
    "net.webutility::urldecode": "percent",
    "char::convertfromutf32": "char-codes",
    "convert::tochar": "char-codes",
    "regex::replace": "replace",
    "regex::split": "split",
    "regex::matches": "reverse",
    "string::new": "char-codes",
}

METHOD_KINDS: Final = {
    "replace": "replace",
    "split": "split",
    "substring": "slice",
    "insert": "replace",
    "remove": "replace",
}
