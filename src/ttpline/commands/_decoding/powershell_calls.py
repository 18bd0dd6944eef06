"""How PowerShell is told by a string what to run: ``& 'name'``, ``IEX '…'``, script blocks, aliases, backticks."""

import re
from typing import Final

from ttpline.commands._decoding.base import LayerKind, Passage, Replacement, in_any_case
from ttpline.commands._decoding.powershell_methods import Value
from ttpline.commands._decoding.powershell_strings import ONLY_POWERSHELL, variables_of
from ttpline.commands._decoding.quoted import powershell_word

_INVOKED_NAME = re.compile(
    r"(?:(?<![\w)\]$'\"`])\.|(?<![\w)\]$'`&])&)\s*(\(?)\s*(['\"])([A-Za-z][\w.\\:-]{0,200})\2(?:\s*(\)))?(?=[\s(;|)}\]'\"]|\Z)"
)
_INVOKED_COMMAND = re.compile(
    r"[&.]\s*\(\s*(?:gcm|get-command)\s+\(?\s*(['\"]?)([A-Za-z][\w-]{0,60})\1\s*\)?\s*\)(?=[\s(;|)}'\"]|\Z)",
    re.IGNORECASE,
)
_NEEDS_BLANK: Final = re.compile(r"['(]|\"[\w$-]").match
_CALLED_METHOD = re.compile(
    r"(?<=[\w)\]])\.\s*\(?\s*(['\"])([A-Za-z]\w{2,40})\1\s*\)?\s*(?:\.\s*['\"]?invoke['\"]?)?\s*\(", re.IGNORECASE
)
_INVOKED_VARIABLE = re.compile(
    r"(?:(?<![\w)\]$'\"])\.\s*|(?<![\w)\]$'&])&\s*|\b(?:iex|invoke-expression)\s+\(?\s*)(\$\{?([A-Za-z_]\w{0,63})\}?)\s*(?=[\s;|)}(\"']|\Z)",
    re.IGNORECASE,
)
_RUN = re.compile(
    r"(?<![\w.$-])(?:iex|invoke-expression)\s*(?:-command\s+)?(?P<open>\(*)\s*(?P<text>'(?:[^']|'')*'|\"(?:[^\"`$]|``)*\")\s*(?P<close>\)*)",
    re.IGNORECASE,
)
_STRING = r"(?P<text>'(?:[^']|'')*'|\"(?:[^\"`$]|``)*\")"
_SCRIPT_BLOCK = re.compile(
    rf"(?:[&.]\s*\(?\s*)?\[(?:system\.management\.automation\.)?scriptblock\]::create\(\s*{_STRING}\s*\)\s*(?:\)|\.\s*invoke\w{{0,20}}\(\s*\))",
    re.IGNORECASE,
)
_INVOKE_SCRIPT = re.compile(
    rf"\$executioncontext\.(?:invokecommand\.)?(?:invokescript|\(?['\"]?newscriptblock['\"]?\)?)\(\s*{_STRING}\s*\)",
    re.IGNORECASE,
)
_ALIAS = re.compile(
    r"(?:\bsal|\bnal|\bset-alias|\bnew-alias)\s+(?:-name\s+)?['\"]?(\w{1,20})['\"]?\s+(?:-value\s+)?['\"]?([A-Za-z][\w-]{1,40})['\"]?\s*;\s*",
    re.IGNORECASE,
)
_PIPED = re.compile(
    r"(?P<open>\(*)\s*(?P<text>'(?:[^']|'')*'|\"(?:[^\"`$]|``)*\")\s*(?P<close>\)*)\s*\|\s*&?\s*\(?(?:iex|invoke-expression)\b\)?",
    re.IGNORECASE,
)
_WORD_WITH_BACKTICKS = re.compile(r"[\w.$:\\-]*(?:`[A-Za-z_.-][\w.$:\\-]*)+", re.ASCII)
_MAXIMUM_DRIVES = re.compile(
    r"\(\s*\(?\s*(?:gv|get-variable|variable)\s+\(?['\"]?\*mdr\*['\"]?\)?\s*\)\.name\[\s*3\s*,\s*11\s*,\s*2\s*\]\s*-join\s*(?:''|\"\")\s*\)?",
    re.IGNORECASE,
)


def _find_constant(passage: Passage) -> list[Replacement]:
    """``(gv '*mdr*').Name[3,11,2] -join ''``: letters of MaximumDriveCount, which spell iex."""
    return [Replacement.of(*match.span(), "slice", "'iex'") for match in _MAXIMUM_DRIVES.finditer(passage.text)]


def _find_backtick(passage: Passage) -> list[Replacement]:
    """``I`E`X``; not `` `n `` and the like where they stand for themselves, not in single quotes."""
    found = []
    for match in _WORD_WITH_BACKTICKS.finditer(passage.text):
        word = match[0]
        starts_word = word.startswith("`")
        after = re.sub(r"(?<=[\w.$:\\-])`(?=[A-Za-z_.-])", "", word)
        if starts_word and re.match(r"`[0abefnrtuv]", word) is None:
            after = after[1:]
        inner = re.findall(r"(?<=[\w-])`([A-Za-z_.-])", word)
        only_controls = all(letter in "nrt0" for letter in inner)
        if (
            after == word
            or (only_controls and not _is_command_name(after))
            or _in_string(passage.text, match.start(), only_controls)
        ):
            continue
        found.append(Replacement.of(match.start(), match.end(), "backtick", after))
    return found


