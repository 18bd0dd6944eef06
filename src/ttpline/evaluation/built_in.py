"""The experiments behind the built-in model: what is learned from what, and tested on what.

``scripts/build_model.py`` runs them and writes the results down. The trap they are made to avoid: on a random split
every weight of the ordinary commands looks good, and on the next author's commands most attacks are called Normal.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ttpline.datasets.consolidate import to_techniques, with_least_groups
from ttpline.datasets.dataset import Dataset, with_count
from ttpline.datasets.near_duplicates import inseparable, overlapping, similarity_keys
from ttpline.datasets.split import Fold, Split, check_leakage, grouped_folds, leave_one_source_out
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL
from ttpline.evaluation.additive import FloatArray
from ttpline.evaluation.calibration import Calibration, choose_thresholds
from ttpline.evaluation.evaluate import About, evaluate
from ttpline.evaluation.out_of_fold import OutOfFold, predict_out_of_fold
from ttpline.evaluation.result import EvaluationResult
from ttpline.models.base import CommandClassifier, Thresholds, families

FAMILY = "hybrid"
TEXT_FAMILY = "tfidf-lr"
"""What it is measured against: models of text alone."""
SEED = 20240817
FOLDS = 5
SOURCE_FOLDS = 3
LEAST_GROUPS_IN_TABLE = 5  # the table of ../shared/design/evaluation.md


STUDY_PARAMS: dict[str, Any] = {"analyzer": "word", "max_features": 5_000, "C": 10.0}
CHARACTER_PARAMS: dict[str, Any] = {
    "analyzer": "char_wb",
    "char_max_features": 20_000,
    "char_min_df": 2,
    "C": 10.0,
    "tol": 1e-3,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried and what is built. ``params`` are the family's; ``normal_weights`` are tried on left-out sources.

    ``normal_rows`` is how many ordinary commands are learned from (all of the small sources first): more of them change
    nothing but the time. ``example_weight``: how much an example of the knowledge weighs, beside 1 for a row of data.
    """

    params: dict[str, Any]
    example_weight: float = 0.3
    normal_rows: int = 8_000
    normal_weights: tuple[float, ...] = (0.3, 0.6, 1.0, 2.0)
    resamples: int = 1_000


def thin_normal(rows: list[LabelledCommand], most: int, weight: float, seed: int) -> list[LabelledCommand]:
    """Attack rows and at most ``most`` ordinary ones, each of these with ``weight``.

    Small sources are kept whole, the rest is drawn from the largest one in whole pages.
    """
    normal = [row for row in rows if row.label == NORMAL]
    by_origin: dict[str, list[LabelledCommand]] = {}
    for row in normal:
        by_origin.setdefault(row.origin, []).append(row)
    kept: list[LabelledCommand] = []
    sizes = sorted(by_origin, key=lambda origin: (len(by_origin[origin]), origin))
    for place, origin in enumerate(sizes):
        members = by_origin[origin]
        share = max(0, most - len(kept)) // (len(sizes) - place)
        kept.extend(members if len(members) <= share else _whole_groups(members, share, seed))
    return [row for row in rows if row.label != NORMAL] + [with_count(row, weight) for row in kept]


def _prepare(
    rows: list[LabelledCommand], examples: list[LabelledCommand], most: int, weight: float, seed: int
) -> list[LabelledCommand]:
    return _with(thin_normal(rows, most, weight, seed), examples)


def _with(rows: list[LabelledCommand], more: list[LabelledCommand]) -> list[LabelledCommand]:
    return rows + more


def unlike(rows: Sequence[LabelledCommand], *others: Sequence[LabelledCommand]) -> tuple[LabelledCommand, ...]:
    """Those of ``rows`` that are no near-duplicate of any of ``others``."""
    known = similarity_keys(row.command_line for other in others for row in other)
    near = overlapping([row.command_line for row in rows], known)
    return tuple(row for row, is_near in zip(rows, near.tolist(), strict=True) if not is_near)


