"""A grid of parameters: every combination of a few values each, in one fixed order."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from ttpline.errors import UsageError
from ttpline.evaluation.params import parse_value

MOST_POINTS = 10_000
"""More are a slip of the keyboard: at a second each they take three hours a fold."""


@dataclasses.dataclass(frozen=True, slots=True)
class Grid:
    """``base`` holds what does not change; ``axes`` the values of what does, by name.

    Points are in the order of scikit-learn's ``ParameterGrid``: names by the alphabet, the last one changing fastest.
    So of equally good points the same one comes first.
    """

    base: Any
    axes: Mapping[str, tuple[Any, ...]]

    def points(self) -> list[dict[str, Any]]:
        """What each point changes."""
        names = sorted(self.axes)
        return [
            dict(zip(names, values, strict=True)) for values in itertools.product(*(self.axes[name] for name in names))
        ]

    def params(self) -> list[Any]:
        """The ``Params`` of each point; ``UsageError`` if a point has none."""
        return [dataclasses.replace(self.base, **point) for point in self.points()]


def parse_grid(base: Any, axes: Sequence[str], usual: Mapping[str, tuple[Any, ...]]) -> Grid:
    """From ``C=0.1,1,10`` and the like, one or more for a parameter; without any, the ``usual`` grid of the family.

    A value that stands twice counts once. Refuses unknown parameters, values that are none, and too many points.
    """
    found: dict[str, dict[Any, None]] = {}
    for axis in axes:
        name, equals, texts = axis.partition("=")
        if not equals or not texts.strip():
            raise UsageError(f"{axis!r} is no part of a grid", remedy="write --grid C=0.1,1,10")
        for text in texts.split(","):
            field, value = parse_value(type(base), name, text.strip())
            found.setdefault(field, {})[value] = None
    chosen = {name: tuple(values) for name, values in found.items()} or dict(usual)
    if not chosen:
        raise UsageError("the family has no usual grid", remedy="say what to try: --grid NAME=VALUE,VALUE")
    size = 1
    for values in chosen.values():
        size *= len(values)
    if size > MOST_POINTS:
        raise UsageError(f"the grid has {size:,} points, more than {MOST_POINTS:,}", remedy="try fewer values")
    return Grid(base, chosen)
