"""The study's second baseline: an LSTM over word numbers, trained with PyTorch, scored with onnxruntime."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np

from ttpline.commands.normalise import model_text
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import Evidence
from ttpline.errors import NotFittedError, UnknownLabelError, UsageError
from ttpline.models._lstm_files import LstmParts, graph_of, read_parts, write_parts
from ttpline.models._lstm_onnx import Floats
from ttpline.models._lstm_params import GRID, MOST_THREADS, PRESETS, LstmParams
from ttpline.models._lstm_scoring import Scorer
from ttpline.models._lstm_words import WordIndex
from ttpline.models.base import CommandClassifier, LabelIndices, Probabilities, chunks

__all__ = ["CLASSIFIER", "Lstm", "LstmParams"]


class Lstm(CommandClassifier):
    """See ``docs/models/lstm.md``. Training needs torch, scoring only onnxruntime; both are in the extra ``deep``.

    ``checkpoints``: a folder for one checkpoint an epoch, ``resume``: go on from the one that is there, ``progress``:
    called after each epoch (``_lstm_training.py``). They belong to a run, not to the model, and are never saved.
    """

    family: ClassVar[str] = "lstm"
    Params: ClassVar[type[LstmParams]] = LstmParams
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = PRESETS
    grid: ClassVar[Mapping[str, tuple[Any, ...]]] = GRID
    interpretability: ClassVar[str] = "occlusion: the change when a word is left out; interactions are not split up"
    params: LstmParams

    def __init__(self, params: LstmParams | None = None) -> None:
        super().__init__(params)
        self.checkpoints: Path | None = None
        self.resume = False
        self.progress: Any = None  # a _lstm_training.Progress
        self._parts: LstmParts | None = None
        self._index: WordIndex | None = None
        self._scorer: Scorer | None = None
        self._threads = self.params.threads

    def fit(self, train: Sequence[LabelledCommand], dev: Sequence[LabelledCommand], seed: int) -> None:
        """Learn from ``train``; without ``dev``, some of it is held back for early stopping (``_lstm_data.prepare``).

        Sets ``manifest["training"]``. The same rows, seed, threads and versions give the same bits. ``DatasetError``
        for less than two labels or words, ``ModelError`` when the loss is no number any more.
        """
        from ttpline.models._lstm_data import prepare
        from ttpline.models._lstm_network import load_torch
        from ttpline.models._lstm_training import fit_lstm

        torch = load_torch()
        data = prepare(train, dev, self.params, seed)
        fitted = fit_lstm(
            data,
            self.params,
            seed,
            checkpoints=self.checkpoints,
            resume=self.resume,
            progress=self.progress,
        )
        self.labels = data.labels
        self.temperature = 1.0
        facts = {
            **data.facts,
            "seed": seed,
            "epochs": [msgspec.to_builtins(epoch) for epoch in fitted.epochs],
            "best_epoch": fitted.best_epoch,
            "stopped_early": len(fitted.epochs) < self.params.epochs,
            "versions": {"torch": str(torch.__version__), "numpy": np.__version__},
        }
        self.manifest = {**self.manifest, "training": facts}
        self._take(LstmParts(data.index.words, fitted.arrays))

    def use_threads(self, threads: int) -> None:
        """Score with so many processor threads from now on; the answers stay the same."""
        if not 1 <= threads <= MOST_THREADS:
            raise UsageError(f"threads must be between 1 and {MOST_THREADS}, not {threads}")
        self._threads = threads
        self._scorer = None

    def probabilities(self, commands: Sequence[str]) -> Probabilities:
        """See the base. One command or many: each gets the same bits."""
        logits = self.logits(commands).astype(np.float64)
        logits /= self.temperature
        logits -= logits.max(axis=1, keepdims=True, initial=-np.inf)
        powers = np.exp(logits)
        probabilities: Probabilities = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        return probabilities

    def logits(self, commands: Sequence[str]) -> Floats:
        """What the network says, before temperature and softmax: float32 ``[commands, labels]``."""
        index, scorer = self._ready()
        found: Floats = np.empty((len(commands), len(self.labels)), np.float32)
        done = 0
        for chunk in chunks(commands):
            texts = [model_text(command) for command in chunk]
            found[done : done + len(chunk)] = scorer.logits(index.ids(texts, self.params.length))
            done += len(chunk)
        return found

    def arrays(self) -> dict[str, Floats]:
        """The weights by Keras' names and in its layout (``_lstm_files.py``)."""
        if self._parts is None:
            raise NotFittedError("the model knows nothing yet", remedy="fit it or load one")
        return dict(self._parts.arrays)

    def evidence(self, command: str, labels: Sequence[str]) -> list[tuple[Evidence, ...]]:
        """By how much each word raises the log-odds of each label; see ``_lstm_evidence.py``."""
        unknown = [label for label in labels if label not in self.labels]
        if unknown:
            raise UnknownLabelError(
                f"the model was not trained on {unknown[0]!r}", remedy=f"it knows: {', '.join(self.labels)}"
            )
        return self.evidence_of([command], np.array([[self.labels.index(label) for label in labels]], np.intp))[0]

    def evidence_of(self, commands: Sequence[str], labels: LabelIndices) -> list[list[tuple[Evidence, ...]]]:
        """``evidence`` for many commands at once."""
        from ttpline.models._lstm_evidence import evidence_rows

        index, scorer = self._ready()
        texts = [model_text(command) for command in commands]
        return evidence_rows(scorer, index, self.params.length, self.temperature, self.labels, texts, labels)

    def write(self, folder: Path) -> None:
        """``weights.safetensors``, ``vocabulary.json`` and ``model.onnx``."""
        write_parts(folder, LstmParts(self._word_index().words, self.arrays()), self.params)

    def restore(self, folder: Path) -> None:
        """Read them back; ``ModelFormatError`` where they do not fit the labels, the parameters or each other."""
        self._take(read_parts(folder, len(self.labels), self.params))

    def __getstate__(self) -> dict[str, Any]:
        """A copy for another process makes its own session of onnxruntime."""
        return {**self.__dict__, "_scorer": None, "progress": None}

    def _take(self, parts: LstmParts) -> None:
        params = self.params
        self._parts = parts
        self._index = WordIndex(parts.words, lowercase=params.lowercase, filters=params.filters)
        self._scorer = None

    def _word_index(self) -> WordIndex:
        if self._index is None:
            raise NotFittedError("the model knows nothing yet", remedy="fit it or load one")
        return self._index

    def _ready(self) -> tuple[WordIndex, Scorer]:
        index = self._word_index()
        if self._scorer is None and self._parts is not None:
            self._scorer = Scorer(graph_of(self._parts, self.params), len(self.labels), self._threads)
        assert self._scorer is not None
        return index, self._scorer


CLASSIFIER = Lstm
