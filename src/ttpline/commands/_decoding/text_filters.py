"""Filters of text as pure functions: rev, tac, tr, cut, head, tail and the simplest of sed."""

import re
from typing import Final

_RANGE = re.compile(r"(.)-(.)", re.DOTALL)
_CLASSES: Final = {
    "[:lower:]": "abcdefghijklmnopqrstuvwxyz", "[:upper:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "[:digit:]": "0123456789",
    "[:space:]": " \t\n\r\v\f", "[:blank:]": " \t",
}  # fmt: skip
_SUBSTITUTE = re.compile(r"s([/|#,:@!_;])((?:(?!\1)[^\\\n]|\\.)*)\1((?:(?!\1)[^\\\n]|\\.)*)\1(g?)", re.DOTALL).fullmatch
_TRANSLITERATE = re.compile(r"y([/|#,:@])([^/|#,:@\\]+)\1([^/|#,:@\\]+)\1").fullmatch
_DELETE_CLASS = re.compile(r"\[(\^?)([^\]\\\[]+)\]\*?").fullmatch
_LIST = re.compile(r"\d{1,5}(?:-\d{0,5})?|-\d{1,5}").fullmatch


def rev(arguments: list[str], text: str) -> str | None:
    return None if arguments else "\n".join(line[::-1] for line in text.split("\n"))


def tac(arguments: list[str], text: str) -> str | None:
    return None if arguments else "".join(line + "\n" for line in reversed(text.splitlines()))


def tr(arguments: list[str], text: str) -> str | None:
    options = "".join(word[1:] for word in arguments if len(word) > 1 and word[0] == "-" and word[1:] in _TR_OPTIONS)
    sets = [word for word in arguments if not (len(word) > 1 and word[0] == "-" and word[1:] in _TR_OPTIONS)]
    if not sets or len(sets) > 2 or any(not word.isascii() for word in sets):
        return None
    first = _characters(sets[0])
    if "d" in options:
        keeps = bool({"c", "C"} & set(options))
        return "".join(character for character in text if (character in first) == keeps) if len(sets) == 1 else None
    if options or len(sets) != 2 or not first:
        return None
    second = _characters(sets[1])
    if not second:
        return None
    second = (second + second[-1] * len(first))[: len(first)]
    return text.translate({ord(a): b for a, b in reversed(list(zip(first, second, strict=True)))})


_TR_OPTIONS: Final = frozenset({"d", "c", "C", "s", "cd", "dc", "Cd", "ds"})


def _characters(name: str) -> str:
    for each, members in _CLASSES.items():
        name = name.replace(each, members)
    name = re.sub(r"\\([0-7]{1,3})", lambda match: chr(int(match[1], 8) & 0xFF), name)
    name = name.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\\\\", "\\")
    return _RANGE.sub(lambda match: "".join(map(chr, range(ord(match[1]), ord(match[2]) + 1))) or match[0], name)


def sed(arguments: list[str], text: str) -> str | None:
    """``s/literal/literal/g``, ``s/[class]//g`` and ``y/abc/def/``; anything cleverer is refused."""
    scripts = [word for word in arguments if word not in ("-e", "-E", "-r")]
    if not scripts or any(word.startswith("-") for word in scripts):
        return None
    for script in [part for word in scripts for part in _sed_commands(word)]:
        changed = _sed_command(script, text)
        if changed is None:
            return None
        text = changed
    return text


def _sed_commands(script: str) -> list[str]:
    return [part.strip() for part in re.split(r";(?=\s*[sy][/|#,:@])", script)]


def _sed_command(script: str, text: str) -> str | None:
    script = script.strip().rstrip(";")
    table = _TRANSLITERATE(script)
    if table and len(table[2]) == len(table[3]):
        return text.translate(str.maketrans(table[2], table[3]))
    match = _SUBSTITUTE(script)
    if not match:
        return None
    pattern, by = match[2], re.sub(r"\\([/|#,:@!_;&\\])", r"\1", match[3])
    if match[3] != by and "&" in match[3]:
        return None
    if "&" in by or re.search(r"\\[0-9a-z]", by):
        return None
    count = 0 if match[4] else 1
    chosen = _DELETE_CLASS(pattern)
    if chosen:
        expression = f"[{chosen[1]}{re.escape(_characters(chosen[2]))}]"
    elif re.search(r"(?<!\\)[.*\[\]^$+?(){}|]|\\[A-Za-z0-9(){}+?|]", pattern):
        return None
    else:
        expression = re.escape(re.sub(r"\\(.)", r"\1", pattern))
    if not expression or len(by) > 64:
        return None
    return "\n".join(re.sub(expression, lambda _: by, line, count=count) for line in text.split("\n"))


def cut(arguments: list[str], text: str) -> str | None:
    """``-c``, ``-b`` and ``-d X -f`` with one range or a list of numbers."""
    joined = "\0".join(arguments)
    characters = re.fullmatch(r"-[cb]\0?([\d,-]{1,60})", joined)
    fields = re.fullmatch(r"-d\0?(.)\0-f\0?([\d,-]{1,60})|-f\0?([\d,-]{1,60})\0-d\0?(.)", joined, re.DOTALL)
    if not characters and not fields:
        return None
    wanted = characters[1] if characters else (fields[2] or fields[3] if fields else "")
    lines = []
    for line in text.removesuffix("\n").split("\n"):
        separator = "" if characters or not fields else fields[1] or fields[4]
        pieces = line.split(separator) if separator else list(line)
        kept = _listed(pieces, wanted)
        if kept is None:
            return None
        lines.append(separator.join(kept) if len(pieces) > 1 or not separator else line)
    return "\n".join(lines) + "\n"


def _listed(pieces: list[str], wanted: str) -> list[str] | None:
    chosen: set[int] = set()
    for item in wanted.split(","):
        if not _LIST(item):
            return None
        low, dash, high = item.partition("-")
        last = min(int(high), len(pieces)) if high else (len(pieces) if dash else int(low))
        chosen.update(range(int(low or 1), last + 1))
    return [piece for place, piece in enumerate(pieces, 1) if place in chosen]


def head(arguments: list[str], text: str) -> str | None:
    match = re.fullmatch(r"-(?:(n|c)\0?)?(\d{1,6})", "\0".join(arguments))
    if not match:
        return None
    return text[: int(match[2])] if match[1] == "c" else "".join(text.splitlines(keepends=True)[: int(match[2])])


def tail(arguments: list[str], text: str) -> str | None:
    match = re.fullmatch(r"-(?:(n|c)\0?)?(\+?)(\d{1,6})", "\0".join(arguments))
    if not match:
        return None
    pieces = list(text) if match[1] == "c" else text.splitlines(keepends=True)
    number = int(match[3])
    return "".join(pieces[max(number - 1, 0) :] if match[2] else pieces[max(len(pieces) - number, 0) :])
