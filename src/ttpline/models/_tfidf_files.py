"""The files of a linear text model: ``weights.safetensors`` and ``vocabulary.json``."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

import msgspec
import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ttpline.errors import ModelFormatError

WEIGHTS_FILE = "weights.safetensors"
VOCABULARY_FILE = "vocabulary.json"
BLOCK_NAMES = ("words", "characters")


Storage = Literal["float32", "float16", "int8"]

_LARGEST_INT8 = 127
_DTYPES = {"float32": np.float32, "float16": np.float16, "int8": np.int8}


@dataclass(frozen=True, slots=True)
class LinearParts:
    """What a linear text model is made of, by block name; ``coefficients`` are ``[features, labels]``.

    ``storage``: how coefficients are stored. As float16 and int8 they are stored exactly too, because ``shrunk``
    has rounded them to what the type can hold; with int8 each feature has a scale.
    """

    vocabularies: dict[str, list[str]]
    idf: dict[str, npt.NDArray[np.float64]]
    coefficients: dict[str, npt.NDArray[np.float32]]
    intercept: npt.NDArray[np.float32]
    storage: Storage = "float32"
    scales: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)


def shrunk(parts: LinearParts, storage: Storage) -> LinearParts:
    """``parts`` with coefficients rounded to ``storage``: what is scored from then on, and stored without loss."""
    if storage == "float32":
        return replace(parts, storage=storage, scales={})
    if storage == "float16":
        coefficients = {name: array.astype(np.float16).astype(np.float32) for name, array in parts.coefficients.items()}
        return replace(parts, coefficients=coefficients, storage=storage, scales={})
    scales = {name: scales_of(array) for name, array in parts.coefficients.items()}
    coefficients = {name: of_int8(quantised(parts.coefficients[name], scales[name]), scales[name]) for name in scales}
    return replace(parts, coefficients=coefficients, storage=storage, scales=scales)


def scales_of(coefficients: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """For each feature (row), what one of its 127 steps is worth."""
    scales: npt.NDArray[np.float32] = (np.abs(coefficients).max(axis=1, initial=0.0) / _LARGEST_INT8).astype(np.float32)
    return scales


def quantised(coefficients: npt.NDArray[np.float32], scales: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """The coefficients in steps of their row's scale."""
    divisor = np.where(scales > 0, scales, np.float32(1.0))[:, None]
    rounded = np.rint(coefficients / divisor)
    return np.clip(rounded, -_LARGEST_INT8, _LARGEST_INT8).astype(np.int8)


def of_int8(steps: npt.NDArray[np.int8], scales: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The inverse of ``quantised``; doing both again changes nothing."""
    coefficients: npt.NDArray[np.float32] = steps.astype(np.float32)
    coefficients *= scales[:, None]
    return coefficients


def write_parts(folder: Path, parts: LinearParts) -> None:
    """Write both files; nothing is lost: arrays keep their type and every bit."""
    arrays: dict[str, npt.NDArray[np.generic]] = {"intercept": parts.intercept}
    for name in parts.vocabularies:
        arrays[f"{name}.idf"] = parts.idf[name]
        coefficients = parts.coefficients[name]
        if parts.storage == "int8":
            arrays[f"{name}.scales"] = parts.scales[name]
            arrays[f"{name}.coefficients"] = quantised(coefficients, parts.scales[name])
        else:
            arrays[f"{name}.coefficients"] = coefficients.astype(_DTYPES[parts.storage])
    (folder / WEIGHTS_FILE).write_bytes(to_safetensors(arrays))
    (folder / VOCABULARY_FILE).write_bytes(msgspec.json.encode(parts.vocabularies) + b"\n")


def to_safetensors(arrays: dict[str, npt.NDArray[np.generic]]) -> bytes:
    """The arrays as safetensors, which writes memory as it lies: in Fortran order that is the transpose, unnoticed."""
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def read_parts(folder: Path, labels: int) -> LinearParts:
    """Read both files of a model with so many ``labels``; their digests are checked already."""
    vocabularies = _read_vocabularies(folder / VOCABULARY_FILE)
    path = folder / WEIGHTS_FILE
    try:
        arrays = load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise ModelFormatError(f"cannot be read: {error}", where=str(path), remedy="train the model again") from error
    storage = _storage_of(arrays, path)
    shapes: dict[str, tuple[int, ...]] = {"intercept": (labels,)}
    for name, vocabulary in vocabularies.items():
        shapes[f"{name}.idf"] = (len(vocabulary),)
        shapes[f"{name}.coefficients"] = (len(vocabulary), labels)
        if storage == "int8":
            shapes[f"{name}.scales"] = (len(vocabulary),)
    found = {name: arrays[name].shape for name in sorted(arrays)}
    if found != shapes:
        expected = dict(sorted(shapes.items()))
        raise ModelFormatError(f"arrays {found} instead of {expected}", where=str(path), remedy="train the model again")
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ModelFormatError(f"{name} holds infinite numbers", where=str(path), remedy="train the model again")
    scales = {name: arrays[f"{name}.scales"] for name in vocabularies} if storage == "int8" else {}
    return LinearParts(
        vocabularies,
        {name: arrays[f"{name}.idf"].astype(np.float64) for name in vocabularies},
        {
            name: of_int8(arrays[f"{name}.coefficients"], scales[name])
            if storage == "int8"
            else arrays[f"{name}.coefficients"].astype(np.float32, copy=False)
            for name in vocabularies
        },
        arrays["intercept"].astype(np.float32),
        storage,
        scales,
    )


def _storage_of(arrays: dict[str, npt.NDArray[np.generic]], path: Path) -> Storage:
    """The one type of all coefficients; the other arrays must be float32 or float64."""
    coefficients = {array.dtype for name, array in arrays.items() if name.endswith(".coefficients")}
    others = {array.dtype for name, array in arrays.items() if not name.endswith(".coefficients")}
    for storage, dtype in _DTYPES.items():
        if coefficients == {np.dtype(dtype)} and others <= {np.dtype(np.float32), np.dtype(np.float64)}:
            return cast(Storage, storage)
    raise ModelFormatError(
        f"holds arrays of {sorted(map(str, coefficients | others))}", where=str(path), remedy="train the model again"
    )


def _read_vocabularies(path: Path) -> dict[str, list[str]]:
    try:
        vocabularies = msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]])
    except (OSError, msgspec.MsgspecError) as error:
        raise ModelFormatError(f"cannot be read: {error}", where=str(path), remedy="train the model again") from error
    if not vocabularies or not vocabularies.keys() <= set(BLOCK_NAMES):
        raise ModelFormatError(f"holds {sorted(vocabularies)}", where=str(path), remedy=f"known: {BLOCK_NAMES}")
    for name, vocabulary in vocabularies.items():
        if len(set(vocabulary)) != len(vocabulary):
            raise ModelFormatError(f"{name} holds a feature twice", where=str(path), remedy="train the model again")
    return vocabularies
