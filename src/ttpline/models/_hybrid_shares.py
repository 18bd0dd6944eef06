"""From the margins of techniques and of the leaves under them to one probability a label."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ttpline.domain.prediction import NORMAL
from ttpline.models._hybrid_labels import LabelTree
from ttpline.models._hybrid_params import HybridParams
from ttpline.models._hybrid_parts import Floats, HybridParts
from ttpline.models.base import Probabilities

Logs = npt.NDArray[np.float64]

_ROWS = 128
"""Commands at once: what is computed for them stays in the processor's cache."""
_LEAST = 1e-30


class LabelShares:
    """A label's probability is its technique's share of all, times its own share within the technique, times that of
    an attack. All is done with logarithms, a label a row: sums over labels then run in the same order for any number
    of commands.
    """

    def __init__(self, tree: LabelTree, parts: HybridParts, params: HybridParams) -> None:
        self._tree = tree
        self._params = params
        self._techniques = np.array([tree.techniques.index(name) for name in parts.techniques], np.intp)
        vote_weights = np.full(len(tree.techniques), params.unseen_vote_weight)
        vote_weights[self._techniques] = params.vote_weight
        self._vote_weights = vote_weights[:, None]
        self._within = _Within(tree)
        leaves = np.array([tree.leaves.index(name) for name in parts.leaves], np.intp)
        place = np.full(len(tree.leaves), -1, np.intp)
        place[self._within.leaves] = np.arange(self._within.leaves.size)
        self.leaf_columns = np.flatnonzero(place[leaves] >= 0)
        """The columns of leaves that matter, those that share a technique with others: they are what is asked for."""
        self._leaves = place[leaves[self.leaf_columns]]
        self._leaf_intercepts = parts.arrays["leaf"][self.leaf_columns]
        self._labels = np.array([at for at, label in enumerate(tree.labels) if label != NORMAL], np.intp)
        self._normal = tree.labels.index(NORMAL) if tree.has_normal else None

    def of(
        self, heads: Floats, leaves: Floats, votes: Sequence[Mapping[str, float]], temperature: float
    ) -> Probabilities:
        """``heads``: the margins of the techniques with weights, then the verdict's logit. ``leaves``: those of
        ``leaf_columns``, without their intercept."""
        found = np.empty((len(heads), len(self._tree.labels)), np.float32)
        for start in range(0, len(heads), _ROWS):
            rows = slice(start, start + _ROWS)
            found[rows] = self._of_few(heads[rows], leaves[rows], votes[rows], temperature)
        return found

    def _of_few(
        self, heads: Floats, leaves: Floats, votes: Sequence[Mapping[str, float]], temperature: float
    ) -> Probabilities:
        rows = len(heads)
        # NumPy would sum a single column in another order than one of several.
        columns = max(2, rows)
        techniques = self._margins(len(self._tree.techniques), columns)
        techniques[self._techniques, :rows] = heads[:, :-1].T
        techniques[:, :rows] += self._vote_weights * self._tree.technique_votes(votes).T
        techniques *= self._params.sharpness
        _logs_of_shares(techniques)
        within = self._margins(self._within.leaves.size, columns)
        within[self._leaves, :rows] = (leaves + self._leaf_intercepts).T
        within[:, :rows] += self._params.vote_weight * self._tree.leaf_votes(votes).T[self._within.leaves]
        within *= self._params.sharpness
        self._within.logs_of_shares(within)
        of_leaves = techniques[self._tree.technique_of]
        of_leaves[self._within.leaves] += within
        whole = self._with_normal(of_leaves, heads[:, -1])
        if temperature != 1.0:
            np.maximum(whole, np.log(_LEAST), out=whole)
            whole /= temperature
            whole -= whole.max(axis=0)
        np.exp(whole, out=whole)
        if temperature != 1.0:
            whole /= whole.sum(axis=0)
        return whole[:, :rows].T.astype(np.float32)

    def _margins(self, labels: int, columns: int) -> Logs:
        return np.full((labels, columns), self._params.unseen_margin)

    def _with_normal(self, leaves: Logs, verdict: Floats) -> Logs:
        if self._normal is None:
            return leaves
        attack = np.zeros(leaves.shape[1])
        attack[: verdict.size] = verdict
        attack = 1.0 / (1.0 + np.exp(-attack))
        whole = np.empty((len(leaves) + 1, leaves.shape[1]))
        whole[self._normal] = np.log(np.maximum(1.0 - attack, _LEAST))
        whole[self._labels] = leaves + np.log(np.maximum(attack, _LEAST))
        return whole


class _Within:
    """The shares of leaves within their technique. A technique's only leaf has all of it and is left out.

    ``leaves`` are the others: the first ones of all techniques, then the second ones, and so on. The techniques with
    most leaves come first, so that those with an n-th leaf are always the first so many.
    """

    def __init__(self, tree: LabelTree) -> None:
        sizes = np.bincount(tree.technique_of, minlength=len(tree.techniques))
        order = np.argsort(-sizes, kind="stable")
        counts = [int((sizes > max(nth, 1)).sum()) for nth in range(int(sizes.max(initial=0)))]
        places = [tree.starts[order[:count]] + nth for nth, count in enumerate(counts)]
        self.leaves = np.concatenate([*places, np.empty(0, np.intp)])
        ends = np.cumsum(counts).tolist()
        self._slices = [slice(end - count, end) for end, count in zip(ends, counts, strict=True) if count]

    def logs_of_shares(self, margins: Logs) -> None:
        """In place."""
        if not self._slices:
            return
        parts = [margins[each] for each in self._slices]
        highest = parts[0].copy()
        for part in parts[1:]:
            np.maximum(highest[: len(part)], part, out=highest[: len(part)])
        for part in parts:
            part -= highest[: len(part)]
        powers = np.exp(margins)
        total = powers[self._slices[0]].copy()
        for part, each in zip(parts[1:], self._slices[1:], strict=True):
            total[: len(part)] += powers[each]
        np.log(total, out=total)
        for part in parts:
            part -= total[: len(part)]


def _logs_of_shares(logits: Logs) -> None:
    """The logarithms of a softmax over the rows, in place."""
    logits -= logits.max(axis=0)
    logits -= np.log(np.exp(logits).sum(axis=0))
