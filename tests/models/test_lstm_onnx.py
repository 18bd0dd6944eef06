"""The graph that onnxruntime runs; needs no torch."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'ttpline[deep]'")

from tests.models.lstm_samples import LABELS, SMALL, arrays_of, by_the_equations, ids_of

from ttpline.models._lstm_files import LstmParts, graph_of
from ttpline.models._lstm_network import initial_arrays
from ttpline.models._lstm_onnx import lstm_graph
from ttpline.models._lstm_params import LstmParams
from ttpline.models._lstm_scoring import Scorer


@pytest.mark.parametrize("mask_zero", [False, True])
def test_onnxruntime_computes_the_published_equations(mask_zero: bool) -> None:
    arrays, ids = arrays_of(), ids_of()
    scorer = Scorer(lstm_graph(arrays, SMALL.length, mask_zero=mask_zero), LABELS, threads=1)
    np.testing.assert_allclose(scorer.run(ids), by_the_equations(arrays, ids, mask_zero=mask_zero), atol=1e-5)


def test_the_graph_is_sound_onnx() -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed; it only checks the graph here")
    for mask_zero in (False, True):
        graph = onnx.load_from_string(lstm_graph(arrays_of(), SMALL.length, mask_zero=mask_zero))
        onnx.checker.check_model(graph, full_check=True)


@pytest.mark.parametrize("mask_zero", [False, True])
def test_any_number_of_rows_and_threads_gives_the_same_bits(mask_zero: bool) -> None:
    params = LstmParams(mask_zero=mask_zero)  # of the study's size: kernels differ by size
    random = np.random.default_rng(4)
    arrays = initial_arrays(300, 37, params, random)
    ids = random.integers(1, 300, (200, params.length)).astype(np.int32)
    ids[np.arange(params.length) >= random.integers(0, params.length + 1, 200)[:, None]] = 0
    graph = lstm_graph(arrays, params.length, mask_zero=mask_zero)
    whole = Scorer(graph, 37, threads=1).run(ids)
    for threads in (1, 2):
        scorer = Scorer(graph, 37, threads)
        np.testing.assert_array_equal(scorer.logits(ids), whole)
        for rows in (1, 2, 3, 5, 7, 16, 31, 32, 33, 64):
            parts = [scorer.run(ids[start : start + rows]) for start in range(0, len(ids), rows)]
            np.testing.assert_array_equal(np.vstack(parts), whole, err_msg=f"{rows} rows, {threads} threads")


def test_the_same_arrays_always_give_the_same_bytes() -> None:
    parts = LstmParts((), arrays_of())
    turned = LstmParts((), {name: np.asfortranarray(array) for name, array in reversed(arrays_of().items())})
    assert graph_of(parts, SMALL) == graph_of(turned, SMALL)
    assert graph_of(parts, SMALL) != graph_of(parts, replace(SMALL, mask_zero=True))
    assert graph_of(parts, SMALL) != graph_of(LstmParts((), arrays_of(seed=2)), SMALL)


def test_equal_rows_are_computed_once_and_all_answered() -> None:
    scorer = Scorer(lstm_graph(arrays_of(), SMALL.length, mask_zero=False), LABELS, threads=1)
    ids = ids_of(20)
    again = np.concatenate([ids[::-1], ids, ids[3:4]])
    expected = np.concatenate([scorer.run(ids)[::-1], scorer.run(ids), scorer.run(ids[3:4])])
    np.testing.assert_array_equal(scorer.logits(again), expected)
    assert scorer.logits(ids[:0]).shape == (0, LABELS)
