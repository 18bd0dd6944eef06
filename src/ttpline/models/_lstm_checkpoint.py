"""An interrupted training run on disk: how far it is, and everything it needs to go on as if nothing had happened.

    checkpoint.json          which run it is, its epochs so far, and the name and digest of the arrays
    arrays-<epoch>.safetensors  weights, best weights, both moments of Adam

Arrays are written first, under a name of their own; then ``checkpoint.json`` is replaced in one step. So whenever the
machine stops, one whole checkpoint is there.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ttpline.errors import ModelError, ModelFormatError
from ttpline.models._lstm_files import read_arrays, to_safetensors
from ttpline.models._lstm_onnx import Floats

CHECKPOINT_FILE = "checkpoint.json"
_ARRAYS = "arrays-{epoch}.safetensors"
_SCHEMA_VERSION = 1
_MOST_JSON_BYTES = 16 * 2**20


class Epoch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures after one epoch (from 1). Losses are weighted as Keras weights them: see ``_lstm_network.py``.

    ``validation_loss`` is None where no rows are held back, and ``watched`` the loss that early stopping looks at.
    """

    number: int
    loss: float
    validation_loss: float | None
    validation_accuracy: float | None

    @property
    def watched(self) -> float:
        return self.loss if self.validation_loss is None else self.validation_loss


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema_version: int
    run: str
    epochs: tuple[Epoch, ...]
    steps: int
    arrays: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``weights`` now, the ``best`` so far, ``moments`` and ``steps`` of Adam after ``epochs``."""

    epochs: tuple[Epoch, ...]
    steps: int
    weights: dict[str, Floats]
    best: dict[str, Floats]
    moments: dict[str, Floats]


def write_checkpoint(folder: Path, run: str, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint in ``folder``, which is made if need be; ``run`` is the digest of data and settings."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        name = _ARRAYS.format(epoch=len(checkpoint.epochs))
        parts = (("weights", checkpoint.weights), ("best", checkpoint.best), ("moments", checkpoint.moments))
        raw = to_safetensors({f"{part}/{key}": array for part, arrays in parts for key, array in arrays.items()})
        digest = hashlib.sha256(raw).hexdigest()
        document = _Document(_SCHEMA_VERSION, run, checkpoint.epochs, checkpoint.steps, name, digest)
        _replace(folder / name, raw)
        _replace(folder / CHECKPOINT_FILE, msgspec.json.encode(document))
        _remove(folder, besides=name)
    except OSError as error:
        raise ModelError(
            f"the checkpoint cannot be written: {error}", where=str(folder), remedy="choose another folder"
        ) from error


def read_checkpoint(folder: Path, run: str) -> Checkpoint | None:
    """The checkpoint in ``folder``, None where there is none; ``ModelError`` if it is damaged or of another run."""
    path = folder / CHECKPOINT_FILE
    if not path.is_file():
        return None
    anew = "train anew without resuming"
    try:
        if path.stat().st_size > _MOST_JSON_BYTES:
            raise ValueError("it is too large")
        document = msgspec.json.decode(path.read_bytes(), type=_Document)
        if document.schema_version != _SCHEMA_VERSION or not document.epochs:
            raise ValueError(f"schema version {document.schema_version}, {len(document.epochs)} epochs")
        if document.arrays != _ARRAYS.format(epoch=len(document.epochs)):
            raise ValueError(f"it names {document.arrays!r}")
        arrays = folder / document.arrays
        if hashlib.sha256(arrays.read_bytes()).hexdigest() != document.sha256:
            raise ValueError(f"{document.arrays} is damaged")
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
        raise ModelFormatError(f"is no sound checkpoint: {error}", where=str(path), remedy=anew) from error
    if document.run != run:
        raise ModelError(
            "is a checkpoint of another run: the data, the parameters or the seed differ", where=str(path), remedy=anew
        )
    parts: dict[str, dict[str, Floats]] = {"weights": {}, "best": {}, "moments": {}}
    for key, array in read_arrays(arrays).items():
        part, _, name = key.partition("/")
        parts[part][name] = array
    return Checkpoint(document.epochs, document.steps, **parts)


def remove_checkpoint(folder: Path) -> None:
    """Remove what ``write_checkpoint`` wrote, and nothing else."""
    (folder / CHECKPOINT_FILE).unlink(missing_ok=True)
    _remove(folder, besides="")


def _replace(path: Path, raw: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as stream:
        stream.write(raw)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def _remove(folder: Path, *, besides: str) -> None:
    for path in folder.glob(_ARRAYS.format(epoch="*")):
        if path.name != besides:
            path.unlink()
