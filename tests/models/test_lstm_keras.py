"""``lstm`` against Keras itself, in an interpreter of its own: words, forward pass and training steps.

Runs where ``TTPLINE_KERAS_PYTHON`` names an interpreter with keras (and a backend); Keras is no dependency of ours.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install 'ttpline[deep]'")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'ttpline[deep]'")

from tests.models.lstm_samples import SEED, SMALL, commands, labelled

from ttpline.models._lstm_data import prepare
from ttpline.models._lstm_network import TRAINED, Adam, Network, initial_arrays
from ttpline.models._lstm_onnx import lstm_graph
from ttpline.models._lstm_params import KERAS_FILTERS
from ttpline.models._lstm_scoring import Scorer
from ttpline.models._lstm_words import WordIndex

KERAS_PYTHON = os.environ.get("TTPLINE_KERAS_PYTHON")
pytestmark = pytest.mark.skipif(not KERAS_PYTHON, reason="TTPLINE_KERAS_PYTHON names no interpreter with keras")

ORACLE = Path(__file__).parents[2] / "benchmarks/_keras_lstm.py"
Ask = Callable[[dict[str, Any], Mapping[str, Any]], tuple[dict[str, Any], dict[str, Any]]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Run one job in Keras; gives its arrays and facts."""

    def run(job: dict[str, Any], arrays: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        (tmp_path / "job.json").write_text(json.dumps(job))
        np.savez(tmp_path / "in.npz", **arrays)
        done = subprocess.run(
            [str(KERAS_PYTHON), str(ORACLE), str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        with np.load(tmp_path / "out.npz", allow_pickle=False) as found:
            return {name: found[name] for name in found.files}, json.loads((tmp_path / "out.json").read_text())

    return run


def test_words_are_numbered_as_keras_numbers_them(ask: Ask) -> None:
    learned = [command for command, _ in commands(300)] + ["ΑΣ.Β ΑΣ", "a\rb\u00a0c", "it's 'x'"]
    texts = learned + [command for command, _ in commands(300, seed=44)] + ["", "...", "unheard of " * 20]
    job = {"do": "words", "learned": learned, "texts": texts, "vocabulary": 60, "length": 7}
    index = WordIndex.learn(learned, vocabulary=60, lowercase=True, filters=KERAS_FILTERS)
    np.testing.assert_array_equal(index.ids(texts, 7), ask(job, {})[0]["ids"])


@pytest.mark.parametrize("mask_zero", [False, True])
def test_the_forward_pass_is_that_of_keras(ask: Ask, mask_zero: bool) -> None:
    random = np.random.default_rng(0)
    arrays = initial_arrays(50, 5, SMALL, random)
    arrays["embedding"] *= 20
    ids = random.integers(1, 50, (70, SMALL.length)).astype(np.int32)
    for row in range(70):
        ids[row, 1 + row % SMALL.length :] = 0
    expected = ask({"do": "forward", "mask_zero": mask_zero}, {**arrays, "ids": ids})[0]["probabilities"]
    logits = Scorer(lstm_graph(arrays, SMALL.length, mask_zero=mask_zero), 5, 1).run(ids).astype(np.float64)
    powers = np.exp(logits)
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), expected, atol=2e-6)


def test_training_steps_are_those_of_keras(ask: Ask) -> None:
    """Same first weights, rows in the same order, no dropout: the weights stay together over dozens of steps."""
    params = replace(SMALL, dropout=0.0, batch=10, epochs=3)  # the last batch of an epoch is a smaller one
    data = prepare(labelled(), [], params, SEED)
    arrays = initial_arrays(len(data.index), len(data.labels), params, np.random.default_rng(1))
    rows, dev = data.training, data.validation
    job = {"do": "fit", "lr": params.lr, "batch": params.batch, "epochs": params.epochs, "dropout": 0.0}
    found, facts = ask(
        job,
        {
            **arrays, "ids": rows.ids, "targets": rows.targets, "weights": rows.weights,
            "dev_ids": dev.ids, "dev_targets": dev.targets, "dev_weights": dev.weights,
        },
    )  # fmt: skip
    network = Network(arrays, params)
    adam = Adam(network.parameters(), params)
    losses = []
    for _ in range(params.epochs):
        total = 0.0
        for start in range(0, len(rows), params.batch):
            part = slice(start, start + params.batch)
            each = network.losses(network.logits(rows.ids[part]), rows.targets[part])
            loss = network.weighted(each, rows.weights[part])
            adam.step(loss)
            total += float(loss.detach()) * len(rows.ids[part])
        losses.append(total / len(rows))
    np.testing.assert_allclose(losses, facts["loss"], rtol=1e-4)
    logits = network.logits(dev.ids)
    watched = float(network.weighted(network.losses(logits, dev.targets), dev.weights).detach())
    assert watched == pytest.approx(facts["validation_loss"][-1], rel=1e-3)
    ours = network.arrays()
    for name in TRAINED:
        np.testing.assert_allclose(ours[name], found[name], atol=1e-4, err_msg=name)
