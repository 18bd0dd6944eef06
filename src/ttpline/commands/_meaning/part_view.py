"""A simple command as the conditions of the knowledge see it: options, their values, operands, what is done to what."""

from bisect import bisect_right
from collections.abc import Sequence
from sys import maxsize
from typing import Final

from ttpline.commands._meaning.object_index import ObjectIndex
from ttpline.commands._meaning.options import is_windows_style, option_marks, read_option
from ttpline.domain.parsed import SimpleCommand, Span, Word
from ttpline.knowledge.entries import Program

Sides = tuple[frozenset[str], frozenset[str]]
"""The programs before a part in its pipeline, and those after it."""
ALONE: Final[Sides] = (frozenset(), frozenset())


class PartView:
    """Everything is found once; places are those of ``part.arguments``."""

    __slots__ = (
        "_lowered",
        "by_class",
        "doings",
        "downstream",
        "forms",
        "named",
        "operands",
        "part",
        "upstream",
        "values",
        "windows_style",
    )

    def __init__(
        self,
        part: SimpleCommand,
        program: Program | None,
        taking: frozenset[str],
        index: ObjectIndex,
        sides: Sides = ALONE,
        run: Sequence[Span] = (),
    ) -> None:
        """``run``: where the commands stand that the part runs; what is an option there is none of the part's."""
        self.part = part
        self.windows_style = is_windows_style(part, program)
        self.upstream, self.downstream = sides
        self.forms: dict[str, int] = {}
        self.values: dict[str, list[tuple[str, int]]] = {}
        self.operands: list[int] = []
        self.named: dict[str, int] = {}
        """Operand -> its first place; in lower case where options are read so."""
        self._lowered: str | None = None
        self._read_arguments(taking, run)
        self.by_class: dict[str, int] = {}
        """Class -> place of the first argument of it; redirection targets count from -2 down, the program is -1."""
        self.doings: dict[str, int] = {}
        """``verb:class`` -> place; bare verbs that were applied to anything -> place."""
        self._read_objects(program, index)

    @property
    def lowered(self) -> str:
        """All arguments in lower case, one a line."""
        if self._lowered is None:
            self._lowered = "\n".join([word.text for word in self.part.arguments]).lower()
        return self._lowered

    def word_at(self, place: int) -> Word:
        if place == -1:
            return self.part.program_word
        if place < -1:
            return self.part.redirections[-2 - place].target
        return self.part.arguments[place]

    def _read_arguments(self, taking: frozenset[str], run: Sequence[Span]) -> None:
        style, program, values = self.windows_style, self.part.program, self.values
        operands, named = self.operands, self.named
        marks = option_marks(style)
        waiting: tuple[str, ...] = ()
        only_operands = False
        for place, word in enumerate(self.part.arguments):
            text = word.text
            if text[:1] in marks:
                if text == "--" and not style:
                    only_operands = True
                    continue
                if not only_operands and not (run and _stands_in(run, word)):
                    forms, now_waiting = read_option(text, style, program)
                    if forms:
                        waiting = now_waiting
                        for form, value in forms:
                            self.forms.setdefault(form, place)
                            if value is not None:
                                values.setdefault(form, []).append((value, place))
                        continue
            is_value = False
            if waiting:
                for form in waiting:
                    values.setdefault(form, []).append((text, place))
                    is_value |= form in taking
                waiting = ()
            if "=" in text and text[0] not in "-/+":  # of=/dev/sda; what looks like an option is none here
                name, _, value = text.partition("=")
                if name in taking:
                    values.setdefault(name, []).append((value, place))
            if not is_value:
                operands.append(place)
                named.setdefault(text.lower() if style else text, place)

    def _read_objects(self, program: Program | None, index: ObjectIndex) -> None:
        part, of_argument = self.part, index.of_argument
        verbs = self._verbs(program)
        for place, word in enumerate(part.arguments):
            verb = verbs.get(place, "mentions")
            if verb != "mentions":
                self.doings.setdefault(verb, place)
            for name in of_argument(word.text):
                self._done(verb, name, place)
        if part.program_word.text:
            for name in of_argument(part.program_word.text):
                self._done("runs", name, -1)
        for number, redirection in enumerate(part.redirections):
            if redirection.operator.startswith("<<") or redirection.operator.endswith("&"):
                continue
            verb = "reads" if redirection.operator.startswith("<") else "writes"
            self.doings.setdefault(verb, -2 - number)
            for name in of_argument(redirection.target.text):
                self._done(verb, name, -2 - number)

    def _done(self, verb: str, name: str, place: int) -> None:
        self.by_class.setdefault(name, place)
        self.doings.setdefault(f"{verb}:{name}", place)

    def _verbs(self, program: Program | None) -> dict[int, str]:
        """What the program does with which argument."""
        found: dict[int, str] = {}
        if program is None:
            return found
        if not program.values.keys().isdisjoint(self.values.keys()):
            for option, verb in program.values.items():
                for _, place in self.values.get(option, ()):
                    found[place] = verb
        roles = program.operands
        if not roles:
            return found
        free = [place for place in self.operands if place not in found] if found else self.operands
        if not free:
            return found
        on_first = roles.get("first") or roles.get("all") or roles.get("rest")
        on_others = roles.get("rest") or roles.get("after-first") or roles.get("all")
        if on_first:
            found[free[0]] = on_first
        if on_others:
            found.update(dict.fromkeys(free[1:], on_others))
        if "last" in roles and (len(free) > 1 or len(roles) == 1):
            found[free[-1]] = roles["last"]
        return found


def _stands_in(spans: Sequence[Span], word: Word) -> bool:
    at = bisect_right(spans, (word.span[0], maxsize)) - 1
    return at >= 0 and word.span[0] < spans[at][1]


def run_by(parts: Sequence[SimpleCommand], number: int) -> list[Span]:
    """Where the commands stand that a part was told to run. Behind a cmdlet's, its own parameters go on."""
    depth = parts[number].depth
    found: list[Span] = []
    if parts[number].dialect == "powershell":
        return found
    for part in parts[number + 1 :]:
        if part.depth <= depth:
            break
        if part.joint == "argument" and part.depth == depth + 1:
            found.append(part.span)
    return sorted(found)


def pipelines(parts: Sequence[SimpleCommand]) -> list[Sides]:
    """The sides of each part; what a wrapper runs stands where the wrapper does."""
    found = [ALONE] * len(parts)
    if all(part.joint != "pipe" for part in parts):
        return found
    lines: list[list[int]] = []
    current: dict[int, list[int]] = {}
    for place, part in enumerate(parts):
        if part.joint == "argument" and current:
            owner = current.get(part.depth) or next(reversed(current.values()))
            owner.append(place)
            current[part.depth] = owner
        elif part.joint == "pipe" and part.depth in current:
            current[part.depth].append(place)
        else:
            current[part.depth] = [place]
            lines.append(current[part.depth])
    for line in lines:
        stages = _stages(parts, line)
        for number, stage in enumerate(stages):
            before = frozenset(parts[place].program for earlier in stages[:number] for place in earlier)
            after = frozenset(parts[place].program for later in stages[number + 1 :] for place in later)
            for place in stage:
                found[place] = (before, after)
    return found


def _stages(parts: Sequence[SimpleCommand], line: Sequence[int]) -> list[list[int]]:
    stages: list[list[int]] = []
    for place in line:
        if parts[place].joint == "pipe" or not stages:
            stages.append([place])
        else:
            stages[-1].append(place)
    return stages
