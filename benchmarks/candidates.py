"""Candidates for the built-in model on the same splits: what each is worth, with intervals, and what it costs.

    python -m benchmarks candidates                              # all: 5 minutes, 30 with the encoder installed
    python -m benchmarks.candidates --only neighbours --no-write # the candidates whose name has that

Splits: ``folds`` are grouped 5-fold over techniques with at least 5 groups in ``atomic_red_team.csv``, groups and
near-duplicates tied; ``other authors`` learns from all of that file and is tested on ``other_authors.csv``. Asked for
by name, ``each author`` leaves out one author after the other and learns from everybody else, and ``group-only`` are
the folds without the ties (they leak, as figures published elsewhere). A candidate's own parameters were set on
``folds``, all others are the built-in model's. ``emulation_plans.csv`` is not read. The baseline has the built-in
model's parameters and learns from rows of data only; one row adds the knowledge's examples.

Writes ``results/candidates.json`` and the table in ``docs/model_candidates.md``.
"""

import argparse
import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scripts.build_model import BUILT_IN, example_rows

from benchmarks import _result
from benchmarks._candidates import encoder as encoders
from benchmarks._candidates.families import Family, KnowledgeAlone
from benchmarks._candidates.fine_tuned import FineTuned, Tuner
from benchmarks._candidates.linear import LinearSvm, Multinomial, Reads
from benchmarks._candidates.neighbours import Neighbours
from benchmarks._candidates.sample import Candidate, Sample, Scores, understood
from benchmarks._candidates.stacked import Stacked
from benchmarks._candidates.tables import put_between_markers, render
from benchmarks._candidates.trees import Trees
from ttpline.datasets.consolidate import to_techniques, with_least_groups
from ttpline.datasets.dataset import Dataset
from ttpline.datasets.load import load_csvs
from ttpline.datasets.near_duplicates import inseparable
from ttpline.datasets.split import Fold, Split, check_leakage, grouped_folds
from ttpline.domain.labelled import LabelledCommand
from ttpline.evaluation import metrics
from ttpline.evaluation.additive import Additive, IntArray, differences
from ttpline.evaluation.built_in import (
    CHARACTER_PARAMS,
    FOLDS,
    LEAST_GROUPS_IN_TABLE,
    SEED,
    STUDY_PARAMS,
    TEXT_FAMILY,
    unlike,
)
from ttpline.evaluation.evaluate import About, evaluate
from ttpline.evaluation.label_space import columns_of
from ttpline.knowledge.load import packaged_digest
from ttpline.models._hybrid_params import HybridParams
from ttpline.models.base import families

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
FILES = ("atomic_red_team.csv", "other_authors.csv")
DOCS = ROOT / "docs" / "model_candidates.md"
BASELINE = "hybrid, as built in"
"""What the others are compared with, row by row."""
SPLITS = ("folds", "other authors", "each author", "group-only")
USUAL_SPLITS = SPLITS[:2]
"""The third one is for the models that matter and takes long for an encoder; the last one leaks."""
SAME = ("data_sha256", "knowledge", "seed", "built_in_params")
"""What two runs must share for their results to stand in one table."""
FIGURES = ("top1", "top3", "macro_f1", "tactic")
MULTINOMIAL_C = 10.0


@dataclass(frozen=True, slots=True)
class Task:
    """A split by its name in the results, and the rows it is of."""

    name: str
    rows: list[LabelledCommand]
    split: Split


def tasks(dataset: Dataset) -> list[Task]:
    """The splits; the first file is learned from, the second is the other authors."""
    rows = to_techniques(dataset.rows)
    origin = rows[0].origin
    own = with_least_groups([row for row in rows if row.origin == origin], LEAST_GROUPS_IN_TABLE)
    strict = grouped_folds(own, FOLDS, SEED)
    check_leakage(own, strict)
    across = _other_authors(rows, origin)
    check_leakage(rows, across)
    return [
        Task("folds", own, strict),
        Task("other authors", rows, across),
        Task("each author", rows, _each_author(rows, origin)),
        Task("group-only", own, grouped_folds(own, FOLDS, SEED, near_duplicates=False)),
    ]


