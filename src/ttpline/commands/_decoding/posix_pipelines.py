"""``echo … | base64 -d | sh``, ``bash <<< …``, ``sh <(…)``: text that is decoded and run becomes the script that runs.

Convention: where a shell's only work is to run the text, the script stands in its place as it is, so that a parser
sees its commands; ``sudo sh`` keeps itself as ``sudo sh -c '…'``, another interpreter as ``python3 -c '…'``. A decoder
into which no shell follows is replaced by ``echo 'text'``.
"""

import re
from typing import Final

from ttpline.commands._decoding.base import LayerKind, Passage, Replacement
from ttpline.commands._decoding.bytes_as_text import as_text
from ttpline.commands._decoding.posix_hints import without_quotes
from ttpline.commands._decoding.posix_output import (
    pipeline_outputs,
    posix_parse,
    program_and_arguments,
    script_output,
)
from ttpline.commands._decoding.posix_references import unused_assignments
from ttpline.commands._decoding.posix_syntax import Command, Pipeline, Word
from ttpline.commands._decoding.posix_tools import DECODERS, TOOLS
from ttpline.commands._decoding.posix_values import Values, word_value
from ttpline.commands._decoding.quoted import posix_word
from ttpline.commands.dialect import Dialect

SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "rbash", "fish"})
INTERPRETER = re.compile(r"(?:python[\d.]{0,5}|perl|ruby|php|node)").fullmatch
_CODE_OPTION: Final = {"perl": "-e", "ruby": "-e", "php": "-r", "node": "-e"}
_AS_OTHER_USER: Final = frozenset({"sudo", "doas"})
_OF_INPUT = re.compile(r"-|--|-[silxepvuE]{1,5}|--(?:norc|noprofile|login|posix)|/dev/(?:stdin|fd/0)").fullmatch
Outputs = list[tuple[str, bytes]]
"""Kind and output of each program of a pipeline from the first on, as far as they can be known."""
_INPUT_REDIRECTIONS: Final = frozenset({"<<<", "<<", "<<-", "<"})


def _find(passage: Passage) -> list[Replacement]:
    posix = posix_parse(passage)
    found: list[Replacement] = []
    for script in posix.scripts:
        is_put_in = script.is_output and script_output(script, posix.values) is not None
        for pipeline in script.pipelines:
            outputs = pipeline_outputs(pipeline, posix.values)
            replacement = _run(passage.text, pipeline, outputs, posix.values)
            if not replacement and not is_put_in:
                replacement = _decoded(passage.text, pipeline, outputs, posix.values)
            if replacement:
                found.append(replacement)
        if found:
            break  # what is inside of it comes in the next round
    return [*found, *unused_assignments(passage.text, posix, found)]


def _run(text: str, pipeline: Pipeline, outputs: Outputs, values: Values) -> Replacement | None:
    """A pipeline into a shell, or a shell whose input stands in the text."""
    for place, command in enumerate(pipeline.commands[: len(outputs) + 1]):
        runner = _runner(text, command, values)
        if runner is None:
            continue
        given = _own_input(command, values) if _has_own_input(command) else None
        if given is None and place:
            given = ([kind for kind, _ in outputs[:place]], outputs[place - 1][1])
        script = as_text(given[1]) if given else None
        if given is None or script is None or not script.strip():
            return None
        kinds = [kind for kind in given[0] if kind]
        kinds = kinds or ["here-string" if _has_own_input(command) else "pipe"]
        after = runner + posix_word(script.rstrip("\n")) if runner else script.strip("\n")
        after = _with_redirections(text, after, command)
        steps = _steps(text, pipeline, outputs[:place], kinds, after) if place else [(kind, after) for kind in kinds]
        return Replacement(pipeline.start, command.end, tuple(steps), is_run=not runner)
    return None


def _steps(text: str, pipeline: Pipeline, outputs: Outputs, kinds: list[str], after: str) -> list[tuple[str, str]]:
    """One step a decoder: what is left to do with its output, until the last one gives the script."""
    rest_end = pipeline.commands[len(outputs)].end
    steps: list[tuple[str, str]] = []
    for place, (kind, data) in enumerate(outputs):
        if not kind:
            continue
        readable = as_text(data)
        source = f"echo {posix_word(readable.rstrip(chr(10)))}" if readable else f"<{len(data)} bytes>"
        steps.append((kind, f"{source} | {text[pipeline.commands[place + 1].start : rest_end]}"))
    if not steps:
        return [(kinds[0], after)]
    steps[-1] = (steps[-1][0], after)
    return steps


def _has_own_input(command: Command) -> bool:
    return any(operator in ("<<<", "<<", "<<-") for operator, _ in command.redirections) or bool(_process(command))


def _process(command: Command) -> Word | None:
    """The ``<(…)`` that is run as a file, or read as input."""
    words = [*command.words[1:2], *(word for operator, word in command.redirections if operator == "<")]
    for word in words:
        if len(word.parts) == 1 and word.parts[0].kind == "process":
            return word
    return None


