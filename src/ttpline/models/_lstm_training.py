"""The training loop of an LSTM: epochs, early stopping, checkpoints. Deterministic for a seed and number of threads.

What is random in an epoch (the order of rows, dropout) comes from a stream of its own, drawn from the seed and the
number of the epoch. So a run that goes on from a checkpoint needs no state of a generator to be the same run.
"""

import hashlib
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from ttpline.errors import ModelError
from ttpline.models._lstm_checkpoint import Checkpoint, Epoch, read_checkpoint, remove_checkpoint, write_checkpoint
from ttpline.models._lstm_data import TrainingData
from ttpline.models._lstm_network import Adam, Network, initial_arrays, load_torch, reproducible
from ttpline.models._lstm_onnx import Floats
from ttpline.models._lstm_params import LstmParams

Progress = Callable[[Epoch, int], None]
"""Called after each epoch with its figures and the most epochs there can be."""

_WEIGHT_STREAM, _EPOCH_STREAM = 2, 3
"""Which of a seed's random streams; ``_lstm_data.py`` has the first."""

_VALIDATED_AT_ONCE = 1024
"""Rows; only bounds the memory."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The best weights, and the epochs that led there."""

    arrays: dict[str, Floats]
    epochs: tuple[Epoch, ...]
    best_epoch: int


def fit_lstm(
    data: TrainingData,
    params: LstmParams,
    seed: int,
    *,
    checkpoints: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Fitted:
    """Train until ``epochs`` are done or the watched loss has not fallen for ``patience`` of them.

    ``checkpoints``: a folder that gets one after each epoch. ``resume``: go on from the one that is there, if any; the
    result is that of a run without a break. ``ModelError`` if a loss is no number, naming the epoch and the batch.
    """
    load_torch()
    run = _run_of(data, params, seed)
    with reproducible(params.threads):
        training = _Training(data, params, seed)
        if checkpoints is not None and resume:
            found = read_checkpoint(checkpoints, run)
            if found:
                training.go_on(found)
                _log.info("going on after epoch %d of %d", len(found.epochs), params.epochs)
        elif checkpoints is not None:
            remove_checkpoint(checkpoints)
        while not training.is_done:
            epoch = training.epoch()
            if checkpoints is not None:
                write_checkpoint(checkpoints, run, training.checkpoint())
            _log.info("epoch %d of %d: loss %.4f, watched %.4f", epoch.number, params.epochs, epoch.loss, epoch.watched)
            if progress:
                progress(epoch, params.epochs)
    return Fitted(training.best, tuple(training.epochs), training.best_epoch)


def _run_of(data: TrainingData, params: LstmParams, seed: int) -> str:
    """A digest of everything that decides the result."""
    settings = msgspec.json.encode([data.digest(), msgspec.to_builtins(params), seed])
    return f"sha256:{hashlib.sha256(settings).hexdigest()}"


class _Training:
    def __init__(self, data: TrainingData, params: LstmParams, seed: int) -> None:
        self._data = data
        self._params = params
        self._seed = seed
        random = np.random.default_rng([seed, _WEIGHT_STREAM])
        self._start(initial_arrays(len(data.index), len(data.labels), params, random))
        self.best: dict[str, Floats] = {}
        self.epochs: list[Epoch] = []

    def _start(self, arrays: dict[str, Floats]) -> None:
        self._network = Network(arrays, self._params)
        self._adam = Adam(self._network.parameters(), self._params)

    @property
    def best_epoch(self) -> int:
        """The first one with the least watched loss, from 1."""
        return min(self.epochs, key=lambda epoch: (epoch.watched, epoch.number)).number

    @property
    def is_done(self) -> bool:
        done = len(self.epochs)
        return done >= self._params.epochs or (done > 0 and done - self.best_epoch >= self._params.patience)

    def epoch(self) -> Epoch:
        """Train for one epoch more and say how it went."""
        number = len(self.epochs) + 1
        loss = self._train(number)
        validation_loss, accuracy = self._validate(number)
        self.epochs.append(Epoch(number, loss, validation_loss, accuracy))
        if self.best_epoch == number:
            self.best = self._network.arrays()
        return self.epochs[-1]

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(tuple(self.epochs), self._adam.steps, self._network.arrays(), self.best, self._adam.state())

    def go_on(self, checkpoint: Checkpoint) -> None:
        """Be where ``checkpoint`` was written."""
        self._start(checkpoint.weights)
        self._adam.restore(checkpoint.steps, checkpoint.moments)
        self.best, self.epochs = dict(checkpoint.best), list(checkpoint.epochs)

    def _train(self, number: int) -> float:
        """The mean loss over the epoch, each batch weighing as many as its rows, as Keras reports it."""
        rows, params = self._data.training, self._params
        random = np.random.default_rng([self._seed, _EPOCH_STREAM, number])
        order = random.permutation(len(rows))
        total = 0.0
        for batch, start in enumerate(range(0, len(rows), params.batch), 1):
            chosen = order[start : start + params.batch]
            logits = self._network.logits(rows.ids[chosen], self._kept(len(chosen), random))
            loss = self._network.weighted(self._network.losses(logits, rows.targets[chosen]), rows.weights[chosen])
            value = float(loss.detach())
            _check_finite(value, f"epoch {number}, batch {batch}")
            self._adam.step(loss)
            total += value * len(chosen)
        for array in self._network.arrays().values():
            _check_finite(float(np.abs(array).max()), f"the weights of epoch {number}")
        return total / len(rows)

    def _kept(self, rows: int, random: np.random.Generator) -> Floats | None:
        """Dropout's factors: 0, or what keeps the expected value."""
        rate = self._params.dropout
        if not rate:
            return None
        kept = random.random((rows, self._params.units), np.float32) >= np.float32(rate)
        return kept.astype(np.float32) / np.float32(1.0 - rate)

    def _validate(self, number: int) -> tuple[float | None, float | None]:
        """Weighted loss and plain accuracy of the rows that were held back."""
        rows = self._data.validation
        if not len(rows):
            return None, None
        total, right = 0.0, 0
        for start in range(0, len(rows), _VALIDATED_AT_ONCE):
            part = slice(start, start + _VALIDATED_AT_ONCE)
            with load_torch().no_grad():
                logits = self._network.logits(rows.ids[part])
                losses = self._network.losses(logits, rows.targets[part]).numpy().astype(np.float64)
            total += float((losses * rows.weights[part]).sum())
            right += int((logits.numpy().argmax(axis=1) == rows.targets[part]).sum())
        _check_finite(total, f"the validation after epoch {number}")
        return total / len(rows), right / len(rows)


def _check_finite(loss: float, where: str) -> None:
    if not math.isfinite(loss):
        raise ModelError(
            f"training has come to a number that is none ({loss}) in {where}",
            remedy="lower lr, or train with use_counts false if some counts are enormous",
        )
