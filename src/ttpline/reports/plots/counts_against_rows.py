"""Times seen against rows, one dot a label: which techniques are many commands, and which few commands many times."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ttpline.datasets.grouping import Class
from ttpline.reports.plots.chart import GREY, load_altair
from ttpline.reports.plots.label_bars import TENS

if TYPE_CHECKING:
    import altair

_NAMED = 8
"""Labels with a name at their dot: those with the most occurrences, for more would lie over each other."""


def draw(classes: Sequence[Class]) -> "altair.TopLevelMixin":
    """Logarithmic on both sides, with the line on which every row was seen once."""
    alt: Any = load_altair()
    named = {each.label for each in sorted(classes, key=lambda each: (-each.occurrences, each.label))[:_NAMED]}
    values = [
        {
            "label": each.label if each.label in named else "",
            "rows": float(each.rows),
            "times": each.occurrences,
        }
        for each in classes
    ]
    most = max(float(each.rows) for each in classes)
    line = [{"rows": 1.0, "times": 1.0}, {"rows": most, "times": most}]
    log = alt.Scale(type="log", nice=False, padding=12)
    encoding = {
        "x": alt.X("rows:Q", scale=log, title="rows (logarithmic)", axis=alt.Axis(values=TENS, format=",")),
        "y": alt.Y("times:Q", scale=log, title="times seen (logarithmic)", axis=alt.Axis(values=TENS, format=",")),
    }
    base = alt.Chart(alt.Data(values=values)).encode(**encoding)
    once = alt.Chart(alt.Data(values=line)).mark_line(color=GREY, strokeDash=[4, 4]).encode(**encoding)
    dots = base.mark_point(size=45, opacity=0.8)
    names = base.mark_text(align="left", dx=7, fontSize=10).encode(text="label:N")
    drawn: altair.TopLevelMixin = (once + dots + names).properties(width=560, height=360)
    return drawn