def _own_input(command: Command, values: Values) -> tuple[list[str], bytes] | None:
    for operator, target in command.redirections:
        if operator == "<<<":
            text = word_value(target, values)
            kinds = _kinds_inside(target, values) or ["here-string"]
            return None if text is None else (kinds, text.encode("utf-8", "surrogatepass"))
        if operator in ("<<", "<<-") and command.document is not None:
            return ["here-document"], command.document.encode("utf-8", "surrogatepass")
    word = _process(command)
    if word and word.parts[0].script:
        found = script_output(word.parts[0].script, values)
        return (found[0] or ["substitution"], found[1].encode("utf-8", "surrogatepass")) if found else None
    return None


def _kinds_inside(word: Word, values: Values) -> list[str]:
    parts = [*word.parts, *(inner for part in word.parts for inner in part.inner)]
    outputs = [script_output(part.script, values) for part in parts if part.script]
    return [kind for output in outputs if output for kind in output[0]]


def _runner(text: str, command: Command, values: Values) -> str | None:
    """How the script is written that ``command`` reads: empty for as it is; None where it reads none."""
    process = _process(command)
    words = [word for word in command.words if word is not process]
    called = program_and_arguments(Command(command.start, command.end, words), values)
    if not called:
        return None
    program, arguments = called
    prefix = ""
    if program in _AS_OTHER_USER:
        at = next((place for place, word in enumerate(arguments) if _is_shell(word)), None)
        if at is None:
            return None
        raw = " ".join(text[word.start : word.end] for word in words[: len(words) - len(arguments) + at + 1])
        program, arguments, prefix = arguments[at].rsplit("/", 1)[-1], arguments[at + 1 :], raw + " -c "
    if program == "busybox" and arguments:
        program, arguments = arguments[0], arguments[1:]
    if program in (".", "source"):
        return "" if process or arguments[:1] == ["/dev/stdin"] else None
    if program in SHELLS:
        if "-s" in arguments:
            arguments = arguments[: arguments.index("-s")]
        return prefix if all(_OF_INPUT(argument) for argument in arguments) else None
    if INTERPRETER(program) and all(argument in ("-", "/dev/stdin", "-u") for argument in arguments):
        return f"{program} {_CODE_OPTION.get(program, '-c')} "
    return None


def _is_shell(word: str) -> bool:
    return word.rsplit("/", 1)[-1] in SHELLS


def _with_redirections(text: str, after: str, command: Command) -> str:
    """Where output goes stays written behind it."""
    kept = [
        f"{operator}{' ' if operator[-1] != '&' else ''}{text[word.start : word.end]}"
        for operator, word in command.redirections
        if operator not in _INPUT_REDIRECTIONS and not (operator in (">&", "&>", ">") and _is_silence(text, word))
    ]
    return " ".join([after, *kept])


def _is_silence(text: str, word: Word) -> bool:
    return text[word.start : word.end] in ("/dev/null", "1", "2")


def _decoded(text: str, pipeline: Pipeline, outputs: Outputs, values: Values) -> Replacement | None:
    """A decoder that no shell follows: its text, echoed; or the words that ``xargs`` gives to a program."""
    kinds = [kind for kind, _ in outputs]
    last = max((place for place, kind in enumerate(kinds) if kind in DECODERS), default=None)
    if last is None:
        return None
    for place in range(len(outputs) - 1, last - 1, -1):
        following = pipeline.commands[place + 1] if place + 1 < len(pipeline.commands) else None
        told = _given_by_xargs(text, following, as_text(outputs[place][1]), values) if following else None
        if told and following:
            return Replacement(pipeline.start, following.end, tuple((kind, told) for kind in kinds if kind))
    readable = as_text(outputs[last][1])
    if readable is None or not readable.strip():
        return None
    end = pipeline.commands[last].end
    after = _with_redirections(text, f"echo {posix_word(readable.rstrip(chr(10)))}", pipeline.commands[last])
    if text[pipeline.start : end] == after:
        return None
    undone = [kind for kind in kinds[: last + 1] if kind]
    return Replacement(pipeline.start, end, tuple((kind, after) for kind in undone))


def _given_by_xargs(text: str, command: Command, given: str | None, values: Values) -> str | None:
    called = program_and_arguments(command, values)
    if not given or not called or called[0] != "xargs" or not called[1] or called[1][0].startswith("-"):
        return None
    raw = text[command.words[-len(called[1])].start : command.words[-1].end]
    return " ".join([raw, *map(posix_word, given.split())])


_HAS_INPUT = re.compile(r"\||<<|<\(|\$\(|`|echo|printf").search
_PLAIN_TOOLS: Final = frozenset({"echo", "printf", "cat", "tee", "rev", "tac", "tr", "sed", "cut", "head", "tail"})
"""They decode nothing, unless there are backslashes in the text."""
_NAMES: Final = sorted((SHELLS | TOOLS.keys() | {"node", "source"}) - _PLAIN_TOOLS)
_MAY_RUN = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _NAMES))}|python[\d.]*)(?!\w)|\.[ \t]").search


def _is_hinted(text: str) -> bool:
    """Whether something is fed into a program, and there may be one that runs or decodes it."""
    if not _HAS_INPUT(text):
        return False
    bare = without_quotes(text)
    return bare is None or _MAY_RUN(bare) is not None


LAYER: Final = LayerKind(
    hint=_is_hinted,
    find=_find,
    dialects=frozenset({Dialect.POSIX}),
)
