"""Our grid search against scikit-learn's ``GridSearchCV`` over the same pipeline, on one core.

    python -m benchmarks.tune                       # ../shared/data/atomic_red_team.csv, else samples/commands.csv
    python -m benchmarks.tune --data mine.csv --repeat 5

Same folds (scikit-learn's stratified ones), weights, scores and grid (the usual one of ``tfidf-lr``); the pipeline is
``TfidfVectorizer`` with our tokeniser, then ``LogisticRegression``. Both sides run in turn, in one process pinned to
one core and one thread; times are of each whole search without a refit, in wall and in processor seconds. The machine
may be shared, so each round has its own ratio and the spread is given. Exit 1 when the best parameters or any fold's
score differ, or the ratio of the medians (wall) is below the target.
"""

import argparse
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import _result
from ttpline.commands.normalise import model_text
from ttpline.commands.tokens import tokenise
from ttpline.domain.labelled import LabelledCommand

TARGET_RATIO = 1.8
MOST_DIFFERENCE = 1e-6  # of a fold's score
LEAST_ROWS = 3  # of a label, so that every fold can train on it
ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared/data/atomic_red_team.csv"
SAMPLES = ROOT / "samples/commands.csv"
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a labelled CSV instead")
    parser.add_argument("--repeat", type=int, default=3, help="rounds; each side once a round")
    parser.add_argument("--no-write", action="store_true", help="only show the figures")
    options = parser.parse_args()
    _one_core()
    path = options.data or (SHARED if SHARED.exists() else SAMPLES)
    figures = _compare(_rows(path), options.repeat)
    figures = {"data": path.name, **figures}
    if not options.no_write:
        print(f"written to {_result.write('tune', figures)}")
    print(json.dumps(figures, indent=1))
    return 0 if figures["met"] else 1


def _one_core() -> None:
    """Pin this process and start anew where a library has counted the cores already."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.tune", *sys.argv[1:]])


def _rows(path: Path) -> tuple[LabelledCommand, ...]:
    from ttpline.datasets.consolidate import rare_to_other
    from ttpline.datasets.load import load_csvs

    return rare_to_other(load_csvs((path,)), LEAST_ROWS).rows


def _compare(rows: tuple[LabelledCommand, ...], repeat: int) -> dict[str, Any]:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    sides = {"ours": _ours, "sklearn": _theirs}
    wall: dict[str, list[float]] = {side: [] for side in sides}
    processor: dict[str, list[float]] = {side: [] for side in sides}
    found: dict[str, Any] = {}
    with threadpool_limits(1):
        for search in sides.values():
            search(rows[:: len(rows) // 400 + 1])  # imports and first calls
        for _ in range(repeat):
            for side, search in sides.items():
                start, busy = time.perf_counter(), time.process_time()
                found[side] = search(rows)
                wall[side].append(time.perf_counter() - start)
                processor[side].append(time.process_time() - busy)
    ours, theirs = found["ours"], found["sklearn"]
    ratio = statistics.median(wall["sklearn"]) / statistics.median(wall["ours"])
    folds = [f"split{fold}_test_score" for fold in range(len(ours.points[0].scores))]
    differences = np.abs(
        np.array([point.scores for point in ours.points]) - np.column_stack([theirs[f] for f in folds])
    )
    best = dict(ours.points[ours.best].parameters)
    their_best = {name.removeprefix("model__"): value for name, value in theirs["params"][_first_best(theirs)].items()}
    is_equal = best == their_best and float(differences.max()) <= MOST_DIFFERENCE
    return {
        "met": is_equal and ratio >= TARGET_RATIO,
        "ratio": ratio,
        "ratios_by_round": _ratios(wall),
        "processor_ratio": statistics.median(processor["sklearn"]) / statistics.median(processor["ours"]),
        "processor_ratios_by_round": _ratios(processor),
        "target": TARGET_RATIO,
        "equal_best": best == their_best,
        "best": best,
        "sklearn_best": their_best,
        "largest_score_difference": float(differences.max()),
        "allowed_score_difference": MOST_DIFFERENCE,
        "rows": len(rows),
        "labels": len({row.label for row in rows}),
        "points": len(ours.points),
        "folds": ours.split,
        "score": ours.options.score,
        "threads": 1,
        "ours_s": wall["ours"],
        "sklearn_s": wall["sklearn"],
        "means": {json.dumps(dict(point.parameters)): round(point.mean, 6) for point in ours.points},
    }


def _ratios(seconds: dict[str, list[float]]) -> list[float]:
    return [one / other for one, other in zip(seconds["sklearn"], seconds["ours"], strict=True)]


def _first_best(results: dict[str, Any]) -> int:
    return int(np.argmin(results["rank_test_score"]))


def _ours(rows: tuple[LabelledCommand, ...]) -> Any:
    from ttpline.evaluation.grid import Grid
    from ttpline.evaluation.tuning import TuningOptions, tune
    from ttpline.models.tfidf_lr import TfidfLr

    return tune(TfidfLr, Grid(TfidfLr.Params(), TfidfLr.grid), rows, TuningOptions(by="stratified"))


def _theirs(rows: Sequence[LabelledCommand]) -> dict[str, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.pipeline import Pipeline

    from ttpline.models.tfidf_lr import TfidfLr

    params = TfidfLr.Params()
    pipeline = Pipeline(
        [
            (
                "features",
                TfidfVectorizer(
                    tokenizer=_tokens,
                    token_pattern=None,
                    lowercase=False,
                    ngram_range=(params.word_ngram_min, params.word_ngram_max),
                    max_features=params.max_features,
                ),
            ),
            ("model", LogisticRegression(max_iter=params.max_iter, tol=params.tol, random_state=42)),
        ]
    )
    search = GridSearchCV(
        pipeline,
        {f"model__{name}": list(values) for name, values in TfidfLr.grid.items()},
        scoring="f1_weighted",
        cv=StratifiedKFold(3),
        refit=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of labels with fewer rows than folds
        search.fit(
            [model_text(row.command_line) for row in rows],
            np.array([row.label for row in rows]),
            model__sample_weight=np.array([row.count for row in rows]),
        )
    found: dict[str, Any] = search.cv_results_
    return found


def _tokens(text: str) -> list[str]:
    return tokenise(text, lowercase=True)


if __name__ == "__main__":
    sys.exit(main())
