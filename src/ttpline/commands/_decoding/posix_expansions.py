"""What the shell puts in, where the text itself says what: variables, slices, substitutions, braces, eval, patterns.

``a=ca;b=t;$a$b /etc/passwd``, ``${PATH:0:1}``, ``$(echo cat) x``, ``{cat,/etc/passwd}``, ``eval "…"``. An ordinary
``DIR=/opt; cd $DIR`` stays: a variable is put in only where programs, or words piece by piece, are made of variables.
"""

import re
from itertools import pairwise
from typing import Final

from ttpline.commands._decoding.base import LayerKind, Passage, Replacement
from ttpline.commands._decoding.posix_hints import without_quotes
from ttpline.commands._decoding.posix_output import Posix, posix_parse, program_and_arguments, script_output
from ttpline.commands._decoding.posix_pipelines import INTERPRETER, SHELLS
from ttpline.commands._decoding.posix_references import parts_of, unused_assignments
from ttpline.commands._decoding.posix_syntax import Command, Part, Word
from ttpline.commands._decoding.posix_tools import DECODERS
from ttpline.commands._decoding.posix_values import Values, part_value, word_value
from ttpline.commands._decoding.quoted import posix_word
from ttpline.commands._decoding.well_known import PATHS
from ttpline.commands.dialect import Dialect

_RUNS_BRACES = re.compile(r"(?:/\w+/)*(?:ba|da|z|k)?sh\s+-c\s+").fullmatch
_IN_DOUBLE = re.compile(r'["$`\\]')
_ONE_OF = re.compile(r"\[([A-Za-z0-9])\]")
_PATTERN = re.compile(r"/[\w.]{0,40}[?\[]").search
_GLOB_PATH = re.compile(r"/[\w./?*\[\]\-]*", re.ASCII).fullmatch


def _find_eval(passage: Passage) -> list[Replacement]:
    """``eval`` of known text, and ``sh -c`` of text that is computed."""
    posix = posix_parse(passage)
    for command in posix.commands():
        called = program_and_arguments(command, posix.values)
        if not called or not called[1]:
            continue
        program, arguments = called
        kinds = [kind for word in command.words for kind in _kinds_inside(word, posix.values)]
        if program == "eval":
            script = " ".join(arguments)
            found = [_as_script(passage.text, command, [*kinds, "eval"], script)]
            return [*found, *unused_assignments(passage.text, posix, found)]
        code = next((place for place, word in enumerate(arguments) if re.fullmatch(r"-[a-z]*c", word)), None)
        if program in SHELLS and code is not None and code + 1 < len(arguments) and code <= 3:
            word = command.words[len(command.words) - len(arguments) + code + 1]
            if kinds or _is_all_variable(word):
                found = [_as_script(passage.text, command, kinds or ["variable"], arguments[code + 1])]
                return [*found, *unused_assignments(passage.text, posix, found)]
    return []


def _as_script(text: str, command: Command, kinds: list[str], script: str) -> Replacement:
    redirections = [f"{operator} {text[word.start : word.end]}" for operator, word in command.redirections]
    after = " ".join([script.strip("\n"), *redirections])
    steps = tuple((kind, after) for kind in dict.fromkeys(kinds))
    return Replacement(command.words[0].start, command.end, steps, is_run=True)


def _is_all_variable(word: Word) -> bool:
    parts = [part for part, _ in parts_of(word)]
    return bool(parts) and all(part.kind == "variable" for part in parts)


def _kinds_inside(word: Word, values: Values) -> list[str]:
    found: list[str] = []
    for part, _ in parts_of(word):
        output = script_output(part.script, values) if part.script else None
        if output:
            found += output[0] or ["substitution"]
    return found


def _find_substitution(passage: Passage) -> list[Replacement]:
    posix = posix_parse(passage)
    found: list[Replacement] = []
    for script in posix.scripts:
        for command in [each for line in script.pipelines for each in line.commands]:
            words = [*command.assignments, *command.words, *(word for _, word in command.redirections)]
            for word in words:
                is_program = bool(command.words) and word is command.words[0]
                found += _substituted(passage.text, word, posix.values, is_program)
        if found:
            break
    return found


