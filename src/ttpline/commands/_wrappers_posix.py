"""Wrappers of Linux and macOS that need more than the end of their options: shells, remote and container programs,
schedulers, terminals, and interpreters with a command in their code."""

import re
from typing import Final

from ttpline.commands._reading import Draft, Piece, Source, Token, listed, pieces_of
from ttpline.commands._wrappers import (
    ARGV_RULES,
    Argv,
    Inner,
    Rule,
    after_options,
    tail,
    text_of,
    value_of,
)
from ttpline.commands.dialect import Dialect

POSIX_SHELLS: Final = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "mksh", "csh", "tcsh", "rbash"})
_HERE: Final = frozenset({"<<", "<<-", "<<<"})
_NONE: Final[frozenset[str]] = frozenset()


def _shell(draft: Draft, source: Source) -> list[Inner]:
    words = draft.words
    at = 1
    while at < len(words):
        text = words[at].text
        if text == "--command" or (len(text) > 1 and text[0] in "-+" and text[1] != "-" and "c" in text[1:]):
            at = after_options(words, at + 1, "oO", frozenset({"--rcfile", "--init-file"}))
            if at >= len(words):
                return []
            lost_quotes = not words[at].is_quoted and all(not word.is_quoted for word in words[at:])
            return text_of(words[at:] if lost_quotes else words[at : at + 1], source, Dialect.POSIX)
        if text.startswith("--command="):
            return [_after_equals(words[at], source, Dialect.POSIX)]
        if len(text) < 2 or text[0] not in "-+":
            return script_of(draft, at, source)
        at += 2 if text in ("-o", "-O", "+o", "+O", "--rcfile", "--init-file") else 1
    return _standard_input(draft, source)


def _standard_input(draft: Draft, source: Source) -> list[Inner]:
    """Commands of a here-document or here-string."""
    documents = [target for operator, target in draft.redirections if operator in _HERE]
    return [inner for target in documents[-1:] for inner in text_of([target], source, Dialect.POSIX)]


def _after_equals(token: Token, source: Source, dialect: Dialect) -> Inner:
    text = source.of_tokens([token])
    start = token.text.index("=") + 1
    return Inner(text.slice(start, len(text.text)), dialect, covers=(token.start, token.end))


def _su(draft: Draft, source: Source) -> list[Inner]:
    value = value_of(draft.words, "-c", "--command", "--session-command", "-lc", "-mc")
    if value is not None:
        return text_of([value], source, Dialect.POSIX)
    for word in draft.words[1:]:
        if word.text.startswith(("--command=", "--session-command=")):
            return [_after_equals(word, source, Dialect.POSIX)]
    return []


def _runuser(draft: Draft, source: Source) -> list[Inner]:
    found = _su(draft, source)
    if found or not any(word.text in ("-u", "--user") for word in draft.words):
        return found
    return Argv("ugG", frozenset({"--user", "--group", "--supp-group"}))(draft, source)


def _env(draft: Draft, source: Source) -> list[Inner]:
    words = draft.words
    for index, word in enumerate(words[1:], 1):
        if word.text in ("-S", "--split-string", "-iS", "-vS") and index + 1 < len(words):
            return text_of(words[index + 1 :], source, Dialect.POSIX)
        if word.text.startswith("--split-string="):
            return [_after_equals(word, source, Dialect.POSIX)]
        if not word.text.startswith("-"):
            break
    return ARGV_RULES["env"](draft, source)


def _command(draft: Draft, source: Source) -> list[Inner]:
    return [] if any(word.text in ("-v", "-V") for word in draft.words[1:2]) else Argv()(draft, source)


def _joined(values: str = "", operands: int = 0, *, or_input: bool = False) -> Rule:
    """Wrappers that hand their words, joined, to a shell."""

    def rule(draft: Draft, source: Source) -> list[Inner]:
        at = after_options(draft.words, 1, values, frozenset())
        at = after_options(draft.words, at + operands, values, frozenset()) if operands else at
        words = draft.words[at:]
        if not words:
            return _standard_input(draft, source) if or_input else []
        if len(words) == 1 or not words[0].is_quoted:
            return text_of(words, source, Dialect.POSIX)
        return tail(draft, at, source)

    return rule


def _only_input(draft: Draft, source: Source) -> list[Inner]:
    return _standard_input(draft, source)


