"""What ``import ttpline`` offers; loaded on first use."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ttpline.domain.event import CommandEvent
from ttpline.domain.prediction import Evidence, Prediction, TechniqueScore
from ttpline.domain.raw_text import from_surrogates, to_surrogates
from ttpline.models._load import load_model as _load_model
from ttpline.models.base import CommandClassifier
from ttpline.telemetry._inputs import read as _read

BUILTIN = "builtin"
_OTHER_SURROGATES = re.compile("[\ud800-\udfff]")


def load_model(name_or_dir: str = BUILTIN) -> CommandClassifier:
    """A packaged model by name, or one from its folder; checked before anything of it is used."""
    return _load_model(name_or_dir)


def read(path: str, format: str = "auto", **options: Any) -> Iterator[CommandEvent]:
    """The events of a file, a folder or ``-``: ``for event in ttpline.read("audit.log"): …``."""
    return _read(str(path), format, **options)


def classify(
    commands: Iterable[str], *, model: str | CommandClassifier = BUILTIN, top_k: int = 3, explain: bool = True
) -> list[Prediction]:
    """One prediction for each of ``commands``, in their order; equal commands are scored once.

    ``model``: a loaded one, or what ``load_model`` takes. Commands may hold lone surrogates (undecodable bytes,
    PEP 383), which come back as such in the evidence; any other lone surrogate is taken as ``U+FFFD``.
    """
    lines = [_column_text(command) for command in commands]
    distinct = list(dict.fromkeys(lines))
    classifier = load_model(model) if isinstance(model, str) else model
    known = dict(zip(distinct, classifier.predict(distinct, top_k=top_k, explain=explain), strict=True))
    return [_at_the_door(known[line], line) for line in lines]


def _column_text(command: str) -> str:
    return (
        command if command.isascii() else _OTHER_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", from_surrogates(command))
    )


def _at_the_door(prediction: Prediction, line: str) -> Prediction:
    """Undecodable bytes in the evidence as lone surrogates; nothing to do for most commands."""
    if line.isascii():
        return prediction
    return replace(prediction, techniques=tuple(_technique(score) for score in prediction.techniques))


def _technique(score: TechniqueScore) -> TechniqueScore:
    return replace(score, evidence=tuple(_evidence(part) for part in score.evidence))


def _evidence(part: Evidence) -> Evidence:
    return replace(part, text=to_surrogates(part.text), why=to_surrogates(part.why))
