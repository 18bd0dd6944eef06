"""The files of an LSTM: ``weights.safetensors``, ``vocabulary.json`` and ``model.onnx``.

Arrays have Keras' names and layout (gates in the order input, forget, cell, output), so that they can be given to
Keras' ``set_weights`` as they are; ``V`` word numbers, ``E`` wide vectors, ``U`` units, ``C`` labels:

    embedding [V, E] · kernel [E, 4U] · recurrent [U, 4U] · bias [4U] · dense [U, C] · dense_bias [C]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ttpline.errors import ModelFormatError
from ttpline.models._lstm_onnx import Floats, lstm_graph
from ttpline.models._lstm_params import LstmParams
from ttpline.models._lstm_words import FIRST_WORD

WEIGHTS_FILE = "weights.safetensors"
VOCABULARY_FILE = "vocabulary.json"
GRAPH_FILE = "model.onnx"
_AGAIN = "train the model again"


@dataclass(frozen=True, slots=True)
class LstmParts:
    """``words`` in the order of their numbers, from 2 on, and the ``arrays``."""

    words: tuple[str, ...]
    arrays: dict[str, Floats]


def array_shapes(words: int, labels: int, params: LstmParams) -> dict[str, tuple[int, ...]]:
    """The shape of each array; ``words`` counts numbers, padding and ``<unk>`` among them."""
    embedding, units = params.embedding, params.units
    return {
        "embedding": (words, embedding),
        "kernel": (embedding, 4 * units),
        "recurrent": (units, 4 * units),
        "bias": (4 * units,),
        "dense": (units, labels),
        "dense_bias": (labels,),
    }


def to_safetensors(arrays: Mapping[str, Floats]) -> bytes:
    """The arrays as safetensors, which writes memory as it lies: in Fortran order that is the transpose, unnoticed."""
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def graph_of(parts: LstmParts, params: LstmParams) -> bytes:
    """``model.onnx`` of these parts; always the same bytes."""
    return lstm_graph(parts.arrays, params.length, mask_zero=params.mask_zero)


def write_parts(folder: Path, parts: LstmParts, params: LstmParams) -> None:
    """Write the three files; every bit is kept."""
    (folder / WEIGHTS_FILE).write_bytes(to_safetensors(parts.arrays))
    (folder / VOCABULARY_FILE).write_bytes(msgspec.json.encode(parts.words) + b"\n")
    (folder / GRAPH_FILE).write_bytes(graph_of(parts, params))


def read_parts(folder: Path, labels: int, params: LstmParams) -> LstmParts:
    """Read them back; ``ModelFormatError`` where they do not fit ``params``, ``labels`` or each other.

    ``model.onnx`` is compared with the graph that the arrays give, never parsed: what another program wrote is refused.
    """
    words = _read_words(folder / VOCABULARY_FILE, params)
    path = folder / WEIGHTS_FILE
    arrays = read_arrays(path)
    shapes = array_shapes(len(words) + FIRST_WORD, labels, params)
    found = {name: array.shape for name, array in arrays.items()}
    if found != shapes:
        raise ModelFormatError(f"arrays {found} instead of {shapes}", where=str(path), remedy=_AGAIN)
    for name, array in arrays.items():
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise ModelFormatError(f"{name} is not all finite float32", where=str(path), remedy=_AGAIN)
    parts = LstmParts(words, arrays)
    graph = folder / GRAPH_FILE
    if not graph.is_file() or graph.read_bytes() != graph_of(parts, params):
        raise ModelFormatError("is not the graph of these weights", where=str(graph), remedy=_AGAIN)
    return parts


def read_arrays(path: Path) -> dict[str, Floats]:
    """The arrays of a safetensors file."""
    try:
        return load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise ModelFormatError(f"cannot be read: {error}", where=str(path), remedy=_AGAIN) from error


def _read_words(path: Path, params: LstmParams) -> tuple[str, ...]:
    try:
        words = msgspec.json.decode(path.read_bytes(), type=tuple[str, ...])
    except (OSError, msgspec.MsgspecError) as error:
        raise ModelFormatError(f"cannot be read: {error}", where=str(path), remedy=_AGAIN) from error
    if len(set(words)) != len(words) or len(words) + FIRST_WORD > params.vocabulary:
        raise ModelFormatError(
            f"holds a word twice or more than {params.vocabulary} numbers", where=str(path), remedy=_AGAIN
        )
    return words
