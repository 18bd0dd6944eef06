"""A program of the knowledge with its uses, filed so that only those are tried that can hold."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from ttpline.commands._meaning.part_view import PartView
from ttpline.commands._meaning.terms import HOLDS, Term, Test, compile_terms
from ttpline.domain.parsed import Span
from ttpline.knowledge.entries import Claim, Program, Use


@dataclass(frozen=True, slots=True)
class CompiledUse:
    """A use that can be asked."""

    entry: str
    claim: Claim
    tests: tuple[Test, ...]


class ProgramEntry:
    """One entry. Most are never met, so that uses are compiled only when they are asked for the first time."""

    __slots__ = ("_always", "_by_key", "_by_piece", "_is_compiled", "_uses", "is_kinds", "program", "taking")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.taking: frozenset[str] = frozenset()
        """Options whose value is the next word, as far as the uses show it."""
        self.is_kinds: frozenset[str] = frozenset()
        self._uses: list[CompiledUse] = []
        self._always: list[int] = []
        self._by_key: dict[str, list[int]] = {}
        self._by_piece: list[tuple[str, int]] = []
        self._is_compiled = False

    def compile(self) -> None:
        """To be called before the entry is used."""
        if self._is_compiled:
            return
        program = self.program
        uses: list[CompiledUse] = []
        always: list[int] = []
        by_key: defaultdict[str, list[int]] = defaultdict(list)
        by_piece: list[tuple[str, int]] = []
        for number, use in enumerate(program.uses):
            terms = compile_terms(use.when, ignore_case=program.platforms == ("windows",))
            uses.append(CompiledUse(use_name(program, use), use.claim, tuple(term.test for term in terms)))
            filed = min((term for term in terms if term.is_filed), key=_frequency, default=None)
            if filed is None:
                always.append(number)
                continue
            for key in filed.keys:
                by_key[key].append(number)
            by_piece += [(piece, number) for piece in filed.pieces]
        self.taking = _options_with_values(program)
        self.is_kinds = frozenset(f"is:{kind}" for kind in program.kinds)
        self._uses, self._always, self._by_key, self._by_piece = uses, always, dict(by_key), by_piece
        self._is_compiled = True

    def holding(self, view: PartView) -> list[tuple[CompiledUse, Span]]:
        """The uses that hold, in the order of the knowledge, each with the place that shows it."""
        found: list[tuple[CompiledUse, Span]] = []
        for number in self._candidates(view):
            use = self._uses[number]
            places: list[int] = []
            for test in use.tests:
                place = test(view)
                if place is None:
                    break
                if place != HOLDS:
                    places.append(place)
            else:
                found.append((use, _span(view, places)))
        return found

    def _candidates(self, view: PartView) -> Sequence[int]:
        by_key, found = self._by_key, []
        if by_key:
            for key in chain(view.forms, view.named, view.by_class, view.doings):
                if key in by_key:
                    found += by_key[key]
        if self._by_piece:
            lowered = view.lowered
            is_ascii = lowered.isascii()
            found += [number for piece, number in self._by_piece if piece in lowered or not is_ascii]
        return sorted({*self._always, *found}) if found else self._always


def _frequency(term: Term) -> tuple[int, int]:
    """How often it is tried: a key is looked up, a piece is searched for."""
    return len(term.pieces), len(term.keys)


def use_name(program: Program, use: Use) -> str:
    """The stable name of a use: the program, its platform where it is of one, and the condition."""
    name = program.names[0] + (f"@{program.platforms[0]}" if len(program.platforms) == 1 else "")
    return " ".join((name, *use.when))


def _options_with_values(program: Program) -> frozenset[str]:
    shown = {
        term.lstrip("!").partition("=")[0]
        for use in program.uses
        for terms in use.when
        for term in terms.split("|")
        if "=" in term and term.lstrip("!")[:1] in "-/"
    }
    return frozenset(shown.union(program.values))


def _span(view: PartView, places: Sequence[int]) -> Span:
    """From the program's name, or from the first argument that counted, to the last that did."""
    word = view.part.program_word.span
    if not places:
        return word
    start, end = view.word_at(places[0]).span
    for place in places[1:]:
        first, last = view.word_at(place).span
        start, end = min(start, first), max(end, last)
    return min(word[0], start), end
