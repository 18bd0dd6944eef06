"""The features of meaning with their weights; sums run in the order of feature numbers, so one command or many get the
same bits."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ttpline.models._meaning_features import Features

Floats = npt.NDArray[np.float32]


class MeaningBlock:
    """``coefficients`` is float32 ``[features, columns]``."""

    def __init__(self, vocabulary: Sequence[str], coefficients: Floats) -> None:
        self.coefficients = coefficients
        self.place = {name: at for at, name in enumerate(vocabulary)}
        self._means: dict[int, npt.NDArray[np.float64]] = {}

    def means(self, columns: int) -> npt.NDArray[np.float64]:
        """Mean coefficient of each feature over the first ``columns``; made when first asked for."""
        if columns not in self._means:
            self._means[columns] = self.coefficients[:, :columns].mean(axis=1, dtype=np.float64)
        return self._means[columns]

    def weighed(self, features: Features) -> list[tuple[int, float]]:
        """``(place, value)`` of the known features, by place."""
        place = self.place
        return sorted((place[name], value) for name, value in features.items() if name in place)

    def score(self, rows: Sequence[Features]) -> Floats:
        """The block's part of every column, ``[rows, columns]``."""
        found = np.zeros((len(rows), self.coefficients.shape[1]), np.float32)
        for row, features in enumerate(rows):
            known = self.weighed(features)
            if known:
                products = self.coefficients.take([at for at, _ in known], axis=0)
                products *= np.array([value for _, value in known], np.float32)[:, None]
                np.add.reduce(products, axis=0, out=found[row])
        return found
