"""What every classifier provides, and what it gets for it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ttpline.domain.labelled import LabelledCommand
from ttpline.domain.prediction import Evidence, ModelRef
from ttpline.registry import Registry

Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When to say attack or normal; between the two the verdict is ``uncertain``.

    ``attack``: least probability of not being Normal for the verdict attack; ``normal``: most, for normal.
    """

    attack: float = 0.5
    normal: float = 0.5


class CommandClassifier(ABC):
    """Commands in, one calibrated probability a label out.

    A family is one file in ``models/`` with a subclass under the name ``CLASSIFIER`` and a frozen dataclass ``Params``.
    Saving, checking, calibration and verdicts are done here and in ``_folder.py``, once for all of them.
    """

    family: ClassVar[str]
    Params: ClassVar[type[Any]]

    def __init__(self, params: Any | None = None) -> None:
        self.params = params if params is not None else self.Params()
        self.labels: tuple[str, ...] = ()
        self.attack_version = "18.1"
        self.temperature = 1.0
        self.thresholds = Thresholds()
        self.manifest: dict[str, Any] = {}
        """Data, seed and figures of the training, as they go into ``model.json``."""
        self.ref = ModelRef(self.family, "sha256:unsaved")

    @abstractmethod
    def fit(self, train: Sequence[LabelledCommand], dev: Sequence[LabelledCommand], seed: int) -> None:
        """Learn from ``train`` (weights are ``count``); ``dev`` may be empty and is only for early stopping."""

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


def families(*, plugins: bool = True) -> Registry[type[CommandClassifier]]:
    """The registry of model families."""
    return Registry("ttpline.models", "CLASSIFIER", plugins=plugins)
