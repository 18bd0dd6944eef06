"""What a model said of a command, without the secrets of the command."""

from dataclasses import replace

from ttpline.commands.mask import MASK, Masked, masked
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Evidence, Prediction, TechniqueScore


def masked_command(command: NormalisedCommand, found: Masked | None = None) -> NormalisedCommand:
    """``command`` with ``text``, ``original`` and ``parts`` masked; itself where nothing of it is a secret.

    ``found``: what ``masked`` said of ``command.text``, if that was asked already.
    """
    found = found or masked(command.text)
    original = found.text if command.original == command.text else masked(command.original).text
    if found.text == command.text and original == command.original:
        return command
    return replace(command, text=found.text, original=original, parts=_parts(command.parts, found))


def _parts(parts: tuple[str, ...], found: Masked) -> tuple[str, ...]:
    """Each part as the whole text has it: alone, ``echo secret`` is not known to be piped into ``sudo -S``."""
    made: list[str] = []
    at = 0
    for part in parts:
        place = found.original.find(part, at)
        if place < 0:
            made.append(found.quoted(part))
            continue
        start, end = found.span((place, place + len(part)))
        made.append(found.text[start:end])
        at = place  # parts may lie within each other
    return tuple(made)


def masked_prediction(prediction: Prediction, found: Masked) -> Prediction:
    """``prediction`` of the text ``found.original``: spans and texts of evidence are those of ``found.text``."""
    if not found.cuts:
        return prediction
    return replace(prediction, techniques=tuple(_technique(score, found) for score in prediction.techniques))


def _technique(score: TechniqueScore, found: Masked) -> TechniqueScore:
    return replace(score, evidence=tuple(_evidence(part, found) for part in score.evidence))


def _evidence(part: Evidence, found: Masked) -> Evidence:
    span = found.span(part.span)
    is_slice = part.text == found.original[slice(*part.span)]
    text = found.text[slice(*span)] if is_slice else MASK if found.holds(part.span) else found.quoted(part.text)
    why = part.why.replace(part.text, text) if part.text and found.holds(part.span) else part.why
    return replace(part, span=span, text=text, why=found.said(why))
