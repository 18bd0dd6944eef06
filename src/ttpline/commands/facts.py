"""What the knowledge found in a command: facts, each with its place and the words that explain it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

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
    def votes(self) -> Mapping[str, float]:
        """For each technique, how strongly the facts speak for it: the strongest, and a quarter of each further one."""
        sorted_by_technique: dict[str, list[int]] = {}
        for fact in self.facts:
            for technique, strength in fact.speaks.items():
                sorted_by_technique.setdefault(technique, []).append(strength)
        votes = {}
        for technique, strengths in sorted_by_technique.items():
            pro = sorted((one for one in strengths if one > 0), reverse=True)
            votes[technique] = (pro[0] + FURTHER * sum(pro[1:]) if pro else 0.0) + sum(
                one for one in strengths if one < 0
            )
        return votes

    @cached_property
    def suspicion(self) -> int:
        """The highest of any fact; 0 where nothing is known."""
        return max((fact.suspicion for fact in self.facts), default=0)


FURTHER = 0.25
"""What a second and third entry for the same technique add: they mostly see the same thing."""
