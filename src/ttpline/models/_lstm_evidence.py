"""Why an LSTM answers so, by occlusion: each word in turn is made ``<unk>``, and the answer computed again.

A word's weight is by how much the log-odds of the label fall then. A word that the model does not know is ``<unk>``
already and weighs nothing, and so does what stands behind the last token that the model reads. All the variants of all
the commands are computed together.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.domain.prediction import Evidence
from ttpline.models._lstm_scoring import Scorer
from ttpline.models._lstm_words import UNKNOWN, Ids, WordIndex
from ttpline.models.base import LabelIndices

MOST_PARTS = 3
"""Parts shown for one technique: what a person reads."""

LEAST_SHARE = 0.05
"""Of the strongest part's weight; what is weaker explains nothing."""

COMMANDS_AT_ONCE = 1_024
"""Bounds the memory: each has up to ``length`` variants."""

Numbers = npt.NDArray[np.float64]


def evidence_rows(
    scorer: Scorer,
    index: WordIndex,
    length: int,
    temperature: float,
    names: Sequence[str],
    texts: Sequence[str],
    labels: LabelIndices,
) -> list[list[tuple[Evidence, ...]]]:
    """For each text and each of its ``labels``, the words that speak for it, strongest first."""
    found: list[list[tuple[Evidence, ...]]] = []
    for start in range(0, len(texts), COMMANDS_AT_ONCE):
        chunk, wanted = texts[start : start + COMMANDS_AT_ONCE], labels[start : start + COMMANDS_AT_ONCE]
        rows, places, weights = _occluded(scorer, index.ids(chunk, length), temperature, wanted)
        bounds = np.searchsorted(rows, np.arange(len(chunk) + 1)).tolist()
        for row, text in enumerate(chunk):
            first, last = bounds[row], bounds[row + 1]
            spans = index.spans(text, length)
            found.append(
                [
                    _strongest(text, spans, places[first:last], weights[first:last, place], names[label])
                    for place, label in enumerate(wanted[row].tolist())
                ]
            )
    return found


def _occluded(
    scorer: Scorer, ids: Ids, temperature: float, labels: LabelIndices
) -> tuple[LabelIndices, LabelIndices, Numbers]:
    """Row, place and, for each label of the row, the weight of every known word."""
    rows, places = np.nonzero(ids > UNKNOWN)
    variants = ids[rows]
    variants[np.arange(rows.size), places] = UNKNOWN
    logits = scorer.logits(np.concatenate([ids, variants])).astype(np.float64) / temperature
    wanted = np.concatenate([labels, labels[rows]])
    odds = _log_odds(logits, wanted)
    return rows, places, odds[rows] - odds[len(ids) :]


def _log_odds(logits: Numbers, labels: LabelIndices) -> Numbers:
    """Of each row's ``labels``: the logit less the log of the summed powers of all others, without a difference of
    two sums that are nearly equal."""
    found = np.empty(labels.shape)
    every = np.arange(len(logits))
    for place in range(labels.shape[1]):
        label: Any = labels[:, place]
        others = logits.copy()
        others[every, label] = -np.inf
        top = others.max(axis=1, initial=-np.inf, keepdims=True)
        rest = np.log(np.exp(others - top).sum(axis=1)) + top[:, 0]
        found[:, place] = logits[every, label] - rest
    return found


def _strongest(
    text: str, spans: Sequence[tuple[int, int]], places: LabelIndices, weights: Numbers, name: str
) -> tuple[Evidence, ...]:
    ranked = sorted(zip(weights.tolist(), places.tolist(), strict=True), key=lambda part: (-part[0], part[1]))
    least = max(0.0, LEAST_SHARE * ranked[0][0]) if ranked else 0.0
    return tuple(
        Evidence(
            "text",
            spans[at],
            shown := text[slice(*spans[at])],
            f"with an unknown word in place of {shown!r}, {name} is less likely",
            weight,
        )
        for weight, at in ranked[:MOST_PARTS]
        if weight > least
    )
