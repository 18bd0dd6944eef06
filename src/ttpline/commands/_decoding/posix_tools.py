"""Programs of a pipeline whose output follows from their input alone: echo, printf, decoders and filters of text.

``TOOLS`` holds one function a program: arguments and input in, output out, None where it would do anything else.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_to_bytes

from ttpline.commands._decoding import bytes_as_text
from ttpline.commands._decoding.ansi_c import ansi_c_bytes, coded_kind
from ttpline.commands._decoding.text_filters import cut, head, rev, sed, tac, tail, tr

Tool = Callable[[list[str], bytes | None], tuple[str, bytes] | None]
"""Gives the kind of layer that the program undoes (empty: none) and its output."""

_FORMAT = re.compile(r"%(%|[-+ #0]*\d{0,4}(?:\.\d{0,4})?[a-zA-Z])")
_MAX_REPEATS: Final = 4096
_ECHO_OPTION = re.compile(r"-[neE]+").fullmatch


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _echo(arguments: list[str], _: bytes | None) -> tuple[str, bytes]:
    newline, escapes = True, False
    while arguments and _ECHO_OPTION(arguments[0]):
        newline &= "n" not in arguments[0]
        escapes |= "e" in arguments[0]
        arguments = arguments[1:]
    text = " ".join(arguments)
    kind = coded_kind(text) if escapes else ""
    return kind, (ansi_c_bytes(text) if escapes else _bytes(text)) + (b"\n" if newline else b"")


def _printf(arguments: list[str], _: bytes | None) -> tuple[str, bytes] | None:
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if not arguments or arguments[0].startswith("-"):
        return None
    form, rest = arguments[0], arguments[1:]
    output: list[bytes] = []
    for _repeat in range(_MAX_REPEATS):
        taken = 0
        at = 0
        for match in _FORMAT.finditer(form):
            output.append(ansi_c_bytes(form[at : match.start()]))
            at = match.end()
            if match[1] == "%":
                output.append(b"%")
                continue
            value = rest[taken] if taken < len(rest) else ""
            taken += 1
            written = _directive(match[0], value)
            if written is None:
                return None
            output.append(written)
        output.append(ansi_c_bytes(form[at:]))
        rest = rest[taken:]
        if not rest or not taken:
            break
    kind = (
        "hex" if "%d" in form and any(word.startswith("0x") for word in arguments) else coded_kind(" ".join(arguments))
    )
    return kind, b"".join(output)


def _directive(directive: str, value: str) -> bytes | None:
    letter = directive[-1]
    if letter == "s":
        return _bytes(value) if directive == "%s" else None
    if letter == "b":
        return ansi_c_bytes(value)
    if letter == "c":
        return _bytes(value[:1])
    if letter in "dixXo" and re.fullmatch(r"0x[0-9A-Fa-f]{1,8}|\d{1,10}", value):
        digits = re.fullmatch(r"%(0?\d{0,2})[a-zA-Z]", directive)
        number = int(value, 16) if value.startswith("0x") else int(value, 8 if value.startswith("0") else 10)
        return format(number, digits[1] + letter.replace("i", "d")).encode() if digits else None
    return None


def _cat(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    only_input = all(argument in ("-", "-u", "/dev/stdin") for argument in arguments)
    return ("", given) if only_input and given is not None else None


def _tee(_arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    return None if given is None else ("", given)


def _text(given: bytes | None) -> str | None:
    return None if given is None else given.decode("latin-1")


_DECODES = re.compile(r"-(?:[a-zA-Z]*[dD][a-zA-Z]*)|--d(?:e(?:c(?:o(?:d(?:e)?)?)?)?)?").fullmatch


def _base64(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    text = _text(given)
    if text is None or not any(_DECODES(argument) for argument in arguments):
        return None
    if any(not argument.startswith("-") and argument != "0" for argument in arguments):
        return None  # a file
    if any(re.fullmatch(r"-\w*i\w*|--ignore-garbage", argument) for argument in arguments):
        text = re.sub(r"[^A-Za-z0-9+/=]", "", text)
    data = bytes_as_text.base64_bytes(text)
    return None if data is None else ("base64", data)


def _b64decode(_arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    return _base64(["-d"], given)


def _base32(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    text = _text(given)
    data = bytes_as_text.base32_bytes(text) if text and any(_DECODES(word) for word in arguments) else None
    return None if data is None else ("base32", data)


def _openssl(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    is_base64 = arguments[:1] in (["base64"], ["enc"]) and ({"-base64", "-a"} & set(arguments) or "base64" in arguments)
    return _base64(["-d"], given) if is_base64 and "-d" in arguments and "-in" not in arguments else None


def _xxd(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    letters = "".join(argument.lstrip("-") for argument in arguments if argument.startswith("-"))
    files = any(not argument.startswith("-") for argument in arguments)
    text = _text(given)
    if text is None or files or "r" not in letters or "p" not in letters:
        return None
    data = bytes_as_text.hex_bytes(re.sub(r"[^0-9A-Fa-f]", "", text))
    return None if data is None else ("hex", data)


def _unpack(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    files = any(not argument.startswith("-") for argument in arguments)
    data = None if given is None or files else bytes_as_text.unpacked(given)
    return None if data is None else ("gzip", data)


def _gzip(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    return _unpack(arguments, given) if any(_DECODES(argument) for argument in arguments) else None


def _filter(kind: str, function: Callable[[list[str], str], str | None]) -> Tool:
    def tool(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
        if given is None:
            return None
        try:
            encoding = "utf-8"
            text = given.decode(encoding)
        except UnicodeDecodeError:
            encoding = "latin-1"
            text = given.decode(encoding)
        result = function(arguments, text)
        return None if result is None else (kind, result.encode(encoding, "replace"))

    return tool


_PERL_DECODER = re.compile(r"(?:print)?\W*decode_base64\W*(?:<>|<STDIN>|\$_|join\W+<>)?\W*").fullmatch
_PYTHON_DECODER = re.compile(
    r"import (?:sys, ?base64|base64, ?sys); ?(?:print|sys\.stdout\.(?:buffer\.)?write)\("
    r"base64\.b64decode\((?:sys\.stdin(?:\.buffer)?\.read\(\)|input\(\))\)(?:\.decode\([^()]*\))?\)"
).fullmatch


_PRINTED = re.compile(
    r"\s*(?:print|echo|puts|say)\s*\(?\s*(?P<q>['\"])(?P<text>[^'\"$@\\]*)(?P=q)\s*\)?\s*;?\s*"
).fullmatch


def _printed(arguments: list[str], *, newline: bool) -> tuple[str, bytes] | None:
    """The output of a one-liner that prints one literal."""
    if len(arguments) != 2 or arguments[0] not in ("-c", "-e", "-r", "-E"):
        return None
    match = _PRINTED(arguments[1])
    return ("", _bytes(match["text"]) + (b"\n" if newline else b"")) if match else None


def _ruby_or_php(arguments: list[str], _: bytes | None) -> tuple[str, bytes] | None:
    return _printed(arguments, newline=False)


def _perl(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    printed = _printed(arguments, newline=False)
    if printed:
        return printed
    joined = " ".join(argument for argument in arguments if not argument.startswith("-"))
    options = " ".join(argument for argument in arguments if argument.startswith("-"))
    code = re.sub(r"use MIME::Base64;?", "", joined).strip()
    if "e" not in options or not _PERL_DECODER(code):
        return None
    return _base64(["-d"], given)


def _python(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    printed = _printed(arguments, newline=True)
    if printed:
        return printed
    if arguments[:1] == ["-c"] and len(arguments) == 2 and "stdin" in arguments[1] and "unquote" in arguments[1]:
        text = _text(given)
        return None if text is None else ("percent", unquote_to_bytes(text))
    if arguments[:2] == ["-m", "base64"]:
        return _base64(arguments[2:], given)
    if arguments[:1] == ["-c"] and len(arguments) == 2 and _PYTHON_DECODER(arguments[1].strip()):
        return _base64(["-d"], given)
    return None


def _awk(arguments: list[str], given: bytes | None) -> tuple[str, bytes] | None:
    text = _text(given)
    field = re.fullmatch(r"\{ ?print \$(\d) ?;? ?\}", arguments[0].strip()) if len(arguments) == 1 else None
    if text is None or not field:
        return None
    wanted = int(field[1])
    lines = [line if not wanted else (line.split() + [""] * 10)[wanted - 1] for line in text.splitlines()]
    return "", ("\n".join(lines) + "\n").encode("latin-1")


_DECODE_PACKED: Final[Tool] = _unpack
TOOLS: Final[dict[str, Tool]] = {
    "echo": _echo, "printf": _printf, "cat": _cat, "tee": _tee, "base64": _base64, "gbase64": _base64,
    "b64decode": _b64decode, "base32": _base32, "openssl": _openssl, "xxd": _xxd, "gunzip": _DECODE_PACKED,
    "zcat": _DECODE_PACKED, "gzcat": _DECODE_PACKED, "bunzip2": _DECODE_PACKED, "bzcat": _DECODE_PACKED,
    "unxz": _DECODE_PACKED, "xzcat": _DECODE_PACKED, "gzip": _gzip, "bzip2": _gzip, "xz": _gzip,
    "pigz": _gzip, "zlib-flate": lambda words, given: _unpack([], given) if words == ["-uncompress"] else None,
    "rev": _filter("reverse", rev), "tac": _filter("reverse", tac), "tr": _filter("translate", tr),
    "sed": _filter("sed", sed), "cut": _filter("cut", cut), "head": _filter("cut", head), "tail": _filter("cut", tail),
    "perl": _perl, "python": _python, "python2": _python, "python3": _python, "awk": _awk,
    "ruby": _ruby_or_php, "php": _ruby_or_php,
}  # fmt: skip
"""A newcomer adds a program here."""

DECODERS: Final = frozenset({"base64", "base32", "hex", "octal", "gzip", "percent"})
"""Kinds whose input cannot be read as it stands: undone wherever they end. Filters only where a shell follows."""
