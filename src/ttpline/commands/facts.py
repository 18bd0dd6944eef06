"""What the knowledge found in a command: facts, each with its place and the words that explain it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple

from ttpline.domain.parsed import DecodedCommand, ParsedCommand, Span

FactKind = Literal["program", "use", "object", "text", "combination", "layer"]


class Fact(NamedTuple):
    """One entry that holds. ``entry`` is its stable name; ``span`` where it shows in the decoded text; ``why`` a
    sentence's end ("creates a scheduled task"); ``speaks`` technique -> -3 to 3; ``part`` which simple command
    (None: the line)."""

    kind: FactKind
    entry: str
    span: Span
    why: str
    speaks: Mapping[str, int]
    suspicion: int
    means: tuple[str, ...] = ()
    part: int | None = None


@dataclass(frozen=True)
class Understanding:
    """A command decoded, parsed, and what is known of it. ``meanings``: the words that combinations and models use."""

    decoded: DecodedCommand
    parsed: ParsedCommand
    facts: tuple[Fact, ...]
    meanings: frozenset[str]

    @property
    def text(self) -> str:
        return self.decoded.text

    @cached_property
    def said(self) -> "Said":
        """What the facts say together: mostly one object for all commands with the same facts."""
        return said_by(self.facts)

    @property
    def votes(self) -> Mapping[str, float]:
        """For each technique, how strongly the facts speak for it: the strongest, and a quarter of each further one."""
        return self.said.votes

    @property
    def suspicion(self) -> int:
        """The highest of any fact; 0 where nothing is known."""
        return self.said.suspicion


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What some facts say together; ``facts`` are those of the first command that had them. Compared by identity."""

    facts: tuple[Fact, ...]
    one_by_one: list[tuple[Mapping[str, int], int, tuple[str, ...]]]
    votes: Mapping[str, float]
    suspicion: int


FURTHER: Final = 0.25
"""What a second and third entry for the same technique add: they mostly see the same thing."""

MOST_REMEMBERED: Final = 4_096
MOST_TOGETHER: Final = 32
"""What some facts say together is remembered for so many sets of facts, of so many facts at most, which bounds the
memory: each takes some KB. Commands that differ in a number or a file name mostly have the same facts."""

_remembered: dict[tuple[str, ...], Said] = {}


def said_by(facts: tuple[Fact, ...]) -> Said:
    """What ``facts`` say together."""
    entries = tuple([fact.entry for fact in facts])
    one_by_one = [(fact.speaks, fact.suspicion, fact.means) for fact in facts]
    known = _remembered.get(entries)
    if known is None or known.one_by_one != one_by_one:  # entries of two knowledges may have the same names
        known = Said(facts, one_by_one, _votes(facts), max((fact.suspicion for fact in facts), default=0))
        if len(facts) <= MOST_TOGETHER:
            if len(_remembered) >= MOST_REMEMBERED:
                _remembered.clear()
            _remembered[entries] = known
    return known


def _votes(facts: tuple[Fact, ...]) -> dict[str, float]:
    strengths_for: dict[str, list[int]] = {}
    for fact in facts:
        for technique, strength in fact.speaks.items():
            strengths_for.setdefault(technique, []).append(strength)
    votes = {}
    for technique, strengths in strengths_for.items():
        pro = sorted((one for one in strengths if one > 0), reverse=True)
        votes[technique] = (pro[0] + FURTHER * sum(pro[1:]) if pro else 0.0) + sum(one for one in strengths if one < 0)
    return votes
