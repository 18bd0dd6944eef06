"""Whether the knowledge says what its own examples expect, and which entries no example reaches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ttpline.commands.facts import Understanding
from ttpline.commands.understand import Understander
from ttpline.knowledge.entries import NORMAL, Example, Knowledge

LEAST_STRENGTH = 2
LEAST_SUSPICION = 2
"""A technique counts as said from here on; below it is a hint."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not hold: what was expected and what was said, best first."""

    example: Example
    said: tuple[tuple[str, float], ...]
    facts: tuple[str, ...]

    def __str__(self) -> str:
        wanted = "|".join(self.example.answers) or "no technique"
        said = ", ".join(f"{technique} {vote:g}" for technique, vote in self.said) or "nothing"
        return (
            f"{self.example.entry}: {self.example.command!r}: expected {wanted}, said {said} ({'; '.join(self.facts)})"
        )


def ranked(understanding: Understanding) -> list[tuple[str, float]]:
    """Techniques by how strongly the facts speak for them; where equal, the one more closely named first."""
    votes = [(name, vote) for name, vote in understanding.votes.items() if name != NORMAL and vote > 0]
    return sorted(votes, key=lambda pair: (-pair[1], "." not in pair[0], pair[0]))


def check_examples(understander: Understander, examples: Iterable[Example]) -> tuple[list[Failure], frozenset[str]]:
    """The examples that do not hold, and the entries that any example reached."""
    failures: list[Failure] = []
    reached: set[str] = set()
    for example in examples:
        found = understander.understand(example.command, platform=example.platform)
        reached.update(fact.entry for fact in found.facts)
        if not _holds(example, found):
            facts = tuple(f"{fact.entry} {dict(fact.speaks)} s{fact.suspicion}" for fact in found.facts)
            failures.append(Failure(example, tuple(ranked(found)[:4]), facts))
    return failures, frozenset(reached)


def _holds(example: Example, found: Understanding) -> bool:
    said = ranked(found)
    if not example.answers:
        return not (said and said[0][1] >= LEAST_STRENGTH and found.suspicion >= LEAST_SUSPICION)
    if not said:
        return False
    best = [technique for technique, vote in said if vote == said[0][1]]
    return any(
        technique == answer or technique.startswith(f"{answer}.") for technique in best for answer in example.answers
    )


def unreached(knowledge: Knowledge, reached: frozenset[str]) -> list[str]:
    """Entries with claims that no example shows."""
    from ttpline.commands._meaning.program_entry import use_name

    entries = [use_name(program, use) for program in knowledge.programs for use in program.uses]
    entries += [f"text:{text.pieces[0]}" for text in knowledge.texts]
    entries += ["+".join(rule.when) for rule in knowledge.combinations]
    missing = [entry for entry in entries if entry not in reached]
    for one in knowledge.objects:
        if one.claims and not any(f"{verb}:{one.name}" in reached for verb in one.claims):
            missing.append(one.name)
    return missing


def summary(knowledge: Knowledge, examples: Sequence[Example]) -> str:
    """How much there is."""
    uses = sum(len(program.uses) for program in knowledge.programs)
    names = {name for program in knowledge.programs for name in program.names}
    return (
        f"{len(names)} programs with {uses} uses, {len(knowledge.objects)} classes of objects, "
        f"{len(knowledge.texts)} texts, {len(knowledge.combinations)} combinations, {len(examples)} examples"
    )
