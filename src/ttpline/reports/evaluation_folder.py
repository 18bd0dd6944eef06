"""What ``evaluate --out`` leaves: the result, its pictures and its predictions in one folder, and what it cost."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from ttpline.errors import SinkError
from ttpline.evaluation.cost import COST_FILE, Cost, write_cost
from ttpline.evaluation.measured import Measured
from ttpline.evaluation.predictions import PREDICTIONS_FILE, write_predictions
from ttpline.evaluation.result import EvaluationResult
from ttpline.models.base import CommandClassifier
from ttpline.reports.evaluation_table import escape, to_markdown
from ttpline.reports.model_card import METRICS_FILE
from ttpline.reports.run_pictures import PICTURES, draw_pictures, picture_links

CARD_FILE: Final = "README.md"
KIND: Final = "evaluation"
_OURS = frozenset({METRICS_FILE, CARD_FILE, PREDICTIONS_FILE, COST_FILE, *PICTURES})


def check_target(out: Path) -> None:
    """``SinkError`` unless ``out`` is new, empty, or such a folder already: nothing else is ever replaced."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise SinkError("is there already and is no folder", where=str(out), remedy="choose another folder")
    if out.is_dir() and any(path.name not in _OURS or not path.is_file() for path in out.iterdir()):
        raise SinkError("is there already and holds other files", where=str(out), remedy="choose another folder")


def write_folder(
    out: Path, model: CommandClassifier, measured: Measured, warnings: Sequence[str], cost: Cost | None
) -> None:
    """Write the folder at once or not at all."""
    check_target(out)
    drawn = draw_pictures(measured.result)
    predictions = write_predictions(measured.predictions)
    metrics = {
        "kind": KIND,
        "model": model_record(model),
        "predictions_sha256": hashlib.sha256(predictions).hexdigest(),
        "results": [measured.result.to_dict()],
        "warnings": list(warnings),
    }
    contents = {
        METRICS_FILE: json.dumps(metrics, indent=1, ensure_ascii=False).encode() + b"\n",
        CARD_FILE: _card(measured.result, warnings, tuple(drawn)).encode(),
        PREDICTIONS_FILE: predictions,
        **{name: picture.encode() for name, picture in drawn.items()},
    }
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            (work / "new").mkdir()
            for name, content in contents.items():
                (work / "new" / name).write_bytes(content)
            if cost is not None:
                write_cost(cost, work / "new")
            if out.exists():
                out.rename(work / "old")
            (work / "new").rename(out)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise SinkError(reason, where=str(out), remedy="choose another folder") from error


def model_record(model: CommandClassifier) -> dict[str, Any]:
    """What a later comparison says of the model."""
    return {
        "name": model.ref.name,
        "digest": model.ref.digest,
        "family": model.family,
        "attack_version": model.attack_version,
        "interpretability": model.interpretability,
        "labels": len(model.labels),
    }


def _card(result: EvaluationResult, warnings: Sequence[str], pictures: Sequence[str]) -> str:
    return "\n".join(_card_lines(result, warnings, pictures)).rstrip() + "\n"


def _card_lines(result: EvaluationResult, warnings: Sequence[str], pictures: Sequence[str]) -> Iterator[str]:
    yield to_markdown(result, heading="#")
    if warnings:
        yield "## To keep in mind"
        yield ""
        yield from (f"- {escape(warning)}" for warning in warnings)
        yield ""
    if pictures:
        yield "## Pictures"
        yield ""
        yield from picture_links(pictures)