def _whole_groups(rows: list[LabelledCommand], most: int, seed: int) -> list[LabelledCommand]:
    groups = sorted({row.group for row in rows})
    order = {group: place for place, group in enumerate(np.random.default_rng(seed).permutation(groups).tolist())}
    return sorted(rows, key=lambda row: order[row.group])[:most]


@dataclass(frozen=True, slots=True)
class Work:
    """The experiments on one dataset. ``examples``: rows that are learned from in all of them and tested on in none, so
    that none may be near any row of data (``unlike``).
    """

    dataset: Dataset
    plan: Plan
    jobs: int
    examples: tuple[LabelledCommand, ...] = ()

    def maker(self, params: dict[str, Any], family_name: str = FAMILY) -> Callable[[], CommandClassifier]:
        family = families(plugins=False).get(family_name)
        return functools.partial(family, family.Params(**params))

    def prepared(self, weight: float) -> Callable[[list[LabelledCommand]], list[LabelledCommand]]:
        """What a model learns from, of the rows it may see."""
        return functools.partial(
            _prepare, examples=list(self.examples), most=self.plan.normal_rows, weight=weight, seed=SEED
        )

    def about(self, name: str, split: Split) -> About:
        manifest = self.dataset.manifest
        return About(name, manifest.name, manifest.sha256, manifest.attack_version, split.name, split.seed, FAMILY)

    def training_rows(self, weight: float) -> list[LabelledCommand]:
        return self.prepared(weight)(list(self.dataset.rows))

    def fit(self, weight: float) -> CommandClassifier:
        model = self.maker(self.plan.params)()
        model.fit(self.training_rows(weight), [], SEED)
        model.attack_version = self.dataset.manifest.attack_version
        return model

    def baselines(self) -> list[EvaluationResult]:
        """Techniques with enough groups in the first file, grouped folds: the study's features against ours."""
        origin = self.dataset.rows[0].origin
        rows = with_least_groups(
            to_techniques([row for row in self.dataset.rows if row.origin == origin]), LEAST_GROUPS_IN_TABLE
        )
        strict = grouped_folds(rows, FOLDS, SEED)
        check_leakage(rows, strict)
        by_group = grouped_folds(rows, FOLDS, SEED, near_duplicates=False)
        labels = {row.label for row in rows}
        examples = [row for row in to_techniques(self.examples) if row.label in labels]
        found = []
        for split in (by_group, strict):
            for name, params, family in (
                ("the study's LR: words 1-2, 5,000 features", STUDY_PARAMS, TEXT_FAMILY),
                ("characters 2-5 within words, 20,000 features", CHARACTER_PARAMS, TEXT_FAMILY),
                ("the built-in model", self.plan.params, FAMILY),
            ):
                prepare = functools.partial(_with, more=examples if family == FAMILY else [])
                held = predict_out_of_fold(
                    self.maker(params, family), rows, split, SEED, prepare=prepare, jobs=self.jobs
                )
                about = self.about(name, split)
                found.append(evaluate(held.rows, held.probabilities, held.labels, about, resamples=self.plan.resamples))
        return found

    def _source_split(self, half: int = 0) -> tuple[list[LabelledCommand], Split]:
        """Learn from the first source and one half of the ordinary pages, test on everybody else and on ``half``."""
        rows = list(self.dataset.rows)
        first = rows[0].origin
        ties = inseparable(rows)
        normal = np.array([row.label == NORMAL for row in rows])
        pages = np.unique(ties[normal])
        halves = np.array_split(np.random.default_rng(SEED).permutation(pages), 2)
        is_test = np.array([row.label != NORMAL and row.origin != first for row in rows])
        is_test |= normal & np.isin(ties, halves[half])
        tied = np.isin(ties, ties[is_test]) & ~is_test
        fold = Fold(
            "other authors", np.flatnonzero(~is_test & ~tied), np.flatnonzero(is_test), left_out=np.flatnonzero(tied)
        )
        split = Split("learn-one-source-test-the-others", SEED, (fold,))
        check_leakage(rows, split)
        return rows, split

    def choose_normal_weight(self) -> tuple[float, OutOfFold, list[dict[str, Any]]]:
        """The weight of an ordinary row that finds most attacks of left-out authors at 1 false alarm in 100.

        The mean over both halves of the ordinary pages: between two halves the figure differs by more than between
        two weights.
        """
        tried: list[dict[str, Any]] = []
        held_by_weight = {weight: self._try(weight, tried) for weight in self.plan.normal_weights}
        best = max(held_by_weight, key=lambda weight: held_by_weight[weight][0])
        replace(self, examples=())._try(best, tried)
        return best, held_by_weight[best][1], tried

    def _try(self, weight: float, tried: list[dict[str, Any]]) -> tuple[tuple[float, float], OutOfFold]:
        """How good it is with this weight of an ordinary row, and the predictions where the first half is tested; the
        figures of that half go to ``tried``, with the mean recall of both."""
        qualities: list[tuple[float, float]] = []
        found: list[tuple[OutOfFold, EvaluationResult]] = []
        for half in (0, 1):
            rows, split = self._source_split(half)
            held = predict_out_of_fold(
                self.maker(self.plan.params), rows, split, SEED, prepare=self.prepared(weight), jobs=self.jobs
            )
            about = self.about(f"normal weight {weight}", split)
            result = evaluate(held.rows, held.probabilities, held.labels, about, resamples=self.plan.resamples)
            qualities.append(self._quality(result))
            found.append((held, result))
        recall, top1 = (sum(one) / len(qualities) for one in zip(*qualities, strict=True))
        held, result = found[0]
        figures = {name: estimate.to_dict() for name, estimate in result.whole.figures.items()}
        tried.append({"weight": weight, "examples": len(self.examples), "figures": figures, "mean_recall": recall})
        return (recall, top1), held

    @staticmethod
    def _quality(result: EvaluationResult) -> tuple[float, float]:
        values = [result.whole.figures.get(name) for name in ("recall_at_1_in_100", "top1")]
        recall, top1 = (0.0 if found is None or found.value is None else found.value for found in values)
        return recall, top1

    def each_source(self, weight: float) -> list[dict[str, Any]]:
        """Every author but the first left out, in turns of several, and what the others say of each."""
        rows = list(self.dataset.rows)
        attacks = {row.origin for row in rows if row.label != NORMAL and row.origin != rows[0].origin}
        turns = [sorted(attacks)[start::SOURCE_FOLDS] for start in range(min(SOURCE_FOLDS, len(attacks)))]
        merged = [replace(row, origin=_turn_of(row.origin, turns)) if row.label != NORMAL else row for row in rows]
        split = leave_one_source_out(merged, [f"turn {place}" for place in range(len(turns))])
        held = predict_out_of_fold(
            self.maker(self.plan.params), rows, split, SEED, prepare=self.prepared(weight), jobs=self.jobs
        )
        origins = [row.origin for row in held.rows]
        return self._by_part(held.rows, held.probabilities, held.labels, origins, sorted(attacks), split.name)

    def each_plan(self, model: CommandClassifier, test: Dataset, plan_of: Mapping[str, str]) -> list[dict[str, Any]]:
        """The figures of ``test`` for each of its plans; ``plan_of``: group -> plan."""
        plans = [plan_of[row.group] for row in test.rows]
        probabilities = model.probabilities(test.commands()).astype(np.float64)
        return self._by_part(test.rows, probabilities, model.labels, plans, sorted(set(plans)), "test")

    def _by_part(
        self,
        rows: Sequence[LabelledCommand],
        probabilities: FloatArray,
        labels: tuple[str, ...],
        part_of: Sequence[str],
        parts: Sequence[str],
        split: str,
    ) -> list[dict[str, Any]]:
        """How techniques are ranked in the rows of each of ``parts``."""
        names, found = np.array(part_of, object), []
        manifest = self.dataset.manifest
        for part in parts:
            mask = names == part
            chosen = [row for row, is_chosen in zip(rows, mask, strict=True) if is_chosen]
            about = About(part, manifest.name, manifest.sha256, manifest.attack_version, split, SEED, FAMILY)
            result = evaluate(chosen, probabilities[mask], labels, about, resamples=self.plan.resamples)
            figures = {name: result.whole.figures[name].to_dict() for name in ("top1", "top3", "tactic")}
            found.append(
                {"source": part, "rows": len(chosen), "groups": result.whole.groups, "split": split, "figures": figures}
            )
        return found

    def calibrate(
        self, weight: float, sources: OutOfFold
    ) -> tuple[Calibration, list[EvaluationResult], list[dict[str, Any]]]:
        """Temperature and attack threshold from grouped folds over everything, normal threshold from left-out authors.

        An attack by a known author is recognised more easily than one by a stranger: the threshold below which a
        command is called normal must hold for strangers.
        """
        rows = list(self.dataset.rows)
        split = grouped_folds(rows, FOLDS, SEED)
        check_leakage(rows, split)
        held = predict_out_of_fold(
            self.maker(self.plan.params), rows, split, SEED, prepare=self.prepared(weight), jobs=self.jobs
        )
        inside = held.calibrate()
        _, attack_strangers, is_attack = self._attack_probability(sources.at_temperature(inside.temperature))
        outside, _, missed = choose_thresholds(attack_strangers, is_attack)
        attack = inside.thresholds.attack
        normal = min(outside.normal, float(np.nextafter(attack, 0.0)))
        calibration = replace(inside, thresholds=Thresholds(attack, normal), missed_attack_rate=missed)
        scaled = held.at_temperature(inside.temperature)
        results = [
            self.evaluate("grouped cross-validation, all rows", held, "before calibration", split=split),
            self.evaluate("grouped cross-validation, all rows", scaled, "calibrated", calibration, split=split),
        ]
        return calibration, results, self.alarms_by_source(scaled, attack)

    @staticmethod
    def _attack_probability(held: OutOfFold) -> tuple[OutOfFold, Any, Any]:
        normal = held.labels.index(NORMAL)
        return held, 1.0 - held.probabilities[:, normal], np.array([row.label != NORMAL for row in held.rows])

    @staticmethod
    def alarms_by_source(held: OutOfFold, attack: float) -> list[dict[str, Any]]:
        """How many ordinary commands of each source pass the threshold, by models that have not seen their page."""
        normal = held.labels.index(NORMAL)
        found: dict[str, list[int]] = {}
        for row, probability in zip(held.rows, held.probabilities[:, normal].tolist(), strict=True):
            if row.label == NORMAL:
                counts = found.setdefault(row.origin, [0, 0])
                counts[0] += 1
                counts[1] += 1.0 - probability >= attack
        return [{"source": name, "rows": rows, "alarms": alarms} for name, (rows, alarms) in sorted(found.items())]

    def evaluate(
        self, name: str, held: OutOfFold, when: str, calibration: Calibration | None = None, split: Split | None = None
    ) -> EvaluationResult:
        about = self.about(f"{name} ({when})", split or self._source_split()[1])
        thresholds = calibration.thresholds if calibration else None
        return evaluate(
            held.rows, held.probabilities, held.labels, about, thresholds=thresholds, resamples=self.plan.resamples
        )

    def test(self, model: CommandClassifier, test: Dataset, keys: Any) -> EvaluationResult:
        """The finished model on the emulation plans, near-duplicates of the training data counted."""
        commands = test.commands()
        manifest = test.manifest
        about = About(
            "emulation plans, another author, by a model that has not seen them",
            manifest.name,
            manifest.sha256,
            manifest.attack_version,
            "test",
            SEED,
            FAMILY,
        )
        return evaluate(
            test.rows,
            model.probabilities(commands),
            model.labels,
            about,
            thresholds=model.thresholds,
            resamples=self.plan.resamples,
            overlap_rows=int(overlapping(commands, keys).sum()),
        )


def _turn_of(origin: str, turns: Sequence[Sequence[str]]) -> str:
    return next((f"turn {place}" for place, members in enumerate(turns) if origin in members), origin)
