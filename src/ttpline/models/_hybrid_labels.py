"""The labels of a hybrid model: techniques, the leaves under each, and where the knowledge's votes go."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ttpline.domain.prediction import NORMAL


@dataclass(frozen=True, slots=True)
class LabelTree:
    """``labels`` sorted, Normal among them if it can be answered; ``leaves`` all others. ``techniques`` are their
    parents; ``technique_of[i]`` is the place of leaf ``i``'s. Leaves of one technique stand together."""

    labels: tuple[str, ...]
    leaves: tuple[str, ...]
    techniques: tuple[str, ...]
    technique_of: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    """Where each technique's leaves begin."""
    has_normal: bool
    technique_place: Mapping[str, int]
    leaf_place: Mapping[str, int]
    """Of each leaf, and of each technique the place of its first one."""

    def technique_votes(self, votes: Sequence[Mapping[str, float]]) -> npt.NDArray[np.float64]:
        """``[commands, techniques]``: the strongest vote for the technique or any of its sub-techniques."""
        place = self.technique_place
        rows, votes = _distinct(votes)
        found: dict[int, float] = {}
        for first, of_command in zip(itertools.count(0, len(place)), votes):
            for name, vote in of_command.items():
                at = place.get(name.partition(".")[0])
                if at is not None:
                    before = found.get(first + at, 0.0)
                    found[first + at] = max(before, vote) if vote > 0 else before + vote
        return _dense(found, len(votes), len(place))[rows]

    def leaf_votes(self, votes: Sequence[Mapping[str, float]]) -> npt.NDArray[np.float64]:
        """``[commands, leaves]``: the votes for just this leaf; a technique's own go to its first one."""
        place = self.leaf_place
        rows, votes = _distinct(votes)
        found: dict[int, float] = {}
        for first, of_command in zip(itertools.count(0, len(self.leaves)), votes):
            for name, vote in of_command.items():
                at = place.get(name)
                if at is not None and vote > 0:
                    found[first + at] = max(found.get(first + at, 0.0), vote)
        return _dense(found, len(votes), len(self.leaves))[rows]


def _distinct(votes: Sequence[Mapping[str, float]]) -> tuple[list[int], list[Mapping[str, float]]]:
    """For each command the place of its votes among the different ones: commands with the same facts share them."""
    distinct = {id(one): one for one in votes}
    place = {name: at for at, name in enumerate(distinct)}
    return [place[id(one)] for one in votes], list(distinct.values())


def _dense(found: Mapping[int, float], rows: int, columns: int) -> npt.NDArray[np.float64]:
    dense = np.zeros(rows * columns, np.float64)
    dense[list(found)] = list(found.values())
    return dense.reshape(rows, columns)


def label_tree(labels: Iterable[str]) -> LabelTree:
    """The tree of ``labels``, whatever their order."""
    ordered = tuple(sorted(set(labels)))
    leaves = tuple(label for label in ordered if label != NORMAL)
    parents = [label.partition(".")[0] for label in leaves]
    techniques = tuple(dict.fromkeys(parents))
    place = {name: at for at, name in enumerate(techniques)}
    technique_of = np.array([place[parent] for parent in parents], np.intp)
    starts = np.searchsorted(technique_of, np.arange(len(techniques))).astype(np.intp)
    leaf_place = dict(zip(techniques, starts.tolist(), strict=True)) | {name: at for at, name in enumerate(leaves)}
    return LabelTree(ordered, leaves, techniques, technique_of, starts, NORMAL in ordered, place, leaf_place)
