"""The study's network in PyTorch, with Keras' initialisation, loss and optimiser; the only module that needs torch.

Embedding → LSTM → dropout → dense layer. Where PyTorch and Keras differ, Keras is followed:

* PyTorch's LSTM adds two biases where Keras' has one. Both would get the same gradient, so together they would move
  twice as far a step; the second stays 0 and is not trained. The order of gates (input, forget, cell, output) is the
  same; matrices are transposed.
* Keras' Adam adds epsilon to the root of the uncorrected second moment (the paper's "epsilon hat"), PyTorch's to the
  corrected one.
* A batch's loss is the weighted sum over its rows divided by the number of rows, not by the sum of weights.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from ttpline.errors import MissingExtraError
from ttpline.models._lstm_files import array_shapes
from ttpline.models._lstm_onnx import Floats
from ttpline.models._lstm_params import LstmParams
from ttpline.models._lstm_words import PADDING, Ids

Tensor = Any
"""torch is not always installed where types are checked."""

_EMBEDDING_LIMIT = 0.05
"""Keras' ``uniform`` initialiser draws from -0.05 to 0.05."""

TRAINED = ("embedding", "kernel", "recurrent", "bias", "dense", "dense_bias")


def load_torch() -> Any:
    """The torch module, or ``MissingExtraError``."""
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("torch", "deep") from error
    return torch


@contextmanager
def reproducible(threads: int) -> Iterator[None]:
    """torch with so many threads and deterministic operations; its settings are put back at the end."""
    torch = load_torch()
    before = torch.get_num_threads()
    mode = torch.get_deterministic_debug_mode()
    torch.set_num_threads(threads)
    # As use_deterministic_algorithms(True), which would import a compiler (3 s) for its own settings as well.
    torch.set_deterministic_debug_mode("error")
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(mode)
        torch.set_num_threads(before)


def initial_arrays(words: int, labels: int, params: LstmParams, random: np.random.Generator) -> dict[str, Floats]:
    """Weights before training, as Keras' layers draw them by default.

    Embedding: uniform. Kernels: Glorot's uniform over the whole matrix. Recurrent kernel: orthogonal. Biases: 0, but 1
    for the forget gate.
    """
    shapes = array_shapes(words, labels, params)
    units = params.units
    bias = np.zeros(4 * units, np.float32)
    bias[units : 2 * units] = 1.0
    return {
        "embedding": random.uniform(-_EMBEDDING_LIMIT, _EMBEDDING_LIMIT, shapes["embedding"]).astype(np.float32),
        "kernel": _glorot(shapes["kernel"], random),
        "recurrent": _orthogonal(shapes["recurrent"], random),
        "bias": bias,
        "dense": _glorot(shapes["dense"], random),
        "dense_bias": np.zeros(labels, np.float32),
    }


def _glorot(shape: tuple[int, ...], random: np.random.Generator) -> Floats:
    limit = math.sqrt(6.0 / sum(shape))
    return random.uniform(-limit, limit, shape).astype(np.float32)


def _orthogonal(shape: tuple[int, ...], random: np.random.Generator) -> Floats:
    tall = random.standard_normal((max(shape), min(shape)))
    basis, triangle = np.linalg.qr(tall)
    basis *= np.sign(np.diag(triangle))  # makes the distribution uniform, as Keras does
    turned = basis.T if shape[0] < shape[1] else basis
    return np.ascontiguousarray(turned, np.float32)


