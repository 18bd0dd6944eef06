"""What ``benchmarks.candidates`` measured, as the Markdown in ``docs/model_candidates.md``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ttpline.errors import UsageError
from ttpline.evaluation.additive import Estimate
from ttpline.reports.evaluation_table import table

BEGIN, END = "<!-- figures: begin, written by python -m benchmarks candidates -->", "<!-- figures: end -->"
TITLES = {
    "folds": "Grouped 5-fold on Atomic Red Team, near-duplicates tied",
    "other authors": "Learned from Atomic Red Team, tested on other authors",
    "each author": "Each author left out in turn, learned from all others",
    "group-only": "Grouped 5-fold on Atomic Red Team, near-duplicates parted (leaks)",
}


def put_between_markers(text: str, body: str) -> str:
    """``text`` with ``body`` in place of what stands between the two markers; ``UsageError`` if they are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"the text has no markers {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{body}\n{END}{after}"


def render(report: Mapping[str, Any]) -> str:
    """Every table of the report."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    machine = report.get("machine", {})
    yield f"- data: {', '.join(report['data'])}, `{report['data_sha256']}`, seed {report['seed']}"
    yield f"- knowledge: `{report['knowledge']}`"
    yield f"- understanding a command: {report['understanding_us']} µs, in the times below where a candidate needs it"
    encoder = report["encoder"]
    yield (
        "- the encoder's package was not installed: its candidates are missing"
        if encoder is None
        else f"- embedding a command: {encoder['ms_each']} ms, in the times of the encoder's candidates"
    )
    if machine:
        yield f"- machine: {machine['cpu']}, one thread, processor time"
    for name, split in report["splits"].items():
        yield ""
        yield from _split(name, split, report["baseline"])


def _split(name: str, split: Mapping[str, Any], baseline: str) -> Iterator[str]:
    yield f"### {TITLES[name]}"
    yield ""
    yield (
        f"{split['rows']:,} rows in {split['groups']:,} groups, {split['techniques']} techniques; learned from "
        f"{split['training_rows']:,} rows each time; {split['rows_of_techniques_without_data']} rows have a technique "
        f"that was not learned; {split['left_out_rows']} rows left out of training as near-duplicates of the test."
    )
    yield ""
    rows = [
        [
            one["name"],
            *(str(Estimate.from_dict(one["figures"][figure])) for figure in ("top1", "top3", "macro_f1")),
            "–" if one["name"] == baseline else _signed(one["minus_baseline"]["top1"]),
            f"{one['fit_s']:.1f}",
            f"{one['score_us']:,}",
        ]
        for one in split["candidates"]
    ]
    yield from table(["candidate", "top-1", "top-3", "macro F1", "top-1 against built in", "fit, s", "score, µs"], rows)
    if name == "each author":
        yield ""
        yield from _by_author(split["candidates"])


def _by_author(candidates: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Top-1 and top-3 of each candidate on each author's rows, without intervals: an author has few."""
    rows = [
        [author, f"{first['rows']:,}"]
        + [f"{one['by_author'][author]['top1']:.3f}, {one['by_author'][author]['top3']:.3f}" for one in candidates]
        for author, first in candidates[0]["by_author"].items()
    ]
    yield from table(["author: top-1, top-3", "rows", *(one["name"] for one in candidates)], rows)


def _signed(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:+.3f} ({figure['low']:+.3f} to {figure['high']:+.3f})"
