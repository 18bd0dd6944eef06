"""What every classifier provides, and what it gets for it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ttpline.commands.normalise import model_text, normalise
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import Evidence, ModelRef, Prediction
from ttpline.registry import Registry

if TYPE_CHECKING:
    import polars as pl

    from ttpline.models._grid import GridScores

Probabilities = npt.NDArray[np.float32]
LabelIndices = npt.NDArray[np.intp]

CHUNK_COMMANDS = 32_768
"""Most commands scored at once. Measured: with 4,096 each takes a third longer."""

CHUNK_CHARACTERS = 1_048_576
"""Or fewer, when they are long: bounds the memory of all intermediate arrays to about 100 MB whatever the input."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When to say attack or normal; between the two the verdict is ``uncertain``.

    ``attack``: least probability of not being Normal for the verdict attack; ``normal``: most, for normal.
    """

    attack: float = 0.5
    normal: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 <= self.normal <= self.attack <= 1.0:
            raise ValueError(f"thresholds must be 0 <= normal <= attack <= 1, not {self.normal} and {self.attack}")


class CommandClassifier(ABC):
    """Commands in, one calibrated probability a label out.

    A family is one file in ``models/`` with a subclass under the name ``CLASSIFIER`` and a frozen dataclass ``Params``.
    Saving, checking, calibration and verdicts are done here and in ``_folder.py``, once for all of them.

    Commands are normalised (``commands.normalise``) before anything is done with them, here and in ``fit``, so raw
    and normalised commands get the same answer. An answer depends on its command alone, not on the batch around it.
    """

    family: ClassVar[str]
    Params: ClassVar[type[Any]]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})
    """Parameters under a name (``--preset``); what a preset leaves out has ``Params``' default."""
    grid: ClassVar[Mapping[str, tuple[Any, ...]]] = MappingProxyType({})
    """What ``tune`` tries of each parameter when it is not told; empty: it has to be told."""
    interpretability: ClassVar[str] = "occlusion: the answer with each part left out once"
    """What kind of explanation the family gives, in a few words, for tables that compare families."""

    def __init__(self, params: Any | None = None) -> None:
        self.params = params if params is not None else self.Params()
        self.labels: tuple[str, ...] = ()
        self.attack_version = "18.1"
        self.temperature = 1.0
        """Logits are divided by it; above 1 makes the model less sure."""
        self.thresholds = Thresholds()
        self.manifest: dict[str, Any] = {}
        """Data, seed and figures of the training, as they go into ``model.json``."""
        self.ref = ModelRef(self.family, "sha256:unsaved")

    @abstractmethod
    def fit(self, train: Sequence[LabelledCommand], dev: Sequence[LabelledCommand], seed: int) -> None:
        """Learn from ``train`` (weights are ``count``); ``dev`` may be empty and is only for early stopping."""

    @classmethod
    def score_grid(
        cls, grid: "Sequence[Any]", train: Sequence[LabelledCommand], held: Sequence[str], seed: int
    ) -> "Iterator[GridScores]":
        """For each of ``grid`` (``Params``), in any order: how a model trained on ``train`` rates ``held``.

        A family whose points have work in common overrides this; the answers must be those of separate models.
        """
        from ttpline.models._grid import score_each

        return score_each(cls, grid, train, held, seed)

    @abstractmethod
    def probabilities(self, commands: Sequence[str]) -> Probabilities:
        """Calibrated probabilities, float32 ``[len(commands), len(labels)]``, rows sum to 1."""

    @abstractmethod
    def evidence(self, command: str, labels: Sequence[str]) -> list[tuple[Evidence, ...]]:
        """For each of ``labels``, the parts of ``command`` that speak for it, strongest first."""

    @abstractmethod
    def write(self, folder: Path) -> None:
        """Write the family's own files (arrays, vocabulary) into ``folder``."""

    @abstractmethod
    def restore(self, folder: Path) -> None:
        """Read them back; ``labels``, ``params`` and the rest of ``model.json`` are already set."""

    def normalised(self, command_line: str) -> NormalisedCommand:
        """The command as this family reads it; the spans of its evidence are places in the ``text`` of this.

        Most read what is written; a family that undoes encodings overrides this.
        """
        return normalise(command_line)

    def probabilities_of_column(self, commands: "pl.Series") -> Probabilities:
        """``probabilities`` of a String column, each row on its own (``_distinct.py`` scores repeats once)."""
        return self.probabilities(commands.fill_null("").to_list())

    def evidence_of(self, commands: Sequence[str], labels: LabelIndices) -> list[list[tuple[Evidence, ...]]]:
        """``evidence`` for many commands: row ``i`` of ``labels`` holds indices into ``self.labels``.

        A family that can do it for all at once overrides this.
        """
        names = self.labels
        return [
            self.evidence(command, [names[label] for label in row])
            for command, row in zip(commands, labels.tolist(), strict=True)
        ]

    def predict(
        self,
        commands: Sequence[str],
        *,
        top_k: int = 3,
        label_space: str = "technique",
        attack_version: str | None = None,
        explain: bool = True,
    ) -> list[Prediction]:
        """One prediction a command, in order.

        ``label_space``: technique · subtechnique · tactic, what is ranked (``_ranking.py``). ``attack_version``: the
        version of the ids, None for the model's own. Without ``explain`` there is no evidence, and it is faster.
        """
        from ttpline.models._ranking import ranking_for

        ranking = ranking_for(self.labels, self.attack_version, attack_version, label_space)
        found: list[Prediction] = []
        for chunk in chunks([model_text(command) for command in commands]):
            probabilities = self.probabilities(chunk)
            ranked = ranking.rank(probabilities, top_k)
            evidence = self.evidence_of(chunk, ranked.labels) if explain else None
            found.extend(ranking.predictions(probabilities, ranked, evidence, self.thresholds, self.ref))
        return found

    def save(self, folder: Path, *, card: str | None = None) -> ModelRef:
        """Save as a model folder (``_folder.save_model``); sets and returns ``ref``."""
        from ttpline.models._folder import save_model

        return save_model(self, folder, card=card)


