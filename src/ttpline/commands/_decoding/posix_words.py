r"""Words split so that no search finds them: ``c''at``, ``w"ho"ami``, ``c\at``, ``$'\x63at'``, ``cat${IFS}x``.

Ordinary quoting ('my file', "$HOME", ``--name='x y'``, ``sed -e's/a/b/'``, ``\;``) is none of these and stays.
"""

import re
from typing import Final

from ttpline.commands._decoding.ansi_c import coded_kind
from ttpline.commands._decoding.base import LayerKind, Passage, Replacement
from ttpline.commands._decoding.posix_hints import has_only_whole_quotes
from ttpline.commands._decoding.posix_output import posix_parse
from ttpline.commands._decoding.posix_syntax import Command, Part, Word
from ttpline.commands._decoding.posix_values import Values, parts_value
from ttpline.commands._decoding.quoted import posix_word
from ttpline.commands._decoding.well_known import PATHS, PROGRAMS
from ttpline.commands.dialect import Dialect

_PLAIN = re.compile(r"[A-Za-z0-9_./@%+,\-]*").fullmatch
_ESCAPED_PATH = re.compile(r"[/~.\-][\w./~\-]*", re.ASCII).fullmatch
_EMPTY_NAMES: Final = frozenset(["@", "*", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
_OPTION = re.compile(r"--?[A-Za-z]").match
MAX_PARTS: Final = 512
"""Of one word; each is compared with its neighbours. A program's name in pieces of one letter has 20."""
_QUOTE = re.compile(r"""['"\\]""").search
_EXPANSION = re.compile(r"\$(?:\{?IFS|[@*0-9]|\(\)|(?<=\w\$)\{)|``").search
_UNSET_NAME = re.compile(r"[a-zA-Z]\w{0,15}", re.ASCII).fullmatch


def _find(passage: Passage) -> list[Replacement]:
    posix = posix_parse(passage)
    found: list[Replacement] = []
    for command in posix.commands():
        found += _in_command(passage.text, command, posix.values)
    return _outermost(found)


def _outermost(found: list[Replacement]) -> list[Replacement]:
    kept: list[Replacement] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept


def _in_command(text: str, command: Command, values: Values) -> list[Replacement]:
    found = []
    is_escaped = False
    words = [*command.words, *(word for operator, word in command.redirections if not operator.startswith("<<"))]
    if any(operator in ("<<", "<<-") for operator, _ in command.redirections) and command.document is None:
        words = words[:1]  # the document stands in the words
    for place, word in enumerate(words):
        if len(word.parts) > MAX_PARTS or (
            len(word.parts) == 1 and word.parts[0].kind in ("literal", "single", "variable", "substitution")
        ):
            continue
        kinds = _kinds(text, word, values, is_program=place == 0 and bool(command.words), is_escaped=is_escaped)
        is_escaped |= "backslash" in kinds and place == 0
        steps = []
        for count in range(1, len(kinds) + 1):
            after = _rebuilt(text, word, values, frozenset(kinds[:count]))
            steps.append((kinds[count - 1], after))
        if steps and steps[-1][1] != text[word.start : word.end]:
            found.append(Replacement(word.start, word.end, tuple(steps)))
    return found


def _kinds(text: str, word: Word, values: Values, *, is_program: bool, is_escaped: bool) -> list[str]:
    """Which tricks the word plays, in the order in which they are undone."""
    raw = text[word.start : word.end]
    parts = word.parts
    kinds: list[str] = []
    for part in parts:
        coded = coded_kind(text[part.start + 2 : part.end - 1]) if part.kind == "ansi" else ""
        if coded and _is_readable(part.value):
            kinds.append(coded)
    if any(_is_ifs(part, values) for part in parts) and not raw.startswith("IFS="):
        kinds.append("ifs")
    if any(_is_empty(parts, place, values, is_program) for place in range(len(parts))):
        kinds.append("empty")
    if _is_quote_split(text, word, raw):
        kinds.append("quotes")
    if not ("<<" in text and "\\n" in raw) and _is_backslash_split(
        word, raw, values, is_program=is_program, is_escaped=is_escaped
    ):
        kinds.append("backslash")
    return list(dict.fromkeys(kinds))


def _is_readable(value: str) -> bool:
    return value.isprintable() or all(character.isprintable() or character in "\n\t" for character in value)


def _is_ifs(part: Part, values: Values) -> bool:
    return (
        part.kind == "variable" and (part.value == "IFS" or part.value.startswith("IFS%")) and not values.is_set("IFS")
    )


def _is_empty(parts: list[Part], place: int, values: Values, is_program: bool) -> bool:
    """An expansion to nothing between two letters."""
    part = parts[place]
    before, after = _last(parts, place), _first(parts, place)
    between = before.isalnum() and after.isalnum()
    if part.kind == "substitution":
        return part.script is not None and not part.value.strip() and bool(before or after)
    if part.kind != "variable":
        return False
    if part.value in _EMPTY_NAMES:
        if values.is_set(part.value):
            return False
        return between or (is_program and (before.isalnum() or after.isalnum()) and part.value in ("@", "*"))
    if not between or not _UNSET_NAME(part.value) or values.is_set(part.value):
        return False
    static = "".join(each.value for each in parts if each.kind != "variable")
    if any(each.kind not in ("literal", "single", "variable", "escape") for each in parts):
        return False
    return static in PATHS or (is_program and static.rsplit("/", 1)[-1] in PROGRAMS)


def _static(part: Part) -> str | None:
    if part.kind in ("literal", "escape", "single", "ansi"):
        return part.value
    if part.kind == "double" and all(inner.kind in ("literal", "escape") for inner in part.inner):
        return "".join(inner.value for inner in part.inner)
    return None


def _last(parts: list[Part], place: int) -> str:
    """The character before a part, over empty ones; empty where there is none or only the shell knows."""
    for part in reversed(parts[:place]):
        value = _static(part)
        if value:
            return value[-1]
        if value is None and not (part.kind == "variable" and part.value in _EMPTY_NAMES):
            return ""
    return ""


def _first(parts: list[Part], place: int) -> str:
    for part in parts[place + 1 :]:
        value = _static(part)
        if value:
            return value[0]
        if value is None and not (part.kind == "variable" and part.value in _EMPTY_NAMES):
            return ""
    return ""


def _is_closed(text: str, part: Part) -> bool:
    opening = text[part.start : part.end].lstrip("$")
    return len(opening) > 1 and opening[-1] == opening[0]


def _is_quote_split(text: str, word: Word, raw: str) -> bool:
    splits = weak = 0
    if "%" in raw:
        return False  # date +%Y-%m-%d'T'%H
    for place, part in enumerate(word.parts):
        if part.kind not in ("single", "double", "ansi"):
            continue
        value = _static(part)
        if value is None or not _PLAIN(value) or not _is_closed(text, part):
            continue
        if text.startswith('$"', part.start) and value:
            splits += 1
            continue
        before, after = _last(word.parts, place), _first(word.parts, place)
        if not value:
            splits += (before.isalnum() or after.isalnum()) and before != "="
        elif (before.isalnum() and value[0].isalnum()) or (after.isalnum() and value[-1].isalnum()):
            splits += 1
        elif before in ("/", ".", "-") and (after in ("", "/", ".", "-")) and before and len(word.parts) > 2:
            weak += 1
    needed = 2 if _OPTION(raw) or "=" in raw.split("'", 1)[0].split('"', 1)[0] else 1
    return splits >= needed or weak >= 2


def _is_backslash_split(word: Word, raw: str, values: Values, *, is_program: bool, is_escaped: bool) -> bool:
    escapes = [part for part in word.parts if part.kind == "escape" and part.value.isalnum()]
    if not escapes:
        return False
    value = parts_value(word.parts, values)
    if value is None:
        return False
    if is_program:
        only_leading = len(escapes) == 1 and escapes[0].start == word.start  # \ls: an alias is not meant
        return value.rsplit("/", 1)[-1] in PROGRAMS and not only_leading
    if is_escaped:
        return bool(_PLAIN(value))
    return raw[0] in "/~" and raw[1:2] != "\\" and bool(_ESCAPED_PATH(value)) and value.count("/") >= 2


def _rebuilt(text: str, word: Word, values: Values, kinds: frozenset[str]) -> str:
    pieces: list[str] = []
    after_ifs = False
    for part in word.parts:
        raw = text[part.start : part.end]
        was_after_ifs, after_ifs = after_ifs, False
        value = _static(part)
        if "ifs" in kinds and _is_ifs(part, values):
            pieces.append("" if pieces and pieces[-1] == " " else " ")
            after_ifs = True
        elif was_after_ifs and part.kind == "variable" and part.value in _EMPTY_NAMES:
            after_ifs = True
        elif "empty" in kinds and (
            (part.kind == "variable" and _is_droppable(part, values))
            or (part.kind == "substitution" and not part.value.strip())
        ):
            continue
        elif part.kind == "ansi" and {"hex", "octal"} & kinds and coded_kind(raw):
            pieces.append(posix_word(part.value))
        elif (
            "quotes" in kinds
            and part.kind in ("single", "double", "ansi")
            and value is not None
            and _PLAIN(value)
            and _is_closed(text, part)
        ):
            pieces.append(value)
        elif "backslash" in kinds and part.kind == "escape" and _PLAIN(part.value):
            pieces.append(part.value)
        else:
            pieces.append(raw)
    return "".join(pieces).strip(" ") if "ifs" in kinds else "".join(pieces)


def _is_droppable(part: Part, values: Values) -> bool:
    return (part.value in _EMPTY_NAMES and not values.is_set(part.value)) or bool(
        _UNSET_NAME(part.value) and not values.is_set(part.value)
    )


LAYER: Final = LayerKind(
    hint=lambda text: (_QUOTE(text) or _EXPANSION(text)) and not has_only_whole_quotes(text),
    find=_find,
    dialects=frozenset({Dialect.POSIX}),
)
