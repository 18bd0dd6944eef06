"""The pictures that every run leaves: one file each, under the same names in every folder."""

from collections.abc import Iterator, Sequence

from ttpline.evaluation.result import EvaluationResult
from ttpline.reports.plots.chart import svg
from ttpline.reports.plots.class_scores import class_chart
from ttpline.reports.plots.confusion_matrix import confusion_chart
from ttpline.reports.plots.coverage_curve import coverage_chart
from ttpline.reports.plots.reliability_diagram import reliability_chart

PICTURES = {
    "confusion_matrix.svg": "What was answered for each true label",
    "per_class.svg": "F1, precision and recall of each class",
    "reliability_diagram.svg": "How often the model is right when it says how sure it is",
    "coverage.svg": "How right the model is on the share of rows it is surest of",
}
"""File name -> what it shows, in the order of reading."""


def draw_pictures(result: EvaluationResult) -> dict[str, str]:
    """File name -> SVG, of a result with details; none of one without. ``MissingExtraError`` without altair."""
    if not result.per_class:
        return {}
    names = {report.label: report.name for report in result.per_class}
    curves = {"all rows, all labels": result.coverage_all}
    if result.coverage:
        curves["attack rows, techniques"] = result.coverage
    charts = (
        confusion_chart(result.confusion, names),
        class_chart(result.per_class),
        reliability_chart({result.name: result.reliability}),
        coverage_chart(curves),
    )
    return {name: svg(chart) for name, chart in zip(PICTURES, charts, strict=True)}


def picture_links(names: Sequence[str]) -> Iterator[str]:
    """Markdown that shows the pictures that lie beside the text."""
    for name, words in PICTURES.items():
        if name in names:
            yield f"![{words}]({name})"
            yield ""