@runtime_checkable
class TrainsInEpochs(Protocol):
    """A family whose ``fit`` goes on step by step, can be interrupted and resumed; these belong to a run, not a model.

    ``checkpoints``: a folder that gets one checkpoint an epoch. ``resume``: go on from the one that is there.
    ``progress``: called after each epoch with its figures (``number`` from 1, ``loss``) and the most epochs.
    """

    checkpoints: Path | None
    resume: bool
    progress: Callable[[Any, int], None] | None


def chunks(
    texts: Sequence[str], most: int = CHUNK_COMMANDS, most_characters: int = CHUNK_CHARACTERS
) -> Iterator[Sequence[str]]:
    """``texts`` in order, in pieces of at most ``most`` and about ``most_characters``."""
    start = characters = 0
    for at, text in enumerate(texts):
        characters += len(text)
        if at - start >= most or (characters > most_characters and at > start):
            yield texts[start:at]
            start, characters = at, len(text)
    if start < len(texts):
        yield texts[start:]


def column_chunks(texts: "pl.Series") -> Iterator[tuple[int, int]]:
    """``chunks`` of a column, as ``(start, end)``."""
    ends = np.cumsum(texts.str.len_bytes().to_numpy(), dtype=np.int64)
    start = 0
    while start < len(ends):
        done = int(ends[start - 1]) if start else 0
        fitting = int(np.searchsorted(ends, done + CHUNK_CHARACTERS, side="right"))
        end = max(start + 1, min(fitting, start + CHUNK_COMMANDS))
        yield start, end
        start = end


def families(*, plugins: bool = True) -> Registry[type[CommandClassifier]]:
    """The registry of model families."""
    return Registry("ttpline.models", "CLASSIFIER", plugins=plugins)
