"""Wrappers of Windows: cmd, PowerShell and its cmdlets, WMI, scheduled tasks, services, remote execution."""

import re
from collections.abc import Sequence
from typing import Final

from ttpline.commands._powershell_parameters import SHELL_VALUES, parameter_name
from ttpline.commands._reading import Draft, Piece, Source, Token, listed, pieces_of
from ttpline.commands._wrappers import Inner, Rule, process_of, tail, text_of, value_of
from ttpline.commands.dialect import Dialect

_SWITCHES = re.compile(r"(?:[\s,;=]*/[a-zA-Z](?::[\w]{1,12})?(?<![/][ckrCKR]))*[\s,;=]*/[ckrCKR]:?", re.ASCII).match
_ONE_PROGRAM = re.compile(r"\"[^\"&<>()@^|]*\.(?:exe|bat|cmd|com)\"\Z", re.IGNORECASE).match
_ONE_LITERAL = re.compile(r"[ \t]*'((?:[^']|'')*)'[ \t]*\Z").match
_PROGRAM_FILE = re.compile(r".+\.(?:exe|com|bat|cmd)\Z", re.IGNORECASE | re.DOTALL).match
_ONE_DOUBLE = re.compile(r"[ \t]*\"([^\"]*)\"[ \t]*\Z").match
_ESCAPED_QUOTE = re.compile(r"\\\"").finditer
_BLOCK = re.compile(r"[ \t]*\{(.*)\}[ \t]*\Z", re.DOTALL).match
_COMMAND_LINE = re.compile(r"command(?:line)?[ \t]{0,8}=[ \t]{0,8}", re.IGNORECASE).search
_METHOD_CALL = re.compile(
    r"(?:\.|::)(?P<name>Run|Exec|ShellExecute|Start|Create)\([ \t]*(?P<q>['\"])(?P<text>[^'\"]{1,4000})(?P=q)"
    r"(?:[ \t]*,[ \t]*(?P<r>['\"])(?P<more>[^'\"]{1,4000})(?P=r))?",
    re.IGNORECASE,
).finditer
_MAX_CALLS: Final = 16  # of one expression
_AFTER_VALUE = re.compile(r"[;})]").search


def _cmd(draft: Draft, source: Source) -> list[Inner]:
    """``cmd [switches] /c TEXT``: the rest of the line, one pair of outer quotes taken away as cmd does."""
    words = draft.words
    if draft.dialect is not Dialect.CMD:
        return _cmd_in_other_shell(draft, source)
    start = words[0].end
    match = _SWITCHES(source.text, start, draft.end)
    if not match:
        return []
    begin, end = match.end(), draft.end
    while begin < end and source.text[begin] in " \t,;=":
        begin += 1
    begin, end = _without_outer_quotes(source.text, begin, end)
    if begin >= end:
        return []
    text = source.slice(begin, end)
    if source.text[begin - 1] == '"' and '\\"' in text.text and text.text.count('"') == text.text.count('\\"'):
        text = _unescaped_quotes(text)  # quoted once for whoever started cmd
    return [Inner(text, Dialect.CMD, covers=(begin, end))]


def _unescaped_quotes(source: Source) -> Source:
    pieces: list[Piece] = []
    at = 0
    for match in _ESCAPED_QUOTE(source.text):
        if match.start() > at:
            pieces.append((source.text[at : match.start()], at, match.start()))
        pieces.append(('"', match.start(), match.end()))
        at = match.end()
    if at < len(source.text):
        pieces.append((source.text[at:], at, len(source.text)))
    return source.of_pieces(pieces)


def _without_outer_quotes(text: str, begin: int, end: int) -> tuple[int, int]:
    raw = text[begin:end]
    if len(raw) < 2 or raw[0] != '"':
        return begin, end
    quotes = raw.count('"') - raw.count('\\"')
    if raw[-1] != '"' or quotes % 2:
        return (begin + 1, end) if quotes % 2 else (begin, end)
    if _ONE_PROGRAM(raw):
        return begin, end
    closing = raw.find('"', 1)
    if quotes > 2 and raw[1] != '"' and closing + 1 < len(raw) and raw[closing + 1] in " \t&|<>":
        return begin, end  # "C:\a b.exe" "argument": cmd would break it, so it was meant otherwise
    return begin + 1, end - 1


