"""Text and meaning together: what a command looks like, what its parts mean, and what the knowledge says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ttpline.commands.normalise import model_text, normalise
from ttpline.commands.parts import split_parts
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import NORMAL, Evidence, Prediction
from ttpline.errors import NotFittedError, UnknownLabelError
from ttpline.knowledge.load import knowledge_ids, packaged_digest
from ttpline.models._block import Block
from ttpline.models._characters import CharacterFeatures
from ttpline.models._hybrid_labels import LabelTree, label_tree
from ttpline.models._hybrid_params import HybridParams
from ttpline.models._hybrid_parts import Floats, HybridParts, read_parts, rounded, write_parts
from ttpline.models._meaning_block import MeaningBlock
from ttpline.models._meaning_features import Read, as_column_text, read
from ttpline.models.base import CommandClassifier, LabelIndices, Probabilities

if TYPE_CHECKING:
    from ttpline.commands.understand import Understander

__all__ = ["CLASSIFIER", "Hybrid", "HybridParams"]

CHUNK = 1_024
"""Commands understood at once: their facts take some 10 KB each."""
FEW = 16
"""Up to so many commands are scored one by one, without polars and SciPy: a command alone needs neither import."""
_LEAST = 1e-30


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the techniques and leaves that have weights stand among all of the labels'."""

    techniques: LabelIndices
    leaves: LabelIndices
    vote_weights: npt.NDArray[np.float64]
    """For each technique, what a step of a vote adds to its margin."""

    @classmethod
    def of(cls, tree: LabelTree, parts: HybridParts, params: HybridParams) -> "Columns":
        techniques = np.array([tree.techniques.index(name) for name in parts.techniques], np.intp)
        leaves = np.array([tree.leaves.index(name) for name in parts.leaves], np.intp)
        weights = np.full(len(tree.techniques), params.unseen_vote_weight)
        weights[techniques] = params.vote_weight
        return cls(techniques, leaves, weights)


