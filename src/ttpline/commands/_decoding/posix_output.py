"""What a pipeline prints, where every program in it is a function of text (``posix_tools``)."""

from dataclasses import dataclass
from typing import Final

from ttpline.commands._decoding.base import Passage
from ttpline.commands._decoding.bytes_as_text import as_text
from ttpline.commands._decoding.posix_syntax import Command, Pipeline, Script, Word, all_scripts, parse
from ttpline.commands._decoding.posix_tools import TOOLS
from ttpline.commands._decoding.posix_values import Values, collect, word_value

MAX_PIPES: Final = 64
"""Programs of one pipeline that are evaluated; each may go over the whole text."""

_TRANSPARENT: Final = frozenset(
    {"command", "builtin", "env", "nohup", "exec", "setsid", "time", "stdbuf", "busybox", "toybox"}
)
"""Wrappers that change nothing about what the program prints."""


@dataclass(slots=True)
class Posix:
    """One parse of a passage: every script in it, outermost first, and what its variables hold."""

    script: Script
    scripts: list[Script]
    values: Values

    def commands(self) -> list[Command]:
        return [command for each in self.scripts for line in each.pipelines for command in line.commands]


def posix_parse(passage: Passage) -> Posix:
    """The passage as a POSIX shell reads it, parsed once a round."""
    known = passage.parses.get("posix")
    if isinstance(known, Posix):
        return known
    passage.work.spend(len(passage.text))
    script = parse(passage.text, passage.work)
    values = Values(output_of=_text_output)
    result = Posix(script, all_scripts(script), values)
    collect(passage.text, result.commands(), values)
    _collect_files(result)
    passage.parses["posix"] = result
    return result


def _collect_files(posix: Posix) -> None:
    """``echo … > file``, for a decoder that reads it later in the same text."""
    for script in posix.scripts:
        for pipeline in script.pipelines:
            targets = [word for operator, word in pipeline.commands[-1].redirections if operator in (">", ">|")]
            if len(targets) != 1:
                continue
            outputs = pipeline_outputs(pipeline, posix.values)
            name = word_value(targets[0], posix.values)
            if name and len(outputs) == len(pipeline.commands):
                posix.values.files[name] = outputs[-1][1]


def program_and_arguments(command: Command, values: Values) -> tuple[str, list[str]] | None:
    """The bare name of the program and what it is given; None where a word is not known."""
    words: list[str] = []
    for word in command.words:
        value = "bash" if not words and _is_shell_itself(word) else word_value(word, values)
        if value is None:
            return None
        words.append(value)
    while words and words[0].rsplit("/", 1)[-1] in _TRANSPARENT:
        words = words[1:]
    return (words[0].rsplit("/", 1)[-1], words[1:]) if words else None


def _is_shell_itself(word: Word) -> bool:
    """``$0``, ``$SHELL``, ``"$BASH"``."""
    parts = word.parts[0].inner if len(word.parts) == 1 and word.parts[0].kind == "double" else word.parts
    return len(parts) == 1 and parts[0].kind == "variable" and parts[0].value in ("0", "SHELL", "BASH")


def command_output(command: Command, given: bytes | None, values: Values) -> tuple[str, bytes] | None:
    """Kind of layer and output of one program; None where it is no function of text."""
    for operator, target in command.redirections:
        if operator == "<<<":
            text = word_value(target, values)
            if text is None:
                return None
            given = text.encode("utf-8", "surrogatepass") + b"\n"
        elif operator in ("<<", "<<-"):
            given = None if command.document is None else command.document.encode("utf-8", "surrogatepass")
        elif operator == "<":
            given = values.files.get(word_value(target, values) or "")
            if given is None:
                return None
    called = program_and_arguments(command, values)
    if not called:
        return None
    tool = TOOLS.get(called[0])
    program, arguments = called
    if given is None and arguments and arguments[-1] in values.files and program not in ("echo", "printf"):
        arguments, given = arguments[:-1], values.files[arguments[-1]]
    return tool(arguments, given) if tool else None


def pipeline_outputs(pipeline: Pipeline, values: Values) -> list[tuple[str, bytes]]:
    """Kind and output of each program from the first on, as far as they can be known."""
    if pipeline.is_fed:
        return []
    found: list[tuple[str, bytes]] = []
    given: bytes | None = None
    for command in pipeline.commands[:MAX_PIPES]:
        result = command_output(command, given, values)
        if result is None:
            break
        found.append(result)
        given = result[1]
    return found


def script_output(script: Script, values: Values) -> tuple[list[str], str] | None:
    """Kinds of layers undone and the text that is printed; None where it is not known or not text."""
    kinds: list[str] = []
    texts: list[str] = []
    for pipeline in script.pipelines:
        if any(not command.words and command.assignments for command in pipeline.commands):
            continue
        found = pipeline_outputs(pipeline, values)
        if len(found) < len(pipeline.commands):
            return None
        if any(operator in (">", ">>", ">|") for each in pipeline.commands for operator, _ in each.redirections):
            return None
        text = as_text(found[-1][1])
        if text is None:
            return None
        kinds += [kind for kind, _ in found if kind]
        texts.append(text)
    return (kinds, "".join(texts)) if texts else None


def _text_output(script: Script, values: Values) -> str | None:
    found = script_output(script, values)
    return found[1] if found else None