def _is_command_name(word: str) -> bool:
    return bool(
        re.fullmatch(
            r"[A-Za-z]{2,20}-[A-Za-z]{3,40}|(?i:iex|iwr|invoke|powershell|net\.webclient|downloadstring|start)", word
        )
    )


def _in_string(text: str, at: int, only_controls: bool) -> bool:
    return only_controls and text.count('"', 0, at) % 2 == 1


def _find_invocation(passage: Passage) -> list[Replacement]:
    """A command that is called by a string, or by a variable that holds one."""
    text, found = passage.text, []
    for match in _INVOKED_NAME.finditer(text):
        if bool(match[1]) != bool(match[4]) or re.search(r"[\\:]|\.(?:exe|ps1|bat|cmd)\Z", match[3]):
            continue
        blank = " " if _NEEDS_BLANK(text, match.end()) else ""
        found.append(Replacement.of(match.start(), match.end(), "invocation", match[3] + blank))
    for match in _INVOKED_COMMAND.finditer(text):
        found.append(Replacement.of(match.start(), match.end(), "invocation", match[2]))
    for match in _CALLED_METHOD.finditer(text):
        found.append(Replacement.of(match.start(), match.end(), "invocation", f".{match[2]}("))
    if found:
        return found
    variables: dict[str, Value] | None = None
    for match in _INVOKED_VARIABLE.finditer(text):
        variables = variables_of(passage) if variables is None else variables
        value = variables.get(match[2].lower())
        if isinstance(value, str) and value.strip():
            found.append(Replacement.of(match.start(1), match.end(1), "variable", powershell_word(value)))
    return [*found, *_without_references(text, found)] if found else []


def _find_alias(passage: Passage) -> list[Replacement]:
    """``sal x iex; x …``: the alias is what it stands for."""
    text = passage.text
    match = _ALIAS.search(text)
    if not match:
        return []
    used = re.compile(rf"(?:(?<=[;|({{&\"])|(?<=[;|({{&]\s)){re.escape(match[1])}(?=[\s('\"])", re.IGNORECASE)
    found = [Replacement.of(*one.span(), "alias", match[2]) for one in used.finditer(text, match.end() - 1)]
    return [Replacement.of(match.start(), match.end(), "alias", ""), *found] if found else []


def _without_references(text: str, found: list[Replacement]) -> list[Replacement]:
    """The assignment of a variable that is not used any longer."""
    dropped = []
    for name in sorted({re.sub(r"[${}]", "", text[each.start : each.end]).lower() for each in found}):
        here = sum(re.sub(r"[${}]", "", text[each.start : each.end]).lower() == name for each in found)
        match = re.search(
            rf"(?<![\w$])\$\{{?{re.escape(name)}\}}?\s*=\s*(?:'(?:[^']|'')*'|\"[^\"$`]*\")\s*;\s*", text, re.IGNORECASE
        )
        outside = text[: match.start()] + text[match.end() :] if match else text
        used = len(re.findall(rf"\$\{{?{re.escape(name)}\}}?(?!\w)", outside, re.IGNORECASE))
        if match and used == here:
            dropped.append(Replacement.of(match.start(), match.end(), "variable", ""))
    return dropped


def _find_run(passage: Passage) -> list[Replacement]:
    """``IEX '…'`` and ``'…' | IEX`` are the script itself."""
    found, text = [], passage.text
    for pattern in (_SCRIPT_BLOCK, _INVOKE_SCRIPT):
        for match in pattern.finditer(text):
            if pattern is _SCRIPT_BLOCK and match[0][0] == "[" and match[0][-2:] == "))":
                continue  # a block that something else runs
            found.append(
                Replacement.of(match.start(), match.end(), "invocation", match["text"][1:-1].replace("''", "'"))
            )
    for pattern in (_RUN, _PIPED) if not found else ():
        for match in pattern.finditer(text):
            if len(match["open"]) > len(match["close"]):
                continue
            quoted = match["text"]
            name = re.match(r"[\w-]*", match[0])
            around = (
                text[match.start() - 1 : match.start()] + text[match.start() + name.end() :][:1]
                if name and name[0]
                else ""
            )
            if around in ("''", '""'):
                continue  # 'iex' itself is quoted
            script = quoted[1:-1].replace("''", "'") if quoted[0] == "'" else quoted[1:-1].replace("``", "`")
            if not script.strip() or re.match(r"\s*[+,\[.]|\s*-(?:f|join|replace|split)", passage.text[match.end() :]):
                continue
            extra = match["close"][len(match["open"]) :]
            found.append(Replacement.of(match.start(), match.end(), "invocation", script.strip() + extra))
        if found:
            return found
    return found


ALIAS: Final = LayerKind(
    in_any_case(r"\b(?:sal|nal|(?:set|new)-alias)\s", "sal", "nal", "alias"), _find_alias, ONLY_POWERSHELL
)
CONSTANT: Final = LayerKind(in_any_case("mdr", "mdr"), _find_constant, ONLY_POWERSHELL)
BACKTICK: Final = LayerKind(re.compile("`").search, _find_backtick, ONLY_POWERSHELL)
_HAS_CALL = re.compile(r"[&.]\s*\(?\s*['\"$]").search
_HAS_EXPRESSION = in_any_case(r"\biex|invoke-exp", "iex", "invoke-exp")
INVOCATION: Final = LayerKind(lambda text: _HAS_CALL(text) or _HAS_EXPRESSION(text), _find_invocation, ONLY_POWERSHELL)
_RUNS: Final = ("iex", "invoke-expression", "scriptblock", "executioncontext")
RUN: Final = LayerKind(in_any_case("|".join(_RUNS), *_RUNS), _find_run, ONLY_POWERSHELL)