class Hybrid(CommandClassifier):
    """See ``docs/models/hybrid.md``."""

    family: ClassVar[str] = "hybrid"
    interpretability: ClassVar[str] = "the entries of the knowledge that hold, and exact shares of the text"
    Params: ClassVar[type[HybridParams]] = HybridParams
    params: HybridParams

    def __init__(self, params: HybridParams | None = None) -> None:
        super().__init__(params)
        self._parts: HybridParts | None = None
        self._known: dict[str, Read] = {}
        """The commands of the chunk at hand."""

    @cached_property
    def _understander(self) -> "Understander":
        from ttpline.commands.understand import built_in

        return built_in()

    def normalised(self, command_line: str) -> NormalisedCommand:
        """With every encoding undone that ``commands.decode`` knows."""
        from ttpline.commands.decode import decode

        decoded = decode(model_text(command_line))
        if not decoded.layers:
            return normalise(command_line)
        kinds = tuple(dict.fromkeys(layer.kind for layer in decoded.layers))
        text = as_column_text(decoded.text)
        return NormalisedCommand(text, command_line, kinds, split_parts(text))

    def fit(self, train: Sequence[LabelledCommand], dev: Sequence[LabelledCommand], seed: int) -> None:
        """Learn from ``train``; ``dev`` is not needed."""
        from ttpline.models._hybrid_fit import fit_hybrid

        labels = {row.label for row in train}
        if self.params.knows_unseen:
            labels |= knowledge_ids(self._understander.knowledge)
        self.labels = label_tree(labels).labels
        self.temperature = 1.0
        found = [self._read(row.command_line) for row in train]
        fitted = fit_hybrid(
            [one.text for one in found],
            [one.features for one in found],
            [row.label for row in train],
            [row.count if self.params.use_counts else 1.0 for row in train],
            self.params,
            seed,
        )
        self.manifest = {**self.manifest, "training": {**fitted.facts, "knowledge": packaged_digest()}}
        self._take(rounded(fitted.parts))

    def probabilities(self, commands: Sequence[str]) -> Probabilities:
        """See the base. One command or many: each gets the same bits."""
        self._ready()
        found = np.empty((len(commands), len(self.labels)), np.float32)
        for start in range(0, len(commands), CHUNK):
            chunk = [self._read(command) for command in commands[start : start + CHUNK]]
            found[start : start + len(chunk)] = self._probabilities(chunk)
        return found

    def predict(
        self,
        commands: Sequence[str],
        *,
        top_k: int = 3,
        label_space: str = "technique",
        attack_version: str | None = None,
        explain: bool = True,
    ) -> list[Prediction]:
        """See the base; each command is understood once, for its probabilities and for its evidence."""
        found: list[Prediction] = []
        for start in range(0, len(commands), CHUNK):
            chunk = commands[start : start + CHUNK]
            self._known = {command: self._read(command) for command in dict.fromkeys(map(model_text, chunk))}
            try:
                found += super().predict(
                    chunk, top_k=top_k, label_space=label_space, attack_version=attack_version, explain=explain
                )
            finally:
                self._known = {}
        return found

    def evidence(self, command: str, labels: Sequence[str]) -> list[tuple[Evidence, ...]]:
        """The facts and the parts of the text that speak for each label; see ``_hybrid_evidence.py``."""
        unknown = [label for label in labels if label not in self.labels]
        if unknown:
            raise UnknownLabelError(
                f"the model was not trained on {unknown[0]!r}", remedy=f"it knows: {', '.join(self.labels)}"
            )
        return self.evidence_of([command], np.array([[self.labels.index(label) for label in labels]], np.intp))[0]

    def evidence_of(self, commands: Sequence[str], labels: LabelIndices) -> list[list[tuple[Evidence, ...]]]:
        """``evidence`` for many commands at once."""
        from ttpline.models._hybrid_evidence import HybridEvidence

        reader = HybridEvidence(self._ready(), self._text, self._meaning, self.params, self.temperature)
        chosen = [[self.labels[place] for place in row] for row in labels.tolist()]
        return reader.rows([self._read(command) for command in commands], chosen)

    def write(self, folder: Path) -> None:
        """``weights.safetensors`` and ``vocabulary.json``."""
        write_parts(folder, self._ready(), packaged_digest())

    def restore(self, folder: Path) -> None:
        """Read them back; ``ModelFormatError`` where they do not fit the labels or the knowledge at hand."""
        self._take(read_parts(folder, label_tree(self.labels), packaged_digest()))

    @cached_property
    def tree(self) -> LabelTree:
        """The labels as techniques and leaves."""
        return label_tree(self.labels)

    def _read(self, command: str) -> Read:
        known = self._known.get(command)
        return known if known is not None else read(self._understander.understand(model_text(command)))

    def _take(self, parts: HybridParts) -> None:
        self.__dict__.pop("tree", None)
        arrays, params = parts.arrays, self.params
        self._parts = parts
        characters = CharacterFeatures(parts.characters, params.char_ngram_min, params.char_ngram_max, lowercase=True)
        columns = np.hstack([arrays["characters.technique"], arrays["characters.verdict"][:, None]])
        self._text = Block(
            characters,
            arrays["characters.idf"].astype(np.float64),
            np.ascontiguousarray(columns, np.float32),
            sublinear=True,
            norm="l2",
        )
        heads = [arrays["meaning.technique"], arrays["meaning.verdict"][:, None], arrays["meaning.leaf"]]
        self._meaning = MeaningBlock(parts.meaning, np.ascontiguousarray(np.hstack(heads), np.float32))
        self._intercepts = np.concatenate([arrays["technique"], arrays["verdict"]])
        self._columns = Columns.of(self.tree, parts, params)

    def _ready(self) -> HybridParts:
        if self._parts is None:
            raise NotFittedError("the model knows nothing yet", remedy="fit it or load one")
        return self._parts

    def _probabilities(self, found: Sequence[Read]) -> Probabilities:
        tree, params, columns, parts = self.tree, self.params, self._columns, self._ready()
        techniques = len(parts.techniques)
        meaning = self._meaning.score([one.features for one in found])
        heads = self._text_scores([one.text for one in found])
        heads += meaning[:, : techniques + 1]
        heads += self._intercepts
        votes = [one.understanding.votes for one in found]
        margins = np.full((len(found), len(tree.techniques)), params.unseen_margin)
        margins[:, columns.techniques] = heads[:, :techniques]
        margins += columns.vote_weights * tree.technique_votes(votes)
        leaf_margins = np.full((len(found), len(tree.leaves)), params.unseen_margin)
        leaf_margins[:, columns.leaves] = meaning[:, techniques + 1 :] + parts.arrays["leaf"]
        leaf_margins += params.vote_weight * tree.leaf_votes(votes)
        shares = _softmax(margins * params.sharpness)[:, tree.technique_of]
        shares *= _within(leaf_margins * params.sharpness, tree)
        return _tempered(self._with_normal(shares, heads[:, techniques]), self.temperature)

    def _text_scores(self, texts: Sequence[str]) -> Floats:
        width = self._text.coefficients.shape[1]
        if len(texts) > FEW:
            import polars as pl

            return np.asarray(self._text.score(pl.Series(texts, dtype=pl.String)), np.float32)
        found = np.zeros((len(texts), width), np.float32)
        for row, text in enumerate(texts):
            part = self._text.score_one(text)
            if part is not None:
                found[row] = part
        return found

    def _with_normal(self, shares: Any, verdict: Floats) -> Any:
        if not self.tree.has_normal:
            return shares
        attack = 1.0 / (1.0 + np.exp(-verdict.astype(np.float64)))
        whole = np.empty((len(shares), len(self.labels)))
        normal = self.labels.index(NORMAL)
        whole[:, normal] = 1.0 - attack
        whole[:, np.arange(len(self.labels)) != normal] = shares * attack[:, None]
        return whole


def _softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(axis=1, keepdims=True)


def _within(logits: Any, tree: LabelTree) -> Any:
    """A softmax among the leaves of each technique."""
    highest = np.maximum.reduceat(logits, tree.starts, axis=1)[:, tree.technique_of]
    powers = np.exp(logits - highest)
    return powers / np.add.reduceat(powers, tree.starts, axis=1)[:, tree.technique_of]


def _tempered(probabilities: Any, temperature: float) -> Probabilities:
    if temperature != 1.0:
        probabilities = _softmax(np.log(np.maximum(probabilities, _LEAST)) / temperature)
    return np.asarray(probabilities, np.float32)


CLASSIFIER = Hybrid
