"""A command line taken apart: which programs run, with which arguments, and how they are joined. Nouns only.

Those of which a command has many are tuples, which are made three times as fast as dataclasses.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Span = tuple[int, int]
"""Start and end in characters of the text that was parsed."""

Joint = Literal["first", "pipe", "and", "or", "sequence", "background", "substitution", "argument"]
"""How a simple command comes after the one before it. ``substitution``: its output is text of another command;
``argument``: another program (a wrapper: ``sudo``, ``sh -c``, ``ssh``) was told to run it."""


class Word(NamedTuple):
    """A word as the program receives it (``text``, quotes and escapes undone) and where it stands.

    ``is_exact`` is false where the shell would put in what only it knows: a variable, a pattern, a substitution.
    """

    text: str
    span: Span
    is_exact: bool = True


class Redirection(NamedTuple):
    """``operator`` as written (``>``, ``>>``, ``<``, ``2>``, ``<<<``, ``>&``); ``target`` is a file, text or number."""

    operator: str
    target: Word


class SimpleCommand(NamedTuple):
    """One program and what it is given.

    ``program`` is its bare name: lower case, without folder, ``.exe`` and version (``python``, ``net`` for ``net1``;
    a PowerShell alias is its cmdlet: ``get-childitem``); empty where only variables are set or files redirected.
    ``program_word`` is what is written. ``arguments`` are the words after it, in order, options and operands alike; an
    argument with ``=`` or ``:`` stays one word. ``wrappers`` are the programs that run it, outermost first (``sudo``,
    ``xargs``, ``sh``); each of them is a part of its own as well. ``depth`` counts substitutions and wrappers around.
    """

    program: str
    program_word: Word
    arguments: tuple[Word, ...]
    span: Span
    joint: Joint = "first"
    redirections: tuple[Redirection, ...] = ()
    assignments: tuple[Word, ...] = ()
    wrappers: tuple[str, ...] = ()
    depth: int = 0
    dialect: Literal["posix", "cmd", "powershell"] = "posix"


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """``parts`` in the order of the text (a wrapper before what it runs). ``is_damaged``: quotes or brackets were left
    open, or a bound was met, and what could be read was read."""

    text: str
    parts: tuple[SimpleCommand, ...]
    is_damaged: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer that was undone: ``kind`` (``base64``, ``hex``, ``caret``, …), where it stood in the text as it was
    before this layer, and what it became. ``is_run``: ``before`` ends in a shell that ran it and is gone now."""

    kind: str
    span: Span
    before: str
    after: str
    is_run: bool = False


@dataclass(frozen=True, slots=True)
class DecodedCommand:
    """``text`` with every layer undone (the same text where there was none); ``layers`` in the order they were undone.

    ``is_complete`` is false where a bound on depth, size or time stopped the decoding.
    """

    text: str
    original: str
    layers: tuple[Layer, ...] = ()
    is_complete: bool = True
