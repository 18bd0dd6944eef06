"""An evaluation as one HTML page: the same figures as the tables, with pictures."""

from collections.abc import Sequence

from ttpline.evaluation.result import EvaluationResult
from ttpline.reports.evaluation_table import (
    COVERAGE_HEADER,
    MISTAKE_HEADER,
    RELIABILITY_HEADER,
    class_rows,
    coverage_rows,
    facts,
    figure_rows,
    mistake_rows,
    platform_rows,
    reliability_rows,
)
from ttpline.reports.page import Block, Page, Paragraph, Picture, Section, Table
from ttpline.reports.run_pictures import PICTURES, draw_pictures


def evaluation_page(result: EvaluationResult, warnings: Sequence[str] = ()) -> Page:
    """The whole result; ``MissingExtraError`` without what draws."""
    drawn = draw_pictures(result)
    shown: dict[str, tuple[Block, ...]] = {
        name: (Picture(drawn[name], words, words),) if name in drawn else () for name, words in PICTURES.items()
    }
    figures: list[Block] = [Table(("figure", "value (95 % interval over groups)"), figure_rows(result))]
    if result.platforms:
        figures.append(Table(*platform_rows(result), "By platform"))
    sections = [
        Section("Figures", figures),
        Section("Classes", (*shown["per_class.svg"], Table(*class_rows(result)))),
        Section(
            "Mistakes",
            (
                *shown["confusion_matrix.svg"],
                Table(MISTAKE_HEADER, mistake_rows(result.confusion), "The commonest mistakes"),
            ),
        ),
        Section(
            "Confidence",
            (
                *shown["reliability_diagram.svg"],
                Table(RELIABILITY_HEADER, reliability_rows(result.reliability)),
                *shown["coverage.svg"],
                Table(COVERAGE_HEADER, coverage_rows(result)),
            ),
        ),
    ]
    summary: list[Block] = [Table(("what", "which"), facts(result))]
    summary += [Paragraph(f"To keep in mind: {text}") for text in warnings]
    return Page(f"Evaluation: {result.name}", sections, summary)