def _parallel(draft: Draft, source: Source) -> list[Inner]:
    at = after_options(
        draft.words, 1, "jINaSLnPE", frozenset({"--jobs", "--colsep", "--joblog", "--delay", "--timeout"})
    )
    end = next((i for i in range(at, len(draft.words)) if draft.words[i].text.startswith(":::")), len(draft.words))
    return text_of(draft.words[at:end], source, Dialect.POSIX)


def _find(draft: Draft, source: Source) -> list[Inner]:
    words, found, at = draft.words, [], 1
    while at < len(words):
        if words[at].text in ("-exec", "-execdir", "-ok", "-okdir"):
            end = at + 1
            while (
                end < len(words)
                and words[end].text not in (";", "\\", "\\;")
                and not (words[end].text == "+" and words[end - 1].text == "{}")
            ):
                end += 1
            found.extend(tail(draft, at + 1, source, end=end))
            at = end
        at += 1
    return found


def _option_text(*names: str, operands: int = 0, values: str = "") -> Rule:
    """``script -c TEXT``, ``flock FILE -c TEXT``; without the option the words after the operands."""

    def rule(draft: Draft, source: Source) -> list[Inner]:
        value = value_of(draft.words, *names)
        if value is not None:
            return text_of([value], source, Dialect.POSIX)
        return Argv(values, operands=operands)(draft, source) if operands else []

    return rule


def _screen(draft: Draft, source: Source) -> list[Inner]:
    return tail(draft, after_options(draft.words, 1, "cehpsStTr", _NONE), source)


def _tmux(draft: Draft, source: Source) -> list[Inner]:
    at = after_options(draft.words, 1, "LSfc", _NONE)
    if at >= len(draft.words) or draft.words[at].text not in (
        "new", "new-session", "neww", "new-window", "split-window", "splitw", "run-shell", "run", "respawn-pane"
    ):  # fmt: skip
        return []
    return text_of(draft.words[after_options(draft.words, at + 1, "csnFtxyelp", _NONE) :], source, Dialect.POSIX)


_CONTAINER_VALUES: Final = frozenset(
    f"--{name}"
    for name in listed(
        "volume env env-file name network net publish user workdir entrypoint hostname memory cpus cap-add "
        "cap-drop device dns label label-file link log-driver log-opt mount pid ipc uts userns platform pull "
        "restart security-opt shm-size tmpfs ulimit volumes-from add-host expose gpus runtime stop-signal "
        "stop-timeout sysctl cgroup-parent cgroupns cidfile attach annotation blkio-weight network-alias ip "
        "detach-keys context config host log-level pod group-add memory-swap cpuset-cpus cpu-shares namespace "
        "container request-timeout kubeconfig server token as image cluster overrides pod-running-timeout cwd "
        "mode runtime-endpoint address index project-name file profile"
    )
)


def _container(draft: Draft, source: Source) -> list[Inner]:
    """``docker exec BOX cmd``, ``podman run IMAGE cmd``, ``docker compose exec SERVICE cmd``."""
    words = draft.words
    at = after_options(words, 1, "Hlc", _CONTAINER_VALUES)
    while at < len(words) and words[at].text in ("container", "compose"):
        at = after_options(words, at + 1, "fp", _CONTAINER_VALUES)
    if at >= len(words) or words[at].text not in ("exec", "run", "create"):
        return []
    start = at + 1
    at = after_options(words, start, "veupwhmlac", _CONTAINER_VALUES)
    entry = next((i + 1 for i in range(start, min(at, len(words)) - 1) if words[i].text == "--entrypoint"), 0)
    found = tail(draft, at + 1, source)
    if not entry:
        return found
    inner = tail(draft, entry, source, end=entry + 1)
    if inner[0].draft is not None and found and found[0].draft is not None:
        inner[0].draft.words = [*inner[0].draft.words, *found[0].draft.words]
        inner[0].draft.end = found[0].draft.end
    return inner


def _pod(draft: Draft, source: Source) -> list[Inner]:
    """``kubectl exec POD -- cmd`` and its relatives."""
    words = draft.words
    at = after_options(words, 1, "nsclv", _CONTAINER_VALUES)
    if at >= len(words) or words[at].text not in ("exec", "run", "debug", "execute"):
        return []
    for index in range(at, len(words)):
        if words[index].text == "--":
            return tail(draft, index + 1, source)
    if words[at].text != "exec":
        return []
    at = after_options(words, at + 1, "ncf", _CONTAINER_VALUES)
    return tail(draft, after_options(words, at + 1, "ncf", _CONTAINER_VALUES), source)


