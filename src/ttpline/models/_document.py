"""``model.json`` of a model folder, and whether the folder holds what it lists."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from ttpline.errors import ModelFormatError

SCHEMA_VERSION: Final = 1
MODEL_FILE: Final = "model.json"
DIGEST_FILE: Final = "DIGEST"
MOST_MODEL_JSON_BYTES: Final = 16 * 2**20
"""A manifest with a few hundred labels and figures takes a few hundred KiB."""
MOST_FILE_BYTES: Final = 8 * 2**30
"""Of one file, as ``model.json`` may state it."""

MEASURED_FILE: Final = "cost.json"
"""The one file that a model folder may hold and ``model.json`` does not list: seconds and memory of the run. They are
measured, so they differ each time, and the same data must give the same digest. Nothing that loads a model reads it."""
MOST_MEASURED_BYTES: Final = 64 * 2**10
"""A page of figures; whatever is larger is something else."""

is_safe_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII).fullmatch
_HASH_CHUNK_BYTES = 2**20


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``bytes`` is the size."""

    sha256: str
    bytes: int


class ModelDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``model.json``, version 1. Keys keep this order."""

    schema_version: int
    family: str
    labels: tuple[str, ...]
    attack_version: str
    params: dict[str, Any]
    thresholds: dict[str, float]
    temperature: float
    normaliser_version: int
    tokeniser_version: int
    manifest: dict[str, Any]
    files: dict[str, FileEntry]


AGAIN = "copy the folder again or train the model again"


def is_model_folder(folder: Path) -> bool:
    """Whether ``folder`` looks like a model: a folder, or a link to one, with ``model.json`` in it."""
    return (folder / MODEL_FILE).is_file()


def read_document(folder: Path) -> tuple[ModelDocument, str]:
    """``model.json``, its version known and its digest right, and that digest."""
    path = folder / MODEL_FILE
    if not is_model_folder(folder):
        raise ModelFormatError("is no model folder: no model.json", where=str(folder), remedy="ttpline models list")
    raw = _read_bounded(path)
    try:
        version = msgspec.json.decode(raw, type=_Versioned).schema_version
    except msgspec.MsgspecError:
        version = SCHEMA_VERSION  # damaged: the digest below says so
    if version > SCHEMA_VERSION:
        raise ModelFormatError(
            f"schema version {version}: this model needs a newer ttpline, which knows more than {SCHEMA_VERSION}",
            where=str(path),
            remedy="upgrade ttpline",
        )
    digest = sha256_of(raw)
    stated = _read_bounded(folder / DIGEST_FILE)
    if stated != f"{digest}\n".encode():
        raise ModelFormatError(
            f"is damaged: its digest is {digest}, {DIGEST_FILE} says {stated[:80].decode('ascii', 'replace').strip()}",
            where=str(path),
            remedy=AGAIN,
        )
    try:
        document = msgspec.json.decode(raw, type=ModelDocument)
    except msgspec.MsgspecError as error:
        raise ModelFormatError(f"is not as version {version} has it: {error}", where=str(path), remedy=AGAIN) from error
    if version != SCHEMA_VERSION:
        raise ModelFormatError(f"schema version {version} is unknown", where=str(path), remedy=AGAIN)
    return document, digest


class _Versioned(msgspec.Struct):
    schema_version: int


def _read_bounded(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise ModelFormatError("is missing or no ordinary file", where=str(path), remedy=AGAIN)
    size = path.stat().st_size
    if size > MOST_MODEL_JSON_BYTES:
        raise ModelFormatError(f"{size} bytes are too many; at most {MOST_MODEL_JSON_BYTES}", where=str(path))
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ModelFormatError:
    return ModelFormatError(f"cannot be read: {error.strerror}", where=str(path), remedy="check its permissions")


def check_files(document: ModelDocument, folder: Path, report: Callable[[ModelFormatError], None]) -> None:
    """Names, then what is missing or unlisted, then sizes, then digests."""
    unsafe = [name for name in document.files if not is_safe_name(name) or name in (MODEL_FILE, DIGEST_FILE)]
    if unsafe:
        report(ModelFormatError(f"lists {unsafe[0]!r}, no file name", where=str(folder / MODEL_FILE), remedy=AGAIN))
        return
    expected = {MODEL_FILE, DIGEST_FILE, *document.files}
    for path in sorted(folder.iterdir()):
        if path.name not in expected and path.name == MEASURED_FILE and _is_small_file(path):
            continue
        if path.name not in expected:
            report(ModelFormatError("is not listed in model.json", where=str(path), remedy="remove it"))
        elif path.is_symlink() or not path.is_file():
            report(ModelFormatError("is no ordinary file", where=str(path), remedy=AGAIN))
            return
    for name, entry in document.files.items():
        path = folder / name
        if not path.exists():
            report(ModelFormatError("is missing", where=str(path), remedy=AGAIN))
            continue
        size = path.stat().st_size
        if size != entry.bytes or size > MOST_FILE_BYTES:
            report(ModelFormatError(f"has {size} bytes, expected {entry.bytes}", where=str(path), remedy=AGAIN))
            continue
        try:
            found = digest_of(path)[0]
        except OSError as error:
            report(_unreadable(path, error))
            continue
        if found != entry.sha256:
            wrong = f"is damaged: sha256 {found}, expected {entry.sha256}"
            report(ModelFormatError(wrong, where=str(path), remedy=AGAIN))


def _is_small_file(path: Path) -> bool:
    return not path.is_symlink() and path.is_file() and path.stat().st_size <= MOST_MEASURED_BYTES


def sha256_of(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 in hex, and the size."""
    hashed, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(_HASH_CHUNK_BYTES):
            hashed.update(piece)
            size += len(piece)
    return hashed.hexdigest(), size
