"""What a hybrid model is made of, and its files: ``weights.safetensors`` and ``vocabulary.json``."""

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load

from ttpline.errors import ModelFormatError
from ttpline.models._hybrid_labels import LabelTree
from ttpline.models._tfidf_files import VOCABULARY_FILE, WEIGHTS_FILE, of_int8, quantised, scales_of, to_safetensors

Floats = npt.NDArray[np.float32]
AGAIN = "train the model again"
QUANTISED = ("characters.technique", "meaning.technique", "meaning.leaf")
"""The large matrices; each feature (row) has a scale, and is stored in 127 steps either way."""


@dataclass(frozen=True, slots=True)
class HybridParts:
    """Vocabularies, the techniques and leaves there was data for (the columns), and arrays by name.

    ``[features, columns]``: ``characters.technique``, ``meaning.technique``, ``meaning.leaf``; ``[features]``:
    ``characters.idf``, ``characters.verdict``, ``meaning.verdict``; intercepts ``technique``, ``leaf`` and ``verdict``
    (one number).
    """

    characters: list[str]
    meaning: list[str]
    techniques: list[str]
    leaves: list[str]
    arrays: dict[str, Floats]


class _Vocabularies(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    characters: list[str]
    meaning: list[str]
    techniques: list[str]
    leaves: list[str]
    knowledge: str


def shapes(characters: int, meaning: int, techniques: int, leaves: int) -> dict[str, tuple[int, ...]]:
    """The shape of every array."""
    return {
        "characters.idf": (characters,),
        "characters.technique": (characters, techniques),
        "characters.verdict": (characters,),
        "meaning.technique": (meaning, techniques),
        "meaning.leaf": (meaning, leaves),
        "meaning.verdict": (meaning,),
        "technique": (techniques,),
        "leaf": (leaves,),
        "verdict": (1,),
    }


def rounded(parts: HybridParts) -> HybridParts:
    """The parts as their files hold them: what is scored, saved or not."""
    arrays = dict(parts.arrays)
    for name in QUANTISED:
        scales = scales_of(arrays[name])
        arrays[name] = of_int8(quantised(arrays[name], scales), scales)
    return replace(parts, arrays=arrays)


def write_parts(folder: Path, parts: HybridParts, knowledge_digest: str) -> None:
    """Write both files; ``rounded`` parts lose nothing."""
    stored: dict[str, npt.NDArray[np.generic]] = {}
    for name, array in parts.arrays.items():
        if name in QUANTISED:
            scales = scales_of(array)
            stored[f"{name}.scales"] = scales
            stored[name] = quantised(array, scales)
        else:
            stored[name] = array.astype(np.float32)
    (folder / WEIGHTS_FILE).write_bytes(to_safetensors(stored))
    document = _Vocabularies(parts.characters, parts.meaning, parts.techniques, parts.leaves, knowledge_digest)
    (folder / VOCABULARY_FILE).write_bytes(msgspec.json.encode(document) + b"\n")


def read_parts(folder: Path, tree: LabelTree, knowledge_digest: str) -> HybridParts:
    """Read them back; ``ModelFormatError`` where they do not fit each other, the labels, or the knowledge at hand."""
    path = folder / VOCABULARY_FILE
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Vocabularies)
    except (OSError, msgspec.MsgspecError) as error:
        raise ModelFormatError(f"cannot be read: {error}", where=str(path), remedy=AGAIN) from error
    if document.knowledge != knowledge_digest:
        raise ModelFormatError(
            f"was trained with the knowledge {document.knowledge[:80]}, this ttpline has {knowledge_digest}",
            where=str(path),
            remedy=AGAIN,
        )
    for name in ("characters", "meaning", "techniques", "leaves"):
        listed = getattr(document, name)
        if len(set(listed)) != len(listed):
            raise ModelFormatError(f"{name} holds a name twice", where=str(path), remedy=AGAIN)
    if not set(document.techniques) <= set(tree.techniques) or not set(document.leaves) <= set(tree.leaves):
        raise ModelFormatError("its columns are not among the labels", where=str(path), remedy=AGAIN)
    expected = shapes(len(document.characters), len(document.meaning), len(document.techniques), len(document.leaves))
    arrays = _read_arrays(folder / WEIGHTS_FILE, expected)
    return HybridParts(document.characters, document.meaning, document.techniques, document.leaves, arrays)


def _read_arrays(path: Path, expected: dict[str, tuple[int, ...]]) -> dict[str, Floats]:
    try:
        stored = load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise ModelFormatError(f"cannot be read: {error}", where=str(path), remedy=AGAIN) from error
    kinds = {name: np.dtype(np.int8 if name in QUANTISED else np.float32) for name in expected}
    kinds |= {f"{name}.scales": np.dtype(np.float32) for name in QUANTISED}
    wanted = expected | {f"{name}.scales": expected[name][:1] for name in QUANTISED}
    found = {name: (stored[name].shape, stored[name].dtype) for name in sorted(stored)}
    if found != {name: (wanted[name], kinds[name]) for name in sorted(wanted)}:
        raise ModelFormatError("its arrays are not those of this model", where=str(path), remedy=AGAIN)
    arrays: dict[str, Floats] = {}
    for name in expected:
        array = of_int8(stored[name], stored[f"{name}.scales"]) if name in QUANTISED else stored[name]
        if not np.isfinite(array).all():
            raise ModelFormatError(f"{name} holds infinite numbers", where=str(path), remedy=AGAIN)
        arrays[name] = array
    return arrays
