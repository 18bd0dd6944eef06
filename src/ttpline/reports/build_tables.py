"""What ``make model`` measured, as the Markdown in ``docs/model.md``: a pure function of its JSON report."""

from collections.abc import Iterator, Mapping
from typing import Any

from ttpline.errors import UsageError
from ttpline.evaluation.additive import Estimate
from ttpline.evaluation.result import EvaluationResult
from ttpline.reports.evaluation_table import escape, table, to_markdown

BEGIN, END = "<!-- figures: begin, written by make model -->", "<!-- figures: end -->"
LEAST_ROWS = 100
"""A share of fewer says little."""


def render_build_report(report: Mapping[str, Any]) -> str:
    """Every table of the report."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def put_between_markers(text: str, body: str) -> str:
    """``text`` with ``body`` in place of what stands between the two markers; ``UsageError`` if they are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"the text has no markers {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{body}\n{END}{after}"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"- model: `{report['model']['digest']}`, {report['bytes'] / 1e6:.1f} MB"
    yield f"- data: `{report['data_sha256']}`, seed {report['seed']}"
    yield ""
    yield from _baselines([EvaluationResult.from_dict(result) for result in report["baselines"]])
    yield from _normal_weights(report["normal_weights"])
    yield from _sources(report)
    yield from _alarms(report["alarms"])
    for result in report["results"]:
        yield to_markdown(EvaluationResult.from_dict(result))


def _baselines(results: list[EvaluationResult]) -> Iterator[str]:
    first = results[0]
    yield "### Features compared"
    yield ""
    yield (
        f"Atomic Red Team alone, seed {first.seed}: {first.whole.rows:,} rows, {first.classes} techniques, "
        f"{first.whole.groups:,} groups. No Normal class. `group-only` parts near-duplicates and flatters."
    )
    yield ""
    names = ("top1", "top3", "macro_f1", "tactic", "ece_equal_mass")
    rows = [[result.split, result.name, *(str(result.whole.figures[name]) for name in names)] for result in results]
    yield from table(["split", "features", "top-1", "top-3", "macro F1", "tactic", "ECE before calibration"], rows)
    yield ""


def _normal_weights(tried: list[Mapping[str, Any]]) -> Iterator[str]:
    yield "### Weight of an ordinary command"
    yield ""
    yield "Learned from Atomic Red Team and half of the ordinary pages, tested on all other authors and the other half."
    yield "Chosen by the mean recall at 1 in 100 of both halves."
    yield ""
    names = ("recall_at_1_in_100", "recall_at_1_in_1000", "top1", "top3", "macro_f1")
    header = [
        "weight",
        "examples",
        "both halves",
        "recall at 1 in 100",
        "recall at 1 in 1,000",
        "top-1",
        "top-3",
        "macro F1",
    ]
    rows = [
        [
            f"{row['weight']:g}",
            f"{row['examples']:,}",
            f"{row['mean_recall']:.3f}",
            *_estimates(row["figures"], names),
        ]
        for row in tried
    ]
    yield from table(header, rows)
    yield ""


def _sources(report: Mapping[str, Any]) -> Iterator[str]:
    yield "### Each author left out"
    yield ""
    yield "Learned from all others (several authors are left out at a time); attack rows, techniques ranked."
    yield ""
    yield from _parts("author", report["left_out_sources"])
    yield "### Each emulation plan"
    yield ""
    yield f"Learned from none of them. Errors on {', '.join(report['plans_read'])} were read, those on the others not."
    yield ""
    yield from _parts("plan", report["plans"])


def _parts(what: str, parts: list[Mapping[str, Any]]) -> Iterator[str]:
    rows = [
        [
            escape(part["source"]),
            str(part["rows"]),
            str(part["groups"]),
            *_estimates(part["figures"], ("top1", "top3", "tactic")),
        ]
        for part in parts
    ]
    yield from table([what, "rows", "groups", "top-1", "top-3", "tactic"], rows)
    yield ""


def _alarms(sources: list[Mapping[str, Any]]) -> Iterator[str]:
    yield "### Alarms by source"
    yield ""
    yield f"Ordinary commands whose page was not learned from, calibrated; sources of at least {LEAST_ROWS} rows."
    yield ""
    found = sorted(sources, key=lambda row: (-row["rows"], row["source"]))
    rows = [
        [escape(row["source"]), f"{row['rows']:,}", str(row["alarms"]), f"{row['alarms'] / row['rows']:.3f}"]
        for row in found
        if row["rows"] >= LEAST_ROWS
    ]
    yield from table(["source", "rows", "alarms", "share"], rows)
    yield ""


def _estimates(figures: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    return [str(Estimate.from_dict(figures[name])) if name in figures else "–" for name in names]
