r"""Tricks of cmd.exe: carets, split quotes, variables set in the text, slices of well-known variables, separators.

``w^h^o^a^m^i``, ``w""hoami``, ``set a=wh& set b=oami& %a%%b%``, ``%COMSPEC:~-7,1%``, ``cmd,/c;hostname``.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from typing import Final

from ttpline.commands._decoding.base import LayerKind, Passage, Replacement
from ttpline.commands.dialect import Dialect

BEGINNINGS: Final = {
    "comspec": "C:\\Windows\\system32\\cmd.exe",
    "systemroot": "C:\\Windows",
    "windir": "C:\\Windows",
    "systemdrive": "C:",
    "homedrive": "C:",
    "os": "Windows_NT",
    "programfiles": "C:\\Program Files",
    "programfiles(x86)": "C:\\Program Files (x86)",
    "programdata": "C:\\ProgramData",
    "public": "C:\\Users\\Public",
    "allusersprofile": "C:\\ProgramData",
    "commonprogramfiles": "C:\\Program Files\\Common Files",
    "commonprogramfiles(x86)": "C:\\Program Files (x86)\\Common Files",
    "commonprogramw6432": "C:\\Program Files\\Common Files",
    "programw6432": "C:\\Program Files",
    "pathext": ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
    "driverdata": "C:\\Windows\\System32\\Drivers\\DriverData",
    "sessionname": "Console",
    "processor_architecture": "AMD64",
    "path": "C:\\Windows\\system32;C:\\Windows;",
    "temp": "C:\\Users\\",
    "tmp": "C:\\Users\\",
    "appdata": "C:\\Users\\",
    "localappdata": "C:\\Users\\",
    "userprofile": "C:\\Users\\",
    "homepath": "\\Users\\",
    "psmodulepath": "",
}
"""How the values begin on every usual Windows; those in ``_WHOLE`` are known to their end."""

ENDINGS: Final = {
    "temp": "\\AppData\\Local\\Temp",
    "tmp": "\\AppData\\Local\\Temp",
    "appdata": "\\AppData\\Roaming",
    "localappdata": "\\AppData\\Local",
    "psmodulepath": "\\WindowsPowerShell\\v1.0\\Modules",
}
_ONLY_BEGIN: Final = frozenset(
    {"path", "temp", "tmp", "appdata", "localappdata", "userprofile", "homepath", "psmodulepath", "pathext"}
)

_SPLITTING_CARET = re.compile(r"[A-Za-z0-9\"]\^+[A-Za-z0-9\"]")
_CARETS = re.compile(r"\^+(?=[A-Za-z0-9 ./\\\-:_,;='\"*?@#$~\[\]{}+\u0080-\uffff])")
_QUOTED = re.compile(r'"[^"]*"')
_RUN_QUOTED = re.compile(
    r"\bc\^?m\^?d(?:\^?\.\^?e\^?x\^?e)?[^|&<>]{0,120}?\^?/\^?[ckrCKR]\^?[^\s\"]{0,4}\s*\"?", re.IGNORECASE
).search
_SET = re.compile(
    r"(?:(?<=[\s&|(\"@])|\A)set\s+(?:\"(?P<qname>[^\s=\"%!&|/][^=\"%!&|]{0,60})=(?P<qvalue>[^\"\n]*)\""
    r"|(?P<name>[^\s=\"%!&|/][^=\"%!&|]{0,60})=(?P<value>(?:\^[&|<>]|[^&|\n\"]|\"[^\"\n&|]*\")*))(?P<separator>\s*&{1,2}\s*)?",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"(?P<sign>[%!])(?P<name>[A-Za-z_$#@][\w$#@.()\-]{0,60}|[^\s%!=:\"&|<>^\\/]{1,20})(?P<change>:~?[^%!\n]{1,80})?(?P=sign)"
)
_SLICE = re.compile(r"~\s*(-?\d{1,4})(?:\s*,\s*(-?\d{1,4}))?").fullmatch
_QUOTE_WORD = re.compile(r'(?<![^\s&|(@,;"])(?:[^\s&|<>"=]{0,999}(?:"[^"\s&|<>=]{0,999}"[^\s&|<>"=]{0,999})+)')
_QUOTE_SPLIT = re.compile(r'[A-Za-z0-9]""[A-Za-z0-9]|[A-Za-z]"[A-Za-z]+"[A-Za-z]').search
_QUOTE_SPLIT_PROGRAM = re.compile(
    r'\A"[A-Za-z]{1,12}"[A-Za-z]|[A-Za-z]"[A-Za-z]{1,12}"\Z|\A""[A-Za-z]|[a-z]""\Z'
).search
_AT_PROGRAM = re.compile(r"(?:\A|[&|(@]|/[ckCK])\s*\Z").search
_SEPARATORS = re.compile(
    r"\A[\s,;=]*[,;=][\s,;=]*|(?<=[\w\"])[\s]*[,;][\s,;=]*(?=/[cCkK]\b)|(?<=/[cCkK])[\s]*[,;][\s,;=]*"
)
_ECHO_INTO_CMD = re.compile(
    r"(?:(?<=[&|\s(\"])|\A)echo\s+([^|&<>\"]+?)\s*\|\s*(?:%comspec%|(?:[\w:\\]*\\)?cmd(?:\.exe)?)(?=\s*(?:[&|)\"]|\Z))",
    re.IGNORECASE,
)
_CMD: Final = frozenset({Dialect.CMD})


def _find_caret(passage: Passage) -> list[Replacement]:
    """Carets in the middle of words; ``^&`` and its like, which are needed, stay."""
    text = passage.text
    runs = _RUN_QUOTED(text)
    inside = [] if runs and runs[0].endswith('"') else [match.span() for match in _QUOTED.finditer(text)]
    if not any(not _is_inside(match.start() + 1, inside) for match in _SPLITTING_CARET.finditer(text)):
        return []
    after = "".join(_without_carets(text, inside))
    return [Replacement.of(0, len(text), "caret", after)]


def _is_inside(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < at < end for start, end in spans)


def _without_carets(text: str, inside: list[tuple[int, int]]) -> list[str]:
    pieces, at = [], 0
    for start, end in [*inside, (len(text), len(text))]:
        pieces += [_CARETS.sub("", text[at:start]), text[start:end]]
        at = end
    return pieces


def _find_quotes(passage: Passage) -> list[Replacement]:
    found = []
    marks = at = 0  # quotes before the word
    for match in _QUOTE_WORD.finditer(passage.text):
        word = match[0]
        marks, at = marks + passage.text.count('"', at, match.start()), match.start()
        is_split = bool(_QUOTE_SPLIT(word)) and (word[0] not in "-/" or word.count('"') > 2)
        before = passage.text[max(0, match.start() - 8) : match.start()]
        is_split = is_split or bool(_QUOTE_SPLIT_PROGRAM(word) and _AT_PROGRAM(before))
        if is_split and word.count('"') % 2 == 0 and marks % 2 == 0:
            found.append(Replacement.of(match.start(), match.end(), "quotes", word.replace('"', "")))
    return found


def _find_separators(passage: Passage) -> list[Replacement]:
    return [
        Replacement.of(match.start(), match.end(), "separators", " " if match.start() else "")
        for match in _SEPARATORS.finditer(passage.text)
    ]


def _find_variable(passage: Passage) -> list[Replacement]:
    text = passage.text
    passage.work.spend(len(text))
    settings = _settings(text)
    references = [match for match in _REFERENCE.finditer(text) if _value(match, settings) is not None]
    if not any(_is_assembled(text, match, settings) for match in references):
        return []
    set_spans = {name: span for name, (span, _) in settings.items()}
    found: list[Replacement] = []
    replaced: set[str] = set()
    for match in references:
        name = match["name"].lower()
        if name not in settings and not match["change"]:
            continue
        value = _value(match, settings)
        if value is None or (name in set_spans and match.end() <= set_spans[name][0]):
            continue
        replaced.add(name)
        found.append(Replacement.of(match.start(), match.end(), "slice" if match["change"] else "variable", value))
    places = sorted((each.start, each.end) for each in found)
    starts = {start for start, _ in places}
    left = {match["name"].lower() for match in _REFERENCE.finditer(text) if match.start() not in starts}
    for name in replaced & set(set_spans):
        start, end = set_spans[name]
        first = bisect_left(places, (start, start))
        is_nested = first < len(places) and places[first][1] <= end
        if not is_nested and name not in left and text[end - 1 : end] in ("&", " "):
            found.append(Replacement.of(start, end, "variable", ""))
    return found


def _settings(text: str) -> dict[str, tuple[tuple[int, int], str]]:
    """Variables that are set once in the text: where, and to what."""
    found: dict[str, tuple[tuple[int, int], str]] = {}
    repeated: set[str] = set()
    for match in _SET.finditer(text):
        name = (match["qname"] or match["name"]).lower()
        if re.match(r"/[ap]\b", name):
            continue
        value = match["qvalue"] if match["qname"] else match["value"]
        if name in found:
            repeated.add(name)
        found[name] = (match.span(), value.replace("^", "") if "^" in value else value)
    return {name: setting for name, setting in found.items() if name not in repeated}


def _value(match: re.Match[str], settings: dict[str, tuple[tuple[int, int], str]]) -> str | None:
    name, change = match["name"].lower(), (match["change"] or "")[1:]
    if name in settings:
        value = settings[name][1]
        if _REFERENCE.search(value):
            return None
        return _changed(value, change) if change else value
    if name not in BEGINNINGS or not change:
        return None
    if name not in _ONLY_BEGIN:
        return _changed(BEGINNINGS[name], change)
    cut = _SLICE(change)
    if not cut or cut[2] is None:
        return None
    start, length = int(cut[1]), int(cut[2])
    if start >= 0 and length > 0 and start + length <= len(BEGINNINGS[name]):
        return BEGINNINGS[name][start : start + length]
    ending = ENDINGS.get(name, "")
    if start < 0 < length and -start <= len(ending):
        return ending[start:][:length]
    return None


def _changed(value: str, change: str) -> str | None:
    cut = _SLICE(change)
    if cut:
        start = int(cut[1])
        start = max(len(value) + start, 0) if start < 0 else start
        if cut[2] is None:
            return value[start:]
        length = int(cut[2])
        return value[start : start + length] if length >= 0 else value[start : len(value) + length]
    old, equals, new = change.partition("=")
    if not equals or not old:
        return None
    if old.startswith("*"):
        at = value.lower().find(old[1:].lower())
        return value if at < 0 else new + value[at + len(old) - 1 :]
    result = re.sub(re.escape(old), lambda _: new, value, flags=re.IGNORECASE)
    return result if len(result) < 65_536 else None


_BEFORE_PROGRAM: Final[Callable[[str], object]] = re.compile(
    r"(?:\A|[&|(@]|\bcall|/[ckrCKR]\"?|\bdo|\bstart)\s*\"?\Z", re.IGNORECASE
).search


def _is_assembled(text: str, match: re.Match[str], settings: dict[str, tuple[tuple[int, int], str]]) -> bool:
    if match["change"]:
        return match["change"].startswith(":~") or match["name"].lower() in settings
    if match["name"].lower() not in settings:
        return False
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 1]
    return bool(
        before[-1:].isalpha()
        or before[-1:] in ("%", "!")
        or after.isalpha()
        or after in ("%", "!")
        or _BEFORE_PROGRAM(before)
    )


def _find_pipe(passage: Passage) -> list[Replacement]:
    return [
        Replacement.of(match.start(), match.end(), "pipe", match[1].strip())
        for match in _ECHO_INTO_CMD.finditer(passage.text)
    ]


CARET: Final = LayerKind(re.compile(r"\^").search, _find_caret, _CMD)
QUOTES: Final = LayerKind(re.compile('"').search, _find_quotes, _CMD)
SEPARATORS: Final = LayerKind(
    re.compile(r"\A\s*[,;=]|cmd(?:\.exe)?\s*[,;]|/[ckCK]\s*[,;]", re.IGNORECASE).search, _find_separators, _CMD
)
VARIABLE: Final = LayerKind(re.compile(r"[%!][^\s%!]{1,99}[%!]").search, _find_variable, _CMD)
PIPE: Final = LayerKind(re.compile(r"echo.*\|", re.IGNORECASE).search, _find_pipe, _CMD)