def _trap(draft: Draft, source: Source) -> list[Inner]:
    words = draft.words[after_options(draft.words, 1, "", _NONE) :]
    return text_of(words[:1], source, Dialect.POSIX) if len(words) > 1 and words[0].text else []


def _wsl(draft: Draft, source: Source) -> list[Inner]:
    values = frozenset({"--distribution", "--user", "--cd", "--shell-type", "--distribution-id"})
    words = draft.words
    at = 1
    while at < len(words) and words[at].text.startswith("-") and words[at].text not in ("--", "-e", "--exec"):
        at += 2 if words[at].text in values or words[at].text in ("-d", "-u") else 1
    if at < len(words) and words[at].text in ("-e", "--exec"):
        return tail(draft, at + 1, source)
    at += at < len(words) and words[at].text == "--"
    return text_of(words[at:], source, Dialect.POSIX)


# Code of other languages: the literals that it hands to a shell

_STRING = r"(?:[^'\"\\]|\\.|(?!(?P=q))['\"]){0,8000}?"
_CALL = re.compile(
    r"\b(?:system|popen[234]?|exec[lv]?[pe]{0,2}|execSync|call|run|Popen|check_output|check_call|getoutput|getstatusoutput"
    r"|shell_exec|passthru|proc_open|pcntl_exec|spawn|spawnSync|execute|qx)[ \t]*\(?[ \t]*(?P<list>\[?)[ \t]*[rbuf]?"
    r"(?P<q>\\?['\"])(?P<text>" + _STRING + r")(?P=q)",
    re.DOTALL,
).finditer
_ITEM = re.compile(r"[ \t]*,[ \t]*[rbuf]?(?P<q>\\?['\"])(?P<text>" + _STRING + r")(?P=q)", re.DOTALL).match
_BACKTICK_CALL = re.compile(r"(?:`|%x\{|qx[/{(])(?P<text>[^`{}]{1,2000})(?:`|\}|/|\))").finditer
_APPLE_SHELL = re.compile(
    r"do[ \t]+shell[ \t]+script[ \t]+(?P<q>\\?\")(?P<text>" + _STRING + r")(?P=q)", re.DOTALL
).finditer
_ESCAPED = re.compile(r"\\(.)", re.DOTALL).finditer
_MAX_CALLS: Final = 16  # literals taken from one piece of code

_CODE_OPTIONS: Final = {
    "python": "-c", "pypy": "-c", "perl": "-e", "ruby": "-e", "php": "-r", "node": "-e", "lua": "-e", "pythonw": "-c",
}  # fmt: skip


def _unescaped(source: Source, start: int, end: int) -> Source:
    """A string literal's content, backslashes undone."""
    if "\\" not in source.text[start:end]:
        return source.slice(start, end)
    pieces: list[Piece] = []
    at = start
    for match in _ESCAPED(source.text, start, end):
        if match.start() > at:
            pieces.append((source.text[at : match.start()], at, match.start()))
        pieces.append((match[1], match.start(), match.end()))
        at = match.end()
    if at < end:
        pieces.append((source.text[at:end], at, end))
    return source.of_pieces(pieces)


def _calls(draft: Draft, tokens: list[Token], source: Source) -> list[Inner]:
    code = source.of_tokens(tokens)
    covers = (tokens[0].start, tokens[-1].end)
    found = []
    for match, _ in zip(_CALL(code.text), range(_MAX_CALLS), strict=False):
        if match["list"]:
            items = [Token(match["text"], match.start("text"), match.end("text"), is_quoted=True)]
            at = match.end()
            while (item := _ITEM(code.text, at)) and len(items) < _MAX_CALLS:
                items.append(Token(item["text"], item.start("text"), item.end("text"), is_quoted=True))
                at = item.end()
            inner = Draft("argument", Dialect.POSIX, items[0].start)
            inner.words, inner.end = items, items[-1].end
            found.append(Inner(code, Dialect.POSIX, inner, covers))
        else:
            text = _unescaped(code, match.start("text"), match.end("text"))
            found.append(Inner(text, Dialect.POSIX, covers=covers))
    return found


