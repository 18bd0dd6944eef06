"""An ``EvaluationResult`` as Markdown and as plain rows for a terminal table; the figures are only laid out here."""

from collections.abc import Iterator, Sequence

from ttpline.evaluation.class_report import ClassReport
from ttpline.evaluation.confusion import ConfusionCell, most_confused
from ttpline.evaluation.reliability import ReliabilityBin
from ttpline.evaluation.result import FIGURES, EvaluationResult

COVERAGE_HEADER = ("most confident share of attack rows", "top-1", "least probability")
CLASS_HEADER = (
    "label",
    "name",
    "rows",
    "occurrences",
    "answered",
    "precision",
    "recall",
    "F1",
    "top-3 recall",
    "F1, count-weighted",
)
MISTAKE_HEADER = ("true label", "answered", "rows", "occurrences")
RELIABILITY_HEADER = ("mean confidence", "share right (95 % interval over groups)", "rows")
MOST_MISTAKES = 20
"""Of the confusion matrix in a text; the picture and the JSON have them all."""
_SLICE_FIGURES = ("top1", "top3", "macro_f1", "tactic", "recall_at_1_in_100", "false_alarms", "accuracy")


def facts(result: EvaluationResult) -> list[tuple[str, str]]:
    """What the figures are of: data, split, sizes, thresholds."""
    whole = result.whole
    found = [
        ("data", f"{result.data_name}, {result.data_digest}"),
        ("split", f"{result.split}, seed {result.seed}"),
        ("rows", f"{whole.rows:,} ({whole.attack_rows:,} attack, {whole.rows - whole.attack_rows:,} normal)"),
        ("groups", f"{whole.groups:,}"),
        ("classes", f"{result.classes} ({result.label_space}), ATT&CK {result.attack_version}"),
    ]
    if result.model:
        found.insert(0, ("model", result.model))
    if result.unknown_rows:
        found.append(("unknown labels", f"{result.unknown_rows:,} rows with a label the model lacks, counted as wrong"))
    if result.overlap_rows is not None:
        share = result.overlap_rows / whole.rows
        found.append(
            ("seen in training", f"{result.overlap_rows:,} rows ({share:.0%}) are near-duplicates of training data")
        )
    if result.thresholds:
        found.append(("thresholds", ", ".join(f"{name} {value:.4f}" for name, value in result.thresholds.items())))
    return found


def figure_rows(result: EvaluationResult) -> list[tuple[str, str]]:
    """(figure in words, value with interval), in the order of ``FIGURES``."""
    return [(words, str(result.whole.figures[name])) for name, words in FIGURES.items() if name in result.whole.figures]


def platform_rows(result: EvaluationResult) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the per-platform table."""
    shown = [name for name in _SLICE_FIGURES if any(name in part.figures for part in result.platforms.values())]
    header = ["platform", "rows", "attack rows", *shown]
    rows = [
        [name, f"{part.rows:,}", f"{part.attack_rows:,}", *(str(part.figures.get(figure, "–")) for figure in shown)]
        for name, part in result.platforms.items()
    ]
    return header, rows


def coverage_rows(result: EvaluationResult) -> list[list[str]]:
    """Accuracy of the technique as the model abstains."""
    return [
        [f"{point.coverage:.0%}", f"{point.accuracy:.3f}", f"{point.least_confidence:.3f}"] for point in result.coverage
    ]


def class_rows(result: EvaluationResult) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the per-class report, most rows first."""
    return class_table(result.per_class)


def class_table(reports: Sequence[ClassReport]) -> tuple[list[str], list[list[str]]]:
    rows = [
        [
            report.label,
            report.name,
            f"{report.rows:,}",
            f"{report.occurrences:,g}",
            f"{report.answered:,}",
            *map(_share, (report.precision, report.recall, report.f1, report.top3_recall, report.f1_by_count)),
        ]
        for report in reports
    ]
    return list(CLASS_HEADER), rows


def mistake_rows(cells: Sequence[ConfusionCell], most: int = MOST_MISTAKES) -> list[list[str]]:
    """The commonest mistakes, for ``MISTAKE_HEADER``."""
    found = most_confused(cells, most)
    return [[cell.truth, cell.answer, f"{cell.rows:,}", f"{cell.occurrences:,g}"] for cell in found]


def reliability_rows(bins: Sequence[ReliabilityBin]) -> list[list[str]]:
    return [[f"{part.confidence:.3f}", str(part.accuracy), f"{part.rows:,}"] for part in bins]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def to_markdown(result: EvaluationResult, *, heading: str = "###") -> str:
    """The whole result as Markdown. Intervals are 95 %, by bootstrap over groups."""
    return "\n".join(_lines(result, heading)) + "\n"


def _lines(result: EvaluationResult, heading: str) -> Iterator[str]:
    yield f"{heading} {escape(result.name)}"
    yield ""
    for name, text in facts(result):
        yield f"- {name}: {escape(text)}"
    yield ""
    yield from table(["figure", "value (95 % interval over groups)"], figure_rows(result))
    if result.platforms:
        yield ""
        yield from table(*platform_rows(result))
    if result.coverage:
        yield ""
        yield from table(COVERAGE_HEADER, coverage_rows(result))
    if result.per_class:
        yield ""
        yield from table(*class_rows(result))
        yield ""
        yield from table(MISTAKE_HEADER, mistake_rows(result.confusion))
        yield ""
        yield from table(RELIABILITY_HEADER, reliability_rows(result.reliability))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table, line by line."""
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(escape(cell) for cell in row) + " |"


def escape(text: str) -> str:
    """Text that may come from a file name or a CSV cell, harmless in a line or cell of Markdown.

    >>> escape("a|b <script>\\n# x")
    'a\\\\|b &lt;script&gt; # x'
    """
    printable = "".join(char if char.isprintable() else " " for char in text)
    return printable.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "\\|")
