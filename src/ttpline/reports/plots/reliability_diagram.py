"""The reliability diagram: how often models are right when they say how sure they are."""

from collections.abc import Mapping, Sequence
from typing import Any

from ttpline.evaluation.reliability import ReliabilityBin
from ttpline.reports.plots.chart import BLUE, GREY, load_altair

_SIDE = 320
_COLUMNS = 3


def reliability_chart(bins: Mapping[str, Sequence[ReliabilityBin]], *, title: str = "Reliability") -> Any:
    """One square a model, by name; on the diagonal, confidence is what it says."""
    alt = load_altair()
    panels = [_panel(parts, name if len(bins) > 1 else "") for name, parts in bins.items()]
    subtitle = "bins with equally many rows; bars are 95 % intervals over groups; below the diagonal: too sure"
    head = alt.TitleParams(title, subtitle=subtitle, offset=12)
    if len(panels) == 1:
        return panels[0].properties(title=head)
    return alt.concat(*panels, columns=_COLUMNS).properties(title=head)


def _panel(parts: Sequence[ReliabilityBin], name: str) -> Any:
    alt = load_altair()
    values = [
        {
            "confidence": part.confidence,
            "accuracy": part.accuracy.value,
            "low": part.accuracy.value if part.accuracy.low is None else part.accuracy.low,
            "high": part.accuracy.value if part.accuracy.high is None else part.accuracy.high,
            "rows": part.rows,
        }
        for part in parts
        if part.accuracy.value is not None
    ]
    unit = alt.Scale(domain=[0, 1])
    percent = {"format": "%", "tickCount": 5}
    honest = (
        alt.Chart(alt.Data(values=[{"at": 0}, {"at": 1}]))
        .mark_line(color=GREY, strokeDash=[4, 4])
        .encode(x=alt.X("at:Q", scale=unit), y=alt.Y("at:Q", scale=unit))
    )
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("confidence:Q", scale=unit, axis=alt.Axis(title="mean confidence of the bin", **percent))
    )
    bars = base.mark_rule(color=BLUE, strokeWidth=1.5).encode(
        y=alt.Y("low:Q", scale=unit, axis=alt.Axis(title="share right", **percent)), y2="high:Q"
    )
    line = base.mark_line(color=BLUE, strokeWidth=1, opacity=0.5).encode(y=alt.Y("accuracy:Q", scale=unit))
    points = base.mark_point(color=BLUE, filled=True, size=55, opacity=1).encode(y=alt.Y("accuracy:Q", scale=unit))
    return (honest + bars + line + points).properties(width=_SIDE, height=_SIDE, title=name)
