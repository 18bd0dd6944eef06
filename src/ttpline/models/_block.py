"""One block of a linear text model: its features, their idf, and how counts become weights.

The arithmetic is scikit-learn's ``TfidfTransformer``: tf (or 1 + ln tf) times idf, then each command's values divided
by their norm. Sums run in the order of feature numbers, whether one command is weighed or thousands, so that both
ways give the same bits.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ttpline.models._characters import CharacterFeatures
from ttpline.models._sparse_rows import SparseRows
from ttpline.models._words import Indices, Occurrences, WordFeatures

if TYPE_CHECKING:
    import polars as pl

Values = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Counted:
    """Distinct features of each command, in order: those of row ``i`` are ``features[indptr[i]:indptr[i + 1]]``.

    ``values`` are their tf-idf weights; ``scale[i]`` is what row ``i`` was divided by (0 for an empty row).
    """

    indptr: Indices
    features: Indices
    counts: npt.NDArray[np.int64]
    values: Values
    scale: Values


class Block:
    """The features of one kind, with their weights: ``coefficients`` is float32 ``[features, labels]``."""

    def __init__(
        self,
        features: WordFeatures | CharacterFeatures,
        idf: Values,
        coefficients: Weights,
        *,
        sublinear: bool,
        norm: str | None,
    ) -> None:
        self.features = features
        self.idf = idf
        self.coefficients = coefficients
        self.sublinear = sublinear
        self.norm = norm
        self._idf_list: list[float] = idf.tolist()
        self._means: Values | None = None

    @property
    def means(self) -> Values:
        """Mean coefficient of each feature over all labels, float64; made when first asked for."""
        if self._means is None:
            self._means = self.coefficients.mean(axis=1, dtype=np.float64)
        return self._means

    def score_one(self, text: str) -> Weights | None:
        """The block's part of the logits of one text; None when it holds no known feature."""
        found = self.features.features_of(text)
        if not found:
            return None
        idf = self._idf_list
        distinct = sorted(found)
        if len(set(distinct)) == len(distinct):
            values = [idf[feature] for feature in distinct]
        else:
            counts: dict[int, int] = {}
            for feature in distinct:
                counts[feature] = counts.get(feature, 0) + 1
            distinct = list(counts)
            values = [self._tf(count) * idf[feature] for feature, count in counts.items()]
        scale = self._scale_one(values)
        weights = np.array([value / scale for value in values], np.float32)
        products = self.coefficients.take(distinct, axis=0)
        products *= weights[:, None]
        total: Weights = np.add.reduce(products, axis=0)
        return total

    def score(self, texts: "pl.Series") -> Weights:
        """The block's part of the logits of many texts, float32 ``[texts, labels]``."""
        return self.score_weighed(self.weigh(self.features.of_column(texts), texts.len()))

    def score_weighed(self, counted: Counted) -> Weights:
        """The same of texts that are counted."""
        return self.rows(counted).times(self.coefficients)

    def rows(self, counted: Counted) -> SparseRows:
        """``counted`` in float32, ready for a product."""
        return SparseRows(counted.indptr, counted.features, counted.values.astype(np.float32))

    def weigh(self, found: Occurrences, rows: int) -> Counted:
        """Count equal features of one command and weigh them."""
        width = max(1, self.idf.size)
        kind: Any = np.uint32 if rows * width < 2**32 else np.uint64
        keys = found.rows.astype(kind) * kind(width) + found.features.astype(kind)
        keys.sort()
        is_first = np.ones(keys.size, np.bool_)
        np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
        at = np.flatnonzero(is_first)
        counts = np.diff(at, append=keys.size)
        row, feature = np.divmod(keys[at], kind(width))
        features = feature.astype(np.int32)
        indptr = np.zeros(rows + 1, np.int32)
        np.cumsum(np.bincount(row.astype(np.intp), minlength=rows), out=indptr[1:])
        values = self.idf[features]
        is_repeated = counts > 1
        if is_repeated.any():
            values[is_repeated] *= self._tfs(counts[is_repeated])
        scale = self._scales(row.astype(np.intp), values, rows)
        values /= scale[row]
        return Counted(indptr, features, counts, values, scale)

    def _tf(self, count: int) -> float:
        return 1.0 + math.log(count) if self.sublinear else float(count)

    def _tfs(self, counts: npt.NDArray[np.int64]) -> Values:
        if not self.sublinear:
            return counts.astype(np.float64)
        # math.log, not np.log: both paths must agree to the last bit, and repeats are few.
        distinct, inverse = np.unique(counts, return_inverse=True)
        return np.array([self._tf(int(count)) for count in distinct], np.float64)[inverse]

    def _scale_one(self, values: list[float]) -> float:
        if self.norm is None:
            return 1.0
        total = 0.0
        if self.norm == "l1":
            for value in values:
                total += abs(value)
            return total or 1.0
        for value in values:
            total += value * value
        return math.sqrt(total) or 1.0

    def _scales(self, row: npt.NDArray[np.intp], values: Values, rows: int) -> Values:
        if self.norm is None:
            return np.ones(rows)
        weights = np.abs(values) if self.norm == "l1" else values * values
        sums: Any = np.bincount(row, weights=weights, minlength=rows)  # one after the other, as above
        scale: Values = sums if self.norm == "l1" else np.sqrt(sums)
        scale[scale == 0.0] = 1.0
        return scale
