"""What would change the answer: the model asked again without each part that matters."""

from collections.abc import Iterator, Sequence
from typing import Final

from ttpline.domain.command import NormalisedCommand
from ttpline.domain.parsed import ParsedCommand, Span
from ttpline.domain.prediction import NORMAL, Prediction, Verdict
from ttpline.explain.case import Explainable
from ttpline.explain.explanation import Explanation, Share, Without
from ttpline.explain.occlusion import part_spans, without
from ttpline.explain.shares import by_token

MOST_TRIED: Final = 12
"""Predictions for this question, whatever the command."""
TRIED_WORDS: Final = 4
TRIED_PARTS: Final = 6
TRIED_CHARACTERS: Final = 65_536
"""And of a long command fewer: so many characters are scored, all tries together, but at least one."""


def tries(
    command: NormalisedCommand,
    parsed: ParsedCommand,
    prediction: Prediction,
    explanations: Sequence[Explanation],
    model: Explainable,
    top_k: int,
) -> tuple[Without, ...]:
    """Those that change the answer first.

    Parts are taken out of the text that the model reads. Where it undid an encoding, the first try is the plain text,
    and the others are compared with that.
    """
    text, made = command.text, []
    before = prediction
    if command.decoded:
        before = model.predict([text], top_k=top_k, explain=False)[0]
        made.append(Without("encoding", Share(0, 0, "", 0.0), _differs(before, prediction), before))
    affordable = max(1, TRIED_CHARACTERS // max(1, len(text)))
    chosen = dict[Span, tuple[str, float]]()
    for what, span, weight in _candidates(text, parsed, prediction, explanations):
        if span[0] < span[1] and span != (0, len(text)) and len(chosen) < min(MOST_TRIED, affordable):
            chosen.setdefault(span, (what, weight))
    answers = model.predict([without(text, span) for span in chosen], top_k=top_k, explain=False)
    for (span, (what, weight)), answer in zip(chosen.items(), answers, strict=True):
        made.append(Without(what, Share(*span, text[slice(*span)], weight), _differs(answer, before), answer))
    return tuple(sorted(made, key=lambda one: (one.what != "encoding", not one.changes)))


def _differs(prediction: Prediction, before: Prediction) -> bool:
    if prediction.verdict is not before.verdict:
        return True
    return prediction.verdict is not Verdict.NORMAL and _first(prediction) != _first(before)


def _first(prediction: Prediction) -> str | None:
    best = next(iter(prediction.techniques), None)
    return None if best is None else best.subtechnique or best.technique


def _candidates(
    text: str, parsed: ParsedCommand, prediction: Prediction, explanations: Sequence[Explanation]
) -> Iterator[tuple[str, Span, float]]:
    """What speaks loudest for what was answered (the first technique, or Normal), then whole simple commands."""
    if explanations:
        is_normal = prediction.verdict is Verdict.NORMAL and explanations[-1].label == NORMAL
        answer = explanations[-1] if is_normal else explanations[0]
        for reason in answer.reasons:
            if reason.kind != "text":
                yield "fact", reason.span, reason.weight
        words = by_token(text, answer.shares) if answer.method == "additive" else answer.shares
        speaking = sorted((share for share in words if share.weight > 0), key=lambda share: -share.weight)
        for share in speaking[:TRIED_WORDS]:
            yield "word", (share.start, share.end), share.weight
    for span in part_spans(parsed)[:TRIED_PARTS]:
        yield "part", span, 0.0
