"""Figures that are functions of sums over rows, so that a bootstrap over groups is one matrix product.

Accuracy is (sum of hits) / (sum of rows); macro F1 is a function of three sums a class; and so on. Resampling groups
means weighting each group's sums by how often it was drawn: no row is touched again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

RESAMPLES = 1_000
LEVEL = 0.95
_CELLS_AT_ONCE = 4_000_000
"""Entries of the drawn-times matrix that are held at once (32 MB)."""


@dataclass(frozen=True, slots=True)
class Additive:
    """A figure that is ``finish`` of ``width`` sums: ``finish`` takes ``[…, width]`` to ``[…]``.

    Row i adds ``values[i, j]`` to sum ``columns[i, j]``, for each j: few entries a row, however many sums there are.
    """

    name: str
    columns: IntArray
    values: FloatArray
    width: int
    finish: Callable[[FloatArray], FloatArray]

    def by_group(self, group_of: IntArray, group_count: int) -> FloatArray:
        """The sums of each group, ``[group_count, width]``; ``group_of`` numbers the group of each row."""
        cells = np.zeros(group_count * self.width)
        for place in range(self.columns.shape[1]):
            at = group_of * self.width + self.columns[:, place]
            cells += np.bincount(at, weights=self.values[:, place], minlength=len(cells))
        return cells.reshape(group_count, self.width)

    def value(self) -> float:
        """The figure over all rows."""
        return float(self.finish(self.by_group(np.zeros(len(self.columns), np.int64), 1)[0]))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its percentile interval (``LEVEL``) from a bootstrap over groups; None where it is undefined."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            name: None if part is None else round(part, 6) for name, part in zip(_PARTS, self._parts(), strict=True)
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Estimate":
        return cls(*(data[name] for name in _PARTS))

    def _parts(self) -> tuple[float | None, float | None, float | None]:
        return self.value, self.low, self.high

    def __str__(self) -> str:
        if self.value is None:
            return "–"
        interval = "" if self.low is None or self.high is None else f" ({self.low:.3f}–{self.high:.3f})"
        return f"{self.value:.3f}{interval}"


_PARTS = ("value", "low", "high")


def ratio(sums: FloatArray) -> FloatArray:
    """First column over second; NaN where the second is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(sums[..., 1] > 0, sums[..., 0] / sums[..., 1], np.nan), np.float64)


def estimates(
    figures: Sequence[Additive], groups: IntArray, *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Estimate]:
    """Every figure with its interval. ``groups`` numbers the group of each row; groups are drawn with replacement.

    All figures see the same draws, so two of them can be compared draw by draw. Same arguments, same result.
    """
    drawn = _drawn(figures, groups, seed, resamples)
    return {figure.name: _estimate(figure, total, spread) for figure, total, spread in drawn}


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure minus another on the same rows, with interval and two-sided p; None where it is undefined.

    ``p``: twice the smaller share of draws on either side of 0 (the sample itself counted as one draw), at most 1.
    """

    estimate: Estimate
    p: float | None

    def to_dict(self) -> dict[str, Any]:
        return {**self.estimate.to_dict(), "p": None if self.p is None else round(self.p, 6)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Difference":
        return cls(Estimate.from_dict(data), data["p"])


def differences(
    pairs: Sequence[tuple[Additive, Additive]], groups: IntArray, *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Difference]:
    """First minus second of each pair (figures of the same rows), by the first's name; draws as in ``estimates``.

    A draw takes a group with the answers of both models, so what is hard for both moves neither.
    """
    figures = [_subtracted(one, other) for one, other in pairs]
    made = {}
    for figure, total, drawn in _drawn(figures, groups, seed, resamples):
        spread = figure.finish(drawn) if len(drawn) else np.empty(0)
        made[figure.name] = Difference(_estimate(figure, total, drawn), _two_sided(spread[np.isfinite(spread)]))
    return made


def _subtracted(one: Additive, other: Additive) -> Additive:
    def finish(total: FloatArray) -> FloatArray:
        return one.finish(total[..., : one.width]) - other.finish(total[..., one.width :])

    columns = np.hstack([one.columns, other.columns + one.width])
    return Additive(one.name, columns, np.hstack([one.values, other.values]), one.width + other.width, finish)


def _two_sided(spread: FloatArray) -> float | None:
    if not len(spread):
        return None
    smaller = min(int((spread <= 0).sum()), int((spread >= 0).sum()))
    return min(1.0, 2 * (smaller + 1) / (len(spread) + 1))


def _drawn(
    figures: Sequence[Additive], groups: IntArray, seed: int, resamples: int
) -> Iterator[tuple[Additive, FloatArray, FloatArray]]:
    """Each figure with its sums over all rows and over each draw; all figures see the same draws."""
    if not figures:
        return
    _, number = np.unique(groups, return_inverse=True)
    group_count = int(number.max()) + 1 if len(number) else 0
    by_group = np.hstack([figure.by_group(number, group_count) for figure in figures])
    drawn = _resampled(by_group, seed, resamples)
    start = 0
    for figure in figures:
        columns = slice(start, start + figure.width)
        start = columns.stop
        yield figure, by_group[:, columns].sum(axis=0), drawn[:, columns]


def _resampled(by_group: FloatArray, seed: int, resamples: int) -> FloatArray:
    """Sums of ``resamples`` draws of as many groups as there are, ``[resamples, k]``."""
    group_count = len(by_group)
    if group_count < 2:  # one group says nothing about how groups differ
        return np.full((0, by_group.shape[1]), np.nan)
    generator = np.random.default_rng(seed)
    chunk = max(1, _CELLS_AT_ONCE // group_count)
    parts = []
    for start in range(0, resamples, chunk):
        size = min(chunk, resamples - start)
        picks = generator.integers(0, group_count, (size, group_count))
        flat = (picks + np.arange(size)[:, None] * group_count).ravel()
        times = np.bincount(flat, minlength=size * group_count).reshape(size, group_count)
        parts.append(times.astype(np.float64) @ by_group)
    return np.vstack(parts)


def _estimate(figure: Additive, total: FloatArray, drawn: FloatArray) -> Estimate:
    value = float(figure.finish(total))
    if not np.isfinite(value):
        return Estimate(None)
    spread = figure.finish(drawn) if len(drawn) else np.empty(0)
    spread = spread[np.isfinite(spread)]
    if not len(spread):
        return Estimate(value)
    low, high = np.quantile(spread, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))
