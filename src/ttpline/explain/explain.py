"""``explain``: one command's answer taken apart, and tried again without its strongest parts."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from ttpline.attack.catalogue import load_catalogue
from ttpline.commands.dialect import guess_dialect
from ttpline.commands.normalise import normalise
from ttpline.commands.tokens import tokens_with_spans
from ttpline.domain.prediction import NORMAL, OTHER, Prediction
from ttpline.explain.explanation import CommandExplanation, Explanation, RunnerUp, Share, Without
from ttpline.models.base import CommandClassifier

TRIED_WITHOUT = 3
"""Parts taken out one by one to see what changes."""
MOST_OCCLUDED = 200
"""Parts tried for a model whose scores do not add up; each is one more prediction."""
LEAST_PROBABILITY = 1e-9
"""For log-odds of certain answers."""

Span = tuple[int, int]


@runtime_checkable
class AdditiveClassifier(Protocol):
    """A model that says itself what each part of a command adds (``explain_text`` of ``tfidf-lr``)."""

    def explain_text(self, command: str, label: str) -> tuple[list[tuple[Span, float]], float]: ...


def explain(command_line: str, model: CommandClassifier, *, top_k: int = 3) -> CommandExplanation:
    """Why ``model`` answers ``command_line`` as it does.

    Explained are the ``top_k`` techniques and Normal, in the labels and the ATT&CK version the model was trained on.
    Nothing of the command is run, expanded or fetched.
    """
    command = normalise(command_line)
    prediction = model.predict([command.text], top_k=top_k)[0]
    probabilities = dict(zip(model.labels, model.probabilities([command.text])[0].tolist(), strict=True))
    ranked = (score.subtechnique or score.technique for score in prediction.techniques)
    labels = [label for label in ranked if label in probabilities]
    if NORMAL in probabilities:
        labels.append(NORMAL)
    explanations = tuple(_explanation(command.text, label, probabilities[label], model) for label in labels)
    return CommandExplanation(
        command,
        guess_dialect(command.text).value,
        prediction,
        explanations,
        _without(command.text, _decisive(command.text, explanations, prediction), model, top_k),
        _runner_up(command.text, probabilities, model),
    )


def _explanation(text: str, label: str, probability: float, model: CommandClassifier) -> Explanation:
    name, tactics = _facts(label, model.attack_version)
    if isinstance(model, AdditiveClassifier):
        parts, intercept = model.explain_text(text, label)
        shares = tuple(Share(start, end, text[start:end], weight) for (start, end), weight in parts)
        return Explanation(label, name, tactics, probability, "additive", intercept, shares)
    shares = _left_out_one_by_one(text, label, model)
    intercept = _log_odds(probability) - sum(share.weight for share in shares)
    return Explanation(label, name, tactics, probability, "leave-one-out", intercept, shares)


def _facts(label: str, attack_version: str) -> tuple[str, tuple[str, ...]]:
    if label == NORMAL:
        return "no attack", ()
    if label == OTHER:
        return "another, rare technique", ()
    catalogue = load_catalogue(attack_version)
    if label not in catalogue:
        return label, ()
    technique = catalogue.technique(label)
    return technique.full_name, technique.tactics


def _left_out_one_by_one(text: str, label: str, model: CommandClassifier) -> tuple[Share, ...]:
    spans = [(start, end) for _, start, end in tokens_with_spans(text, lowercase=False)][:MOST_OCCLUDED]
    at = model.labels.index(label)
    scores = model.probabilities([text, *(_cut(text, span) for span in spans)])[:, at].tolist()
    whole = _log_odds(scores[0])
    return tuple(
        Share(start, end, text[start:end], whole - _log_odds(score))
        for (start, end), score in zip(spans, scores[1:], strict=True)
    )


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY)
    return math.log(bounded / (1 - bounded))


def _decisive(text: str, explanations: Sequence[Explanation], prediction: Prediction) -> tuple[Share, ...]:
    """The parts that speak loudest for what was answered: the first technique, or Normal."""
    if not explanations:
        return ()
    is_normal = prediction.verdict.value == "normal" and explanations[-1].label == NORMAL
    answer = explanations[-1] if is_normal else explanations[0]
    speaking = [share for share in by_token(text, answer.shares) if share.weight > 0]
    return tuple(sorted(speaking, key=lambda share: -share.weight)[:TRIED_WITHOUT])


def _without(text: str, parts: Sequence[Share], model: CommandClassifier, top_k: int) -> tuple[Without, ...]:
    if not parts:
        return ()
    cut = [_cut(text, (part.start, part.end)) for part in parts]
    answers = model.predict(cut, top_k=top_k, explain=False)
    return tuple(Without(part, answer) for part, answer in zip(parts, answers, strict=True))


def _cut(text: str, span: Span) -> str:
    return text[: span[0]] + text[span[1] :]


def _runner_up(text: str, probabilities: dict[str, float], model: CommandClassifier) -> RunnerUp | None:
    if len(probabilities) < 2:
        return None
    first, second = sorted(probabilities, key=lambda label: -probabilities[label])[:2]
    ahead = _explanation(text, first, probabilities[first], model)
    behind = _explanation(text, second, probabilities[second], model)
    weights = {(share.start, share.end): share for share in ahead.shares}
    difference = dict(weights)
    for share in behind.shares:
        span = (share.start, share.end)
        before = weights[span].weight if span in weights else 0.0
        difference[span] = replace(share, weight=before - share.weight)
    shares = tuple(difference[span] for span in sorted(difference))
    return RunnerUp(
        first,
        second,
        behind.name,
        behind.probability,
        ahead.total - behind.total,
        ahead.intercept - behind.intercept,
        shares,
    )


def by_token(text: str, shares: Sequence[Share]) -> tuple[Share, ...]:
    """Shares that do not overlap, by place: what a longer part (an n-gram) adds goes evenly to its tokens.

    The sum stays the same; a part that holds no token stays as it is.

    >>> shares = [Share(0, 4, "a bc", 1.0), Share(0, 1, "a", 2.0), Share(2, 4, "bc", -1.0)]
    >>> [(share.text, share.weight) for share in by_token("a bc", shares)]
    [('a', 2.5), ('bc', -0.5)]
    """
    spans = [(start, end) for _, start, end in tokens_with_spans(text, lowercase=False)]
    starts = [start for start, _ in spans]
    weights: dict[Span, float] = {}
    for share in shares:
        first = bisect_left(starts, share.start)
        last = bisect_left(starts, share.end)
        inside = [span for span in spans[first:last] if span[1] <= share.end] or [(share.start, share.end)]
        for span in inside:
            weights[span] = weights.get(span, 0.0) + share.weight / len(inside)
    return tuple(Share(start, end, text[start:end], weights[start, end]) for start, end in sorted(weights))
