"""Accuracy against coverage: how right a model is on the share of rows that it is surest of."""

from collections.abc import Mapping, Sequence
from typing import Any

from ttpline.evaluation.metrics import CoveragePoint
from ttpline.reports.plots.chart import SEQUENCE, load_altair, nested_sizes


def coverage_chart(curves: Mapping[str, Sequence[CoveragePoint]], *, title: str = "Accuracy against coverage") -> Any:
    """One line a curve, by name; lines differ in colour and in the form of their points."""
    alt = load_altair()
    values: list[dict[str, Any]] = [
        {"name": name, "coverage": point.coverage, "accuracy": point.accuracy}
        for name, points in curves.items()
        for point in points
    ]
    names = list(curves)
    lowest = min((value["accuracy"] for value in values), default=0.0)
    legend = alt.Legend(title=None, orient="bottom", labelLimit=0, columns=2) if len(names) > 1 else None
    colours = [SEQUENCE[place % len(SEQUENCE)] for place in range(len(names))]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X(
            "coverage:Q",
            scale=alt.Scale(domain=[0, 1], reverse=True),
            axis=alt.Axis(title="share of rows answered, the surest first to stay", format="%", tickCount=6),
        ),
        y=alt.Y(
            "accuracy:Q",
            scale=alt.Scale(domain=[0.1 * int(10 * lowest), 1]),
            axis=alt.Axis(title="share right among them", format="%", tickCount=6),
        ),
        color=alt.Color("name:N", sort=None, scale=alt.Scale(domain=names, range=colours), legend=legend),
        shape=alt.Shape("name:N", sort=None, scale=alt.Scale(domain=names), legend=legend),
    )
    lines = base.mark_line(strokeWidth=2).encode(shape=alt.Shape())
    points = base.mark_point(filled=True, opacity=1).encode(size=nested_sizes("name", names))
    return (lines + points).properties(
        width=520,
        height=300,
        title=alt.TitleParams(title, subtitle="to the right the model abstains more and more", offset=10),
    )