def _other_authors(rows: Sequence[LabelledCommand], first: str) -> Split:
    """Learn from ``first``; test on everybody else."""
    ties, is_test = inseparable(rows), np.array([row.origin != first for row in rows])
    return Split("learn-one-source-test-the-others", SEED, (_fold("other authors", ties, is_test),))


def _each_author(rows: Sequence[LabelledCommand], first: str) -> Split:
    """Leave out each author but ``first`` in turn; learn from all others."""
    ties, origins = inseparable(rows), np.array([row.origin for row in rows])
    folds = [_fold(author, ties, origins == author) for author in sorted(set(origins.tolist()) - {first})]
    return Split("leave-one-author-out", SEED, tuple(folds))


def _fold(name: str, ties: IntArray, is_test: "np.ndarray[Any, np.dtype[np.bool_]]") -> Fold:
    """All that is not tied to a row of the test is learned from."""
    tied = np.isin(ties, ties[is_test]) & ~is_test
    return Fold(name, np.flatnonzero(~is_test & ~tied), np.flatnonzero(is_test), left_out=np.flatnonzero(tied))


def examples_for(task: Task, dataset: Dataset) -> list[LabelledCommand]:
    """The knowledge's examples of the techniques of ``task`` that are near no row of data, as the build takes them."""
    labels = {row.label for row in task.rows}
    examples = to_techniques(unlike(example_rows(BUILT_IN.example_weight), dataset.rows))
    return [row for row in examples if row.label in labels]


def candidates(
    encoder: encoders.Encoder | None, examples: Sequence[LabelledCommand] = ()
) -> list[Callable[[], Candidate]]:
    """Makers of all candidates, the baseline first."""
    built = HybridParams(**BUILT_IN.params)
    closed = replace(built, knows_unseen=False)
    found: list[Callable[[], Candidate]] = [
        partial(Family, BASELINE, _family("hybrid", BUILT_IN.params)),
        partial(
            Family, "hybrid, as built in, with the knowledge's examples", _family("hybrid", BUILT_IN.params), examples
        ),
        partial(
            Family, "hybrid, only techniques with data", _family("hybrid", {**BUILT_IN.params, "knows_unseen": False})
        ),
        partial(Family, "the study's LR: words 1-2 as written", _family(TEXT_FAMILY, STUDY_PARAMS)),
        partial(Family, "LR, characters 2-5 as written", _family(TEXT_FAMILY, CHARACTER_PARAMS)),
        KnowledgeAlone,
        partial(LinearSvm, "hybrid without text", Reads(text=False), closed),
        partial(LinearSvm, "hybrid without votes added", Reads(), replace(closed, vote_weight=0.0)),
        partial(LinearSvm, "hybrid without features of meaning", Reads(meaning=False), closed),
        partial(LinearSvm, "hybrid without knowledge: text and parsed parts", Reads(knowledge=False), closed),
        partial(LinearSvm, "decoded text alone, SVM", Reads(meaning=False, knowledge=False), closed),
        partial(
            Multinomial,
            "multinomial LR over the hybrid's features",
            closed,
            MULTINOMIAL_C,
            closed.vote_weight * closed.sharpness,
        ),
        partial(Trees, "boosted trees: meaning and votes", "boosted"),
        partial(Trees, "extremely randomised trees: meaning and votes", "extra"),
        partial(Neighbours, closed),
        partial(Stacked, closed),
    ]
    if encoder is not None:
        tuner = Tuner()
        found += [
            partial(encoders.Embedded, "frozen encoder (MiniLM), SVM", encoder, closed, beside=False),
            partial(encoders.Embedded, "hybrid and frozen encoder", encoder, closed, beside=True),
            partial(FineTuned, "fine-tuned encoder (MiniLM)", tuner, closed, beside=False),
            partial(FineTuned, "hybrid and fine-tuned encoder, averaged", tuner, closed, beside=True),
        ]
    return found


def _family(name: str, params: dict[str, Any]) -> Callable[[], Any]:
    family = families(plugins=False).get(name)
    return partial(family, family.Params(**params))


@dataclass(frozen=True, slots=True)
class Run:
    """A candidate's scores of the test rows of all folds, as a softmax over all labels, and the processor's seconds."""

    rows: list[LabelledCommand]
    labels: tuple[str, ...]
    probabilities: Scores
    fit_s: list[float]
    score_s: float


