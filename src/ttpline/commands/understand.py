"""A command line -> what it means: decoded, parsed, and every entry of the knowledge that holds for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ttpline.commands._meaning.object_index import ObjectIndex
from ttpline.commands._meaning.part_view import PartView, Sides, pipelines, run_by
from ttpline.commands._meaning.program_entry import ProgramEntry
from ttpline.commands._meaning.rules import Rules
from ttpline.commands._meaning.text_index import TextIndex
from ttpline.commands.decode import decode
from ttpline.commands.dialect import Dialect
from ttpline.commands.facts import Fact, FactKind, Understanding
from ttpline.commands.parse import parse
from ttpline.domain.parsed import DecodedCommand, ParsedCommand, SimpleCommand, Span
from ttpline.knowledge.entries import FALLBACK, Claim, Knowledge, Program
from ttpline.knowledge.load import packaged_knowledge


@lru_cache(maxsize=1)
def built_in() -> "Understander":
    """What understands with the packaged knowledge."""
    return Understander(packaged_knowledge())


def understand(text: str, *, platform: str | None = None) -> Understanding:
    """``text`` (normalised) with the packaged knowledge; ``platform`` as the log says, None if it does not."""
    return built_in().understand(text, platform=platform)


@dataclass(frozen=True, slots=True)
class _ObjectClaim:
    """What is said when something is done to a class of objects."""

    entry: str
    phrase: str
    claim: Claim


MAX_RUN: Final = 65_536
"""Characters of a line's pipelines into shells that are parsed again."""


class Understander:
    """Any knowledge, ready to be asked."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._index = ObjectIndex(knowledge.objects)
        self._texts = TextIndex(knowledge.texts)
        self._programs: dict[str, list[ProgramEntry]] = {}
        for program in knowledge.programs:
            entry = ProgramEntry(program)
            for name in program.names:
                self._programs.setdefault(name, []).append(entry)
        self._object_claims: dict[str, _ObjectClaim | None] = {}
        """Of what was met so far, ``verb:class``: at most the knowledge's verbs times its classes."""
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
            words = self._part(number, part, sides[number], run_by(parsed.parts, number), platform, facts)
            _combine(self._part_rules, words, part.span, number, facts)
            meanings |= words
        meanings |= self._shells(decoded, platform, facts)
        for number, span in self._texts.find(decoded.text):
            text = self._texts.texts[number]
            facts.append(_fact("text", f"text:{text.pieces[0]}", span, text.claim, None, f"has {text.pieces[0]}"))
            meanings.update(text.claim.means)
        _combine(self._line_rules, meanings, (0, len(decoded.text)), None, facts)
        return Understanding(decoded, parsed, tuple(facts), frozenset(meanings))

    def _shells(self, decoded: DecodedCommand, platform: str | None, facts: list[Fact]) -> set[str]:
        """What is known of the shells that ran hidden text: in the decoded text they are no longer."""
        meanings: set[str] = set()
        room = MAX_RUN
        for layer in decoded.layers:
            room -= len(layer.before) if layer.is_run else 0
            if not layer.is_run or room < 0:
                continue
            parts = parse(layer.before, Dialect.POSIX).parts
            shell = max((number for number, part in enumerate(parts) if not part.depth), default=None)
            if shell is None:
                continue
            found: list[Fact] = []
            meanings |= self._part(
                shell, parts[shell], pipelines(parts)[shell], run_by(parts, shell), platform or "linux", found
            )
            facts += [fact._replace(span=(0, len(decoded.text)), part=None) for fact in found]
        return meanings

    def _part(
        self,
        number: int,
        part: SimpleCommand,
        sides: Sides,
        run: Sequence[Span],
        platform: str | None,
        facts: list[Fact],
    ) -> set[str]:
        meanings: set[str] = set()
        entries = self._entries(part, platform)
        views: list[PartView] = []
        for entry in entries:
            entry.compile()
            view = PartView(part, entry.program, entry.taking, self._index, sides, run)
            views.append(view)
            meanings |= entry.is_kinds
            for use, span in entry.holding(view):
                facts.append(_fact("use", use.entry, span, use.claim, number, ""))
                meanings.update(use.claim.means)
        if not views:
            views.append(PartView(part, None, frozenset(), self._index, sides, run))
        told: set[str] = set()
        for view in views:
            meanings.update(view.doings)
            meanings.update(view.by_class)
            for doing, place in view.doings.items():
                said = self._object_claims[doing] if doing in self._object_claims else self._object_claim(doing)
                if said is not None and said.entry not in told:
                    told.add(said.entry)
                    span = view.word_at(place).span
                    facts.append(_fact("object", said.entry, span, said.claim, number, said.phrase))
                    meanings.update(said.claim.means)
        if part.program:
            meanings.add(f"program:{part.program}" if entries else "program:?")
        return meanings

    def programs_of(self, part: SimpleCommand, platform: str | None = None) -> tuple[Program, ...]:
        """The entries that say what the part's program is for; empty where none is known."""
        return tuple(one.program for one in self._entries(part, platform))

    def _entries(self, part: SimpleCommand, platform: str | None) -> list[ProgramEntry]:
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

    def _object_claim(self, doing: str) -> "_ObjectClaim | None":
        verb, _, name = doing.partition(":")
        said = None
        if name:
            one = self._index.classes[name]
            used = next((verb for verb in (verb, FALLBACK.get(verb, verb), "mentions") if verb in one.claims), None)
            if used is not None:
                said = _ObjectClaim(f"{used}:{name}", f"{verb} {one.phrase}", one.claims[used])
        self._object_claims[doing] = said
        return said


def _combine(rules: Rules, meanings: set[str], span: Span, part: int | None, facts: list[Fact]) -> None:
    for rule in rules.holding(meanings):
        facts.append(_fact("combination", "+".join(rule.when), span, rule.claim, part, " and ".join(rule.when)))
        meanings.update(rule.claim.means)


def _fact(kind: FactKind, entry: str, span: Span, claim: Claim, part: int | None, otherwise: str) -> Fact:
    return Fact(kind, entry, span, claim.does or otherwise, claim.speaks, claim.suspicion, claim.means, part)
