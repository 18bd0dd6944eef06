"""Text and meaning together: what a command looks like, what its parts mean, and what the knowledge says of it."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ttpline.commands.normalise import model_text, normalise
from ttpline.commands.parts import split_parts
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.parsed import DecodedCommand
from ttpline.domain.prediction import Evidence, Prediction
from ttpline.errors import NotFittedError, UnknownLabelError
from ttpline.knowledge.load import knowledge_ids, packaged_digest
from ttpline.models._block import Block
from ttpline.models._characters import CharacterFeatures
from ttpline.models._hybrid_labels import label_tree
from ttpline.models._hybrid_params import HybridParams
from ttpline.models._hybrid_parts import HybridParts, read_parts, rounded, write_parts
from ttpline.models._hybrid_read import Read
from ttpline.models._hybrid_shares import LabelShares
from ttpline.models._meaning_block import MeaningBlock
from ttpline.models._meaning_features import as_column_text, meaning_features
from ttpline.models.base import CommandClassifier, LabelIndices, Probabilities, chunks

if TYPE_CHECKING:
    from ttpline.commands.understand import Understander
    from ttpline.models._hybrid_evidence import HybridEvidence

__all__ = ["CLASSIFIER", "Hybrid", "HybridParams"]

CHUNK = 512
CHUNK_TEXT = 1 << 17
"""Commands, and their characters, understood at once: facts take 10 KB each, and some hundred bytes a character."""
MOST_REMEMBERED = 16_384
DECODED_TEXT = 1 << 18
"""Commands whose decoding is remembered, more than the pipeline asks for at once; and, where there is something to
remember, their characters: each may take some hundred bytes."""


class Hybrid(CommandClassifier):
    """See ``docs/models/hybrid.md``."""

    family: ClassVar[str] = "hybrid"
    interpretability: ClassVar[str] = "the entries of the knowledge that hold, and exact shares of the text"
    Params: ClassVar[type[HybridParams]] = HybridParams
    params: HybridParams

    def __init__(self, params: HybridParams | None = None) -> None:
        super().__init__(params)
        self._parts: HybridParts | None = None
        self._lately: dict[str, DecodedCommand | None] = {}
        self._room = DECODED_TEXT
        """The texts of the last prediction and what they were decoded to, None where there was nothing to undo: who
        asks what a command is will ask for its text next."""

    @cached_property
    def _understander(self) -> "Understander":
        from ttpline.commands.understand import built_in

        return built_in()

    @cached_property
    def _explainer(self) -> "HybridEvidence":
        from ttpline.models._hybrid_evidence import HybridEvidence

        return HybridEvidence(self.labels, self._ready().techniques, self._text, self._meaning, self.params)

    def normalised(self, command_line: str) -> NormalisedCommand:
        """With every encoding undone that ``commands.decode`` knows."""
        text = model_text(command_line)
        decoded = self._lately[text] if text in self._lately else _decoded(text)
        if decoded is None:
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
        pieces = _chunks([row.command_line for row in train])
        found = [one for piece in pieces for one in self._understander.understand_all(piece)]
        fitted = fit_hybrid(
            [as_column_text(one.text) for one in found],
            [meaning_features(one) for one in found],
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
        found = [self._probabilities(self._read(chunk)) for chunk in _chunks(commands)]
        return np.concatenate([*found, np.empty((0, len(self.labels)), np.float32)])

    def predict(
        self,
        commands: Sequence[str],
        *,
        top_k: int = 3,
        label_space: str = "technique",
        attack_version: str | None = None,
        explain: bool = True,
    ) -> list[Prediction]:
        """See the base; each command is read once, for its probabilities and for its evidence."""
        from ttpline.models._ranking import ranking_for

        self._ready()
        self._lately.clear()
        self._room = DECODED_TEXT
        ranking = ranking_for(self.labels, self.attack_version, attack_version, label_space)
        found: list[Prediction] = []
        for chunk in _chunks(commands):
            read = self._read(chunk)
            probabilities = self._probabilities(read)
            ranked = ranking.rank(probabilities, top_k)
            evidence = self._evidence(read, ranked.labels) if explain else None
            found += ranking.predictions(probabilities, ranked, evidence, self.thresholds, self.ref)
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
        self._ready()
        found: list[list[tuple[Evidence, ...]]] = []
        for chunk in _chunks(commands):
            found += self._evidence(self._read(chunk), labels[len(found) : len(found) + len(chunk)])
        return found

    def write(self, folder: Path) -> None:
        """``weights.safetensors`` and ``vocabulary.json``."""
        write_parts(folder, self._ready(), packaged_digest())

    def restore(self, folder: Path) -> None:
        """Read them back; ``ModelFormatError`` where they do not fit the labels or the knowledge at hand."""
        self._take(read_parts(folder, label_tree(self.labels), packaged_digest()))

    def _read(self, texts: Sequence[str]) -> Read:
        """The normalised ``texts``, equal ones understood once."""
        distinct = list(dict.fromkeys(texts))
        known = dict(zip(distinct, self._understander.understand_all(distinct), strict=True))
        if len(self._lately) + len(known) <= MOST_REMEMBERED:
            for text, one in known.items():
                if not one.decoded.layers:
                    self._lately[text] = None
                elif len(text) <= self._room:
                    self._room -= len(text)
                    self._lately[text] = one.decoded
        found = [known[text] for text in texts]
        return Read.of(found, self._characters, self._text, self._meaning)

    def _take(self, parts: HybridParts) -> None:
        self.__dict__.pop("_explainer", None)
        arrays, params = parts.arrays, self.params
        self._parts = parts
        self._characters = CharacterFeatures(
            parts.characters, params.char_ngram_min, params.char_ngram_max, lowercase=True
        )
        columns = np.hstack([arrays["characters.technique"], arrays["characters.verdict"][:, None]])
        self._text = Block(
            self._characters,
            arrays["characters.idf"].astype(np.float64),
            np.ascontiguousarray(columns, np.float32),
            sublinear=True,
            norm="l2",
        )
        self._shares = LabelShares(label_tree(self.labels), parts, params)
        leaves = arrays["meaning.leaf"][:, self._shares.leaf_columns]
        heads = [arrays["meaning.technique"], arrays["meaning.verdict"][:, None], leaves]
        weights = np.ascontiguousarray(np.hstack(heads), np.float32)
        self._meaning = MeaningBlock(parts.meaning, weights, len(parts.techniques))
        self._intercepts = np.concatenate([arrays["technique"], arrays["verdict"]])

    def _ready(self) -> HybridParts:
        if self._parts is None:
            raise NotFittedError("the model knows nothing yet", remedy="fit it or load one")
        return self._parts

    def _probabilities(self, read: Read) -> Probabilities:
        meaning = self._meaning.score(read.meaning)
        heads = self._text.score_weighed(read.counted)
        heads += meaning[:, : heads.shape[1]]
        heads += self._intercepts
        votes = [one.votes for one in read.found]
        return self._shares.of(heads, meaning[:, heads.shape[1] :], votes, self.temperature)

    def _evidence(self, read: Read, labels: LabelIndices) -> list[list[tuple[Evidence, ...]]]:
        return self._explainer.rows(read, labels, self.temperature)


def _decoded(text: str) -> DecodedCommand | None:
    from ttpline.commands.decode import decode

    decoded = decode(text)
    return decoded if decoded.layers else None


def _chunks(commands: Sequence[str]) -> Iterator[Sequence[str]]:
    return chunks([model_text(command) for command in commands], CHUNK, CHUNK_TEXT)


CLASSIFIER = Hybrid