class Network:
    """``arrays`` (Keras' names and layout) as torch parameters."""

    def __init__(self, arrays: Mapping[str, Floats], params: LstmParams) -> None:
        torch = load_torch()
        self._torch = torch
        self.params = params
        self._mask_zero = params.mask_zero
        self._lstm = torch.nn.LSTM(params.embedding, params.units, batch_first=True)
        with torch.no_grad():
            self._lstm.weight_ih_l0.copy_(torch.from_numpy(np.ascontiguousarray(arrays["kernel"].T)))
            self._lstm.weight_hh_l0.copy_(torch.from_numpy(np.ascontiguousarray(arrays["recurrent"].T)))
            self._lstm.bias_ih_l0.copy_(torch.from_numpy(arrays["bias"].copy()))
            self._lstm.bias_hh_l0.zero_()
        self._lstm.bias_hh_l0.requires_grad_(False)
        self._embedding, self._dense, self._dense_bias = (
            torch.from_numpy(arrays[name].copy()).requires_grad_() for name in ("embedding", "dense", "dense_bias")
        )

    def parameters(self) -> list[Tensor]:
        """What is trained, in the order of ``TRAINED``."""
        lstm = self._lstm
        return [
            self._embedding, lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0, self._dense, self._dense_bias,
        ]  # fmt: skip

    def arrays(self) -> dict[str, Floats]:
        """A copy of the weights as they are now."""
        found = dict(zip(TRAINED, (tensor.detach().numpy() for tensor in self.parameters()), strict=True))
        found["kernel"], found["recurrent"] = found["kernel"].T, found["recurrent"].T
        return {name: np.array(array, np.float32, order="C", copy=True) for name, array in found.items()}

    def logits(self, ids: Ids, keep: Floats | None = None) -> Tensor:
        """``[rows, labels]``; ``keep`` are the dropout's factors of the LSTM's output, None when not training."""
        torch = self._torch
        numbers = torch.from_numpy(np.ascontiguousarray(ids, np.int64))
        outputs, (last, _) = self._lstm(torch.nn.functional.embedding(numbers, self._embedding))
        state = self._at_last_word(outputs, numbers) if self._mask_zero else last[0]
        if keep is not None:
            state = state * torch.from_numpy(keep)
        return torch.addmm(self._dense_bias, state, self._dense)

    def _at_last_word(self, outputs: Tensor, numbers: Tensor) -> Tensor:
        """The state after the last word, 0 where there is none: padding stands only at the end."""
        lengths = (numbers != PADDING).sum(dim=1)
        rows = self._torch.arange(len(numbers))
        state = outputs[rows, (lengths - 1).clamp(min=0)]
        return state * (lengths > 0).to(state.dtype)[:, None]

    def losses(self, logits: Tensor, targets: npt.NDArray[np.int64]) -> Tensor:
        """Categorical cross-entropy of each row."""
        return self._torch.nn.functional.cross_entropy(logits, self._torch.from_numpy(targets), reduction="none")

    def weighted(self, losses: Tensor, weights: Floats) -> Tensor:
        """Keras' ``sum_over_batch_size`` with sample weights."""
        return (losses * self._torch.from_numpy(weights)).sum() / len(weights)


class Adam:
    """Keras' Adam: state in plain tensors, so that a run can be written down and go on."""

    def __init__(self, parameters: list[Tensor], params: LstmParams) -> None:
        torch = load_torch()
        self._torch = torch
        self._parameters = parameters
        self._params = params
        self.steps = 0
        self.first = [torch.zeros_like(tensor) for tensor in parameters]
        self.second = [torch.zeros_like(tensor) for tensor in parameters]

    def step(self, loss: Tensor) -> None:
        """One step down the gradient of ``loss``."""
        torch, params = self._torch, self._params
        gradients = torch.autograd.grad(loss, self._parameters)
        self.steps += 1
        correction = math.sqrt(1.0 - params.beta_2**self.steps) / (1.0 - params.beta_1**self.steps)
        with torch.no_grad():
            for tensor, gradient, first, second in zip(
                self._parameters, gradients, self.first, self.second, strict=True
            ):
                first.lerp_(gradient, 1.0 - params.beta_1)
                second.mul_(params.beta_2).addcmul_(gradient, gradient, value=1.0 - params.beta_2)
                tensor.addcdiv_(first, second.sqrt().add_(params.epsilon), value=-params.lr * correction)

    def state(self) -> dict[str, Floats]:
        """A copy of both moments, by name."""
        moments = (("first", self.first), ("second", self.second))
        return {
            f"{kind}.{name}": tensor.numpy().copy()
            for kind, tensors in moments
            for name, tensor in zip(TRAINED, tensors, strict=True)
        }

    def restore(self, steps: int, state: Mapping[str, Floats]) -> None:
        """Take over what ``state`` gave."""
        self.steps = steps
        for kind, tensors in (("first", self.first), ("second", self.second)):
            for name, tensor in zip(TRAINED, tensors, strict=True):
                tensor.copy_(self._torch.from_numpy(np.array(state[f"{kind}.{name}"])))
