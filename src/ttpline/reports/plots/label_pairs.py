"""Which labels share commands: a cell for each pair, as dark as commands are many."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ttpline.datasets.description import Pair
from ttpline.reports.plots.chart import load_altair

if TYPE_CHECKING:
    import altair


def draw(pairs: Sequence[Pair]) -> "altair.TopLevelMixin":
    """Both halves are drawn, so that a label's row holds all its pairs."""
    alt: Any = load_altair()
    labels = sorted({label for each in pairs for label in (each.first, each.second)})
    values = [
        {"one": one, "other": other, "commands": each.commands}
        for each in pairs
        for one, other in ((each.first, each.second), (each.second, each.first))
    ]
    most = max(each.commands for each in pairs)
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("one:N", sort=labels, title=None, axis=alt.Axis(labelAngle=-60)),
        y=alt.Y("other:N", sort=labels, title=None),
    )
    cells = base.mark_rect().encode(
        color=alt.Color("commands:Q", scale=alt.Scale(scheme="blues", domain=[0, most]), legend=None)
    )
    numbers = base.mark_text(fontSize=10).encode(
        text="commands:Q",
        color=alt.condition(f"datum.commands > {most / 2}", alt.value("white"), alt.value("#1b2733")),
    )
    title = f"Commands that two labels share ({len(pairs)} most frequent pairs)"
    drawn: altair.TopLevelMixin = (cells + numbers).properties(title=title, width=alt.Step(30), height=alt.Step(22))
    return drawn