def _cmd_in_other_shell(draft: Draft, source: Source) -> list[Inner]:
    words = draft.words
    for index, word in enumerate(words[1:], 1):
        switch = word.text.lower()
        if switch in ("/c", "/k", "/r", "//c", "-c"):
            return text_of(words[index + 1 :], source, Dialect.CMD)
        if switch[:2] in ("/c", "/k") and len(switch) > 2:
            text = source.of_tokens(words[index:])
            return [Inner(text.slice(2, len(text.text)), Dialect.CMD, covers=(word.start, words[-1].end))]
        if not switch.startswith("/"):
            break
    return []


def _powershell(draft: Draft, source: Source) -> list[Inner]:
    """``powershell -Command TEXT`` and a text without any parameter; files and encoded text are left alone."""
    words = draft.words
    at = 1
    while at < len(words):
        name = parameter_name("powershell", words[at].text)
        if name is None:
            if words[at].text.startswith("-") and len(words[at].text) > 1 and not words[at].is_quoted:
                at += 1
                continue
            break
        if name in ("command", "commandwithargs"):
            at += 1
            break
        if name in ("encodedcommand", "file"):
            return []
        at += 2 if name in SHELL_VALUES else 1
    rest = words[at:]
    if not rest or rest[0].text == "-":
        return []
    text = source.of_tokens(rest)
    begin, end = 0, len(text.text)
    for pattern in (_ONE_LITERAL, _ONE_DOUBLE, _BLOCK):
        if match := pattern(text.text):
            begin, end = match.span(1)
            break
    if begin:
        text = text.slice(begin, end)
    return [Inner(text, Dialect.POWERSHELL, covers=(rest[0].start, rest[-1].end))]


def named_arguments(program: str, words: Sequence[Token], switches: str = "") -> tuple[dict[str, Token], list[Token]]:
    """A cmdlet's arguments by full parameter name, and the positional ones."""
    named: dict[str, Token] = {}
    positional: list[Token] = []
    at = 1
    while at < len(words):
        name = None if words[at].is_quoted else parameter_name(program, words[at].text)
        if name is None:
            positional.append(words[at])
        elif name not in switches.split() and at + 1 < len(words):
            at += 1
            named[name] = words[at]
        at += 1
    return named, positional


def _as_command_line(tokens: Sequence[Token], source: Source) -> Source:
    """A file and its argument list as one text: the commas of an array become blanks."""
    pieces: list[Piece] = []
    for token in tokens:
        if pieces:
            pieces.append((" ", pieces[-1][2], max(pieces[-1][2], token.start)))
        is_array = token.pieces is not None and sum(piece[0] == "" for piece in token.pieces) > 1
        for text, start, end in pieces_of(token):
            comma = (is_array and text.strip() == ",") or (
                not token.is_quoted and "," in text and token is not tokens[0]
            )
            pieces.append((text.replace(",", " ") if comma else text, start, end))
    return source.of_pieces(pieces)


def _start_process(draft: Draft, source: Source) -> list[Inner]:
    named, positional = named_arguments(
        "start-process",
        draft.words,
        "wait passthru nonewwindow loaduserprofile usenewenvironment verbose confirm whatif",
    )
    file = named.get("filepath") or (positional.pop(0) if positional else None)
    if file is None or (file.text[:1] in "$(" and not file.text.lower().startswith("$env:")):
        return []
    arguments = [named["argumentlist"]] if "argumentlist" in named else positional
    arguments = [token for token in arguments if token.text not in (",", "")]
    tokens = [file, *arguments]
    if any(token.is_block or token.text[:1] in "@(" for token in tokens):
        return tail_of([file], draft, source)
    if " " in file.text or tokens[0].start > tokens[-1].start:
        inner = tail_of([file], draft, source)
        if len(tokens) > 1 and inner and inner[0].draft is not None and " " in file.text:
            inner[0].draft.words = tokens
            inner[0].draft.end = max(token.end for token in tokens)
        return inner
    return [Inner(_as_command_line(tokens, source), Dialect.CMD, is_process=True)]


def tail_of(words: list[Token], draft: Draft, source: Source) -> list[Inner]:
    """These words as the command."""
    inner = Draft("argument", draft.dialect, words[0].start)
    inner.words, inner.end, inner.redirections = words, words[-1].end, draft.redirections
    return [Inner(source, draft.dialect, inner)]


def _task_action(draft: Draft, source: Source) -> list[Inner]:
    named, positional = named_arguments("new-scheduledtaskaction", draft.words)
    file = named.get("execute") or (positional[0] if positional else None)
    if file is None or file.text[:1] in ("", "(", "$"):
        return []
    tokens = [file] + ([named["argument"]] if "argument" in named else [])
    if tokens[0].start > tokens[-1].start or " " in file.text:
        return tail_of([file], draft, source)
    return [Inner(source.of_tokens(tokens), Dialect.CMD, is_process=True)]


