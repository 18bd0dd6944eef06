"""How long commands are: rows by length, in bins that grow."""

from typing import TYPE_CHECKING, Any

from ttpline.datasets.description import Lengths
from ttpline.reports.plots.chart import BLUE, ORANGE, load_altair

if TYPE_CHECKING:
    import altair


def draw(lengths: Lengths) -> "altair.TopLevelMixin":
    """One bar a bin; those wholly above a limit stand out."""
    alt: Any = load_altair()
    limit = lengths.limit
    values = [
        {
            "length": f"{each.least}" if each.least == each.most else f"{each.least}–{each.most}",
            "rows": each.rows,
            "above": limit is not None and each.least > limit,
        }
        for each in lengths.bins
    ]
    order = [value["length"] for value in values]
    title = f"{lengths.unit} of a row" + (f" (orange: more than {limit})" if limit is not None else "")
    drawn: altair.TopLevelMixin = (
        alt.Chart(alt.Data(values=values))
        .mark_bar()
        .encode(
            x=alt.X("length:N", sort=order, title=lengths.unit, axis=alt.Axis(labelAngle=-45)),
            y=alt.Y("rows:Q", title="rows"),
            color=alt.Color("above:N", legend=None, scale=alt.Scale(domain=[False, True], range=[BLUE, ORANGE])),
        )
        .properties(title=title, width=560, height=170)
    )
    return drawn
