"""The models of one training run, made so that somebody can watch them and the last one can be interrupted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ttpline.errors import UsageError
from ttpline.models.base import CommandClassifier, TrainsInEpochs

Tell = Callable[[str], None]
"""Takes what the run does now, such as ``fold 2 of 5, epoch 3 of 10, loss 0.4142``."""


def check_checkpoints(family: type[CommandClassifier], out: Path, checkpoints: Path | None, resume: bool) -> None:
    """``UsageError`` where checkpoints make no sense, before anything is read."""
    if checkpoints is None:
        if resume:
            raise UsageError("--resume needs the folder to go on from", remedy="give it with --checkpoints DIR")
        return
    if not isinstance(family(), TrainsInEpochs):
        raise UsageError(
            f"{family.family} is trained in one go and leaves no checkpoints",
            remedy="leave --checkpoints and --resume out",
        )
    inside, folder = checkpoints.absolute().resolve(), out.absolute().resolve()
    if inside == folder or folder in inside.parents:
        raise UsageError(
            "checkpoints cannot lie in the model's own folder",
            where=str(checkpoints),
            remedy="give --checkpoints another folder",
        )


class WatchedModels:
    """Makes them all with the same parameters; only the one that is kept has ``checkpoints``, as the models of folds
    are thrown away and would write over its own."""

    def __init__(
        self,
        family: type[CommandClassifier],
        params: Any,
        tell: Tell | None = None,
        *,
        checkpoints: Path | None = None,
        resume: bool = False,
    ) -> None:
        self._family, self._params, self._tell = family, params, tell
        self._checkpoints, self._resume = checkpoints, resume
        self._stage = ""

    def stage(self, text: str) -> None:
        """What is trained from now on."""
        self._stage = text
        if self._tell:
            self._tell(text)

    def fold_model(self) -> CommandClassifier:
        model = self._family(self._params)
        if self._tell and isinstance(model, TrainsInEpochs):
            model.progress = self._epoch
        return model

    def final_model(self) -> CommandClassifier:
        model = self.fold_model()
        if isinstance(model, TrainsInEpochs):
            model.checkpoints, model.resume = self._checkpoints, self._resume
        return model

    def _epoch(self, epoch: Any, most: int) -> None:
        if self._tell:
            self._tell(f"{self._stage}, epoch {epoch.number} of {most}, loss {epoch.loss:.4f}")
