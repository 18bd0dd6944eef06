"""A ``Comparison`` as rows for tables and as Markdown; everything shown was computed before."""

from collections.abc import Iterator, Sequence

from ttpline.evaluation.additive import Estimate
from ttpline.evaluation.comparison import Compared, Comparison
from ttpline.evaluation.contenders import DRAWS
from ttpline.evaluation.cost import Cost
from ttpline.evaluation.paired_figures import COMPARED
from ttpline.evaluation.result import FIGURES
from ttpline.reports.evaluation_table import escape, table

TEST_HEADER = ("figure", "model", "difference (95 % interval over groups)", "p", "p, Holm")
MCNEMAR_HEADER = ("figure", "model", "both right", "only it", "only the reference", "neither", "p", "p, Holm")
MOST_SHOWN = 30
"""Classes and disagreements of a text; the page shows more, the JSON all."""

ROW_TEST_NOTE = (
    "McNemar's test counts rows that only one of two models gets right, and takes them as independent of each other. "
    "Rows of one group (a test, a session) are not: they are right or wrong together, so its p is too small where "
    "groups are large."
)
INTERVALS = "95 % intervals, over groups"
GROUP_TEST_NOTE = (
    f"The differences draw whole groups, with the answers of both models, {DRAWS:,} times: what is hard for both moves "
    "neither, and the interval is as wide as the number of groups deserves. Believe these. p is two-sided, at least "
    "0.001; Holm's correction is over the models compared with the reference, for each figure on its own."
)
CLASS_NOTE = "All models are judged by the same classes: one that a model lacks has F1 0 for it."


def comparison_facts(comparison: Comparison) -> list[tuple[str, str]]:
    """What is compared on what."""
    normal = comparison.rows - comparison.attack_rows
    found = [
        ("data", f"{comparison.data_name}, {comparison.data_digest}"),
        ("split", comparison.split),
        (
            "rows in common",
            f"{comparison.rows:,} ({comparison.attack_rows:,} attack, {normal:,} normal), {comparison.groups:,} groups",
        ),
        ("label space", comparison.label_space),
        ("reference", comparison.models[0].name),
        ("seed of the intervals", str(comparison.seed)),
    ]
    for model in comparison.models:
        if model.left_out_rows:
            found.append(
                (f"left out of {model.name}", f"{model.left_out_rows:,} rows that another model did not answer")
            )
    agreement = (
        f"{comparison.agreeing_rows:,} rows get one answer from all; all right on {comparison.all_right_rows:,}, "
        f"all wrong on {comparison.all_wrong_rows:,}"
    )
    found.append(("agreement", agreement))
    return found


