"""A command -> what it means in words: decoded, parsed, looked up. No model has a say here."""

from collections.abc import Iterator, Sequence
from typing import Final

from ttpline.commands._meaning.options import OptionForms, is_windows_style, option_forms
from ttpline.commands.facts import Fact, Understanding
from ttpline.commands.understand import Understander
from ttpline.domain.parsed import SimpleCommand, Span, Word
from ttpline.explain.meaning import FactMeaning, LayerMeaning, Meaning, OptionMeaning, PartMeaning
from ttpline.explain.words import cut, quoted
from ttpline.knowledge.entries import Program

MOST_CHARACTERS: Final = 2_000
"""Of a text in a meaning; of a command of 64 KB the spans say the rest."""
MOST_LAYERS: Final = 40
MOST_PARTS: Final = 100
MOST_OPTIONS: Final = 24
"""Of one part; who passes more repeats himself."""
MOST_FACTS: Final = 40
"""Of one part, strongest first where there are more."""
_VALUE_SAYS: Final = {
    "reads": "names what is read",
    "writes": "names what is written",
    "deletes": "names what is deleted",
    "changes": "names what is changed",
    "runs": "names what is run",
    "lists": "names what is listed",
    "searches": "names what is searched",
    "downloads": "names what is downloaded",
    "sends": "names what is sent",
    "connects": "names what is connected to",
    "kills": "names what is killed",
    "stops": "names what is stopped",
    "starts": "names what is started",
    "copies": "names what is copied",
}
"""What a verb of the knowledge (``entries.VERBS``) says of the value of an option; ``mentions`` says nothing."""


def describe(found: Understanding, understander: Understander) -> Meaning:
    """``found`` in words, with the purposes that the knowledge of ``understander`` has."""
    decoded, parsed = found.decoded, found.parsed
    layers = [
        LayerMeaning(layer.kind, layer.span, cut(layer.before, MOST_CHARACTERS), cut(layer.after, MOST_CHARACTERS))
        for layer in decoded.layers[:MOST_LAYERS]
    ]
    by_part: dict[int | None, list[Fact]] = {}
    for fact in found.facts:
        by_part.setdefault(fact.part, []).append(fact)
    parts = [
        _part(part, _inner(number, parsed.parts), by_part.get(number, []), found.text, understander)
        for number, part in enumerate(parsed.parts[:MOST_PARTS])
    ]
    return Meaning(
        cut(decoded.text, MOST_CHARACTERS),
        decoded.is_complete,
        parsed.is_damaged,
        tuple(layers),
        len(decoded.layers) - len(layers),
        tuple(parts),
        len(parsed.parts) - len(parts),
        _facts(by_part.get(None, []), found.text, None),
    )


def every_fact(found: Understanding) -> Iterator[FactMeaning]:
    """All facts, those too that a meaning has no room for or tells of another part."""
    for fact in found.facts:
        yield _fact(fact, found.text, None if fact.part is None else found.parsed.parts[fact.part])


def _inner(number: int, parts: Sequence[SimpleCommand]) -> list[Span]:
    """Where the words begin and end that a wrapper runs: they are no words of its own."""
    found: list[Span] = []
    for after in parts[number + 1 :]:
        if after.depth <= parts[number].depth or len(found) == MOST_PARTS:
            break
        found.append(after.span)
    return found


def _meets(span: Span, inner: Sequence[Span]) -> bool:
    """Whether a thing is a word of what the wrapper runs, or all of its words: that part tells it better."""
    return any(span[0] < end and start < span[1] for start, end in inner)


def _part(
    part: SimpleCommand, inner: Sequence[Span], facts: Sequence[Fact], text: str, understander: Understander
) -> PartMeaning:
    programs = understander.programs_of(part)
    return PartMeaning(
        cut(part.program, MOST_CHARACTERS),
        part.span,
        cut(text[slice(*part.span)], MOST_CHARACTERS),
        part.joint,
        part.wrappers,
        bool(programs),
        tuple(dict.fromkeys(program.purpose for program in programs if program.purpose)),
        _options(part, inner, programs, facts),
        _facts([fact for fact in facts if fact.kind != "object" or not _meets(fact.span, inner)], text, part),
    )


