"""How much each split leaks: shares of its test rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ttpline.datasets.leakage import Leakage
from ttpline.reports.plots.chart import BLUE, ORANGE, load_altair

if TYPE_CHECKING:
    import altair

_FIELDS = (
    ("same command", "exact_rows"),
    ("near-duplicate", "near_rows"),
    ("tied", "tied_rows"),
    ("right by copying", "copied_rows"),
)


def draw(leakages: Sequence[Leakage]) -> "altair.TopLevelMixin":
    """Bars from 0 to 100 % with their number, so that a zero is seen as one."""
    alt: Any = load_altair()
    values = [
        {"split": each.split, "what": what, "share": each.share(getattr(each, field))}
        for each in leakages
        for what, field in _FIELDS
    ]
    splits = [each.split for each in leakages]
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("what:N", sort=[what for what, _ in _FIELDS], title=None),
        yOffset=alt.YOffset("split:N", sort=splits),
        x=alt.X("share:Q", title="of the test rows", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
    )
    colours = alt.Scale(domain=splits, range=[ORANGE, BLUE])
    bars = base.mark_bar().encode(
        color=alt.Color("split:N", title=None, sort=splits, scale=colours, legend=alt.Legend(orient="top"))
    )
    numbers = base.mark_text(align="left", dx=4, fontSize=11).encode(text=alt.Text("share:Q", format=".1%"))
    drawn: altair.TopLevelMixin = (bars + numbers).properties(width=520, height=alt.Step(16))
    return drawn