def figure_table(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Figures down, models across."""
    shown = [name for name in COMPARED if any(name in model.figures for model in comparison.models)]
    rows = [
        [FIGURES[name], *(str(model.figures[name]) if name in model.figures else "–" for model in comparison.models)]
        for name in shown
    ]
    return ["figure", *(model.name for model in comparison.models)], rows


def cost_table(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """What each model is and costs, models across."""
    lines: list[list[str]] = [
        ["family", *(model.family for model in comparison.models)],
        ["interpretability", *(model.interpretability for model in comparison.models)],
        ["ATT&CK", *(model.attack_version for model in comparison.models)],
    ]
    columns = [_cost_cells(model.cost) for model in comparison.models]
    lines += [[name, *(column[name] for column in columns)] for name in columns[0]]
    lines.append(["digest", *(model.digest for model in comparison.models)])
    return ["", *(model.name for model in comparison.models)], lines


def _cost_cells(cost: Cost | None) -> dict[str, str]:
    known = cost or Cost()
    trained, scored = known.training_machine, known.machine
    return {
        "training, fitting the model": _number(known.training_seconds, " s"),
        "training, with folds and figures": _number(known.run_seconds, " s"),
        "training, most memory of the process": _number(known.peak_memory_mib, " MiB"),
        "scoring 1,000 commands": _number(known.scoring_seconds_per_1000, " s"),
        "scoring, most memory of the process": _number(known.scoring_memory_mib, " MiB"),
        "loading": _number(known.load_seconds, " s"),
        "size on disk": _number(known.size_bytes and known.size_bytes / 1e6, " MB"),
        "parameters": "–" if known.parameters is None else f"{known.parameters:,}",
        "trained on": f"{trained['cpu']}, {trained['cores']} cores" if "cpu" in trained else "–",
        "scored on": f"{scored['cpu']}, {scored['cores']} cores" if "cpu" in scored else "–",
    }


def _number(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:.3g}{unit}" if value < 100 else f"{value:,.0f}{unit}"


def difference_table(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Differences from the reference, by bootstrap over groups."""
    rows = []
    for test in comparison.tests:
        for name, difference in test.differences.items():
            rows.append(
                [
                    FIGURES[name],
                    f"{test.model} − {test.against}",
                    _signed(difference.estimate),
                    _p(difference.p),
                    _p(test.p_holm.get(name)),
                ]
            )
    return list(TEST_HEADER), sorted(rows, key=lambda row: _FIGURE_ORDER[row[0]])


_FIGURE_ORDER = {FIGURES[name]: place for place, name in enumerate(COMPARED)}


def mcnemar_table(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Rows counted by which model is right."""
    rows = []
    for test in comparison.tests:
        for name, found in test.rows.items():
            counts = (found.both, found.model_only, found.reference_only, found.neither)
            model = f"{test.model} − {test.against}"
            rows.append([FIGURES[name], model, *(f"{count:,}" for count in counts), _p(found.p), _p(found.p_holm)])
    return list(MCNEMAR_HEADER), sorted(rows, key=lambda row: _FIGURE_ORDER[row[0]])


def class_comparison_table(comparison: Comparison, most: int | None = None) -> tuple[list[str], list[list[str]]]:
    """F1 of each class, models across; most rows first."""
    first = comparison.models[0]
    scores = [{report.label: report for report in model.per_class} for model in comparison.models]
    rows = [
        [report.label, report.name, f"{report.rows:,}", f"{report.occurrences:,g}"]
        + [f"{found[report.label].f1:.3f}" if report.label in found else "–" for found in scores]
        for report in first.per_class
        if report.rows
    ]
    return ["label", "name", "rows", "occurrences", *(f"F1 {model.name}" for model in comparison.models)], rows[:most]


def disagreement_table(comparison: Comparison, most: int | None = None) -> tuple[list[str], list[list[str]]]:
    """What the models answer where they differ; a right answer is marked."""
    rows = [
        [
            item.truth,
            *(f"{answer} ✓" if answer == item.truth else answer for answer in item.answers),
            f"{item.rows:,}",
            f"{item.occurrences:,g}",
        ]
        for item in comparison.disagreements[:most]
    ]
    return ["true label", *(model.name for model in comparison.models), "rows", "occurrences"], rows


def comparison_markdown(comparison: Comparison) -> str:
    """The whole comparison as Markdown."""
    return "\n".join(_lines(comparison)).rstrip() + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"# Comparison: {escape(_title(comparison.models))}"
    yield ""
    yield from (f"- {escape(name)}: {escape(text)}" for name, text in comparison_facts(comparison))
    yield from (f"- to keep in mind: {escape(note)}" for note in comparison.notes)
    yield from _section("Figures", figure_table(comparison), "Intervals are 95 %, over groups. " + CLASS_NOTE)
    yield from _section("Differences", difference_table(comparison), GROUP_TEST_NOTE)
    yield from _section("Rows that one model gets right", mcnemar_table(comparison), ROW_TEST_NOTE)
    yield from _section("Cost and what it explains", cost_table(comparison), "")
    yield from _section("Classes", class_comparison_table(comparison, MOST_SHOWN), "The largest classes.")
    kinds = f"The commonest of {comparison.disagreement_kinds:,} kinds of disagreement."
    yield from _section("Where they disagree", disagreement_table(comparison, MOST_SHOWN), kinds)


def _section(heading: str, content: tuple[Sequence[str], Sequence[Sequence[str]]], note: str) -> Iterator[str]:
    header, rows = content
    if not rows:
        return
    yield ""
    yield f"## {heading}"
    yield ""
    if note:
        yield note
        yield ""
    yield from table([escape(cell) for cell in header], rows)


def _title(models: Sequence[Compared]) -> str:
    return ", ".join(model.name for model in models)


def comparison_title(comparison: Comparison) -> str:
    return f"Comparison: {_title(comparison.models)}"


def _signed(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    interval = (
        "" if estimate.low is None or estimate.high is None else f" ({estimate.low:+.3f} to {estimate.high:+.3f})"
    )
    return f"{estimate.value:+.3f}{interval}"


def _p(value: float | None) -> str:
    return "–" if value is None else "< 0.0001" if value < 0.0001 else f"{value:.4f}"
