"""A run that was made: what a model's folder or an evaluation's folder holds of it, checked before it is used."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ttpline.errors import DatasetError, ModelFormatError, TtplineError, UsageError
from ttpline.evaluation.contenders import Contender
from ttpline.evaluation.cost import read_cost
from ttpline.evaluation.predictions import PREDICTIONS_FILE, read_predictions
from ttpline.evaluation.result import EvaluationResult
from ttpline.models._document import check_files, is_model_folder, read_document
from ttpline.models.base import families
from ttpline.reports.evaluation_folder import KIND
from ttpline.reports.model_card import METRICS_FILE

_MOST_BYTES = 2**30
"""Of metrics or predictions: bounds what a damaged folder can make us read."""
_AGAIN = "evaluate the model again, or give --data"


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A model's predictions, and the result that says what they are of."""

    contender: Contender
    result: EvaluationResult


class _Model(msgspec.Struct):
    """What an evaluation's folder says of its model."""

    name: str
    digest: str
    family: str
    attack_version: str
    interpretability: str


def read_run(folder: Path, name: str, *, plugins: bool = True) -> StoredRun:
    """The last evaluation in ``folder``; errors say what is missing or damaged, and what to do."""
    if is_model_folder(folder):
        document, digest = read_document(folder)
        check_files(document, folder, _raise)
        registry = families(plugins=plugins)
        if document.family not in registry.names():
            raise ModelFormatError(f"no model family is called {document.family!r}", where=str(folder))
        explained = registry.get(document.family).interpretability
        model = _Model(name, digest, document.family, document.attack_version, explained)
        metrics = _metrics(folder) if (folder / METRICS_FILE).is_file() else {}
        stated = None
    elif (folder / METRICS_FILE).is_file():
        metrics = _metrics(folder)
        model, stated = _evaluated(metrics, folder)
    else:
        raise UsageError(
            "is neither a model's folder nor one that evaluate --out left",
            where=str(folder),
            remedy="ttpline evaluate DIR --data CSV --out RUN",
        )
    result = _last_result(metrics, folder)
    raw = _bounded(folder / PREDICTIONS_FILE)
    if stated is not None and hashlib.sha256(raw).hexdigest() != stated:
        raise DatasetError("is damaged", where=str(folder / PREDICTIONS_FILE), remedy=_AGAIN)
    predictions = read_predictions(raw, str(folder / PREDICTIONS_FILE))
    if len(predictions) != result.whole.rows:
        raise DatasetError(
            f"are not of the rows in {METRICS_FILE}", where=str(folder / PREDICTIONS_FILE), remedy=_AGAIN
        )
    contender = Contender(
        name, model.family, model.digest, model.attack_version, model.interpretability, predictions, read_cost(folder)
    )
    return StoredRun(contender, result)


def _raise(error: ModelFormatError) -> None:
    raise error


def _metrics(folder: Path) -> dict[str, Any]:
    path = folder / METRICS_FILE
    try:
        return msgspec.json.decode(_bounded(path), type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise DatasetError(f"cannot be read: {error}", where=str(path), remedy=_AGAIN) from error


def _evaluated(metrics: dict[str, Any], folder: Path) -> tuple[_Model, str]:
    try:
        if metrics.get("kind") != KIND:
            raise ValueError("it is no evaluation")
        return msgspec.convert(metrics.get("model"), _Model), str(metrics["predictions_sha256"])
    except (msgspec.ValidationError, KeyError, ValueError) as error:
        raise DatasetError(f"cannot be used: {error}", where=str(folder / METRICS_FILE), remedy=_AGAIN) from error


def _last_result(metrics: dict[str, Any], folder: Path) -> EvaluationResult:
    results = metrics.get("results")
    if not isinstance(results, list) or not results or not (folder / PREDICTIONS_FILE).is_file():
        raise UsageError(
            "holds no predictions: it was trained without an evaluation, or before ttpline kept them",
            where=str(folder),
            remedy="give --data, or compare folders that evaluate --out left",
        )
    try:
        result = EvaluationResult.from_dict(results[-1])
        words = (result.data_name, result.data_digest, result.split, result.label_space)
        numbers = (result.whole.rows, result.seed, result.unknown_rows, result.overlap_rows or 0)
        if not all(isinstance(word, str) for word in words) or not all(isinstance(item, int) for item in numbers):
            raise TypeError("a field of another type")
        return result
    except (KeyError, TypeError, ValueError, AttributeError, TtplineError) as error:
        raise DatasetError(
            f"the result cannot be read: {error!r}", where=str(folder / METRICS_FILE), remedy=_AGAIN
        ) from error


def _bounded(path: Path) -> bytes:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_BYTES:
            raise DatasetError("is missing, no ordinary file or too large", where=str(path), remedy=_AGAIN)
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(
            f"cannot be read: {error.strerror}", where=str(path), remedy="check its permissions"
        ) from error