def _options(
    part: SimpleCommand, inner: Sequence[Span], programs: Sequence[Program], facts: Sequence[Fact]
) -> tuple[OptionMeaning, ...]:
    found: list[OptionMeaning] = []
    for word in part.arguments:
        if any(start <= word.span[0] and word.span[1] <= end for start, end in inner):
            continue
        forms = _forms(word, part, programs)
        if word.text == "--" and not any(is_windows_style(part, program) for program in programs):
            break
        if forms:
            says = _says(forms, programs, facts)
            found.append(OptionMeaning(cut(word.text, MOST_CHARACTERS), word.span, says))
        if len(found) == MOST_OPTIONS:
            break
    return tuple(found)


def _forms(word: Word, part: SimpleCommand, programs: Sequence[Program]) -> OptionForms:
    styles = {is_windows_style(part, program) for program in programs} or {is_windows_style(part, None)}
    return tuple(dict.fromkeys(one for style in sorted(styles) for one in option_forms(word.text, style, part.program)))


def _says(forms: OptionForms, programs: Sequence[Program], facts: Sequence[Fact]) -> tuple[str, ...]:
    """What the uses that hold because of the option claim, and what is done with its value."""
    names = {form for form, _ in forms}
    says = [fact.why for fact in facts if fact.kind == "use" and not names.isdisjoint(_options_of(fact.entry))]
    for program in programs:
        verbs = [verb for option, verb in program.values.items() if option in names or option.lower() in names]
        says += [_VALUE_SAYS[verb] for verb in verbs if verb in _VALUE_SAYS]
    return tuple(dict.fromkeys(says))


def _options_of(entry: str) -> set[str]:
    """The options that the condition of a use asks for: ``schtasks@windows /create`` has ``/create``."""
    terms = [one for term in entry.split(" ")[1:] for one in term.split("|")]
    return {term.partition("=")[0] for term in terms if term[:1] in ("-", "/", "+")}


def _facts(facts: Sequence[Fact], text: str, part: SimpleCommand | None) -> tuple[FactMeaning, ...]:
    """In the order of the text; of equal places and words one."""
    distinct = list({(fact.kind, fact.span, fact.why): fact for fact in facts}.values())
    loudest = sorted(distinct, key=lambda fact: -max(map(abs, fact.speaks.values()), default=0))[:MOST_FACTS]
    ordered = sorted(loudest, key=lambda fact: (fact.span, fact.entry))
    return tuple(_fact(fact, text, part) for fact in ordered)


def _fact(fact: Fact, text: str, part: SimpleCommand | None) -> FactMeaning:
    shown = cut(text[slice(*fact.span)], MOST_CHARACTERS)
    sentence = _sentence(fact, text, part)
    return FactMeaning(fact.kind, fact.entry, fact.span, shown, fact.why, sentence, fact.speaks, fact.suspicion)


def _sentence(fact: Fact, text: str, part: SimpleCommand | None) -> str:
    piece = quoted(_stripped(text, fact.span))
    if fact.kind == "combination":
        return f"taken together, {'the line' if part is None else quoted(part.program or 'this')} {fact.why}"
    if fact.kind == "object" and part is not None:
        doer = quoted(part.program_word.text) if part.program_word.text else "the command"
        is_program = fact.span == part.program_word.span
        return f"this {fact.why}: {piece}" if is_program else f"{doer} {fact.why}: {piece}"
    if fact.kind == "text":
        return f"the text {piece} {fact.why}"
    return f"{piece} {fact.why}"


def _stripped(text: str, span: Span) -> str:
    return text[slice(*span)].strip("'\" ")
