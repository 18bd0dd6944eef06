"""A command line -> what it means: decoded, parsed, and every entry of the knowledge that holds for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ttpline.commands._meaning.object_index import ObjectIndex
from ttpline.commands._meaning.part_view import PartView, options_with_values, pipelines
from ttpline.commands._meaning.rules import Rules
from ttpline.commands._meaning.terms import HOLDS, Term, compile_terms
from ttpline.commands._meaning.text_index import TextIndex
from ttpline.commands.decode import decode
from ttpline.commands.dialect import Dialect
from ttpline.commands.facts import Fact, FactKind, Understanding
from ttpline.commands.parse import parse
from ttpline.domain.parsed import DecodedCommand, ParsedCommand, SimpleCommand, Span
from ttpline.knowledge.entries import FALLBACK, Claim, Knowledge, Program, Use
from ttpline.knowledge.load import packaged_knowledge


@lru_cache(maxsize=1)
def built_in() -> "Understander":
    """What understands with the packaged knowledge."""
    return Understander(packaged_knowledge())


def understand(text: str, *, platform: str | None = None) -> Understanding:
    """``text`` (normalised) with the packaged knowledge; ``platform`` as the log says, None if it does not."""
    return built_in().understand(text, platform=platform)


@dataclass(frozen=True, slots=True)
class _CompiledUse:
    terms: tuple[Term, ...]
    entry: str
    claim: Claim


@dataclass(slots=True)
class _CompiledProgram:
    """A program's entry with its uses compiled when it is first met."""

    program: Program
    taking: frozenset[str]
    uses: tuple[_CompiledUse, ...] = ()
    kinds: tuple[str, ...] = ()
    is_compiled: bool = field(default=False)


