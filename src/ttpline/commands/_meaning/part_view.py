"""A simple command as the conditions of the knowledge see it: options, their values, operands, what is done to what."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from ttpline.commands._meaning.object_index import ObjectIndex
from ttpline.domain.parsed import SimpleCommand, Word
from ttpline.knowledge.entries import Program

_LONG_SINGLE_DASH: Final = frozenset(
    {"find", "java", "openssl", "ssh-keygen", "convert", "ffmpeg", "gcc", "clang", "tcpdump", "nmap", "hashcat", "john"}
    | {"mount", "xwd", "import", "go", "terraform", "ldapsearch", "qemu-system-x86_64", "certtool", "masscan", "ip"}
)
"""Programs whose options of several letters have one dash: ``find -name`` is no ``-n -a -m -e``."""
_SHORT_FLAGS: Final = re.compile(r"-[A-Za-z0-9]{2,12}").fullmatch


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
        long_dash = self.part.program in _LONG_SINGLE_DASH
        for place, word in enumerate(words):
            text = word.text
            forms = () if only_operands else option_forms(text, style, self.part.program, long_dash)
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
            waiting = tuple(form for form, value in forms if value is None)
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


def is_windows_style(part: SimpleCommand, program: Program | None) -> bool:
    """Whether options are read as Windows programs and cmdlets read them: ``/x`` or ``-x``, in any case."""
    if program is not None and program.platforms:
        return program.platforms == ("windows",)
    return program is None and part.dialect != "posix"


@lru_cache(maxsize=8_192)
def option_forms(text: str, windows_style: bool, program: str, long_dash: bool) -> tuple[tuple[str, str | None], ...]:
    """``(form, value given in the same word)`` for each option that a word stands for; nothing for an operand.

    >>> option_forms("-lvp", False, "nc", False)
    (('-lvp', None), ('-l', None), ('-v', None), ('-p', None), ('-l', 'vp'))
    >>> option_forms("--output=a", False, "sort", False), option_forms("/TN:x", True, "schtasks", False)
    ((('--output', 'a'),), (('/tn', 'x'),))
    """
    start = text[:1]
    if not windows_style:
        if start not in "-+" or text in ("", "-", "+", "--"):
            return ()
        if text.startswith("--"):
            name, equals, value = text.partition("=")
            return ((name, value if equals else None),)
        return _short_forms(text, long_dash)
    if start == "/" and len(text) > 1 and "/" not in text[1:].partition(":")[0]:
        return _switch_forms(text)
    if start in ("-", "–", "—") and len(text) > 1:
        lowered = "-" + text[1:].lower()
        name, colon, _ = lowered.partition(":")
        forms = [(name, text[len(name) + 1 :] if colon else None)]
        if "=" in name:
            forms.append((name.partition("=")[0], text.partition("=")[2]))
        full = full_parameter(program, name)
        if full and full != name:
            forms.append((full, forms[0][1]))
        return tuple(forms)
    return ()


def _short_forms(text: str, long_dash: bool) -> tuple[tuple[str, str | None], ...]:
    forms: list[tuple[str, str | None]] = [(text, None)]
    name, equals, value = text.partition("=")
    if equals:
        forms.append((name, value))
    if not long_dash and text[0] == "-" and _SHORT_FLAGS(text):
        forms += [(f"-{letter}", None) for letter in dict.fromkeys(text[1:])]
    if text[0] == "-" and len(text) > 2 and not equals:  # -p4444, -u0: the value in the same word
        forms.append((text[:2], text[2:]))
    return tuple(forms)


def _switch_forms(text: str) -> tuple[tuple[str, str | None], ...]:
    name, colon, value = text.partition(":")
    if not colon:
        name, equals, value = text.partition("=")
        colon = equals
    return ((name.lower(), value if colon else None),)


def full_parameter(program: str, name: str) -> str | None:
    """The whole name of an abbreviated parameter; filled by the parser's table."""
    from ttpline.commands.parse import parameter_name

    found = parameter_name(program, name)
    return f"-{found.lower().lstrip('-')}" if found else None


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
