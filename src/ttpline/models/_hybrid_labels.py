"""The labels of a hybrid model: techniques, the leaves under each, and where the knowledge's votes go."""

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

    def technique_votes(self, votes: Sequence[Mapping[str, float]]) -> npt.NDArray[np.float64]:
        """``[commands, techniques]``: the strongest vote for the technique or any of its sub-techniques."""
        place = {name: at for at, name in enumerate(self.techniques)}
        found = np.zeros((len(votes), len(self.techniques)), np.float64)
        for row, of_command in enumerate(votes):
            for name, vote in of_command.items():
                at = place.get(name.partition(".")[0])
                if at is not None:
                    found[row, at] = max(found[row, at], vote) if vote > 0 else found[row, at] + vote
        return found

    def leaf_votes(self, votes: Sequence[Mapping[str, float]]) -> npt.NDArray[np.float64]:
        """``[commands, leaves]``: the votes for just this leaf; a technique's own go to its first one."""
        place = {name: at for at, name in enumerate(self.leaves)}
        first = {name: int(at) for name, at in zip(self.techniques, self.starts, strict=True)}
        found = np.zeros((len(votes), len(self.leaves)), np.float64)
        for row, of_command in enumerate(votes):
            for name, vote in of_command.items():
                at = place.get(name, first.get(name.partition(".")[0]) if "." not in name else None)
                if at is not None and vote > 0:
                    found[row, at] = max(found[row, at], vote)
        return found


def label_tree(labels: Iterable[str]) -> LabelTree:
    """The tree of ``labels``, whatever their order."""
    ordered = tuple(sorted(set(labels)))
    leaves = tuple(label for label in ordered if label != NORMAL)
    parents = [label.partition(".")[0] for label in leaves]
    techniques = tuple(dict.fromkeys(parents))
    place = {name: at for at, name in enumerate(techniques)}
    technique_of = np.array([place[parent] for parent in parents], np.intp)
    starts = np.searchsorted(technique_of, np.arange(len(techniques))).astype(np.intp)
    return LabelTree(ordered, leaves, techniques, technique_of, starts, NORMAL in ordered)
