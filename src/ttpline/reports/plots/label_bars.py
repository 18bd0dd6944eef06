"""Rows and times seen of each label, on one logarithmic scale: the head and the tail of a distribution at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ttpline.datasets.grouping import Class
from ttpline.reports.plots.chart import BLUE, ORANGE, load_altair

if TYPE_CHECKING:
    import altair

TENS = [10**power for power in range(19)]
"""Where a logarithmic axis has its lines: at powers of ten, or they would be more than the data."""
MOST_LABELS = 100
"""More labels than this make no picture; the table beside it has all."""


def draw(classes: Sequence[Class], title: str) -> "altair.TopLevelMixin":
    """Two dots a label, joined, the label with the most rows first."""
    alt: Any = load_altair()
    shown = classes[:MOST_LABELS]
    less = f", the first {MOST_LABELS} of {len(classes)} labels" if len(classes) > MOST_LABELS else ""
    kinds = (("rows", "rows"), ("times seen", "occurrences"))
    values = [
        {"label": each.label, "what": what, "number": float(getattr(each, field))}
        for each in shown
        for what, field in kinds
    ]
    spans = [{"label": each.label, "rows": float(each.rows), "times": each.occurrences} for each in shown]
    order = [each.label for each in shown]
    place = alt.Y("label:N", sort=order, title=None)
    scale = alt.Scale(type="log", nice=False)
    lines = (
        alt.Chart(alt.Data(values=spans))
        .mark_rule(color="#b9c4cf")
        .encode(x=alt.X("rows:Q", scale=scale), x2="times:Q", y=place)
    )
    dots = (
        alt.Chart(alt.Data(values=values))
        .mark_point(size=45, opacity=1)
        .encode(
            x=alt.X(
                "number:Q",
                scale=scale,
                title="rows and times seen (logarithmic)",
                axis=alt.Axis(values=TENS, format=","),
            ),
            y=place,
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["rows", "times seen"], range=[BLUE, ORANGE]),
                legend=alt.Legend(orient="top"),
            ),
        )
    )
    drawn: altair.TopLevelMixin = (lines + dots).properties(title=title + less, width=620, height=alt.Step(14))
    return drawn
