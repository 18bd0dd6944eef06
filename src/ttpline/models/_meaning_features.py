"""What is known of a command as features of a linear model: names and values, for people to read in the weights."""

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ttpline.commands.facts import MOST_REMEMBERED, MOST_TOGETHER, Fact, Said, Understanding
from ttpline.domain.parsed import SimpleCommand

Features = dict[str, float]
Key = int | str
"""The place of a known feature, the name of any other."""

MOST_ARGUMENTS: Final = 12
"""Of one program that become features of their own; a list of hundred files says no more than its first."""
_LONGEST_OPTION: Final = 24
_LONGEST_WORD: Final = 14
"""Characters of an argument that can be a name of an option or a subcommand; longer ones are data."""
_ARGUMENT_WEIGHT: Final = 0.7
_WRAPPER_WEIGHT: Final = 0.5
_VOTE_WEIGHT: Final = 0.5
"""Arguments and wrappers count less than what they belong to; a vote has a strength from 1 to about 4."""
_MOST_PARTS: Final = 8
_MOST_REMEMBERED: Final = 65_536
"""Facts and techniques; the packaged knowledge has some thousands."""


def as_column_text(text: str) -> str:
    """``text`` where what decoding made of broken escapes, which no column can hold, is one ``?`` each."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def meaning_features(found: Understanding) -> Features:
    """The features by name, scaled to length 1, without zeros; see ``FeatureReader``."""
    features = FeatureReader({}).read(found)
    length = length_of(features)
    return {str(name): value / length for name, value in features.items() if value}


def length_of(features: Mapping[Key, float]) -> float:
    """What the values are divided by."""
    values = features.values()
    return math.sqrt(math.fsum(map(operator.mul, values, values))) or 1.0


class _Keys(dict[str, Key]):
    """The keys of features that begin with ``prefix``, by the rest of their name. Only known ones are kept, so that
    strange commands cost no memory."""

    def __init__(self, prefix: str, place: Mapping[str, int]) -> None:
        super().__init__((name[len(prefix) :], at) for name, at in place.items() if name.startswith(prefix))
        self._prefix = prefix

    def __missing__(self, name: str) -> Key:
        return self._prefix + name


@dataclass(frozen=True, slots=True)
class FactKeys:
    """What a fact gives: ``ones``, the features of its entry and its meanings, with the value 1. ``places`` are all its
    features that are known, those of its votes among them; ``strongest`` its strongest word for each technique."""

    speaks: Mapping[str, int]
    means: tuple[str, ...]
    ones: tuple[Key, ...]
    places: tuple[int, ...]
    strongest: tuple[tuple[str, int], ...]

    def is_of(self, fact: Fact) -> bool:
        """Whether it says of ``fact`` what it says of another of the same name."""
        return (self.speaks is fact.speaks or self.speaks == fact.speaks) and self.means == fact.means


class FeatureReader:
    """Reads the features of commands: programs (``p:``), their options (``po:``) and words (``pw:``), wrappers
    (``w:``), entries of the knowledge that hold (``u:``), meanings (``m:``), votes for techniques (``t:``, ``tp:`` for
    the parent), suspicion (``s:1`` to ``s:3``, each level with those below), the number of parts.

    Those in ``place`` come as their place.
    """

    def __init__(self, place: Mapping[str, int]) -> None:
        self._others = _Keys("", place)
        self._programs, self._options, self._words = (_Keys(prefix, place) for prefix in ("p:", "po:", "pw:"))
        self._wrappers, self._meanings = _Keys("w:", place), _Keys("m:", place)
        self._said: dict[Said, dict[Key, float]] = {}
        self._facts: dict[str, FactKeys] = {}
        self._votes: dict[str, tuple[Key, Key]] = {}

    def read(self, found: Understanding) -> dict[Key, float]:
        """The features and their values, not yet scaled; a vote may be 0."""
        meanings = self._meanings
        features = dict.fromkeys([meanings[meaning] for meaning in found.meanings], 1.0)
        features.update(self._of_said(found.said))
        for part in found.parsed.parts:
            if part.program:
                self._add_part(part, features)
        features[self._others["n"]] = min(len(found.parsed.parts), _MOST_PARTS) / _MOST_PARTS
        return features

    def _of_said(self, said: Said) -> dict[Key, float]:
        """The features of facts, votes and suspicion; remembered, because the same facts hold again and again."""
        features = self._said.get(said)
        if features is None:
            features = self._features_of(said)
            if len(said.facts) <= MOST_TOGETHER:
                if len(self._said) >= MOST_REMEMBERED:
                    self._said.clear()
                self._said[said] = features
        return features

    def _features_of(self, said: Said) -> dict[Key, float]:
        features: dict[Key, float] = {}
        for fact in said.facts:
            features.update(dict.fromkeys(self.of_fact(fact).ones, 1.0))
        for technique, vote in said.votes.items():
            own, parent = self._of_vote(technique)
            features[own] = value = vote * _VOTE_WEIGHT
            features[parent] = max(features.get(parent, 0.0), value)
        others = self._others
        for level in range(1, said.suspicion + 1):
            features[others[f"s:{level}"]] = 1.0
        if not said.facts:
            features[others["nofacts"]] = 1.0
        return features

    def of_fact(self, fact: Fact) -> FactKeys:
        """The features that ``fact`` gives; remembered, because entries of the knowledge hold again and again."""
        known = self._facts.get(fact.entry)
        if known is None or not known.is_of(fact):
            known = self._keys_of(fact)
            if len(self._facts) >= _MOST_REMEMBERED:
                self._facts.clear()
            self._facts[fact.entry] = known
        return known

    def _keys_of(self, fact: Fact) -> FactKeys:
        ones = (self._others[f"u:{fact.entry}"], *(self._meanings[meaning] for meaning in fact.means))
        votes = dict.fromkeys(key for technique in fact.speaks for key in self._of_vote(technique))
        places = tuple(key for key in (*ones, *votes) if isinstance(key, int))
        strongest: dict[str, int] = {}
        for name, strength in fact.speaks.items():
            technique = name.partition(".")[0]
            strongest[technique] = max(strongest.get(technique, strength), strength)
        return FactKeys(fact.speaks, fact.means, ones, places, tuple(strongest.items()))

    def _of_vote(self, technique: str) -> tuple[Key, Key]:
        known = self._votes.get(technique)
        if known is None:
            known = (self._others[f"t:{technique}"], self._others[f"tp:{technique.partition('.')[0]}"])
            if len(self._votes) >= _MOST_REMEMBERED:
                self._votes.clear()
            self._votes[technique] = known
        return known

    def _add_part(self, part: SimpleCommand, features: dict[Key, float]) -> None:
        program = part.program
        features[self._programs[program]] = 1.0
        for word in part.arguments[:MOST_ARGUMENTS]:
            text = word.text
            if text[:1] in ("-", "/") and len(text) < _LONGEST_OPTION and text.count("/") < 2:
                name = text.partition("=")[0].partition(":")[0].lower()
                features[self._options[f"{program} {name}"]] = _ARGUMENT_WEIGHT
            elif text.isalpha() and len(text) < _LONGEST_WORD:
                features[self._words[f"{program} {text.lower()}"]] = _ARGUMENT_WEIGHT
        for wrapper in part.wrappers:
            features[self._wrappers[wrapper]] = _WRAPPER_WEIGHT
