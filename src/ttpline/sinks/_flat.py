"""A scored batch as flat columns, one row an event."""

import polars as pl

from ttpline.columns.event_batch import TIME_FORMAT
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Prediction, TechniqueScore, rounded

ANSWER_SCHEMA = pl.Schema(
    {
        "command_text": pl.String(),
        "command_decoded": pl.String(),
        "verdict": pl.String(),
        "confidence": pl.Float64(),
        "predicted_technique": pl.String(),
        "predicted_subtechnique": pl.String(),
        "predicted_name": pl.String(),
        "predicted_tactics": pl.String(),
        "predicted_probability": pl.Float64(),
        "evidence": pl.String(),
        "other_techniques": pl.String(),
        "attack_version": pl.String(),
        "model": pl.String(),
        "model_digest": pl.String(),
    }
)
"""The columns after those of the event; ``predicted_*`` is the first technique, ``evidence`` what speaks for it."""


def flat_events(events: pl.DataFrame) -> pl.DataFrame:
    """The event's columns: lists as JSON, ``source`` as five columns."""
    source = pl.col("source").struct
    names = [name for name in events.columns if name != "source"]
    lists = [_json_list(events[name]) if events[name].dtype == pl.List(pl.String) else events[name] for name in names]
    flat = pl.DataFrame(lists).with_columns(pl.col("time").dt.to_string(TIME_FORMAT))
    parts = events.select(source.field(part.name).alias(f"source_{part.name}") for part in _source_fields(events))
    return flat.hstack(parts)


def flat_answers(batch: ScoredBatch) -> pl.DataFrame:
    """The columns of ``ANSWER_SCHEMA``, one row a distinct command."""
    rows = [_answer(*pair) for pair in zip(batch.commands, batch.predictions, strict=True)]
    return pl.DataFrame(rows, schema=ANSWER_SCHEMA, orient="row")


def _source_fields(events: pl.DataFrame) -> list[pl.Field]:
    dtype = events.schema["source"]
    if not isinstance(dtype, pl.Struct):
        raise TypeError(f"source is {dtype}, not a struct")
    return list(dtype.fields)


def _json_list(lists: pl.Series) -> pl.Series:
    """Lists of text as JSON arrays; null stays null."""
    name = lists.name
    encoded = lists.to_frame().select(pl.struct(name).struct.json_encode()).to_series()
    before, after = len(f'{{"{name}":'), len("}")
    arrays = encoded.str.slice(before).str.head(-after)
    return arrays.to_frame("json").select(pl.when(lists.is_not_null()).then("json").alias(name)).to_series()


def _answer(command: NormalisedCommand, prediction: Prediction) -> tuple[str | float | None, ...]:
    best, *others = prediction.techniques or (None,)
    return (
        command.text,
        ";".join(command.decoded) or None,
        prediction.verdict.value,
        rounded(prediction.confidence),
        *_technique(best),
        ";".join(_short(score) for score in others if score is not None) or None,
        prediction.attack_version,
        prediction.model.name,
        prediction.model.digest,
    )


def _short(score: TechniqueScore) -> str:
    return f"{score.subtechnique or score.technique}={rounded(score.probability)}"


def _technique(score: TechniqueScore | None) -> tuple[str | float | None, ...]:
    if score is None:
        return (None,) * 6
    evidence = "; ".join(f"{part.text}: {part.why}" if part.why else part.text for part in score.evidence)
    return (
        score.technique,
        score.subtechnique,
        score.name,
        ";".join(score.tactics),
        rounded(score.probability),
        evidence or None,
    )
