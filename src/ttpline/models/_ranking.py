"""From a row of label probabilities to a verdict and ranked techniques.

A label is ``Normal``, ``Z999`` (the study's rare techniques together), a technique or a sub-technique. What is ranked:

``technique``: parents, each with the summed probability of its labels. ``subtechnique`` names the likeliest child when
it is likelier than the label of the parent alone.
``subtechnique``: the labels themselves.
``tactic``: tactics, each with the summed probability of its labels; the entry shows the likeliest of them and has that
tactic alone. A technique serves several tactics, so the probabilities of all tactics may sum to more than 1.

The verdict comes from the probability of not being Normal. A model that never saw normal commands cannot say normal:
its verdict is attack when its best technique reaches the attack threshold, else uncertain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ttpline.attack.catalogue import Catalogue, load_catalogue
from ttpline.attack.crosswalk import walk
from ttpline.domain.prediction import NORMAL, OTHER, Evidence, ModelRef, Prediction, TechniqueScore, Verdict
from ttpline.errors import UsageError
from ttpline.models.base import LabelIndices, Probabilities, Thresholds

LABEL_SPACES = ("technique", "subtechnique", "tactic")
OTHER_NAME = "Other Low-Frequency Techniques"


@dataclass(frozen=True, slots=True)
class Entry:
    """How one ranked thing is shown: everything of a ``TechniqueScore`` but its probability and evidence."""

    technique: str
    subtechnique: str | None
    name: str
    tactics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """For each command (row) and place: the probability, and the label that shows it and is explained."""

    probabilities: Probabilities
    labels: LabelIndices
    groups: LabelIndices


@dataclass(frozen=True, slots=True)
class Ranking:
    """How to rank one model's labels in one label space and one ATT&CK version.

    ``members[g]`` are the labels of group ``g`` (technique, label or tactic); a label may be in several.
    ``shown[g, label]``: what is shown when ``label`` is the best one of ``g``.
    """

    attack_version: str
    normal: int | None
    members: tuple[LabelIndices, ...]
    shown: dict[tuple[int, int], Entry]
    order: LabelIndices
    """The members of all groups, one group after the other."""
    starts: LabelIndices
    """Where in ``order`` each group begins."""

    def rank(self, probabilities: Probabilities, top_k: int) -> Ranked:
        """The ``top_k`` likeliest groups of each row, ties by the order of labels."""
        if top_k < 0:
            raise UsageError(f"top {top_k} makes no sense", remedy="ask for 0 or more")
        rows = probabilities.shape[0]
        scores = self._scores(probabilities)
        places = min(top_k, scores.shape[1])
        groups = np.empty((rows, places), np.intp)
        values = np.empty((rows, places), np.float32)
        every = np.arange(rows)
        for place in range(places):
            best = scores.argmax(axis=1)
            groups[:, place] = best
            values[:, place] = scores[every, best]
            scores[every, best] = -1.0
        return Ranked(np.minimum(values, 1.0), self._best_labels(probabilities, groups), groups)

    def _scores(self, probabilities: Probabilities) -> Probabilities:
        gathered = probabilities[:, self.order]
        if self.order.size == self.starts.size:
            return gathered
        # Not a product with a 0-1 matrix: BLAS rounds differently in batches of different size.
        scores: Probabilities = np.add.reduceat(gathered, self.starts, axis=1)
        return scores

    def _best_labels(self, probabilities: Probabilities, groups: LabelIndices) -> LabelIndices:
        if self.order.size == self.starts.size:
            return self.order[groups]
        labels = np.empty_like(groups)
        for group in np.unique(groups).tolist():
            members = self.members[group]
            at = np.nonzero(groups == group)
            labels[at] = members[probabilities[at[0]][:, members].argmax(axis=1)] if len(members) > 1 else members[0]
        return labels

    def predictions(
        self,
        probabilities: Probabilities,
        ranked: Ranked,
        evidence: Sequence[Sequence[tuple[Evidence, ...]]] | None,
        thresholds: Thresholds,
        ref: ModelRef,
    ) -> list[Prediction]:
        """The rows as predictions."""
        verdicts = self._verdicts(probabilities, thresholds)
        shown, version = self.shown, self.attack_version
        places = range(ranked.groups.shape[1])
        found = []
        for row, (verdict, groups, labels, values) in enumerate(
            zip(verdicts, ranked.groups.tolist(), ranked.labels.tolist(), ranked.probabilities.tolist(), strict=True)
        ):
            parts = evidence[row] if evidence is not None else None
            techniques = []
            for place in places:
                entry = shown[groups[place], labels[place]]
                techniques.append(
                    TechniqueScore(
                        entry.technique,
                        entry.subtechnique,
                        entry.name,
                        entry.tactics,
                        values[place],
                        parts[place] if parts is not None else (),
                    )
                )
            found.append(Prediction(*verdict, tuple(techniques), version, ref))
        return found

    def _verdicts(self, probabilities: Probabilities, thresholds: Thresholds) -> list[tuple[Verdict, float]]:
        if self.normal is None:
            attack = probabilities.max(axis=1, initial=0.0).astype(np.float64)
            is_normal = np.zeros(attack.shape, np.bool_)
        else:
            attack = np.maximum(0.0, 1.0 - probabilities[:, self.normal].astype(np.float64))
            is_normal = attack <= thresholds.normal
        is_attack = attack >= thresholds.attack
        is_normal &= ~is_attack
        sure = np.where(is_attack, attack, np.where(is_normal, 1.0 - attack, np.maximum(attack, 1.0 - attack)))
        names = np.where(is_attack, 0, np.where(is_normal, 1, 2)).tolist()
        verdicts = (Verdict.ATTACK, Verdict.NORMAL, Verdict.UNCERTAIN)
        return [(verdicts[name], value) for name, value in zip(names, sure.tolist(), strict=True)]


@lru_cache(maxsize=32)
def ranking_for(labels: tuple[str, ...], model_version: str, attack_version: str | None, label_space: str) -> Ranking:
    """The ranking of ``labels``, which mean what ``model_version`` of ATT&CK means by them."""
    if label_space not in LABEL_SPACES:
        raise UsageError(f"no label space is called {label_space!r}", remedy=f"there are: {', '.join(LABEL_SPACES)}")
    source = load_catalogue(model_version)
    target = load_catalogue(attack_version) if attack_version else source
    names = {index: _in_version(label, source, target) for index, label in enumerate(labels) if label != NORMAL}
    grouped: dict[str, list[int]] = {}
    for index, name in names.items():
        for key in _keys(name, target, label_space):
            grouped.setdefault(key, []).append(index)
    members = tuple(np.array(indices, np.intp) for indices in grouped.values())
    shown = {
        (group, index): _entry(names[index], key if label_space == "tactic" else None, target)
        for group, (key, indices) in enumerate(grouped.items())
        for index in indices
    }
    order = np.concatenate([*members, np.empty(0, np.intp)])
    starts = np.cumsum([0, *(len(indices) for indices in members)])[:-1].astype(np.intp)
    normal = labels.index(NORMAL) if NORMAL in labels else None
    return Ranking(target.version, normal, members, shown, order, starts)


def _in_version(label: str, source: Catalogue, target: Catalogue) -> str:
    """The id to show: the first counterpart, or the label itself where the target version has none."""
    if label == OTHER or label not in source or (source is target and source.technique(label).in_use):
        return label
    return next(iter(walk(label, source, target).targets), label)


def _keys(name: str, catalogue: Catalogue, label_space: str) -> tuple[str, ...]:
    if label_space == "tactic":
        return _tactics(name, catalogue)
    return (name.partition(".")[0] if label_space == "technique" else name,)


def _tactics(name: str, catalogue: Catalogue) -> tuple[str, ...]:
    return catalogue.technique(name).tactics if name in catalogue else ()


def _entry(name: str, tactic: str | None, catalogue: Catalogue) -> Entry:
    parent = name.partition(".")[0]
    shown_name = OTHER_NAME if name == OTHER else catalogue.technique(parent).name if parent in catalogue else name
    tactics = (tactic,) if tactic else (_tactics(parent, catalogue) or _tactics(name, catalogue))
    return Entry(parent, name if name != parent else None, shown_name, tactics)
