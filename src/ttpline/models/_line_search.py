"""The line search of Moré and Thuente (ACM TOMS 20, 1994), as MINPACK-2 and L-BFGS-B have it.

It is here so that our L-BFGS takes the steps that SciPy's takes: the constants and the order of the tests are theirs.
"""

import math
from dataclasses import dataclass

DECREASE = 1e-3
CURVATURE = 0.9
_WIDTH = 0.1  # of the interval, relative: below it the best point found is taken
_LONGEST = 1e10
_SHRINK = 0.66
_LEAST_GROWTH, _MOST_GROWTH = 1.1, 4.0


@dataclass(frozen=True, slots=True)
class Point:
    """A step along the direction, the function there and its derivative along the direction."""

    step: float
    value: float
    slope: float


class LineSearch:
    """Asks for one step after another; ``start`` is step 0, whose slope is below 0."""

    def __init__(self, start: Point, first_step: float) -> None:
        self._start = start
        self._best = self._other = start
        self._is_bracketed = False
        self._is_first_stage = True
        self._width, self._width_before = _LONGEST, 2 * _LONGEST
        self._low, self._high = 0.0, first_step + _MOST_GROWTH * first_step

    def next_step(self, point: Point) -> float | None:
        """The step to look at after ``point`` was; None when ``point`` is the answer."""
        start, step = self._start, point.step
        test_slope = DECREASE * start.slope
        bound = start.value + step * test_slope
        is_low = point.value <= bound
        if self._is_first_stage and is_low and point.slope >= 0:
            self._is_first_stage = False
        if is_low and abs(point.slope) <= CURVATURE * -start.slope:
            return None
        if self._is_bracketed and (not self._low < step < self._high or self._high - self._low <= _WIDTH * self._high):
            return None
        if step == _LONGEST and is_low and point.slope <= test_slope:
            return None
        if step == 0.0:
            return None
        if self._is_first_stage and point.value <= self._best.value and not is_low:
            chosen = self._update(point, test_slope)  # of the function less its least decrease
        else:
            chosen = self._update(point, 0.0)
        return self._within(chosen)

    def _update(self, point: Point, slope: float) -> float:
        best, other, tried = (_tilted(one, slope) for one in (self._best, self._other, point))
        chosen, brackets = _trial(best, other, tried, self._is_bracketed, self._low, self._high)
        if tried.value > best.value:
            self._other = point
        else:
            if tried.slope * best.slope < 0.0:
                self._other = self._best
            self._best = point
        self._is_bracketed = self._is_bracketed or brackets
        return chosen

    def _within(self, chosen: float) -> float:
        best, other = self._best.step, self._other.step
        if self._is_bracketed:
            if abs(other - best) >= _SHRINK * self._width_before:
                chosen = best + 0.5 * (other - best)
            self._width_before, self._width = self._width, abs(other - best)
            self._low, self._high = min(best, other), max(best, other)
        else:
            self._low = chosen + _LEAST_GROWTH * (chosen - best)
            self._high = chosen + _MOST_GROWTH * (chosen - best)
        chosen = min(max(chosen, 0.0), _LONGEST)
        if self._is_bracketed and (
            not self._low < chosen < self._high or self._high - self._low <= _WIDTH * self._high
        ):
            return best
        return chosen


def _tilted(point: Point, slope: float) -> Point:
    return Point(point.step, point.value - point.step * slope, point.slope - slope) if slope else point


def _trial(best: Point, other: Point, tried: Point, is_bracketed: bool, low: float, high: float) -> tuple[float, bool]:
    """The next step by cubic and quadratic interpolation, and whether a minimum is bracketed now."""
    step = tried.step
    if tried.value > best.value:
        cubic = best.step + _cubic(best, tried, math.copysign(1.0, step - best.step)) * (step - best.step)
        drop = (best.value - tried.value) / (step - best.step) + best.slope
        quadratic = best.step + best.slope / drop / 2.0 * (step - best.step)
        is_near = abs(cubic - best.step) <= abs(quadratic - best.step)
        return (cubic if is_near else cubic + (quadratic - cubic) / 2.0), True
    secant = step + tried.slope / (tried.slope - best.slope) * (best.step - step) if tried.slope != best.slope else step
    if tried.slope * best.slope < 0.0:
        cubic = step + _cubic(tried, best, math.copysign(1.0, best.step - step)) * (best.step - step)
        return (cubic if abs(cubic - step) > abs(secant - step) else secant), True
    if abs(tried.slope) < abs(best.slope):
        ratio, gamma = _open_cubic(tried, best, math.copysign(1.0, best.step - step))
        limit = high if step > best.step else low
        cubic = step + ratio * (best.step - step) if ratio < 0.0 and gamma != 0.0 else limit
        is_cubic_near = abs(cubic - step) < abs(secant - step)
        if not is_bracketed:
            return min(max(secant if is_cubic_near else cubic, low), high), False
        chosen = cubic if is_cubic_near else secant
        limit = step + _SHRINK * (other.step - step)
        return (min(limit, chosen) if step > best.step else max(limit, chosen)), False
    if is_bracketed:
        return step + _cubic(tried, other, math.copysign(1.0, other.step - step)) * (other.step - step), False
    return (high if step > best.step else low), False


def _cubic(a: Point, b: Point, sign: float) -> float:
    """Where between ``a`` (0) and ``b`` (1) the cubic through both has its minimum."""
    theta = 3.0 * (a.value - b.value) / (b.step - a.step) + a.slope + b.slope
    scale = max(abs(theta), abs(a.slope), abs(b.slope))
    gamma = sign * scale * math.sqrt(max(0.0, (theta / scale) ** 2 - (a.slope / scale) * (b.slope / scale)))
    return ((gamma - a.slope) + theta) / (((gamma - a.slope) + gamma) + b.slope)


def _open_cubic(a: Point, b: Point, sign: float) -> tuple[float, float]:
    """The same where the minimum may lie beyond or nowhere; and the root's term, 0 when there is none."""
    theta = 3.0 * (a.value - b.value) / (b.step - a.step) + a.slope + b.slope
    scale = max(abs(theta), abs(a.slope), abs(b.slope))
    gamma = sign * scale * math.sqrt(max(0.0, (theta / scale) ** 2 - (a.slope / scale) * (b.slope / scale)))
    bottom = (gamma + (b.slope - a.slope)) + gamma
    return (((gamma - a.slope) + theta) / bottom if bottom else 0.0), gamma