def run(make: Callable[[], Candidate], task: Task, samples: dict[int, Sample], understanding_s: float) -> Run:
    """Fit once a fold and score what the fold held out; ``samples`` by the ``id`` of their row."""
    held: list[LabelledCommand] = []
    parts: list[tuple[tuple[str, ...], Scores]] = []
    fit_s: list[float] = []
    scoring = 0.0
    for fold in task.split.folds:
        train = [samples[id(task.rows[at])] for at in fold.train.tolist()]
        test = [samples[id(task.rows[at])] for at in fold.test.tolist()]
        candidate = make()
        start = time.process_time()
        candidate.fit(train, SEED)
        middle = time.process_time()
        scores = candidate.scores(test)
        reading = candidate.reading_s(understanding_s)
        shared = getattr(candidate, "shared_fit_s", 0.0)  # learned for another candidate before
        fit_s.append(middle - start + reading * len(train) + shared)
        scoring += time.process_time() - middle + reading * len(test)
        columns = columns_of(candidate.labels, "technique")  # a family may answer sub-techniques
        parts.append((columns.labels, columns.collapse(_softmax(scores))))
        held += [one.row for one in test]
    labels = tuple(sorted({row.label for row in task.rows}.union(*(known for known, _ in parts))))
    place = {label: at for at, label in enumerate(labels)}
    whole = []
    for known, part in parts:
        aligned = np.zeros((len(part), len(labels)))
        aligned[:, [place[label] for label in known]] = part
        whole.append(aligned)
    return Run(held, labels, np.vstack(whole), fit_s, scoring / len(held))


def _softmax(scores: Scores) -> Scores:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)


def _mean(found: Run, k: int) -> Additive:
    place = {label: at for at, label in enumerate(found.labels)}
    truth: IntArray = np.array([place[row.label] for row in found.rows], np.int64)
    return metrics.mean(f"top{k}", metrics.top_k_hits(truth, found.probabilities, k), np.ones(len(truth)))


def _by_author(found: Run) -> dict[str, dict[str, float]]:
    """Rows of each author, and the share of them whose label is the first, or among the first three."""
    place = {label: at for at, label in enumerate(found.labels)}
    truth: IntArray = np.array([place[row.label] for row in found.rows], np.int64)
    hits = {k: metrics.top_k_hits(truth, found.probabilities, k) for k in (1, 3)}
    authors = np.array([row.origin for row in found.rows])
    return {
        author: {
            "rows": int((authors == author).sum()),
            **{f"top{k}": round(float(hit[authors == author].mean()), 4) for k, hit in hits.items()},
        }
        for author in sorted(set(authors.tolist()))
    }


def measured(name: str, task: Task, found: Run, baseline: Run, dataset: Dataset, resamples: int) -> dict[str, Any]:
    """Figures with intervals over groups, the paired difference in top-1 to the baseline, and times."""
    manifest = dataset.manifest
    about = About(name, manifest.name, manifest.sha256, manifest.attack_version, task.split.name, SEED, name)
    result = evaluate(found.rows, found.probabilities, found.labels, about, resamples=resamples)
    numbers: dict[str, int] = {}
    groups: IntArray = np.array([numbers.setdefault(row.group, len(numbers)) for row in found.rows], np.int64)
    pairs = [(_mean(found, k), _mean(baseline, k)) for k in (1, 3)]
    gains = differences(pairs, groups, seed=SEED, resamples=resamples)
    by_author = {"by_author": _by_author(found)} if task.name == "each author" else {}
    return {
        "name": name,
        **by_author,
        "figures": {figure: result.whole.figures[figure].to_dict() for figure in FIGURES},
        "minus_baseline": {figure: gain.to_dict() for figure, gain in gains.items()},
        "fit_s": round(float(np.mean(found.fit_s)), 2),
        "score_us": round(found.score_s * 1e6),
    }


