"""Rows of few features times a dense matrix of weights."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

FEW = 16
"""Up to so many rows are multiplied one by one, without SciPy, whose import takes longer."""


@dataclass(frozen=True, slots=True)
class SparseRows:
    """The features of row ``i`` are ``features[indptr[i]:indptr[i + 1]]``, in order, each with its value."""

    indptr: Places
    features: Places
    values: Floats

    def times(self, weights: Floats) -> Floats:
        """``[rows, columns]``; sums run in the order of features, so that one row or many get the same bits."""
        rows = self.indptr.size - 1
        if rows > FEW:
            product: Floats = self.matrix(weights.shape[0]) @ weights
            return product
        found = np.zeros((rows, weights.shape[1]), np.float32)
        bounds = self.indptr.tolist()
        for row, (first, last) in enumerate(itertools.pairwise(bounds)):
            if first < last:
                products = weights.take(self.features[first:last], axis=0)
                products *= self.values[first:last, None]
                np.add.reduce(products, axis=0, out=found[row])
        return found

    def matrix(self, features: int) -> Any:
        """The rows as a SciPy CSR matrix."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.values, self.features, self.indptr), shape=(self.indptr.size - 1, features))
