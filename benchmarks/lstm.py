"""Scoring of ``lstm`` by onnxruntime against Keras' own ``model.predict``: same weights, same rows, batch 32, one core.

    TTPLINE_KERAS_PYTHON=/path/to/python python -m benchmarks.lstm     # writes results/lstm.json

Keras is no dependency: it runs in the interpreter that ``TTPLINE_KERAS_PYTHON`` names (keras and a backend; see
``docs/models/lstm.md``); without one the benchmark says so and ends well. Both sides get word numbers and run in
processes of their own, in turn, on the same core; times are the best of the repetitions in wall seconds. The network
has the study's size and starting weights: what they are does not change the time. Exit 1 when the ratio is below the
target or the two sides disagree.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import _result

SEED = 20_260_501
TARGET_RATIO = 3.0
BATCH = 32
ROWS = 6_400
LABELS = 37  # as many as the study has
SPREAD = 20.0  # of first weights, so that rows differ in their answers as with trained ones
MOST_DIFFERENCE = 1e-5  # of a probability
KERAS = "TTPLINE_KERAS_PYTHON"
CHILD = Path(__file__).with_name("_keras_lstm.py")
PACKAGES = ("torch", "onnxruntime")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeat", type=int, default=3, help="rounds; each side once a round, three passes each")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        _ours(options.work)
        return 0
    interpreter = os.environ.get(KERAS)
    if not interpreter:
        print(f"skipped: {KERAS} names no Python with keras")
        return 0
    if hasattr(os, "sched_setaffinity"):  # children inherit it
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        figures = _compare(Path(folder), interpreter, options.rows, options.repeat)
    path = _result.write("lstm", figures)
    print(json.dumps(figures, indent=1))
    print(f"written to {path}")
    return 0 if figures["met"] else 1


def _compare(folder: Path, interpreter: str, rows: int, repeat: int) -> dict[str, Any]:
    _prepare(folder, rows)
    commands = {"ours": [sys.executable, "-m", "benchmarks.lstm", "--work"], "keras": [interpreter, str(CHILD)]}
    seconds: dict[str, list[float]] = {"ours": [], "keras": []}
    answers, facts = {}, {}
    for _ in range(repeat):
        for side, command in commands.items():
            subprocess.run([*command, str(folder)], check=True)
            facts[side] = json.loads((folder / "out.json").read_text())
            seconds[side] += facts[side].pop("seconds")
            with np.load(folder / "out.npz", allow_pickle=False) as found:
                answers[side] = found["probabilities"]
    best = {side: min(times) for side, times in seconds.items()}
    ratio = best["keras"] / best["ours"]
    difference = float(np.abs(answers["ours"] - answers["keras"]).max())
    equal = int((answers["ours"].argmax(axis=1) == answers["keras"].argmax(axis=1)).sum())
    return {
        "met": ratio >= TARGET_RATIO and difference <= MOST_DIFFERENCE,
        "ratio": ratio,
        "target": TARGET_RATIO,
        "rows": rows,
        "batch": BATCH,
        "threads": 1,
        "seed": SEED,
        "ours_us_per_row": best["ours"] / rows * 1e6,
        "keras_us_per_row": best["keras"] / rows * 1e6,
        "equal_labels": equal,
        "largest_difference": difference,
        "all_ours_s": seconds["ours"],
        "all_keras_s": seconds["keras"],
        "keras": facts["keras"],
        "versions": {name: version(name) for name in PACKAGES},
    }


def _prepare(folder: Path, rows: int) -> None:
    from ttpline.models._lstm_network import initial_arrays
    from ttpline.models._lstm_params import LstmParams

    params = LstmParams()
    random = np.random.default_rng(SEED)
    arrays: dict[str, Any] = dict(initial_arrays(params.vocabulary, LABELS, params, random))
    arrays["embedding"] *= SPREAD
    arrays["dense"] *= SPREAD
    ids = random.integers(1, params.vocabulary, (rows, params.length)).astype(np.int32)
    lengths = random.integers(1, params.length + 1, rows)
    ids[np.arange(params.length) >= lengths[:, None]] = 0
    np.savez(folder / "in.npz", ids=ids, **arrays)
    (folder / "job.json").write_text(json.dumps({"do": "time", "repeat": 3}))


def _ours(folder: Path) -> None:
    """One side, in a process of its own: each batch of 32 through the network to probabilities."""
    from ttpline.models._lstm_onnx import lstm_graph
    from ttpline.models._lstm_scoring import Scorer

    with np.load(folder / "in.npz", allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files}
    ids = arrays.pop("ids")
    scorer = Scorer(lstm_graph(arrays, ids.shape[1], mask_zero=False), LABELS, threads=1)
    scorer.run(ids[:320])
    seconds = []
    for _ in range(json.loads((folder / "job.json").read_text())["repeat"]):
        start = time.perf_counter()
        probabilities = np.vstack([_softmax(scorer.run(ids[at : at + BATCH])) for at in range(0, len(ids), BATCH)])
        seconds.append(time.perf_counter() - start)
    np.savez(folder / "out.npz", probabilities=probabilities)
    (folder / "out.json").write_text(json.dumps({"seconds": seconds}))


def _softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


if __name__ == "__main__":
    sys.exit(main())