def _substituted(text: str, word: Word, values: Values, is_program: bool) -> list[Replacement]:
    parts = parts_of(word)
    beside = any(part.kind == "literal" and re.search(r"[A-Za-z/]", part.value) for part, _ in parts)
    beside |= is_program and sum(part.kind in ("substitution", "variable") for part, _ in parts) > 1
    equals = text.find("=", word.start, word.end)
    found = []
    for part, is_quoted in parts:
        output = script_output(part.script, values) if part.kind == "substitution" and part.script else None
        if not output:
            continue
        kinds, value = output[0], output[1].rstrip("\n")
        hides = not DECODERS.isdisjoint(kinds)
        if not value.strip() or (
            not hides and not is_program and (not beside or is_quoted or 0 <= equals < part.start)
        ):
            continue
        kinds = kinds or ["substitution"]
        start, end = part.start, part.end
        if is_quoted and len(parts) == 1 and len(word.parts) == 1:
            start, end, after = word.start, word.end, posix_word(value)
        elif is_quoted:
            after = _IN_DOUBLE.sub(lambda match: "\\" + match[0], value)
        elif word.start < part.start and text[part.start - 1] == "=" and part is word.parts[-1]:
            after = posix_word(value)
        else:
            after = " ".join(map(posix_word, _split(value, values, part.start)))
        found.append(Replacement(start, end, tuple((kind, after) for kind in kinds)))
    return found


def _find_variable(passage: Passage) -> list[Replacement]:
    posix = posix_parse(passage)
    values = posix.values
    commands = posix.commands()
    if not any(_is_assembled(word, values, place == 0) for each in commands for place, word in enumerate(each.words)):
        return []
    found: list[Replacement] = []
    for command in commands:
        for word in [*command.assignments, *command.words, *(word for _, word in command.redirections)]:
            for part, is_quoted in parts_of(word):
                if part.kind != "variable":
                    continue
                value = part_value(part, values)
                if value is None:
                    continue
                kind = "slice" if re.search(r":-?\s*\d|\W", part.value) else "variable"
                found.append(Replacement.of(part.start, part.end, kind, _written(value, is_quoted, word, part, values)))
    return [*found, *unused_assignments(passage.text, posix, found)]


def _split(value: str, values: Values, place: int) -> list[str]:
    """The words of an unquoted expansion: at blanks, or at the one sign that the text made ``IFS``."""
    separator = values.at("IFS", place) if values.is_set("IFS") else None
    return [word for word in value.split(separator) if word] if separator and len(separator) == 1 else value.split()


def _written(value: str, is_quoted: bool, word: Word, part: Part, values: Values) -> str:
    if is_quoted:
        return _IN_DOUBLE.sub(lambda match: "\\" + match[0], value)
    if len(word.parts) == 1 or re.fullmatch(r"[\w./:@%+,\-]*", value):
        return " ".join(map(posix_word, _split(value, values, part.start))) if value.strip() else ""
    return posix_word(value) if part is not word.parts[0] else value


def _is_assembled(word: Word, values: Values, is_program: bool) -> bool:
    """Whether the word is made of variables in a way that hides it."""
    if not any(part.kind in ("variable", "double") for part in word.parts):
        return False
    parts = parts_of(word)
    known = [part for part, _ in parts if part.kind == "variable" and part_value(part, values) is not None]
    if not known:
        return False
    if is_program:
        return True
    sliced = [part for part in known if re.search(r"[:^,]", part.value)]
    if sliced and (len(parts) > 1 or len(sliced) > 1):
        return True
    beside = any(part.kind == "literal" and part.value[-1:].isalpha() for part, _ in parts[:-1])
    return len(known) >= 2 and (beside or all(part.kind == "variable" for part, _ in parts)) and len(parts) >= 2


def _find_braces(passage: Passage) -> list[Replacement]:
    found = []
    for command in posix_parse(passage).commands():
        if not command.words:
            continue
        word, start = command.words[0], command.words[0].start
        if len(command.words) == 3 and _RUNS_BRACES(passage.text[start : command.words[2].start]):
            word = command.words[2]  # bash -c {echo,…}|{base64,-d}|{bash,-i}: as java's exec leaves it in a log
        items = _items(passage.text, word)
        if items:
            found.append(Replacement.of(start, word.end, "braces", " ".join(item for item in items if item)))
    return found


def _items(text: str, word: Word) -> list[str]:
    """What the commas of a pair of braces around a whole word stand between; those in quotes are none of them."""
    raw = text[word.start : word.end]
    if not (raw.startswith("{") and raw.endswith("}") and word.parts[-1].kind == "literal"):
        return []
    items: list[list[str]] = [[]]
    for part in word.parts:
        piece = text[max(part.start, word.start + 1) : min(part.end, word.end - 1)]
        if part.kind != "literal":
            items[-1].append(piece)
            continue
        if "{" in piece or "}" in piece:
            return []
        first, *others = piece.split(",")
        items[-1].append(first)
        items += [[other] for other in others]
    return ["".join(item) for item in items] if len(items) > 1 else []