def _expression(draft: Draft, source: Source) -> list[Inner]:
    """``iex 'TEXT'``: only a literal."""
    words = [
        word for word in draft.words[1:] if parameter_name("invoke-expression", word.text) is None or word.is_quoted
    ]
    if len(words) != 1 or not words[0].is_quoted:
        return []
    return text_of(words, source, Dialect.POWERSHELL)


def _new_service(draft: Draft, source: Source) -> list[Inner]:
    named, positional = named_arguments("new-service", draft.words)
    path = named.get("binarypathname") or (positional[1] if len(positional) > 1 and "name" not in named else None)
    return process_of([path], source) if path else []


def _wmi_method(draft: Draft, source: Source) -> list[Inner]:
    """``Invoke-WmiMethod -Class Win32_Process -Name Create -ArgumentList TEXT`` and its CIM twin."""
    if not any("win32_process" in word.text.lower() for word in draft.words):
        return []
    is_cim = draft.words[0].text.lower() in ("invoke-cimmethod", "icim")
    named, positional = named_arguments("invoke-cimmethod" if is_cim else "invoke-wmimethod", draft.words)
    token = named.get("arguments") or named.get("argumentlist") or (positional[-1] if positional else None)
    if token is None:
        return []
    text = source.of_tokens([token])
    if token.text.startswith("@"):
        begin, end = _command_line_span(text.text)
        return [Inner(text.slice(begin, end), Dialect.CMD, is_process=True)] if 0 < begin < end else []
    return [Inner(text, Dialect.CMD, is_process=True)] if token.is_quoted else []


def _command_line_span(text: str) -> tuple[int, int]:
    """Where the value of ``CommandLine=`` stands in ``text``, or all of it; without quotes around it."""
    match = _COMMAND_LINE(text)
    begin, end = match.end() if match else 0, len(text)
    quote = text[begin : begin + 1]
    if quote and quote in "'\"" and (closing := text.find(quote, begin + 1)) > 0:
        return begin + 1, closing
    if match and (after := _AFTER_VALUE(text, begin)):
        end = after.start()
    return begin, end


def method_calls(draft: Draft, source: Source) -> list[Inner]:
    """``$shell.Run('TEXT')``, ``[Diagnostics.Process]::Start('FILE', 'ARGUMENTS')`` in an expression."""
    found = []
    for word in draft.words:
        text = source.slice(word.start, word.end)
        for match, _ in zip(_METHOD_CALL(text.text), range(_MAX_CALLS), strict=False):
            if match["name"].lower() == "create" and "win32_process" not in text.text.lower():
                continue
            pieces = [(match["text"], *match.span("text"))]
            if match["more"]:
                pieces += [(" ", match.end("text"), match.start("more")), (match["more"], *match.span("more"))]
            found.append(Inner(text.of_pieces(pieces), Dialect.CMD, is_process=True))
    return found


def _wmic(draft: Draft, source: Source) -> list[Inner]:
    words = draft.words
    lowered = [word.text.lower().strip("\"'") for word in words]
    if "create" not in lowered or "process" not in lowered:
        return []
    at = lowered.index("create") + 1
    if at >= len(words):
        return []
    rest = words[at : at + 1] if words[at].is_quoted else words[at:]
    text = source.of_tokens(rest)
    begin, end = _command_line_span(text.text)
    return [Inner(text.slice(begin, end), Dialect.CMD, covers=(rest[0].start, rest[-1].end), is_process=True)]


def _value_text(*names: str) -> Rule:
    """The text after an option: ``schtasks /tr TEXT``, ``forfiles /c TEXT``."""

    def rule(draft: Draft, source: Source) -> list[Inner]:
        words = draft.words
        value = value_of(words, *names)
        if value is None:
            return []
        index = words.index(value)
        end = index + 1
        if not value.is_quoted and value.text[:1] != "'":  # quotes were lost: up to the next option
            while end < len(words) and not (
                words[end].text[:1] == "/" and words[end].text[1:4].lower() in _TASK_OPTIONS
            ):
                end += 1
        text = source.of_tokens(words[index:end])
        if len(text.text) > 2 and text.text[0] == "'" and text.text[-1] == "'":
            text = text.slice(1, len(text.text) - 1)
        return (
            [Inner(text, Dialect.CMD, covers=(value.start, words[end - 1].end), is_process=True)] if text.text else []
        )

    return rule


