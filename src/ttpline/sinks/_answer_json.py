"""An answer as JSON: what ``to_dict`` of a command and its prediction say, without a dictionary a part."""

import msgspec

from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import ModelRef, Prediction, TechniqueScore, Verdict, rounded


class _Command(msgspec.Struct, gc=False):
    text: str
    decoded: tuple[str, ...]
    parts: tuple[str, ...]


class _Evidence(msgspec.Struct, gc=False):
    kind: str
    span: tuple[int, int]
    text: str
    why: str
    weight: float


class _Technique(msgspec.Struct, gc=False):
    technique: str
    subtechnique: str | None
    name: str
    tactics: tuple[str, ...]
    probability: float
    evidence: list[_Evidence]


class _Prediction(msgspec.Struct, gc=False):
    verdict: Verdict
    confidence: float
    techniques: list[_Technique]
    attack_version: str
    model: ModelRef


class _Answer(msgspec.Struct, gc=False):
    command: _Command
    prediction: _Prediction


_encode = msgspec.json.Encoder().encode


def answer_json(command: NormalisedCommand, prediction: Prediction) -> bytes:
    """``{"command":…,"prediction":…}``, floats with at most six digits."""
    techniques = [_technique(score) for score in prediction.techniques]
    confidence, version = rounded(prediction.confidence), prediction.attack_version
    return _encode(
        _Answer(
            _Command(command.text, command.decoded, command.parts),
            _Prediction(prediction.verdict, confidence, techniques, version, prediction.model),
        )
    )


def _technique(score: TechniqueScore) -> _Technique:
    return _Technique(
        score.technique,
        score.subtechnique,
        score.name,
        score.tactics,
        rounded(score.probability),
        [_Evidence(part.kind, part.span, part.text, part.why, rounded(part.weight)) for part in score.evidence],
    )
