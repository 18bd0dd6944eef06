"""A simple command as the conditions of the knowledge see it: options, their values, operands, what is done to what."""

from collections.abc import Mapping, Sequence

from ttpline.commands._meaning.object_index import ObjectIndex
from ttpline.commands._meaning.options import awaiting, is_windows_style, option_forms
from ttpline.domain.parsed import SimpleCommand, Word
from ttpline.knowledge.entries import Program


class PartView:
    """Everything is found once; places are those of ``part.arguments``."""

    __slots__ = ("by_class", "doings", "downstream", "forms", "operands", "part", "upstream", "values", "windows_style")

    def __init__(
        self,
        part: SimpleCommand,
        program: Program | None,
        taking: frozenset[str],
        index: ObjectIndex,
        upstream: frozenset[str],
        downstream: frozenset[str],
    ) -> None:
        self.part = part
        self.windows_style = is_windows_style(part, program)
        self.upstream, self.downstream = upstream, downstream
        self.forms: dict[str, int] = {}
        self.values: dict[str, list[tuple[str, int]]] = {}
        self.operands: list[int] = []
        self._read_arguments(program, taking)
        self.by_class: dict[str, int] = {}
        """Class -> place of the first argument of it; redirection targets count from -2 down, the program is -1."""
        self.doings: dict[str, int] = {}
        """``verb:class`` -> place; bare verbs that were applied to anything -> place."""
        self._read_objects(program, index)

    def word_at(self, place: int) -> Word:
        if place == -1:
            return self.part.program_word
        if place < -1:
            return self.part.redirections[-2 - place].target
        return self.part.arguments[place]

    def _read_arguments(self, program: Program | None, taking: frozenset[str]) -> None:
        words, style = self.part.arguments, self.windows_style
        waiting: tuple[str, ...] = ()
        only_operands = False
        for place, word in enumerate(words):
            text = word.text
            forms = () if only_operands else option_forms(text, style, self.part.program)
            if text == "--" and not style:
                only_operands = True
                continue
            if not forms:
                if waiting:
                    for form in waiting:
                        self.values.setdefault(form, []).append((text, place))
                    if any(form in taking for form in waiting):
                        waiting = ()
                        continue
                    waiting = ()
                self.operands.append(place)
                continue
            waiting = awaiting(forms)
            for form, value in forms:
                self.forms.setdefault(form, place)
                if value is not None:
                    self.values.setdefault(form, []).append((value, place))

    def _read_objects(self, program: Program | None, index: ObjectIndex) -> None:
        part = self.part
        verbs = self._verbs(program)
        for place, word in enumerate(part.arguments):
            verb = verbs.get(place, "mentions")
            if verb != "mentions":
                self.doings.setdefault(verb, place)
            for name in index.of_argument(word.text):
                self._done(verb, name, place)
        if part.program_word.text:
            for name in index.of_argument(part.program_word.text):
                self._done("runs", name, -1)
        for number, redirection in enumerate(part.redirections):
            if redirection.operator.startswith("<<") or redirection.operator.endswith("&"):
                continue
            verb = "reads" if redirection.operator.startswith("<") else "writes"
            self.doings.setdefault(verb, -2 - number)
            for name in index.of_argument(redirection.target.text):
                self._done(verb, name, -2 - number)

    def _done(self, verb: str, name: str, place: int) -> None:
        self.by_class.setdefault(name, place)
        self.doings.setdefault(f"{verb}:{name}", place)

    def _verbs(self, program: Program | None) -> dict[int, str]:
        """What the program does with which argument."""
        if program is None:
            return {}
        found: dict[int, str] = {}
        for option, verb in program.values.items():
            for _, place in self.values.get(option, ()):
                found[place] = verb
        free = [place for place in self.operands if place not in found]
        roles = program.operands
        for order, place in enumerate(free):
            is_last = order == len(free) - 1
            if "last" in roles and is_last and (order or len(roles) == 1):
                found[place] = roles["last"]
            elif order == 0 and "first" in roles:
                found[place] = roles["first"]
            elif order > 0 and ("rest" in roles or "after-first" in roles):
                found[place] = roles.get("rest") or roles["after-first"]
            elif "all" in roles or ("rest" in roles and "first" not in roles):
                found[place] = roles.get("all") or roles["rest"]
        return found


def pipelines(parts: Sequence[SimpleCommand]) -> list[tuple[frozenset[str], frozenset[str]]]:
    """For each part, the programs before and after it in its pipeline; what a wrapper runs stands where it does."""
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
    found = [(frozenset[str](), frozenset[str]())] * len(parts)
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


def options_with_values(program: Program | None) -> frozenset[str]:
    """Options whose value is the next word, as far as the program's entry shows it."""
    if program is None:
        return frozenset()
    shown = {
        term.lstrip("!").partition("=")[0]
        for use in program.uses
        for terms in use.when
        for term in terms.split("|")
        if "=" in term and term.lstrip("!")[:1] in "-/"
    }
    return frozenset(shown | set(_keys(program.values)))


def _keys(values: Mapping[str, str]) -> Sequence[str]:
    return tuple(values)
