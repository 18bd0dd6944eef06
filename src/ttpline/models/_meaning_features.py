"""What is known of a command as features of a linear model: names and values, for people to read in the weights."""

import math
from dataclasses import dataclass
from typing import Final

from ttpline.commands.facts import Understanding
from ttpline.domain.parsed import SimpleCommand

Features = dict[str, float]

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


@dataclass(frozen=True, slots=True)
class Read:
    """A command as a hybrid model has read it: what was understood, its features, and its text as columns hold it."""

    understanding: Understanding
    features: Features
    text: str


def read(found: Understanding) -> Read:
    """Everything a hybrid model needs of a command, made once."""
    return Read(found, meaning_features(found), as_column_text(found.text))


def as_column_text(text: str) -> str:
    """``text`` where what decoding made of broken escapes, which no column can hold, is one ``?`` each."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def meaning_features(found: Understanding) -> Features:
    """Programs (``p:``), their options (``po:``) and words (``pw:``), wrappers (``w:``), entries of the knowledge that
    hold (``u:``), meanings (``m:``), votes for techniques (``t:``, ``tp:`` for the parent), suspicion (``s:1`` to
    ``s:3``, each level with those below), the number of parts. Scaled to length 1.
    """
    features: Features = {"n": min(len(found.parsed.parts), _MOST_PARTS) / _MOST_PARTS}
    for part in found.parsed.parts:
        if part.program:
            _add_part(part, features)
    for fact in found.facts:
        features[f"u:{fact.entry}"] = 1.0
        features.update((f"m:{meaning}", 1.0) for meaning in fact.means)
    features.update((f"m:{meaning}", 1.0) for meaning in sorted(found.meanings))
    for technique, vote in found.votes.items():
        value = vote * _VOTE_WEIGHT
        features[f"t:{technique}"] = value
        parent = f"tp:{technique.partition('.')[0]}"
        features[parent] = max(features.get(parent, 0.0), value)
    for level in range(1, found.suspicion + 1):
        features[f"s:{level}"] = 1.0
    if not found.facts:
        features["nofacts"] = 1.0
    return scaled(features)


def scaled(features: Features) -> Features:
    """The same direction, length 1; without zeros."""
    length = math.sqrt(math.fsum(value * value for value in features.values())) or 1.0
    return {name: value / length for name, value in features.items() if value}


def _add_part(part: SimpleCommand, features: Features) -> None:
    features[f"p:{part.program}"] = 1.0
    for word in part.arguments[:MOST_ARGUMENTS]:
        text = word.text
        if text[:1] in ("-", "/") and len(text) < _LONGEST_OPTION and text.count("/") < 2:
            name = text.partition("=")[0].partition(":")[0].lower()
            features[f"po:{part.program} {name}"] = _ARGUMENT_WEIGHT
        elif text.isalpha() and len(text) < _LONGEST_WORD:
            features[f"pw:{part.program} {text.lower()}"] = _ARGUMENT_WEIGHT
    for wrapper in part.wrappers:
        features[f"w:{wrapper}"] = _WRAPPER_WEIGHT
