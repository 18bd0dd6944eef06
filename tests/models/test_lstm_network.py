"""The network against the published equations, written out in numpy, and Keras' documented defaults."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'ttpline[deep]'")

from tests.models.lstm_samples import SMALL, Array, arrays_of, by_the_equations, ids_of  # noqa: E402

from ttpline.models._lstm_network import TRAINED, Adam, Network, initial_arrays, reproducible  # noqa: E402


@pytest.mark.parametrize("mask_zero", [False, True])
def test_torch_computes_the_published_equations(mask_zero: bool) -> None:
    arrays, ids = arrays_of(), ids_of()
    network = Network(arrays, replace(SMALL, mask_zero=mask_zero))
    with torch.no_grad():
        found = network.logits(ids).numpy()
    np.testing.assert_allclose(found, by_the_equations(arrays, ids, mask_zero=mask_zero), atol=1e-5)


def test_the_network_runs_over_padding_unless_told_to_mask() -> None:
    arrays, ids = arrays_of(), ids_of()
    running, masked = (by_the_equations(arrays, ids, mask_zero=mask) for mask in (False, True))
    assert np.abs(running - masked)[ids[:, -1] == 0].max() > 0.01
    np.testing.assert_array_equal(running[ids[:, -1] != 0], masked[ids[:, -1] != 0])


def test_weights_go_in_and_come_out_unchanged() -> None:
    arrays = arrays_of()
    out = Network(arrays, SMALL).arrays()
    assert set(out) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(out[name], array)
        assert out[name].flags.c_contiguous


def test_initial_weights_are_drawn_as_keras_draws_them() -> None:
    params = replace(SMALL, embedding=60, units=40)
    arrays = initial_arrays(2000, 37, params, np.random.default_rng(0))
    assert np.abs(arrays["embedding"]).max() <= 0.05
    assert np.abs(arrays["embedding"]).max() > 0.0499
    for name in ("kernel", "dense"):
        limit = np.sqrt(6 / sum(arrays[name].shape))
        assert 0.97 * limit < np.abs(arrays[name]).max() <= limit
    np.testing.assert_allclose(arrays["recurrent"] @ arrays["recurrent"].T, np.eye(40), atol=1e-5)
    assert arrays["bias"].tolist() == [0.0] * 40 + [1.0] * 40 + [0.0] * 80
    assert not arrays["dense_bias"].any()


def test_only_one_of_the_two_biases_of_pytorch_is_trained() -> None:
    network = Network(arrays_of(), SMALL)
    adam = Adam(network.parameters(), SMALL)
    targets = np.zeros(len(ids_of()), np.int64)
    for _ in range(3):
        adam.step(network.losses(network.logits(ids_of()), targets).mean())
    assert not network._lstm.bias_hh_l0.detach().numpy().any()
    assert (network.arrays()["bias"] != arrays_of()["bias"]).all()


def test_a_batch_is_divided_by_its_rows_and_not_by_its_weights() -> None:
    network = Network(arrays_of(), SMALL)
    ids, targets = ids_of(3), np.array([0, 1, 2])
    losses = network.losses(network.logits(ids), targets)
    weights = np.array([10.0, 0.5, 2.0], np.float32)
    expected = float((losses.detach().numpy() * weights).sum()) / 3
    assert float(network.weighted(losses, weights).detach()) == pytest.approx(expected, rel=1e-6)


def test_adam_takes_the_steps_of_keras() -> None:
    """Keras: v -= lr √(1-β₂ᵗ)/(1-β₁ᵗ) · m / (√v + ε), with ε where it matters: beside tiny gradients."""
    start = np.array([1.0, -2.0, 0.5], np.float32)
    tensor = torch.from_numpy(start.copy()).requires_grad_()
    adam = Adam([tensor], replace(SMALL, lr=0.1))
    scale = np.array([1e-7, 1e-3, 1.0])
    value, first, second = start.astype(np.float64), np.zeros(3), np.zeros(3)
    for step in range(1, 6):
        gradient = 2 * value * scale
        first += (gradient - first) * 0.1
        second += (gradient**2 - second) * 0.001
        value = value - 0.1 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step) * first / (np.sqrt(second) + 1e-7)
        adam.step((tensor * tensor * torch.from_numpy(scale.astype(np.float32))).sum())
    np.testing.assert_allclose(tensor.detach().numpy(), value, rtol=2e-5)


def test_settings_of_torch_are_put_back() -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with reproducible(1):
        assert torch.get_num_threads() == 1
        assert torch.are_deterministic_algorithms_enabled()
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before


def test_gradients_are_those_of_finite_differences() -> None:
    arrays, ids, targets = arrays_of(), ids_of(5), np.array([0, 1, 2, 3, 0])
    network = Network(arrays, SMALL)
    loss = network.losses(network.logits(ids), targets).mean()
    gradients = dict(zip(TRAINED, torch.autograd.grad(loss, network.parameters()), strict=True))

    def loss_of(changed: dict[str, Array]) -> float:
        logits = by_the_equations(changed, ids, mask_zero=False)
        sums = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(5), targets]
        return float(sums.mean())

    for name, at in (("bias", (13,)), ("recurrent", (2, 5)), ("kernel", (3, 30)), ("dense", (1, 2))):
        nudged = []
        for sign in (1, -1):
            changed = {key: array.astype(np.float64) for key, array in arrays.items()}
            changed[name][at] += sign * 1e-5
            nudged.append(loss_of(changed))
        turned = at[::-1] if name in ("kernel", "recurrent") else at
        assert float(gradients[name][turned]) == pytest.approx((nudged[0] - nudged[1]) / 2e-5, abs=1e-4)