def compare(
    dataset: Dataset,
    chosen: Sequence[str],
    only: Sequence[str],
    encoder: encoders.Encoder | None,
    resamples: int = 1_000,
) -> Iterator[dict[str, Any]]:
    """The report, again after each candidate with what there is so far."""
    rows = to_techniques(dataset.rows)
    read = understood(rows)
    by_text = {(one.row.command_line, one.row.label, one.row.platform): one for one in read.samples}
    if encoder is not None:
        encoder.of([one.text for one in read.samples])
    report: dict[str, Any] = {
        "data": [file.name for file in dataset.manifest.files],
        "data_sha256": dataset.manifest.sha256,
        "knowledge": packaged_digest(),
        "seed": SEED,
        "baseline": BASELINE,
        "built_in_params": BUILT_IN.params,
        "understanding_us": round(read.seconds_each * 1e6),
        "encoder": None if encoder is None else {"ms_each": round(encoder.seconds / encoder.embedded * 1e3, 1)},
        "splits": {},
    }
    for task in (task for task in tasks(dataset) if task.name in chosen):
        samples = {id(row): by_text[row.command_line, row.label, row.platform] for row in task.rows}
        entry = report["splits"][task.name] = {**_facts(task), "candidates": []}
        baseline: Run | None = None
        makers = candidates(encoder, examples_for(task, dataset))
        for make in makers:
            name = make().name
            if baseline is not None and not any(part in name for part in only):
                continue
            found = run(make, task, samples, read.seconds_each)
            baseline = baseline or found
            entry["candidates"].append(measured(name, task, found, baseline, dataset, resamples))
            yield report


def _facts(task: Task) -> dict[str, Any]:
    tested = [task.rows[at] for fold in task.split.folds for at in fold.test.tolist()]
    trained = [{task.rows[at].label for at in fold.train.tolist()} for fold in task.split.folds]
    unseen = sum(
        task.rows[at].label not in known
        for fold, known in zip(task.split.folds, trained, strict=True)
        for at in fold.test.tolist()
    )
    return {
        "split": task.split.name,
        "rows": len(tested),
        "groups": len({row.group for row in tested}),
        "techniques": len({row.label for row in tested}),
        "training_rows": round(float(np.mean([len(fold.train) for fold in task.split.folds]))),
        "left_out_rows": sum(len(fold.left_out) for fold in task.split.folds),
        "rows_of_techniques_without_data": unseen,
    }


def write(report: dict[str, Any]) -> None:
    """Into the results and the page, beside what runs of other splits or candidates left there.

    Only results of the same data, knowledge, seed and parameters stay: all others are dropped.
    """
    path = _result.RESULTS / "candidates.json"
    folder = os.open(_result.RESULTS, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # two runs at once lose nothing
        last = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if all(last.get(name) == report[name] for name in SAME):
            report = _together(last, report)
        _result.write("candidates", report)
        text = DOCS.read_text(encoding="utf-8")
        DOCS.write_text(put_between_markers(text, render(json.loads(path.read_text("utf-8")))), encoding="utf-8")
    finally:
        os.close(folder)


def _together(last: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    order = {make().name: place for place, make in enumerate(candidates(None))}
    splits = {}
    for name in SPLITS:
        parts = [one["splits"][name] for one in (last, report) if name in one["splits"]]
        if parts:
            found = {one["name"]: one for part in parts for one in part["candidates"]}
            ordered = sorted(found.values(), key=lambda one: (order.get(one["name"], len(order)), one["name"]))
            splits[name] = {**parts[-1], "candidates": ordered}
    return {**report, "encoder": report["encoder"] or last["encoder"], "splits": splits}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="a folder with both files")
    parser.add_argument("--split", action="append", help=f"{', '.join(SPLITS)}; default: the first two")
    parser.add_argument("--only", action="append", help="candidates whose name has this, and the baseline")
    parser.add_argument("--no-write", action="store_true", help="only show the figures")
    options = parser.parse_args()
    dataset = load_csvs([options.data / name for name in FILES], name="shared/data, attack rows")
    encoder = encoders.Encoder() if encoders.is_there() else None
    if encoder is None:
        print(f"{encoders.PACKAGE} is not installed: its candidates are left out", flush=True)
    chosen = options.split or USUAL_SPLITS
    start = time.perf_counter()
    for report in compare(dataset, chosen, options.only or [""], encoder):
        name, last = next(reversed(report["splits"].items()))
        shown = last["candidates"][-1]
        figures = " ".join(f"{figure} {shown['figures'][figure]['value']:.3f}" for figure in FIGURES)
        print(f"{time.perf_counter() - start:6.0f} s  {name}: {shown['name']}: {figures}", flush=True)
        if not options.no_write:
            write(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
