"""How far an answer can be trusted, in plain sentences."""

from collections.abc import Sequence
from typing import Final

from ttpline.commands.facts import Understanding
from ttpline.commands.normalise import SCORED_CHARACTERS, is_cut
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import NORMAL, OTHER, Prediction, Verdict
from ttpline.explain.explanation import Explanation
from ttpline.explain.meaning import Meaning
from ttpline.explain.reasons import WEAK
from ttpline.explain.words import named, quoted

MOST_NAMED: Final = 5
"""Programs or words named in one sentence."""
LEAST_VOTE: Final = 2.0
"""From which what the knowledge would say is worth telling: one entry that says "likely" (2 of 3)."""


def notes(
    command: NormalisedCommand,
    found: Understanding,
    meaning: Meaning,
    prediction: Prediction,
    explanations: Sequence[Explanation],
) -> tuple[str, ...]:
    """Sentences, the gravest first; none where there is nothing to add."""
    first = explanations[0] if explanations and explanations[0].label != NORMAL else None
    said = [
        *_of_verdict(prediction, first),
        *_of_knowledge(found, meaning, prediction, first),
        *_of_reading(command, found, meaning),
    ]
    return tuple(said)


def _of_verdict(prediction: Prediction, first: Explanation | None) -> list[str]:
    version = prediction.attack_version
    if prediction.verdict is Verdict.UNCERTAIN:
        likeliest = f"; the likeliest technique is {named(first.label, version)}" if first else ""
        return [f"The model is not sure whether this is an attack{likeliest}. A person should look at it."]
    if prediction.verdict is Verdict.NORMAL and first:
        return ["The model takes this for ordinary work; the techniques are what it would be if it were an attack."]
    return []


def _of_knowledge(
    found: Understanding, meaning: Meaning, prediction: Prediction, first: Explanation | None
) -> list[str]:
    version, said = prediction.attack_version, []
    unknown = [part.program for part in meaning.parts if part.program and not part.is_known]
    if unknown:
        said.append(f"The knowledge has no entry for {_listed(unknown)}.")
    if not found.facts:
        said.append(f"No entry of the knowledge holds for this command{_resembles(first, version)}.")
        return said
    if first is None or first.label == OTHER or prediction.verdict is Verdict.NORMAL:
        return said
    parent = first.label.partition(".")[0]
    votes = {name: vote for name, vote in found.votes.items() if name != NORMAL.lower() and vote > 0}
    if not any(name.partition(".")[0] == parent for name in votes):
        said.append(f"No entry of the knowledge speaks for {named(first.label, version)}{_resembles(first, version)}.")
    highest = max(votes.values(), default=0.0)
    best = [name for name in sorted(votes) if votes[name] == highest]
    if highest >= LEAST_VOTE and len(best) == 1 and best[0].partition(".")[0] != parent:
        said.append(f"The knowledge alone would say {named(best[0], version)}.")
    return said


def _resembles(first: Explanation | None, version: str) -> str:
    """What the answer rests on instead."""
    if first is None:
        return ""
    words = [reason.text for reason in first.reasons if reason.kind == "text" and reason.weight >= WEAK]
    if not words:
        return ", and no part of its text speaks clearly for a technique"
    return f"; the text resembles {named(first.label, version)}: {_listed(words)}"


def _of_reading(command: NormalisedCommand, found: Understanding, meaning: Meaning) -> list[str]:
    said = []
    if is_cut(command):
        said.append(f"Only the first {SCORED_CHARACTERS:,} characters of the command are read.")
    if not meaning.is_complete:
        said.append("The decoding met a bound: there may be more layers than were undone.")
    if meaning.is_damaged:
        said.append("A quote or bracket is left open, or a bound was met: the parts are what could be read.")
    if found.decoded.layers and not command.decoded:
        said.append("This model reads the text as it is written: what was decoded does not count for its answer.")
    return said


def _listed(pieces: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(pieces))
    shown = ", ".join(quoted(piece) for piece in distinct[:MOST_NAMED])
    return shown if len(distinct) <= MOST_NAMED else f"{shown} and {len(distinct) - MOST_NAMED} more"
