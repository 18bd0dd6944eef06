"""Answers as nested columns, shaped exactly like the JSON."""

import polars as pl

from ttpline.columns.event_batch import EVENT_SCHEMA
from ttpline.columns.scored_batch import ScoredBatch

COMMAND_DTYPE = pl.Struct({"text": pl.String, "decoded": pl.List(pl.String), "parts": pl.List(pl.String)})

EVIDENCE_DTYPE = pl.Struct(
    {"kind": pl.String, "span": pl.List(pl.Int64), "text": pl.String, "why": pl.String, "weight": pl.Float64}
)
TECHNIQUE_DTYPE = pl.Struct(
    {
        "technique": pl.String,
        "subtechnique": pl.String,
        "name": pl.String,
        "tactics": pl.List(pl.String),
        "probability": pl.Float64,
        "evidence": pl.List(EVIDENCE_DTYPE),
    }
)
PREDICTION_DTYPE = pl.Struct(
    {
        "verdict": pl.String,
        "confidence": pl.Float64,
        "techniques": pl.List(TECHNIQUE_DTYPE),
        "attack_version": pl.String,
        "model": pl.Struct({"name": pl.String, "digest": pl.String}),
    }
)

ANSWER_SCHEMA = pl.Schema({"command": COMMAND_DTYPE, "prediction": PREDICTION_DTYPE})


def nested_frame(batch: ScoredBatch) -> pl.DataFrame:
    """The event's columns in ``EVENT_SCHEMA``, then ``command`` and ``prediction``; a number in ``session`` is text."""
    events = batch.events.frame.with_columns(pl.col("session").cast(EVENT_SCHEMA["session"]))
    if batch.command_of is None:
        return events
    answers = pl.DataFrame(
        [
            pl.Series("command", [command.to_dict() for command in batch.commands], dtype=COMMAND_DTYPE),
            pl.Series("prediction", [answer.to_dict() for answer in batch.predictions], dtype=PREDICTION_DTYPE),
        ]
    )
    return events.hstack(answers[pl.Series(batch.command_of)])
