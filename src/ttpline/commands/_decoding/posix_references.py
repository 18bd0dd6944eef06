"""Where a POSIX script refers to its variables, and assignments that nothing refers to any longer."""

import re
from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate
from typing import Final

from ttpline.commands._decoding.base import Replacement
from ttpline.commands._decoding.posix_output import Posix
from ttpline.commands._decoding.posix_syntax import Command, Part, Word

_SEPARATOR: Final = re.compile(r"[ \t\r]*(?:;|&&|\n)\s*").match
_MAX_CHAIN: Final = 8
_NAMES = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def parts_of(word: Word) -> list[tuple[Part, bool]]:
    """The parts and, inside double quotes, theirs: (part, is it quoted)."""
    found: list[tuple[Part, bool]] = []
    for part in word.parts:
        found += [(inner, True) for inner in part.inner] if part.kind == "double" else [(part, False)]
    return found


def words_of(command: Command) -> list[Word]:
    return [*command.assignments, *command.words, *(word for _, word in command.redirections)]


def references(posix: Posix) -> list[tuple[str, int]]:
    """(name, place) of every variable that is read; ``${!a}`` reads the one that a names as well."""
    found: list[tuple[str, int]] = []
    for command in posix.commands():
        for word in words_of(command):
            for part, _ in parts_of(word):
                if part.kind not in ("variable", "arithmetic"):
                    continue
                found += [(name, part.start) for name in _NAMES.findall(part.value)]
                target = posix.values.at(part.value[1:], part.start) if part.value.startswith("!") else None
                found += [(target, part.start)] if target else []
    return found


def unused_assignments(text: str, posix: Posix, found: list[Replacement]) -> list[Replacement]:
    """Statements that set variables which only ``found`` refers to: nothing reads them when it is put in."""
    if not found:
        return []
    everywhere = references(posix)
    dropped: list[Replacement] = []
    for _ in range(_MAX_CHAIN):  # a=…; b=$a: when b goes, nothing reads a
        more = _unused(text, posix, everywhere, [*found, *dropped])
        if not more:
            break
        dropped += more
    return dropped


def _reach(found: list[Replacement]) -> Callable[[int], int]:
    """How far those reach that begin before a place; -1 where none does. By bisection: a text may hold thousands."""
    spans = sorted((one.start, one.end) for one in found)
    starts = [start for start, _ in spans]
    ends = [-1, *accumulate((end for _, end in spans), max)]
    return lambda place: ends[bisect_left(starts, place)]


def _unused(text: str, posix: Posix, everywhere: list[tuple[str, int]], found: list[Replacement]) -> list[Replacement]:
    reach = _reach(found)
    inside = {name for name, place in everywhere if reach(place + 1) > place}
    outside = {name for name, place in everywhere if reach(place + 1) <= place}
    names = inside - outside
    gone = {one.start for one in found if not one.steps[-1][1]}
    dropped = []
    for script in posix.scripts if names else ():
        for pipeline in script.pipelines:
            command = pipeline.commands[0]
            if len(pipeline.commands) > 1 or command.words or command.redirections or not command.assignments:
                continue
            set_here = {text[word.start : word.end].partition("=")[0].rstrip("+") for word in command.assignments}
            separator = _SEPARATOR(text, command.end)
            overlaps = reach(command.start) > command.start or reach(command.end) > command.end
            if set_here <= names and separator and not overlaps and command.start not in gone:
                dropped.append(Replacement.of(command.start, separator.end(), "variable", ""))
    return dropped
