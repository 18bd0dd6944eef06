"""How every chart looks, and a chart as SVG or PNG: altair's specification, drawn offline by vl-convert."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ttpline.errors import MissingExtraError

if TYPE_CHECKING:
    import altair

INK: Final = "#1b2733"
BLUE: Final = "#2b6cb0"
ORANGE: Final = "#c2571a"
GREY: Final = "#8a97a5"
SEQUENCE: Final = (BLUE, ORANGE, "#3b8a5a", "#8a5bb0", "#b08a2b", GREY)
"""Colours of a category, first to last; they differ in lightness too, so that they part when printed in grey."""
_FONT: Final = "Liberation Sans, Arial, sans-serif"
"""The first is inside vl-convert: text is as wide on every machine."""

_ID = re.compile(r'id="((gradient_|clip)\d{1,9})"')

_LOOK: Final[dict[str, Any]] = {
    "background": "white",
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {"labelColor": INK, "titleColor": INK, "gridColor": "#e3e8ee", "labelLimit": 260, "titleFontWeight": 500},
    "legend": {"labelColor": INK, "titleColor": INK, "labelLimit": 260},
    "title": {"color": INK, "anchor": "start", "fontSize": 14},
    "range": {"category": list(SEQUENCE), "heatmap": {"scheme": "blues"}},
    "bar": {"color": BLUE},
    "line": {"color": BLUE},
    "point": {"color": BLUE, "filled": True},
}


def load_altair() -> Any:
    """altair, with its limit on rows lifted: what we draw is bounded by us; ``MissingExtraError`` without it."""
    try:
        import altair
        import vl_convert  # noqa: F401  # what draws; a chart that cannot be drawn is of no use
    except ImportError as error:
        raise MissingExtraError("altair and vl-convert", "train") from error
    altair.data_transformers.disable_max_rows()
    return altair


def nested_sizes(field: str, names: Sequence[str]) -> Any:
    """Points of several series, the first the largest: where they fall on one place, each is still seen."""
    alt = load_altair()
    sizes = [max(20, 120 - 36 * place) for place in range(len(names))]
    return alt.Size(f"{field}:N", sort=None, scale=alt.Scale(domain=list(names), range=sizes), legend=None)


def svg(chart: "altair.TopLevelMixin") -> str:
    """The chart as an SVG document: no script, nothing fetched, the same bytes for the same chart and versions."""
    import vl_convert

    return _renumbered(str(vl_convert.vegalite_to_svg(specification(chart))))


def _renumbered(drawn: str) -> str:
    """Ids of gradients and clips counted from 0: vl-convert goes on counting from one chart of a process to the next.

    >>> _renumbered('<linearGradient id="gradient_7"/><rect fill="url(#gradient_7)"/>')
    '<linearGradient id="gradient_0"/><rect fill="url(#gradient_0)"/>'
    """
    names = {old: f"{kind}{number}" for number, (old, kind) in enumerate(dict.fromkeys(_ID.findall(drawn)))}
    for mark in ('id="{}"', "url(#{})"):
        for old, new in names.items():
            # The underscore keeps a new name from being taken for an old one before all are replaced.
            drawn = drawn.replace(mark.format(old), mark.format(f"_{new}"))
    for new in names.values():
        drawn = drawn.replace(f'id="_{new}"', f'id="{new}"').replace(f"url(#_{new})", f"url(#{new})")
    return drawn


def png(chart: "altair.TopLevelMixin", *, scale: float = 2.0) -> bytes:
    """The chart as a PNG; ``scale`` 2 is for screens of today."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(specification(chart), scale=scale))


def specification(chart: "altair.TopLevelMixin") -> dict[str, Any]:
    """The Vega-Lite specification in our look."""
    made: dict[str, Any] = chart.to_dict()
    made["config"] = {**made.get("config", {}), **_LOOK}
    return made
