"""The reference classifier: TF-IDF and multinomial logistic regression, scored without scikit-learn."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ttpline.commands.normalise import model_text, model_texts
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import Evidence
from ttpline.errors import NotFittedError, UnknownLabelError
from ttpline.models._block import Block, Weights
from ttpline.models._characters import CharacterFeatures
from ttpline.models._tfidf_files import BLOCK_NAMES, LinearParts, Storage, read_parts, shrunk, write_parts
from ttpline.models._tfidf_params import GRID, PRESETS, TfidfLrParams
from ttpline.models._words import WordFeatures
from ttpline.models.base import CommandClassifier, LabelIndices, Probabilities, chunks, column_chunks

__all__ = ["CLASSIFIER", "TfidfLr", "TfidfLrParams"]

if TYPE_CHECKING:
    import polars as pl

    from ttpline.models._grid import GridScores

FEW = 16
"""Up to so many commands are scored one by one, without polars and SciPy: faster, and a command alone needs neither
import."""


class TfidfLr(CommandClassifier):
    """See ``docs/models/tfidf-lr.md``."""

    family: ClassVar[str] = "tfidf-lr"
    Params: ClassVar[type[TfidfLrParams]] = TfidfLrParams
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = PRESETS
    grid: ClassVar[Mapping[str, tuple[Any, ...]]] = GRID
    interpretability: ClassVar[str] = "exact additive shares: the parts of a command sum to its log-probability"
    params: TfidfLrParams

    def __init__(self, params: TfidfLrParams | None = None) -> None:
        super().__init__(params)
        self._blocks: tuple[Block, ...] = ()
        self._intercept: Weights = np.empty(0, np.float32)
        self._storage: Storage = "float32"
        self._scales: dict[str, Weights] = {}

    def fit(self, train: Sequence[LabelledCommand], dev: Sequence[LabelledCommand], seed: int) -> None:
        """Learn from ``train``; ``dev`` is not needed, as the solver's own tolerance ends the training.

        Sets ``manifest["training"]``, and warns (``NotConvergedWarning``) when ``max_iter`` ended it instead.
        """
        from ttpline.models._tfidf_fit import fit_tfidf_lr

        fitted = fit_tfidf_lr(
            [model_text(row.command_line) for row in train],
            [row.label for row in train],
            [row.count for row in train],
            self.params,
            seed,
        )
        self.labels = fitted.labels
        self.temperature = 1.0
        self.manifest = {**self.manifest, "training": fitted.facts}
        self._take(
            LinearParts(
                {name: block.vocabulary for name, block in fitted.blocks.items()},
                {name: block.idf for name, block in fitted.blocks.items()},
                {name: block.coefficients.astype(np.float32) for name, block in fitted.blocks.items()},
                fitted.intercept.astype(np.float32),
            )
        )

    @classmethod
    def score_grid(
        cls, grid: Sequence[TfidfLrParams], train: Sequence[LabelledCommand], held: Sequence[str], seed: int
    ) -> "Iterator[GridScores]":
        """See the base; features are made once for all points that have the same."""
        from ttpline.models._tfidf_grid import score_tfidf_grid

        return score_tfidf_grid(grid, train, held, seed)

    def probabilities(self, commands: Sequence[str]) -> Probabilities:
        """See the base. One command or many, alone or in a column: each gets the same bits."""
        return _softmax(self.logits(commands))

    def probabilities_of_column(self, commands: "pl.Series") -> Probabilities:
        """See the base; no Python object a row, as long as rows are ASCII."""
        return _softmax(self._logits_of_column(commands))

    def logits(self, commands: Sequence[str]) -> Weights:
        """What the softmax is taken of: float32 ``[commands, labels]``, already divided by the temperature."""
        if len(commands) > FEW:
            import polars as pl

            try:
                column = pl.Series(commands, dtype=pl.String)
            except UnicodeEncodeError:  # lone surrogates
                column = pl.Series([model_text(command) for command in commands], dtype=pl.String)
            return self._logits_of_column(column)
        blocks = self._ready()
        logits: Weights = np.empty((len(commands), len(self.labels)), np.float32)
        for row, command in enumerate(commands):
            text = model_text(command)
            total = self._intercept
            for block in blocks:
                part = block.score_one(text)
                total = total if part is None else total + part
            logits[row] = total
        return self._tempered(logits)

    def evidence(self, command: str, labels: Sequence[str]) -> list[tuple[Evidence, ...]]:
        """Exact shares of the logit; see ``_linear_evidence.py``."""
        return self.evidence_of([command], np.array([[self._index(label) for label in labels]], np.intp))[0]

    def evidence_of(self, commands: Sequence[str], labels: LabelIndices) -> list[list[tuple[Evidence, ...]]]:
        """``evidence`` for many commands at once."""
        from ttpline.models._linear_evidence import evidence_rows

        texts = [model_text(command) for command in commands]
        found: list[list[tuple[Evidence, ...]]] = []
        for chunk in chunks(texts):
            at = len(found)
            found += evidence_rows(self._ready(), self.temperature, self.labels, chunk, labels[at : at + len(chunk)])
        return found

    def explain_text(self, command: str, label: str) -> tuple[list[tuple[tuple[int, int], float]], float]:
        """``((start, end), weight)`` for every part of the normalised text, and the weight of no part at all.

        Their sum is the centred logit of ``label``: by how much its log-probability exceeds the mean over all labels.
        """
        from ttpline.models._linear_evidence import full_breakdown

        blocks, index = self._ready(), self._index(label)
        bias = (float(self._intercept[index]) - float(self._intercept.mean(dtype=np.float64))) / self.temperature
        return full_breakdown(blocks, self.temperature, model_text(command), index), bias

    def shrink(self, storage: Storage) -> None:
        """Round the coefficients so that they take half (float16) or a quarter (int8) of the room on disk.

        The rounded model is the one that scores from now on, saved or not; evaluate it after shrinking.
        """
        self._ready()
        self._take(shrunk(self._parts(), storage))
        self.manifest = {**self.manifest, "storage": storage}

    def write(self, folder: Path) -> None:
        """``weights.safetensors`` and ``vocabulary.json``."""
        self._ready()
        write_parts(folder, self._parts())

    def restore(self, folder: Path) -> None:
        """Read them back; ``ModelFormatError`` where they do not fit the labels or each other."""
        self._take(read_parts(folder, len(self.labels)))

    def _parts(self) -> LinearParts:
        by_name = {_name_of(block): block for block in self._blocks}
        return LinearParts(
            {name: list(block.features.vocabulary) for name, block in by_name.items()},
            {name: block.idf for name, block in by_name.items()},
            {name: block.coefficients for name, block in by_name.items()},
            self._intercept,
            self._storage,
            self._scales,
        )

    def _take(self, parts: LinearParts) -> None:
        params = self.params
        blocks = []
        for name in BLOCK_NAMES:
            if name not in parts.vocabularies:
                continue
            vocabulary = parts.vocabularies[name]
            features: WordFeatures | CharacterFeatures
            if name == "words":
                features = WordFeatures(
                    vocabulary, params.word_ngram_min, params.word_ngram_max, lowercase=params.lowercase
                )
            else:
                features = CharacterFeatures(
                    vocabulary, params.char_ngram_min, params.char_ngram_max, lowercase=params.lowercase
                )
            idf, coefficients = parts.idf[name], np.ascontiguousarray(parts.coefficients[name], np.float32)
            blocks.append(Block(features, idf, coefficients, sublinear=params.sublinear_tf, norm=params.norm))
        self._blocks = tuple(blocks)
        self._storage, self._scales = parts.storage, parts.scales
        self._intercept = np.asarray(parts.intercept, np.float32)

    def _ready(self) -> tuple[Block, ...]:
        if not self._blocks:
            raise NotFittedError("the model knows nothing yet", remedy="fit it or load one")
        return self._blocks

    def _index(self, label: str) -> int:
        if label not in self.labels:
            raise UnknownLabelError(
                f"the model was not trained on {label!r}", remedy=f"it knows: {', '.join(self.labels)}"
            )
        return self.labels.index(label)

    def _logits_of_column(self, commands: "pl.Series") -> Weights:
        blocks = self._ready()
        texts = model_texts(commands)
        logits: Weights = np.empty((texts.len(), len(self.labels)), np.float32)
        for start, end in column_chunks(texts):
            rows = logits[start:end]
            rows[:] = self._intercept
            for block in blocks:
                rows += block.score(texts[start:end])
        return self._tempered(logits)

    def _tempered(self, logits: Weights) -> Weights:
        if self.temperature != 1.0:
            logits /= np.float32(self.temperature)
        return logits


def _name_of(block: Block) -> str:
    return "words" if isinstance(block.features, WordFeatures) else "characters"


def _softmax(logits: Weights) -> Probabilities:
    """In place."""
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits


CLASSIFIER = TfidfLr