def _find_glob(passage: Passage) -> list[Replacement]:
    r"""``/e?c/pas?wd`` where one path of a small table fits and no other; ``/e[t]c``. No file system is looked at."""
    found = []
    posix = posix_parse(passage)
    for command in posix.commands():
        for word in command.words:
            raw = passage.text[word.start : word.end]
            if not re.search(r"[?\[]", raw) or not _GLOB_PATH(raw):
                continue
            after = _ONE_OF.sub(r"\1", raw)
            if re.search(r"[?*\[]", after) and len(re.findall(r"[A-Za-z]", after)) >= 2:
                fitting = [path for path in PATHS if _fits(after, path)]
                after = fitting[0] if len(fitting) == 1 else after
            if after != raw:
                found.append(Replacement.of(word.start, word.end, "glob", after))
    return found


def _fits(pattern: str, path: str) -> bool:
    if pattern.count("/") != path.count("/") or "[" in pattern or pattern.count("*") > 3:
        return False
    expression = re.escape(pattern).replace(r"\?", "[^/]").replace(r"\*", "[^/]{0,40}")
    return re.fullmatch(expression, path) is not None


def _find_nested(passage: Passage) -> list[Replacement]:
    """Scripts that stand quoted: ``bash -c '…'``, ``ssh host '…'``, a crontab's line."""
    posix = posix_parse(passage)
    for script in posix.scripts:
        for command in [each for line in script.pipelines for each in line.commands]:
            runs_shell = runs_code = False
            for before, word in pairwise(command.words):
                program = passage.text[before.start : before.end].rsplit("/", 1)[-1]
                runs_shell |= program in SHELLS
                runs_code |= INTERPRETER(program) is not None
                replacement = _nested(passage, posix, before, word, runs_shell=runs_shell, runs_code=runs_code)
                if replacement:
                    return [replacement]
    return []


def _nested(
    passage: Passage, posix: Posix, earlier: Word, word: Word, *, runs_shell: bool, runs_code: bool
) -> Replacement | None:
    """What ``word`` holds as a script. ``runs_shell``, ``runs_code``: whether a word before it is one that would."""
    if not any(part.kind in ("single", "double", "ansi") for part in word.parts):
        return None
    value = word_value(word, posix.values)
    if not value or len(value) < 4:
        return None
    before = passage.text[earlier.start : earlier.end]
    takes_code = re.fullmatch(r"-[a-zA-Z]{0,4}[cerE]", before) is not None
    is_script = takes_code and before[-1] == "c" and runs_shell
    is_code = takes_code and runs_code
    if not is_script and not is_code and not _HIDES(value):
        return None
    timed = _CRON_TIME(value)
    prefix = timed[0] if timed else ""
    dialect = Dialect.POSIX if is_script or timed else None
    steps = passage.inner(value[len(prefix) :], dialect, is_code)
    if not steps:
        return None
    return Replacement(word.start, word.end, tuple((kind, posix_word(prefix + after)) for kind, after in steps))


_CRON_TIME = re.compile(r"\s*(?:@\w+\s+|(?:[\d*][\d*/,\-]{0,20}\s+){5})(?:root\s+)?").match
_HIDES = re.compile(
    r"base64\s+(?:-d|-D|--d)|xxd\s+-\w*\s?-?\w*r|openssl\s+(?:enc|base64)|base64,-d|-[eE]\w{0,20}\s+['\"]?[A-Za-z0-9+/]{16,}={0,2}"
    r"|FromBase64String",
    re.ASCII,
).search
_HAS_QUOTE = re.compile(r"['\"]").search
_HAS_CODE = re.compile(r"-[a-zA-Z]{0,4}[cerE](?!\w)").search
_HAS_RUNNER = re.compile(r"sh(?!\w)|python|perl|ruby|php|node").search


def _may_be_nested(text: str) -> bool:
    if not _HAS_QUOTE(text):
        return False
    if _HAS_CODE(text) and _HAS_RUNNER(text):
        return True
    bare = without_quotes(text)
    return bare is None or _HIDES(bare) is not None


_POSIX: Final = frozenset({Dialect.POSIX})

EVAL: Final = LayerKind(re.compile(r"-[a-z]*c\s|eval(?<=\beval)\s").search, _find_eval, _POSIX)
SUBSTITUTION: Final = LayerKind(re.compile(r"\$\(|`").search, _find_substitution, _POSIX)
VARIABLE: Final = LayerKind(re.compile(r"\$\{?[!#]?[A-Za-z_1-9]").search, _find_variable, _POSIX)
BRACES: Final = LayerKind(re.compile(r"\{[^{}]*,").search, _find_braces, _POSIX)
GLOB: Final = LayerKind(lambda text: ("?" in text or "[" in text) and _PATTERN(text), _find_glob, _POSIX)
NESTED: Final = LayerKind(_may_be_nested, _find_nested, _POSIX)
