"""The features of meaning with their weights."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ttpline.commands.facts import Understanding
from ttpline.models._meaning_features import FeatureReader, length_of
from ttpline.models._sparse_rows import Floats, Places, SparseRows

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MeaningRows:
    """The known features of many commands: those of row ``i`` are ``places[indptr[i]:indptr[i + 1]]``, in order."""

    indptr: Places
    places: Places
    values: Values


class MeaningBlock:
    """``coefficients`` is float32 ``[features, columns]``, the first ``techniques`` of them those of techniques."""

    def __init__(self, vocabulary: Sequence[str], coefficients: Floats, techniques: int) -> None:
        self.coefficients = coefficients
        self.reader = FeatureReader({name: at for at, name in enumerate(vocabulary)})
        self._techniques = techniques
        self._means: Values | None = None

    @property
    def means(self) -> Values:
        """Mean coefficient of each feature over the techniques; made when first asked for."""
        if self._means is None:
            self._means = self.coefficients[:, : self._techniques].mean(axis=1, dtype=np.float64)
        return self._means

    def rows(self, found: Sequence[Understanding]) -> MeaningRows:
        """The features of each command, by place."""
        read = [self.reader.read(one) for one in found]
        size = sum(map(len, read))
        keys = (key if isinstance(key, int) else -1 for features in read for key in features)
        places = np.fromiter(keys, np.int64, size)
        values = np.fromiter(itertools.chain.from_iterable(map(dict.values, read)), np.float64, size)
        sizes = np.fromiter(map(len, read), np.int64, len(read))
        row_of = np.repeat(np.arange(len(read)), sizes)
        values /= np.fromiter(map(length_of, read), np.float64, len(read))[row_of]
        kept = np.flatnonzero((places >= 0) & (values != 0.0))
        kept = kept[np.argsort(row_of[kept] * len(self.coefficients) + places[kept])]
        indptr = np.zeros(len(read) + 1, np.int32)
        np.cumsum(np.bincount(row_of[kept], minlength=len(read)), out=indptr[1:])
        return MeaningRows(indptr, places[kept].astype(np.int32), values[kept])

    def score(self, rows: MeaningRows) -> Floats:
        """The block's part of every column, ``[rows, columns]``."""
        return SparseRows(rows.indptr, rows.places, rows.values.astype(np.float32)).times(self.coefficients)
