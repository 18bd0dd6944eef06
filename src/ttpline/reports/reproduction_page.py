"""A ``Reproduction`` as a page: what was run on what, our figures, and on the study's own table the distances."""

from collections.abc import Iterator, Sequence

from ttpline.evaluation.additive import Estimate
from ttpline.evaluation.reproduction import (
    AS_PUBLISHED,
    CLOSE_POINTS,
    PUBLISHED,
    SUPPORTS,
    TEST_ROWS,
    Draw,
    Finding,
    Outcome,
    Reproduction,
    percent,
)
from ttpline.reports.page import Block, Page, Paragraph, Picture, Section, Table

NOT_THE_STUDY = (
    "This is the same study on other commands than the study's: nothing is claimed for the published figures, none is "
    "confirmed or contradicted, and none is shown."
)
_MEASURED_HEADER = (
    "training",
    "accuracy per row",
    "weighted F1 per row",
    "accuracy per occurrence",
    "weighted F1 per occurrence",
    "macro F1",
    "solver or epochs",
    "seconds",
)
_BESIDE_HEADER = (
    *("model", "published accuracy", "ours", "points", "published weighted F1", "ours", "points"),
    *("published macro F1", "ours", "verdict"),
)
_ORDER = ("accuracy", "weighted_f1_all", "accuracy_by_count", "weighted_f1_all_by_count", "macro_f1_all")
_INTERVALS = "In percent, macro F1 from 0 to 1; 95 % intervals by bootstrap over groups"
_PER_ROW = "Per row; in percent, macro F1 from 0 to 1. Intervals are in the next table"
_WORDS = {
    "accuracy": "accuracy per row",
    "accuracy_by_count": "accuracy per occurrence",
    "weighted_f1_all": "weighted F1 per row",
    "weighted_f1_all_by_count": "weighted F1 per occurrence",
}


def reproduction_page(found: Reproduction, *, pictures: bool = False) -> Page:
    """All of it. ``pictures`` needs what draws (``MissingExtraError``)."""
    main = [outcome for outcome in found.outcomes if outcome.variant == AS_PUBLISHED]
    others = [outcome for outcome in found.outcomes if outcome.variant != AS_PUBLISHED]
    sections = []
    if found.is_study:
        sections.append(Section("Published and ours", tuple(_published(found))))
    blocks: list[Block] = [Table(_MEASURED_HEADER, [_measured(each) for each in (*main, found.constant)], _INTERVALS)]
    sections.append(Section("Figures", (*blocks, *(Paragraph(text) for text in _readings(found)))))
    if others:
        sections.append(Section("One thing changed", tuple(_variants(found, others, pictures=pictures))))
    if found.grid:
        sections.append(Section("Grid search", tuple(_grid(found.grid))))
    sections.append(Section("Split", tuple(_split(found))))
    return Page(_title(found), sections, tuple(_summary(found)))


def _title(found: Reproduction) -> str:
    return (
        "The study, reproduced on its own table"
        if found.is_study
        else f"The study, on other commands: {found.data_name}"
    )


def _summary(found: Reproduction) -> Iterator[Block]:
    if not found.is_study:
        yield Paragraph(NOT_THE_STUDY)
    rows = f"{found.train_rows:,} to train, {found.dev_rows:,} to stop by, {found.test_rows:,} to test"
    facts = [
        ("command", found.command),
        ("data", f"{found.data_name}, {found.data_digest}"),
        *(("about it", text) for text in found.about),
        ("split", f"{found.split}, seed {found.seed}"),
        ("rows", f"{rows} ({found.test_groups:,} groups)"),
        ("classes", f"{found.classes}"),
    ]
    yield Table(("what", "which"), facts)
    for note in found.notes:
        yield Paragraph(f"To keep in mind: {note}.")


def _published(found: Reproduction) -> Iterator[Block]:
    findings = found.findings()
    by_model = {each.model: each for each in found.outcomes if each.variant == AS_PUBLISHED}
    yield Table(_BESIDE_HEADER, [_beside(finding, by_model[finding.model]) for finding in findings], _PER_ROW)
    for finding in findings:
        yield Paragraph(f"{finding.model}: {why(finding)}")
    missing = [model for model in PUBLISHED if model not in by_model]
    if missing:
        yield Paragraph(f"Not compared, since not run: {', '.join(missing)}.")


def _beside(finding: Finding, own: Outcome) -> tuple[str, ...]:
    published = finding.published
    return (
        finding.model,
        f"{published.accuracy:.2f}",
        f"{percent(own, 'accuracy'):.2f}",
        f"{finding.accuracy_points:+.2f}",
        f"{published.weighted_f1:.2f}",
        f"{percent(own, 'weighted_f1_all'):.2f}",
        f"{finding.weighted_f1_points:+.2f}",
        "–" if published.macro_f1 is None else f"{published.macro_f1:.2f}",
        f"{own.figures['macro_f1_all'].value or 0.0:.2f}",
        "equal" if finding.is_equal else "differs",
    )


