"""A comparison as one HTML page that needs nothing else: tables and pictures of what was computed before."""

from ttpline.evaluation.additive import Difference
from ttpline.evaluation.comparison import Comparison
from ttpline.evaluation.paired_figures import TESTED
from ttpline.evaluation.result import FIGURES
from ttpline.reports.comparison_table import (
    CLASS_NOTE,
    GROUP_TEST_NOTE,
    INTERVALS,
    ROW_TEST_NOTE,
    class_comparison_table,
    comparison_facts,
    comparison_title,
    cost_table,
    difference_table,
    disagreement_table,
    figure_table,
    mcnemar_table,
)
from ttpline.reports.page import Block, Page, Paragraph, Picture, Section, Table
from ttpline.reports.plots.chart import svg
from ttpline.reports.plots.class_scores import class_comparison_chart
from ttpline.reports.plots.confusion_matrix import confusion_chart
from ttpline.reports.plots.coverage_curve import coverage_chart
from ttpline.reports.plots.model_differences import difference_chart
from ttpline.reports.plots.reliability_diagram import reliability_chart


def comparison_page(comparison: Comparison) -> Page:
    """Everything of ``comparison``; ``MissingExtraError`` without what draws."""
    summary: list[Block] = [Table(("what", "which"), comparison_facts(comparison))]
    summary += [Paragraph(f"To keep in mind: {note}") for note in comparison.notes]
    models = comparison.models
    bins = {model.name: model.reliability for model in models}
    curves = {model.name: model.coverage for model in models}
    return Page(
        comparison_title(comparison),
        (
            Section("Figures", (Table(*figure_table(comparison), INTERVALS), Paragraph(CLASS_NOTE))),
            Section("Differences", _differences(comparison)),
            Section("Classes", _classes(comparison)),
            Section("Mistakes", _mistakes(comparison)),
            Section(
                "Confidence",
                (
                    Picture(svg(reliability_chart(bins)), "How often each model is right when it says how sure it is"),
                    Picture(svg(coverage_chart(curves)), "How right each model is on the rows it is surest of"),
                ),
            ),
            Section("Where they disagree", _disagreements(comparison)),
            Section("Cost", (Table(*cost_table(comparison)),)),
        ),
        summary,
    )


def _differences(comparison: Comparison) -> list[Block]:
    found: dict[str, list[tuple[str, Difference]]] = {}
    for name in TESTED:
        tests = [(test.model, test.differences[name]) for test in comparison.tests if name in test.differences]
        if tests:
            found[FIGURES[name]] = tests
    against = comparison.models[0].name
    return [
        Picture(svg(difference_chart(found, against)), f"Differences from {against} with intervals"),
        Table(*difference_table(comparison)),
        Paragraph(GROUP_TEST_NOTE),
        Table(*mcnemar_table(comparison)),
        Paragraph(ROW_TEST_NOTE),
    ]


def _classes(comparison: Comparison) -> list[Block]:
    reports = {model.name: model.per_class for model in comparison.models}
    return [
        Picture(svg(class_comparison_chart(reports)), "F1 of each class, the models side by side"),
        Table(*class_comparison_table(comparison)),
    ]


def _mistakes(comparison: Comparison) -> list[Block]:
    pictures: list[Block] = []
    for model in comparison.models:
        names = {report.label: report.name for report in model.per_class}
        chart = confusion_chart(model.confusion, names, title=f"Confusion matrix of {model.name}")
        pictures.append(Picture(svg(chart), f"What {model.name} answered for each true label"))
    return pictures


def _disagreements(comparison: Comparison) -> list[Block]:
    kinds, listed = comparison.disagreement_kinds, len(comparison.disagreements)
    if not kinds:
        return [Paragraph("Nowhere: every row gets the same answer from all models.")]
    shown = "All" if listed == kinds else f"The {listed} commonest of {kinds:,}"
    return [Table(*disagreement_table(comparison), f"{shown} kinds of disagreement; ✓ is right")]
