"""An ``EvaluationResult`` as Markdown and as plain rows for a terminal table; the figures are only laid out here."""

from collections.abc import Iterator, Sequence

from ttpline.evaluation.result import FIGURES, EvaluationResult

COVERAGE_HEADER = ("most confident share of attack rows", "top-1", "least probability")
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