def why(finding: Finding) -> str:
    """What was computed about a difference, and no more than that."""
    if finding.is_equal:
        return "both figures equal the published ones to the digits that are published."
    best = finding.nearest
    pair = f"{_WORDS[best.accuracy]} {percent(best.outcome, best.accuracy):.2f}, "
    pair += f"{_WORDS[best.weighted_f1]} {percent(best.outcome, best.weighted_f1):.2f}"
    off = f"{best.points:.2f} points off"
    text = f"of all trainings of this family the nearest is “{best.outcome.name}” with {pair}: {off}"
    if best.is_close:
        same = (best.outcome.model, best.outcome.variant) == (finding.model, AS_PUBLISHED)
        cause = "Ours as it stands" if same else "That variant"
        return f"{text}. {cause} is near enough ({CLOSE_POINTS} points) to be what the study ran; it is no proof."
    return f"{text}. None comes within {CLOSE_POINTS} points: what differs was not found among what was tried."


def _measured(outcome: Outcome) -> tuple[str, ...]:
    return (
        f"{outcome.model}: {outcome.variant}",
        *(_percent(outcome.figures[name]) for name in _ORDER[:4]),
        str(outcome.figures["macro_f1_all"]),
        _ended(outcome),
        f"{outcome.seconds:.1f}",
    )


def _ended(outcome: Outcome) -> str:
    if outcome.steps is None:
        return "–"
    if outcome.converged is None:
        return f"{outcome.steps} epochs"
    return f"{'converged' if outcome.converged else 'not converged'}, {outcome.steps:,} iterations"


def _percent(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    text = f"{100 * estimate.value:.2f}"
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} ({100 * estimate.low:.2f}–{100 * estimate.high:.2f})"


def _readings(found: Reproduction) -> Iterator[str]:
    least = percent(found.constant, "accuracy")
    yield (
        f"Between two marks: {found.constant.variant} is right in {least:.2f} % of the rows, and whoever gives equal "
        f"commands one answer can be right in {100 * found.ceiling:.2f} % at most."
    )
    below = [
        each.model for each in found.outcomes if each.variant == AS_PUBLISHED and percent(each, "accuracy") < least
    ]
    if below:
        yield f"Below the lower mark per row: {', '.join(below)}."


def _variants(found: Reproduction, others: Sequence[Outcome], *, pictures: bool) -> Iterator[Block]:
    if pictures:
        from ttpline.reports.plots.chart import svg
        from ttpline.reports.plots.reproduction_points import reproduction_chart

        words = "Accuracy against weighted F1 of every training" + (
            ", with the published pairs" if found.is_study else ""
        )
        yield Picture(svg(reproduction_chart(found)), words, words)
    header: tuple[str, ...] = _MEASURED_HEADER
    rows = [list(_measured(each)) for each in others]
    if found.is_study:
        header = (*header, "points off")
        for row, each in zip(rows, others, strict=True):
            row.append(f"{_distance(each):.2f}")
    yield Table(header, rows, _INTERVALS)
    if found.is_study:
        yield Paragraph(
            "Points off: the larger of both distances (accuracy, weighted F1, per row) to the published pair."
        )


def _distance(outcome: Outcome) -> float:
    published = PUBLISHED[outcome.model]
    return max(
        abs(percent(outcome, "accuracy") - published.accuracy),
        abs(percent(outcome, "weighted_f1_all") - published.weighted_f1),
    )


def _grid(grid: object) -> Iterator[Block]:
    assert isinstance(grid, dict)
    points = [
        (
            ", ".join(f"{name} {value}" for name, value in point["parameters"].items()),
            f"{point['mean']:.4f}" if "mean" in point else "–",
            f"{point['std']:.4f}" if "std" in point else point.get("refused", ""),
        )
        for point in grid["points"]
    ]
    best = ", ".join(f"{name} {value}" for name, value in grid["best"]["parameters"].items())
    yield Table(("point", f"{grid['score']}, mean of the folds", "standard deviation"), points)
    yield Paragraph(
        f"Best: {best} ({grid['folds']}, {grid['rows']:,} rows). The study's best has C 10 and no class weights."
    )


def _split(found: Reproduction) -> Iterator[Block]:
    leak = found.leakage
    yield Paragraph(
        f"Of {leak.test_rows:,} test rows {leak.exact_rows:,} have their very command in training, {leak.near_rows:,} "
        f"({leak.share(leak.near_rows):.1%}) a near-duplicate; {leak.copied_rows:,} "
        f"({leak.share(leak.copied_rows):.1%}) are answered rightly by copying the label of "
        "near-duplicates. A figure on such a split is not one on new commands."
    )
    if not found.is_study:
        return
    ours = found.supports
    rows = [
        (label, f"{number:,}", f"{ours.get(label, 0):,}", f"{ours.get(label, 0) - number:+,}")
        for label, number in SUPPORTS.items()
    ]
    rows.append(("all test rows", f"{TEST_ROWS:,}", f"{found.test_rows:,}", f"{found.test_rows - TEST_ROWS:+,}"))
    yield Table(("class", "published test rows", "ours", "difference"), rows)
    yield Table(
        ("reading of the table", "order of the draws", "rows", "test rows", "rows off"),
        [_draw(draw) for draw in found.draws],
        "How the table can be read and drawn; the first was taken",
    )
    yield Paragraph(
        "Test rows of a class follow from its size: equal numbers say that the same rows were dealt, not that the same "
        "ones came into the test part. Which did depends on the order of the rows and the order of the draws."
    )


def _draw(draw: Draw) -> tuple[str, ...]:
    return (
        draw.reading,
        draw.order,
        f"{draw.rows:,}",
        f"{draw.test_rows:,}",
        "–" if draw.off is None else f"{draw.off:,}",
    )
