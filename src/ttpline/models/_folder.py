"""A model on disk: a folder that is checked before anything of it is used.

    model.json            what the model is, and the size and digest of every other file
    DIGEST                ``sha256:<hex of model.json's bytes>`` and a newline; this is the model's digest
    README.md             model card, where one was given
    …                     what the family writes

So every byte is covered: the files by ``model.json``, ``model.json`` by ``DIGEST``, ``DIGEST`` by its fixed form.
The digest finds damage and mix-ups; who may write the folder may also write a matching digest, so it is no signature.
That is why nothing in it is ever executed: JSON and safetensors only, and ``family`` is a registry name.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ttpline.commands.normalise import NORMALISER_VERSION
from ttpline.commands.tokens import TOKENISER_VERSION
from ttpline.domain.prediction import ModelRef
from ttpline.errors import ModelError, ModelFormatError, TtplineError, UsageError
from ttpline.models._document import (
    AGAIN,
    DIGEST_FILE,
    MODEL_FILE,
    SCHEMA_VERSION,
    FileEntry,
    ModelDocument,
    check_files,
    digest_of,
    is_model_folder,
    is_safe_name,
    read_document,
    sha256_of,
)
from ttpline.models.base import CommandClassifier, Thresholds, families

__all__ = ["ModelReport", "is_model_folder", "load_folder", "save_model", "verify_model"]

CARD_FILE: Final = "README.md"


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What ``verify_model`` found; ``problems`` is empty for a sound model."""

    folder: Path
    family: str | None
    digest: str | None
    files: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not self.problems


def save_model(model: CommandClassifier, folder: Path, *, card: str | None = None) -> ModelRef:
    """Write ``model`` to ``folder`` at once or not at all, and set ``model.ref``.

    An existing model there is replaced; anything else (a file, a folder that is no model) is refused, never deleted.
    """
    folder = _absolute(folder)
    try:
        _refuse_foreign(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            digest = _write(model, work / "new", card)
            _replace(folder, work / "new", work / "old")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise ModelError(reason, where=str(folder), remedy="choose another folder") from error
    model.ref = ModelRef(folder.name, digest)
    return model.ref


def _write(model: CommandClassifier, folder: Path, card: str | None) -> str:
    """Write all files into the new ``folder``; returns the digest."""
    folder.mkdir()
    model.write(folder)
    if card is not None:
        (folder / CARD_FILE).write_text(card, encoding="utf-8")
    raw = msgspec.json.format(msgspec.json.encode(_document_of(model, folder)), indent=1) + b"\n"
    (folder / MODEL_FILE).write_bytes(raw)
    digest = sha256_of(raw)
    (folder / DIGEST_FILE).write_text(digest + "\n", encoding="ascii")
    return digest


def _replace(folder: Path, new: Path, old: Path) -> None:
    """Put ``new`` in the place of ``folder``, which goes to ``old`` and comes back should that fail."""
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise


def load_folder(folder: Path, *, name: str | None = None, plugins: bool = True) -> CommandClassifier:
    """The model in ``folder``, after every check; ``name`` is what ``ref`` calls it, by default the folder's name.

    ``ModelFormatError`` names the file, what was expected and the remedy.
    """
    document, digest = read_document(folder)
    family = _family(document, folder, plugins)
    _check_versions(document, folder)
    check_files(document, folder, _raise)
    where = str(folder / MODEL_FILE)
    try:
        if set(document.params) != set(family.Params.__dataclass_fields__):
            raise ValueError(f"parameters {sorted(document.params)} are not those of {document.family}")
        model = family(msgspec.convert(document.params, family.Params))
        model.thresholds = Thresholds(**document.thresholds)
    except (msgspec.ValidationError, TypeError, ValueError, UsageError) as error:
        raise ModelFormatError(str(error), where=where, remedy=AGAIN) from error
    if len(set(document.labels)) != len(document.labels) or not document.temperature > 0:
        raise ModelFormatError("a label twice, or a temperature that is not positive", where=where, remedy=AGAIN)
    model.labels = document.labels
    model.attack_version = document.attack_version
    model.temperature = document.temperature
    model.manifest = document.manifest
    model.restore(folder)
    model.ref = ModelRef(name or _absolute(folder).name, digest)
    return model


def verify_model(folder: Path) -> ModelReport:
    """Every check of ``load_folder`` without stopping at the first problem of the files; loads the model at the end."""
    try:
        document, digest = read_document(folder)
    except ModelFormatError as error:
        return ModelReport(folder, None, None, (), (str(error),))
    problems: list[str] = []
    check_files(document, folder, lambda error: problems.append(str(error)))
    if not problems:
        try:
            load_folder(folder)
        except (ModelError, TtplineError) as error:
            problems.append(str(error))
    return ModelReport(folder, document.family, digest, tuple(document.files), tuple(problems))


def _raise(error: ModelFormatError) -> None:
    raise error


def _absolute(folder: Path) -> Path:
    """``folder`` with its real name, a link at its end not followed."""
    return folder.resolve() if folder.name in ("", ".", "..") else folder.parent.resolve() / folder.name


def _refuse_foreign(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not is_model_folder(folder)):
        if not folder.is_symlink() and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()  # an empty folder holds nothing to lose
            return
        raise ModelError("is there already and is no model", where=str(folder), remedy="choose another folder")


def _document_of(model: CommandClassifier, folder: Path) -> ModelDocument:
    files = sorted(folder.iterdir())
    for file in files:
        if not is_safe_name(file.name) or file.name in (MODEL_FILE, DIGEST_FILE) or not file.is_file():
            raise ModelError(f"{model.family} wrote {file.name!r}, which a model folder cannot hold")
    return ModelDocument(
        schema_version=SCHEMA_VERSION,
        family=model.family,
        labels=model.labels,
        attack_version=model.attack_version,
        params=msgspec.to_builtins(model.params),
        thresholds=msgspec.to_builtins(model.thresholds),
        temperature=float(model.temperature),
        normaliser_version=NORMALISER_VERSION,
        tokeniser_version=TOKENISER_VERSION,
        manifest=model.manifest,
        files={file.name: FileEntry(*digest_of(file)) for file in files},
    )


def _family(document: ModelDocument, folder: Path, plugins: bool) -> type[CommandClassifier]:
    registry = families(plugins=plugins)
    if document.family not in registry.names():
        raise ModelFormatError(
            f"no model family is called {document.family!r}; there are: {', '.join(registry.names())}",
            where=str(folder / MODEL_FILE),
            remedy="install the plugin it came from or upgrade ttpline",
        )
    return registry.get(document.family)


def _check_versions(document: ModelDocument, folder: Path) -> None:
    for what, made, ours in (
        ("normaliser", document.normaliser_version, NORMALISER_VERSION),
        ("tokeniser", document.tokeniser_version, TOKENISER_VERSION),
    ):
        if made != ours:
            remedy = "upgrade ttpline" if made > ours else "train the model again"
            raise ModelFormatError(
                f"was trained with {what} version {made}, this is {ours}", where=str(folder / MODEL_FILE), remedy=remedy
            )