def _code(draft: Draft, source: Source) -> list[Inner]:
    """``python -c``, ``perl -e``: only what is a literal in the code."""
    words = draft.words
    letter = _CODE_OPTIONS.get(draft_language(draft), "-c")[1]
    for index, word in enumerate(words[1:-1], 1):
        if (
            len(word.text) > 1
            and word.text[0] == "-"
            and word.text[1] != "-"
            and word.text[1:].lower().endswith(letter)
        ):
            code = words[index + 1 :] if not words[index + 1].is_quoted else words[index + 1 : index + 2]
            found = _calls(draft, code, source)
            if not found and letter == "e":
                text = source.of_tokens(code)
                found = [
                    Inner(text.slice(*match.span("text")), Dialect.POSIX, covers=(code[0].start, code[-1].end))
                    for match, _ in zip(_BACKTICK_CALL(text.text), range(_MAX_CALLS), strict=False)
                ]
            return found
        if not word.text.startswith("-"):
            return script_of(draft, index, source)
    return script_of(draft, len(words) - 1, source)


def script_of(draft: Draft, at: int, source: Source) -> list[Inner]:
    """``python3 secretsdump.py -ntds x``: the script is what runs, with the words behind it."""
    words = draft.words
    is_script = 0 < at < len(words) and words[at].text.lower().endswith(_SCRIPTS)
    return tail(draft, at, source) if is_script else []


_SCRIPTS: Final = (".py", ".pyc", ".pl", ".rb", ".php", ".js", ".lua", ".sh", ".bash", ".zsh")


def draft_language(draft: Draft) -> str:
    """The interpreter a draft starts, as far as its code option depends on it."""
    name = draft.words[0].text.replace("\\", "/").rpartition("/")[2].lower()
    return next((language for language in _CODE_OPTIONS if name.startswith(language)), "python")


def _awk(draft: Draft, source: Source) -> list[Inner]:
    programs = [
        word for word in draft.words[1:] if "system" in word.text or "| getline" in word.text or '" |' in word.text
    ]
    return [inner for word in programs[:1] for inner in _calls(draft, [word], source)]


def _osascript(draft: Draft, source: Source) -> list[Inner]:
    found = []
    for index in range(1, len(draft.words) - 1):
        if draft.words[index].text == "-e":
            token = draft.words[index + 1]
            tokens = [token] if token.is_quoted else draft.words[index + 1 :]
            code = source.of_tokens(tokens)
            for match, _ in zip(_APPLE_SHELL(code.text), range(_MAX_CALLS), strict=False):
                text = _unescaped(code, match.start("text"), match.end("text"))
                found.append(Inner(text, Dialect.POSIX, covers=(tokens[0].start, tokens[-1].end)))
    return found


def document_input(draft: Draft) -> bool:
    """Whether a here-document feeds the command."""
    return any(operator in _HERE for operator, _ in draft.redirections)


def printed_text(draft: Draft, source: Source) -> Source | None:
    """What ``echo`` or ``printf`` prints, where it is a literal."""
    words = draft.words[1:]
    while words and words[0].text in ("-n", "-e", "-E", "-ne", "-en", "-NoEnumerate"):
        words = words[1:]
    return source.of_tokens(words) if words and any(pieces_of(word) for word in words) else None


POSIX_RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(POSIX_SHELLS, _shell),
    "su": _su, "runuser": _runuser, "sg": _joined(operands=1), "env": _env, "command": _command, "eval": _joined(),
    "watch": _joined("nqs"), "hyperfine": _joined("wmMrspn"), "find": _find, "gfind": _find, "parallel": _parallel,
    "ssh": _joined("BbcDEeFIiJLlmOopQRSWw", 1, or_input=True), "rsh": _joined("l", 1), "remsh": _joined("l", 1),
    "autossh": _joined("MBbcDEeFIiJLlmOopQRSWw", 1), "slogin": _joined("BbcDEeFIiJLlmOopQRSWw", 1, or_input=True),
    "at": _only_input, "batch": _only_input,
    "script": _option_text("-c", "--command", "-qc", "-fc"),
    "flock": _option_text("-c", "--command", operands=1, values="wE"),
    "screen": _screen, "tmux": _tmux, "docker": _container, "podman": _container, "nerdctl": _container,
    "docker-compose": _container, "podman-compose": _container,
    "kubectl": _pod, "oc": _pod, "k3s": lambda draft, source: tail(draft, 1, source), "crictl": _pod, "lxc": _pod,
    "incus": _pod, "microk8s": lambda draft, source: tail(draft, 1, source),
    "lxc-attach": lambda draft, source: tail(draft, _after_dashes(draft), source), "trap": _trap, "wsl": _wsl,
    **dict.fromkeys(_CODE_OPTIONS, _code), **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), _awk),
    "osascript": _osascript,
}  # fmt: skip


def _after_dashes(draft: Draft) -> int:
    words = draft.words
    return next((index + 1 for index in range(1, len(words)) if words[index].text == "--"), len(words))