_TASK_OPTIONS: Final = listed(
    "s u p ru rp sc mo d m i tn tr st ri et du k sd ed it np z xml v1 f rl del hr create change create ? p m s d"
)


def _sc(draft: Draft, source: Source) -> list[Inner]:
    words = draft.words
    if not any(word.text.lower() in ("create", "config", "failure") for word in words[1:3]):
        return []
    for index, word in enumerate(words):
        lowered = word.text.lower()
        if lowered in ("binpath=", "binpath", "command=") and index + 1 < len(words):
            at = index + 1
            at += words[at].text == "=" and at + 1 < len(words)
            return process_of([words[at]], source)
        if lowered.startswith(("binpath=", "command=")):
            text = source.of_tokens([word])
            start = lowered.index("=") + 1
            return [
                Inner(text.slice(start, len(text.text)), Dialect.CMD, covers=(word.start, word.end), is_process=True)
            ]
    return []


def _windows_at(draft: Draft, source: Source) -> list[Inner]:
    at = 2 if len(draft.words) > 1 and draft.words[1].text.startswith("\\\\") else 1
    if at >= len(draft.words) or ":" not in draft.words[at].text:
        return []
    at += 1
    while at < len(draft.words) and draft.words[at].text.startswith("/"):
        at += 1
    return process_of(draft.words[at:], source)


def _slashed(*, is_text: bool = False, values: str = "") -> Rule:
    """``runas /user:x TEXT``, ``call FILE``: the words after options that begin with a slash or a dash."""

    def rule(draft: Draft, source: Source) -> list[Inner]:
        words, at = draft.words, 1
        while at < len(words) and words[at].text[:1] in ("/", "-") and not words[at].is_quoted:
            at += 2 if words[at].text[1:].lower() in values.split() else 1
        rest = words[at:]
        return process_of(rest, source) if is_text else tail(draft, at, source)

    return rule


def _start(draft: Draft, source: Source) -> list[Inner]:
    """``start "title" /b program``: a quoted first word is the title."""
    words, at = draft.words, 1
    if at < len(words) and words[at].is_quoted:
        following = words[2].text[:2] if len(words) > 2 else ""
        if not following or (_PROGRAM_FILE(words[1].text) and (following == "\\\\" or following[0] == "-")):
            return tail(draft, 1, source)
        at += 1
    while at < len(words) and words[at].text[:1] == "/":
        takes_value = words[at].text.lower() in ("/d", "/affinity", "/node", "/machine")
        at += 2 if takes_value else 1
    return tail(draft, at, source)


def _psexec(draft: Draft, source: Source) -> list[Inner]:
    words, at = draft.words, 1
    while at < len(words):
        text = words[at].text
        if text[:1] in ("-", "/") and len(text) > 1:
            at += 2 if text[1:].lower() in ("u", "p", "n", "a", "w", "r", "g", "verbose") else 1
            if text[1:].lower() == "i" and at < len(words) and words[at].text.isdigit():
                at += 1
        elif text.startswith(("\\\\", "@")):
            at += 1
        else:
            break
    return tail(draft, at, source)


def _conhost(draft: Draft, source: Source) -> list[Inner]:
    words, at = draft.words, 1
    while at < len(words) and words[at].text.startswith("-"):
        at += 1
    return tail(draft, at, source) if at < len(words) and not words[at].text.startswith("0x") else []


def _pcalua(draft: Draft, source: Source) -> list[Inner]:
    value = value_of(draft.words, "-a", "/a")
    if value is None:
        return []
    rest = [word for word in draft.words[draft.words.index(value) :] if word.text.lower() not in ("-c", "/c")]
    return tail_of(rest, draft, source)


WINDOWS_RULES: Final[dict[str, Rule]] = {
    "cmd": _cmd, "powershell": _powershell, "start-process": _start_process, "invoke-expression": _expression,
    "new-scheduledtaskaction": _task_action, "new-service": _new_service, "invoke-wmimethod": _wmi_method,
    "invoke-cimmethod": _wmi_method, "wmic": _wmic, "schtasks": _value_text("/tr", "-tr"),
    "forfiles": _value_text("/c", "-c"), "sc": _sc, "runas": _slashed(is_text=True), "call": _slashed(),
    "start": _start, "psexec": _psexec, "paexec": _psexec, "conhost": _conhost, "pcalua": _pcalua,
}  # fmt: skip

WINDOWS_AT: Final[Rule] = _windows_at
"""``at`` is a scheduler on both sides; only that of Windows takes its command as words."""
