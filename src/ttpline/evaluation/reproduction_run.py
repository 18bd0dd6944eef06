"""The study run on rows that were split: every training, its figures, and the two marks they are read against."""

import math
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np

from ttpline.datasets.dataset import digest_rows
from ttpline.datasets.leakage import measure_leakage
from ttpline.datasets.split import STUDY_SEED, Split
from ttpline.domain.labelled import LabelledCommand
from ttpline.errors import MissingExtraError
from ttpline.evaluation.additive import estimates
from ttpline.evaluation.grid import Grid
from ttpline.evaluation.paired_figures import whole_figures
from ttpline.evaluation.predictions import Predictions, predictions_of
from ttpline.evaluation.reproduction import FIGURES, Outcome, Reproduction
from ttpline.evaluation.reproduction_data import StudyRows
from ttpline.evaluation.reproduction_variants import MAIN, OTHERS, QUICK, Variant
from ttpline.evaluation.tuning import TuningOptions, tune
from ttpline.models._tfidf_fit import NotConvergedWarning
from ttpline.models.base import families

_STEP_KEYS = ("iterations", "epochs")


@dataclass(frozen=True, slots=True)
class ReproductionOptions:
    """``quick``: the three models only, with next to no training. ``grid``: the search of the tuned model as well.
    ``command``: how it was asked for, as the result says it."""

    command: str
    quick: bool = False
    grid: bool = False
    variants: tuple[Variant, ...] = (*MAIN, *OTHERS)

    def chosen(self) -> tuple[Variant, ...]:
        if not self.quick:
            return self.variants
        return tuple(replace(each, changed={**each.changed, **QUICK[each.family]}) for each in MAIN)


def reproduce(data: StudyRows, options: ReproductionOptions, tell: Callable[[str], None]) -> Reproduction:
    """Train and measure everything; deterministic but for the seconds. What cannot be trained here is a note."""
    train, dev, test = (
        [data.rows[at] for at in part.tolist()] for part in (data.fold.train, data.fold.dev, data.fold.test)
    )
    outcomes: list[Outcome] = []
    missing: dict[str, str] = {}
    for number, variant in enumerate(options.chosen(), start=1):
        if variant.family in missing:
            continue
        tell(f"{number} of {len(options.chosen())}: {variant.model}, {variant.words}")
        try:
            outcomes.append(_train(variant, train, dev, test))
        except MissingExtraError as error:
            missing[variant.family] = f"{variant.family} was not run: {error}"
    if options.grid:
        tell("grid search")
    return Reproduction(
        data_name=data.name,
        data_digest=digest_rows(data.rows),
        about=data.about,
        is_study=data.is_study,
        command=options.command,
        seed=STUDY_SEED,
        split=data.split,
        train_rows=len(train),
        dev_rows=len(dev),
        test_rows=len(test),
        test_groups=len({row.group for row in test}),
        classes=len({row.label for row in data.rows}),
        draws=data.draws,
        ceiling=ceiling(test),
        leakage=measure_leakage(data.rows, Split(data.split, STUDY_SEED, (data.fold,))),
        constant=_constant(train, test),
        outcomes=tuple(outcomes),
        grid=_search(train) if options.grid else None,
        notes=(*data.notes, *missing.values(), *_quick_note(options)),
    )


def _quick_note(options: ReproductionOptions) -> Iterable[str]:
    if options.quick:
        yield "--quick: next to no training and no variants; these figures say nothing about the models"


def _train(
    variant: Variant, train: list[LabelledCommand], dev: list[LabelledCommand], test: list[LabelledCommand]
) -> Outcome:
    family = families().get(variant.family)
    params = family.Params(**{**family.presets[variant.preset], **variant.changed})
    model = family(params)
    rows = [*train, *dev] if variant.with_dev else train
    weighed = variant.weigh(rows) if variant.weigh else rows
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)  # it is a column of the result
        before = perf_counter()
        model.fit(weighed, [] if variant.with_dev else dev, STUDY_SEED if variant.seed is None else variant.seed)
        seconds = perf_counter() - before
    facts = model.manifest.get("training", {})
    predictions = predictions_of(test, model.probabilities([row.command_line for row in test]), model.labels)
    return _outcome(variant, len(rows), predictions, facts, seconds)


def _outcome(variant: Variant, rows: int, predictions: Predictions, facts: dict[str, Any], seconds: float) -> Outcome:
    steps = next((facts[key] for key in _STEP_KEYS if key in facts), None)
    return Outcome(
        variant.model,
        variant.words,
        variant.family,
        {"preset": variant.preset, **variant.changed},
        rows,
        figures(predictions),
        facts.get("converged"),
        len(steps) if isinstance(steps, list) else steps,
        seconds,
    )


def figures(predictions: Predictions) -> dict[str, Any]:
    """``FIGURES`` with intervals over groups."""
    found = whole_figures(predictions)
    return estimates([found[name] for name in FIGURES], predictions.group, seed=STUDY_SEED)


def _constant(train: Sequence[LabelledCommand], test: Sequence[LabelledCommand]) -> Outcome:
    """Always the label with the most rows in training (of equals the first): what learning nothing gives."""
    numbers = Counter(row.label for row in train)
    label = min(numbers, key=lambda each: (-numbers[each], each))
    predictions = predictions_of(test, np.ones((len(test), 1), np.float32), (label,))
    variant = Variant("constant", f"always {label}", "constant", "")
    return replace(_outcome(variant, len(train), predictions, {}, 0.0), parameters={})


def ceiling(rows: Sequence[LabelledCommand]) -> float:
    """The share of rows that can be right at most when equal commands get equal answers.

    >>> ceiling([LabelledCommand("id", "T1033", "g"), LabelledCommand("id", "T1082", "g")])
    0.5
    """
    labels_of: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        labels_of[row.command_line][row.label] += 1
    return math.fsum(max(labels.values()) for labels in labels_of.values()) / len(rows)


def _search(train: list[LabelledCommand]) -> dict[str, Any]:
    """The study's search: three stratified folds of the training rows, counts as weights."""
    family = families().get("tfidf-lr")
    base = family.Params(**family.presets["study-tuned"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        return tune(family, Grid(base, dict(family.grid)), train, TuningOptions(by="stratified")).to_dict()
