"""An explanation without the secrets of its command; all its spans are places in the masked texts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from ttpline.commands._masking.encoded import traced_back
from ttpline.commands.decode import decode
from ttpline.commands.mask import MASK, Masked, Span, masked, with_cuts
from ttpline.commands.mask_answer import masked_command, masked_prediction
from ttpline.commands.normalise import model_text
from ttpline.domain.parsed import Layer
from ttpline.explain.describe import MOST_CHARACTERS
from ttpline.explain.explanation import CommandExplanation, Explanation, Reason, RunnerUp, Share, Without
from ttpline.explain.meaning import FactMeaning, LayerMeaning, Meaning, OptionMeaning, PartMeaning
from ttpline.explain.words import cut, quoted


def masked_explanation(explanation: CommandExplanation) -> CommandExplanation:
    """``explanation`` as ``--mask`` shows it. Weights stay exact: of parts within one secret the sum is told."""
    command = explanation.command
    found = masked(command.text)
    decoded = decode(model_text(command.original))
    meant = masked(decoded.text)
    if not found.cuts and not meant.cuts and masked(command.original).text == command.original:
        return explanation
    return replace(
        explanation,
        command=masked_command(command, found),
        prediction=masked_prediction(explanation.prediction, found),
        explanations=tuple(_explanation(one, found) for one in explanation.explanations),
        without=tuple(_without(one, found) for one in explanation.without),
        runner_up=None if explanation.runner_up is None else _runner_up(explanation.runner_up, found),
        meaning=_meaning(explanation.meaning, meant, decoded.layers, decoded.original),
        notes=tuple(meant.said(found.said(note)) for note in explanation.notes),
    )


def _explanation(one: Explanation, found: Masked) -> Explanation:
    return replace(one, shares=_shares(one.shares, found), reasons=_reasons(one.reasons, found))


def _runner_up(one: RunnerUp, found: Masked) -> RunnerUp:
    return replace(one, shares=_shares(one.shares, found), reasons=_reasons(one.reasons, found))


def _without(one: Without, found: Masked) -> Without:
    answer = one.prediction
    bare = replace(answer, techniques=tuple(replace(score, evidence=()) for score in answer.techniques))
    return replace(one, removed=_share(one.removed, found), prediction=bare)


def _share(share: Share, found: Masked) -> Share:
    start, end = found.span((share.start, share.end))
    return Share(start, end, found.text[start:end], share.weight)


def _shares(shares: Sequence[Share], found: Masked) -> tuple[Share, ...]:
    """In the order they came; those that touch one secret are one."""
    made: list[Share] = []
    of_secret: dict[int, int] = {}  # the place of a secret -> where its share is in ``made``
    for share in shares:
        one = _share(share, found)
        if not found.holds((share.start, share.end)):
            made.append(one)
            continue
        secrets = [start for start, end in found.cuts if start < share.end and share.start < end]
        at = next((of_secret[secret] for secret in secrets if secret in of_secret), None)
        if at is None:
            at = len(made)
            made.append(one)
        else:
            start, end = min(made[at].start, one.start), max(made[at].end, one.end)
            made[at] = Share(start, end, found.text[start:end], made[at].weight + one.weight)
        of_secret.update(dict.fromkeys(secrets, at))
    return tuple(made)


def _reasons(reasons: Sequence[Reason], found: Masked) -> tuple[Reason, ...]:
    return tuple(
        replace(one, span=span, text=text, sentence=_sentence(one.sentence, one.span, found))
        for one in reasons
        for span, text in [_piece(one.span, one.text, found)]
    )


def _piece(span: Span, text: str, found: Masked) -> tuple[Span, str]:
    """Its new place, and its text where that held a secret."""
    start, end = found.span(span)
    return (start, end), cut(found.text[start:end], MOST_CHARACTERS) if found.holds(span) else text


def _sentence(sentence: str, span: Span, found: Masked) -> str:
    """``sentence`` with the piece it quotes as it is now; a long piece was cut, maybe within a secret."""
    if found.holds(span):
        before, after = found.original[slice(*span)], found.text[slice(*found.span(span))]
        for old, new in ((before, after), (before.strip("'\" "), after.strip("'\" "))):
            sentence = sentence.replace(quoted(old), quoted(new))
    return found.said(sentence)


def _meaning(meaning: Meaning, found: Masked, layers: Sequence[Layer], original: str) -> Meaning:
    return replace(
        meaning,
        text=cut(found.text, MOST_CHARACTERS),
        layers=tuple(_layers(meaning.layers, found, layers, original)),
        parts=tuple(_part(part, found) for part in meaning.parts),
        facts=_facts(meaning.facts, found),
    )


def _layers(
    shown: Sequence[LayerMeaning], found: Masked, layers: Sequence[Layer], original: str
) -> Iterator[LayerMeaning]:
    """An encoded piece with a secret in it is masked as a whole, what it became only where the secret is."""
    texts = list(accumulate(layers[: len(shown)], _undone, initial=original))
    for number, meant in enumerate(shown):
        layer = layers[number]
        start = layer.span[0]
        before = with_cuts(texts[number], [traced_back(span, layers[number:]) for span in found.cuts])
        after = with_cuts(texts[number + 1], [traced_back(span, layers[number + 1 :]) for span in found.cuts])
        span = (start, start + len(layer.after))
        is_secret = after.holds(span)
        yield LayerMeaning(
            meant.kind,
            before.span(layer.span),
            MASK if is_secret else meant.before,
            cut(after.text[slice(*after.span(span))], MOST_CHARACTERS) if is_secret else meant.after,
        )


def _undone(text: str, layer: Layer) -> str:
    return text[: layer.span[0]] + layer.after + text[layer.span[1] :]


def _part(part: PartMeaning, found: Masked) -> PartMeaning:
    span, text = _piece(part.span, part.text, found)
    options = tuple(_option(option, found) for option in part.options)
    return replace(part, span=span, text=text, options=options, facts=_facts(part.facts, found))


def _option(option: OptionMeaning, found: Masked) -> OptionMeaning:
    span, text = _piece(option.span, option.text, found)
    return replace(option, span=span, text=text)


def _facts(facts: Sequence[FactMeaning], found: Masked) -> tuple[FactMeaning, ...]:
    return tuple(
        replace(one, span=span, text=text, sentence=_sentence(one.sentence, one.span, found))
        for one in facts
        for span, text in [_piece(one.span, one.text, found)]
    )
