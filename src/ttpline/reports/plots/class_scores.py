"""F1 of each class: of one model with precision and recall, of several side by side."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ttpline.evaluation.class_report import ClassReport
from ttpline.reports.plots.chart import BLUE, GREY, ORANGE, SEQUENCE, load_altair, nested_sizes

MOST_CLASSES: Final = 60
"""Rows of a picture that is still one picture; the others are in the tables."""
_ROW = 17
_KINDS = ("F1", "precision", "recall")


def class_chart(reports: Sequence[ClassReport], *, title: str = "Each class") -> Any:
    """Bars of F1, points for precision and recall; classes with most rows first."""
    alt = load_altair()
    shown = reports[:MOST_CLASSES]
    domain = [_row_name(report) for report in shown]
    values: list[dict[str, Any]] = []
    for name, report in zip(domain, shown, strict=True):
        for kind, score in zip(_KINDS, (report.f1, report.precision, report.recall), strict=True):
            if score is not None:
                values.append({"class": name, "kind": kind, "score": score})
    base = _base(values, domain)
    bars = base.transform_filter("datum.kind == 'F1'").mark_bar(height=9, color="#b9d2ec")
    scale = alt.Scale(domain=list(_KINDS), range=["#b9d2ec", BLUE, ORANGE])
    points = base.transform_filter("datum.kind != 'F1'").mark_point(filled=True, size=46, opacity=1)
    coloured = alt.Color("kind:N", scale=scale, sort=None, legend=alt.Legend(title=None, orient="top"))
    return (bars.encode(color=coloured) + points.encode(color=coloured)).properties(
        width=480, height=_ROW * len(domain), title=alt.TitleParams(title, subtitle=_subtitle(shown, reports))
    )


def class_comparison_chart(reports: Mapping[str, Sequence[ClassReport]], *, title: str = "F1 of each class") -> Any:
    """A point for each model, a line between the worst and the best; classes of the first model, most rows first."""
    alt = load_altair()
    first = next(iter(reports.values()))
    seen = {report.label: report for of_one in reversed(list(reports.values())) for report in of_one}
    seen |= {report.label: report for report in first}
    there = [report for report in seen.values() if report.rows]  # not only answered
    ordered = sorted(there, key=lambda report: (-report.rows, report.label))
    shown = ordered[:MOST_CLASSES]
    scores = {name: {report.label: report.f1 for report in of_one} for name, of_one in reports.items()}
    domain = [_row_name(report) for report in shown]
    values = [
        {"class": name, "kind": model, "score": found.get(report.label, 0.0)}
        for name, report in zip(domain, shown, strict=True)
        for model, found in scores.items()
    ]
    colours = [SEQUENCE[place % len(SEQUENCE)] for place in range(len(scores))]
    base = _base(values, domain)
    lines = base.mark_line(color=GREY, strokeWidth=1.5).encode(detail="class:N")
    points = base.mark_point(filled=True, opacity=1).encode(
        size=nested_sizes("kind", list(scores)),
        color=alt.Color(
            "kind:N",
            sort=None,
            scale=alt.Scale(domain=list(scores), range=colours),
            legend=alt.Legend(title=None, orient="top", labelLimit=0),
        ),
        shape=alt.Shape("kind:N", sort=None, scale=alt.Scale(domain=list(scores)), legend=alt.Legend(title=None)),
    )
    return (lines + points).properties(
        width=480, height=_ROW * len(domain), title=alt.TitleParams(title, subtitle=_subtitle(shown, ordered))
    )


def _base(values: list[dict[str, Any]], domain: list[str]) -> Any:
    alt = load_altair()
    return alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("score:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=None, format="%", tickCount=5)),
        y=alt.Y(
            "class:N",
            sort=None,
            scale=alt.Scale(domain=domain),
            axis=alt.Axis(title=None, labelLimit=0, labelFontSize=10, labelOverlap=False, labelPadding=8),
        ),
    )


def _row_name(report: ClassReport) -> str:
    name = f" {report.name}" if report.name != report.label else ""
    return f"{report.label}{name} · {report.rows:,}"


def _subtitle(shown: Sequence[ClassReport], reports: Sequence[ClassReport]) -> str:
    if len(shown) == len(reports):
        return "all classes, most rows first; behind each its rows"
    return f"the {len(shown)} of {len(reports)} classes with most rows; behind each its rows"
