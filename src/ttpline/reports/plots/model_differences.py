"""Differences between models with their intervals: one that touches 0 may be chance."""

from collections.abc import Mapping, Sequence
from typing import Any

from ttpline.evaluation.additive import Difference
from ttpline.reports.plots.chart import BLUE, GREY, load_altair

_LEAST_REACH = 0.02  # on both sides, so that a tiny difference does not fill the picture
_ROW = 26


def difference_chart(found: Mapping[str, Sequence[tuple[str, Difference]]], against: str) -> Any:
    """``found``: for each figure in words, (model, its figure minus that of ``against``)."""
    alt = load_altair()
    values: list[dict[str, Any]] = []
    for figure, tests in found.items():
        for model, difference in tests:
            part = difference.estimate
            if part.value is not None:
                low = part.value if part.low is None else part.low
                high = part.value if part.high is None else part.high
                row = {"figure": figure, "model": model, "value": part.value, "low": low, "high": high}
                values.append({**row, "text": f"{part.value:+.3f}"})
    ends = [0.0, *(value[end] for value in values for end in ("low", "high"))]
    room = max(_LEAST_REACH, 0.08 * (max(ends) - min(ends)))
    domain = [min(ends) - room, max(ends) + room]
    models = list(dict.fromkeys(value["model"] for value in values))
    panels = []
    for figure in found:
        rows = [value for value in values if value["figure"] == figure]
        base = alt.Chart(alt.Data(values=rows)).encode(
            y=alt.Y("model:N", sort=None, scale=alt.Scale(domain=models), axis=alt.Axis(title=None, labelLimit=0))
        )
        x = alt.X(
            "low:Q", scale=alt.Scale(domain=domain, nice=False), axis=alt.Axis(title=None, format="+.2f", tickCount=6)
        )
        zero = alt.Chart(alt.Data(values=[{"at": 0}])).mark_rule(color=GREY, strokeDash=[4, 4]).encode(x="at:Q")
        bars = base.mark_rule(color=BLUE, strokeWidth=2.5).encode(x=x, x2="high:Q")
        points = base.mark_point(color=BLUE, filled=True, size=80, opacity=1).encode(x="value:Q")
        text = base.mark_text(dy=-11, fontSize=10).encode(x="value:Q", text="text:N")
        panels.append(
            (zero + bars + points + text).properties(
                width=560, height=max(44, _ROW * len(models) + 14), title=alt.TitleParams(figure, fontSize=12)
            )
        )
    head = alt.TitleParams(
        f"Difference from {against}", subtitle="bars are 95 % intervals over groups; right of 0 is better", offset=14
    )
    return alt.vconcat(*panels, spacing=14).properties(title=head)