class Understander:
    """Any knowledge, ready to be asked."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._index = ObjectIndex(knowledge.objects)
        self._texts = TextIndex(knowledge.texts)
        self._programs: dict[str, list[_CompiledProgram]] = {}
        for program in knowledge.programs:
            compiled = _CompiledProgram(program, options_with_values(program))
            for name in program.names:
                self._programs.setdefault(name, []).append(compiled)
        self._line_rules = Rules(one for one in knowledge.combinations if one.scope == "line")
        self._part_rules = Rules(one for one in knowledge.combinations if one.scope == "part")

    def understand(self, text: str, *, platform: str | None = None, dialect: Dialect | None = None) -> Understanding:
        """Decode, parse, and look everything up."""
        decoded = decode(text, dialect)
        parsed = parse(decoded.text, dialect, platform=platform)
        return self.facts_of(decoded, parsed, platform)

    def facts_of(self, decoded: DecodedCommand, parsed: ParsedCommand, platform: str | None) -> Understanding:
        """What is known of a command that was taken apart already."""
        facts: list[Fact] = []
        meanings: set[str] = {f"layer:{layer.kind}" for layer in decoded.layers}
        sides = pipelines(parsed.parts)
        for number, part in enumerate(parsed.parts):
            words = self._part(number, part, sides[number], platform, facts)
            _combine(self._part_rules, words, part.span, number, facts)
            meanings |= words
        for number, span in self._texts.find(decoded.text):
            text = self._texts.texts[number]
            facts.append(_fact("text", f"text:{text.pieces[0]}", span, text.claim, None, f"has {text.pieces[0]}"))
            meanings.update(text.claim.means)
        _combine(self._line_rules, meanings, (0, len(decoded.text)), None, facts)
        return Understanding(decoded, parsed, tuple(facts), frozenset(meanings))

    def _part(
        self,
        number: int,
        part: SimpleCommand,
        sides: tuple[frozenset[str], frozenset[str]],
        platform: str | None,
        facts: list[Fact],
    ) -> set[str]:
        meanings: set[str] = set()
        entries = self._entries(part, platform)
        views: list[PartView] = []
        for compiled in entries:
            view = PartView(part, compiled.program, compiled.taking, self._index, *sides)
            views.append(view)
            self._compile(compiled)
            meanings.update(f"is:{kind}" for kind in compiled.program.kinds)
            for use in compiled.uses:
                places = _places(use.terms, view)
                if places is not None:
                    facts.append(_fact("use", use.entry, _span(view, places), use.claim, number, ""))
                    meanings.update(use.claim.means)
        if not views:
            views.append(PartView(part, None, frozenset(), self._index, *sides))
        told: set[str] = set()
        for view in views:
            meanings.update(view.doings)
            meanings.update(view.by_class)
            for doing, place in view.doings.items():
                self._object_fact(doing, place, view, number, facts, told, meanings)
        if part.program:
            meanings.add(f"program:{part.program}" if entries else "program:?")
        return meanings

    def programs_of(self, part: SimpleCommand, platform: str | None = None) -> tuple[Program, ...]:
        """The entries that say what the part's program is for; empty where none is known."""
        return tuple(one.program for one in self._entries(part, platform))

    def _entries(self, part: SimpleCommand, platform: str | None) -> list[_CompiledProgram]:
        """The entries of the part's program: of several, those of its platform or, if unknown, its shell."""
        found = self._programs.get(part.program, [])
        if len(found) <= 1 and platform is None:
            return found
        if platform is not None:
            fitting = [one for one in found if not one.program.platforms or platform in one.program.platforms]
        else:
            is_windows = part.dialect != "posix"
            fitting = [one for one in found if (one.program.platforms == ("windows",)) is is_windows]
        return fitting or found

    def _compile(self, compiled: _CompiledProgram) -> None:
        if compiled.is_compiled:
            return
        program = compiled.program
        ignore_case = program.platforms == ("windows",)
        compiled.uses = tuple(
            _CompiledUse(compile_terms(use.when, ignore_case=ignore_case), use_name(program, use), use.claim)
            for use in program.uses
        )
        compiled.is_compiled = True

    def _object_fact(
        self,
        doing: str,
        place: int,
        view: PartView,
        number: int,
        facts: list[Fact],
        told: set[str],
        meanings: set[str],
    ) -> None:
        verb, colon, name = doing.partition(":")
        if not colon:
            return
        claims = self._index.classes[name].claims
        used = next((one for one in (verb, FALLBACK.get(verb, verb), "mentions") if one in claims), None)
        entry = f"{used}:{name}"
        if used is None or entry in told:
            return
        told.add(entry)
        phrase = f"{verb} {self._index.classes[name].phrase}"
        facts.append(_fact("object", entry, view.word_at(place).span, claims[used], number, phrase))
        meanings.update(claims[used].means)


def _combine(rules: Rules, meanings: set[str], span: Span, part: int | None, facts: list[Fact]) -> None:
    for rule in rules.holding(meanings):
        facts.append(_fact("combination", "+".join(rule.when), span, rule.claim, part, " and ".join(rule.when)))
        meanings.update(rule.claim.means)


def use_name(program: Program, use: Use) -> str:
    """The stable name of a use: the program, its platform where it is of one, and the condition."""
    name = program.names[0] + (f"@{program.platforms[0]}" if len(program.platforms) == 1 else "")
    return " ".join((name, *use.when))


def _places(terms: Sequence[Term], view: PartView) -> list[int] | None:
    places: list[int] = []
    for term in terms:
        place = term(view)
        if place is None:
            return None
        if place != HOLDS:
            places.append(place)
    return places


def _span(view: PartView, places: Sequence[int]) -> Span:
    """From the program's name, or from the first argument that counted, to the last that did."""
    word = view.part.program_word.span
    if not places:
        return word
    spans = [view.word_at(place).span for place in places]
    return min(word[0], min(start for start, _ in spans)), max(end for _, end in spans)


def _fact(kind: FactKind, entry: str, span: Span, claim: Claim, part: int | None, otherwise: str) -> Fact:
    return Fact(kind, entry, span, claim.does or otherwise, claim.speaks, claim.suspicion, claim.means, part)
