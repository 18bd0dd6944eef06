"""Models that answered the same rows, and their comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ttpline.errors import UsageError
from ttpline.evaluation import metrics
from ttpline.evaluation.additive import Additive, FloatArray, IntArray, differences, estimates
from ttpline.evaluation.class_report import class_reports
from ttpline.evaluation.comparison import Compared, Comparison, Disagreement, PairedTest
from ttpline.evaluation.confusion import confusion_cells
from ttpline.evaluation.cost import Cost
from ttpline.evaluation.mcnemar import McNemar, corrected, holm, mcnemar
from ttpline.evaluation.paired_figures import COMPARED, TESTED, attack_figures, recall_limit, whole_figures
from ttpline.evaluation.predictions import Predictions
from ttpline.evaluation.reliability import reliability_bins

_Names = npt.NDArray[Any]
_Keys = npt.NDArray[np.uint64]

DRAWS: Final = 2_000
"""Of the bootstrap: the smallest p is then 0.001."""
MOST_DISAGREEMENTS: Final = 200
"""Kinds of disagreement that are listed, the commonest first; the number of all is given."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A model and what it said of its rows."""

    name: str
    family: str
    digest: str
    attack_version: str
    interpretability: str
    predictions: Predictions
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What the models are compared on."""

    data_name: str
    data_digest: str
    split: str
    label_space: str = "technique"


def compare(
    contenders: Sequence[Contender],
    ground: Ground,
    *,
    against: str | None = None,
    seed: int = 0,
    draws: int = DRAWS,
    notes: Sequence[str] = (),
) -> Comparison:
    """Compare ``contenders`` over the rows that all of them answered.

    ``against`` names the reference (default: the first); it comes first in the result. ``UsageError`` for fewer than
    two models, two of one name, or no common row. The order of the rows changes nothing.
    """
    ordered = _ordered(contenders, against)
    common = _common([contender.predictions.key for contender in ordered])
    if not len(common):
        raise UsageError("the models have no row in common", remedy="evaluate them on the same data: give --data")
    taken = [contender.predictions.take(np.searchsorted(contender.predictions.key, common)) for contender in ordered]
    groups = taken[0].group
    models = [
        _compared(contender, part, groups, seed, draws, len(contender.predictions) - len(common))
        for contender, part in zip(ordered, taken, strict=True)
    ]
    answers = [_names(part, part.answer) for part in taken]
    right = np.array([part.answer == part.truth for part in taken])
    agree = np.all([answer == answers[0] for answer in answers], axis=0)
    kinds = _disagreements(_names(taken[0], taken[0].truth), answers, taken[0].count, ~agree)
    return Comparison(
        ground.data_name,
        ground.data_digest,
        ground.split,
        ground.label_space,
        seed,
        len(common),
        int(taken[0].is_attack.sum()),
        len(np.unique(groups)),
        tuple(models),
        tuple(_tests(ordered, taken, groups, seed, draws)),
        int(agree.sum()),
        int(right.all(axis=0).sum()),
        int((~right).all(axis=0).sum()),
        len(kinds),
        tuple(kinds[:MOST_DISAGREEMENTS]),
        tuple(notes),
    )


def _ordered(contenders: Sequence[Contender], against: str | None) -> list[Contender]:
    names = [contender.name for contender in contenders]
    if len(names) < 2:
        raise UsageError("a comparison needs two models", remedy="ttpline compare DIR DIR …")
    if len(set(names)) != len(names):
        raise UsageError(f"two models are called {max(names, key=names.count)!r}", remedy="rename one of the folders")
    if against is not None and against not in names:
        raise UsageError(f"no model is called {against!r}", remedy=f"--against is one of: {', '.join(names)}")
    first = names.index(against) if against is not None else 0
    return [contenders[first], *(item for place, item in enumerate(contenders) if place != first)]


def _common(keys: Sequence[_Keys]) -> _Keys:
    """Keys that are in all, ascending."""
    common = keys[0]
    for other in keys[1:]:
        common = np.intersect1d(common, other, assume_unique=True)
    return common


def _compared(
    contender: Contender, part: Predictions, groups: IntArray, seed: int, draws: int, left_out: int
) -> Compared:
    attacks, is_attack = part.take(part.is_attack), part.is_attack
    found = estimates(list(whole_figures(part).values()), groups, seed=seed, resamples=draws)
    figures = list(attack_figures(attacks, recall_limit(part)).values())
    found |= estimates(figures, groups[is_attack], seed=seed, resamples=draws)
    return Compared(
        contender.name,
        contender.family,
        contender.digest,
        contender.attack_version,
        contender.interpretability,
        left_out,
        {name: found[name] for name in COMPARED if name in found},
        class_reports(part, contender.attack_version),
        confusion_cells(part),
        reliability_bins(part, seed=seed, resamples=draws),
        metrics.accuracy_against_coverage(part.confidence, _right(part)),
        contender.cost,
    )


def _right(part: Predictions) -> FloatArray:
    return np.asarray(part.answer == part.truth, np.float64)


def _tests(
    ordered: Sequence[Contender], taken: Sequence[Predictions], groups: IntArray, seed: int, draws: int
) -> list[PairedTest]:
    """Each model but the first against the first, p corrected over them."""
    first, is_attack = taken[0], taken[0].is_attack
    tests: list[PairedTest] = []
    for contender, part in zip(ordered[1:], taken[1:], strict=True):
        pairs = _pairs(whole_figures(part), whole_figures(first))
        found = differences(pairs, groups, seed=seed, resamples=draws)
        one, other = part.take(is_attack), first.take(is_attack)
        attack_pairs = _pairs(attack_figures(one, None), attack_figures(other, None))
        found |= differences(attack_pairs, groups[is_attack], seed=seed, resamples=draws)
        by_row = {"accuracy": mcnemar(part.answer == part.truth, first.answer == first.truth)}
        if len(one):
            by_row["top1"] = mcnemar(one.technique_rank == 1, other.technique_rank == 1)
        ranked = {name: found[name] for name in TESTED if name in found}
        tests.append(PairedTest(contender.name, ordered[0].name, ranked, {}, by_row))
    return _holm_corrected(tests)


def _pairs(one: Mapping[str, Additive], other: Mapping[str, Additive]) -> list[tuple[Additive, Additive]]:
    return [(one[name], other[name]) for name in TESTED if name in one and name in other]


def _holm_corrected(tests: list[PairedTest]) -> list[PairedTest]:
    """Over the models, for each figure on its own: that is the family of tests a reader picks the best of."""
    corrections: list[dict[str, float]] = [{} for _ in tests]
    for name in TESTED:
        known = [(place, test.differences[name].p) for place, test in enumerate(tests) if name in test.differences]
        stated = [(place, p) for place, p in known if p is not None]
        for (place, _), p in zip(stated, holm([p for _, p in stated]), strict=True):
            corrections[place][name] = p
    rows: list[dict[str, McNemar]] = [dict(test.rows) for test in tests]
    for name in ("accuracy", "top1"):
        having = [place for place, found in enumerate(rows) if name in found]
        for place, test in zip(having, corrected([rows[place][name] for place in having]), strict=True):
            rows[place][name] = test
    return [replace(test, p_holm=p, rows=by_row) for test, p, by_row in zip(tests, corrections, rows, strict=True)]


def _names(part: Predictions, codes: IntArray) -> _Names:
    return np.array(part.labels, object)[codes]


def _disagreements(
    truth: _Names, answers: Sequence[_Names], count: FloatArray, rows: metrics.BoolArray
) -> list[Disagreement]:
    """Kinds of disagreement, the commonest first."""
    found: dict[tuple[str, ...], list[float]] = {}
    for place in np.flatnonzero(rows).tolist():
        kind = (truth[place], *(answer[place] for answer in answers))
        sums = found.setdefault(kind, [0, 0.0])
        sums[0] += 1
        sums[1] += float(count[place])
    made = [Disagreement(kind[0], kind[1:], int(many), seen) for kind, (many, seen) in found.items()]
    return sorted(made, key=lambda item: (-item.rows, item.truth, item.answers))
