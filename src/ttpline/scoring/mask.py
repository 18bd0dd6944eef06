"""``--mask``: scored batches on their way to the sinks, without the secrets in them. No model sees a masked text."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from ttpline.columns.event_batch import EventBatch
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.commands.mask import MASK, Masked, masked, masked_record
from ttpline.commands.mask_answer import masked_command, masked_prediction
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Prediction
from ttpline.domain.raw_text import encode
from ttpline.scoring.targets import SinkSet

REMEMBERED = 16_384
"""Texts whose masking is kept for the next batches; telemetry repeats itself."""
LONGEST_REMEMBERED = 4_096


def without_secrets(batches: Iterator[EventBatch]) -> Iterator[EventBatch]:
    """``batches`` with the samples of what was skipped masked; the events come to a model as they are."""
    for batch in batches:
        samples = batch.skipped.samples
        samples[:] = [replace(sample, sample=masked_record(sample.sample)) for sample in samples]
        yield batch


class MaskedSinks(SinkSet):
    """Sinks that get masked batches: everything in them that quotes a command.

    That is ``command_line``, ``argv``, ``argv_hex``, ``parent_command_line``, the command's text and parts, and the
    evidence. Each different text is looked at once a batch, and not again while it is among those remembered.
    """

    def __init__(self, sinks: SinkSet) -> None:
        self._inner = sinks
        self._masker = Masker()

    def write(self, batch: ScoredBatch) -> None:
        self._inner.write(self._masker.masked(batch))


@dataclass(slots=True)
class Masker:
    """Remembers what it masked."""

    _texts: dict[str, Masked] = field(default_factory=dict)
    _answers: dict[tuple[int, int], tuple[NormalisedCommand, Prediction, NormalisedCommand, Prediction]] = field(
        default_factory=dict
    )

    def text(self, text: str) -> Masked:
        """``masked``, remembered."""
        known = self._texts.get(text)
        if known is None:
            known = masked(text)
            if len(text) <= LONGEST_REMEMBERED:
                if len(self._texts) >= REMEMBERED:
                    self._texts.clear()
                self._texts[text] = known
        return known

    def masked(self, batch: ScoredBatch) -> ScoredBatch:
        """A batch of the same shape; what it was made of stays as it is."""
        events = EventBatch(self.frame(batch.events.frame), batch.events.skipped, batch.events.records_read)
        answers = [self._answer(*pair) for pair in zip(batch.commands, batch.predictions, strict=True)]
        return ScoredBatch(
            events, batch.command_of, [command for command, _ in answers], [prediction for _, prediction in answers]
        )

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The columns of events; those without a secret stay the same objects."""
        changed = [self._texts_of(frame[name]) for name in ("command_line", "parent_command_line")]
        lists = self._arguments(frame)
        return frame.with_columns(*(column for column in [*changed, *lists] if column is not None))

    def _texts_of(self, column: pl.Series) -> pl.Series | None:
        distinct = column.drop_nulls().unique()
        new = {text: found.text for text in distinct.to_list() if (found := self.text(text)).cuts}
        return column.replace(list(new), list(new.values())) if new else None

    def _arguments(self, frame: pl.DataFrame) -> list[pl.Series | None]:
        """``argv`` and ``argv_hex``: only rows that have either, each different list once."""
        argv, hexed = frame["argv"], frame["argv_hex"]
        if argv.null_count() == len(argv):
            return []
        keys = frame.select("argv", "argv_hex")
        known: dict[tuple[str, ...], list[str] | None] = {}
        rows: list[int] = []
        new_argv: list[list[str]] = []
        new_hex: list[list[str] | None] = []
        for row, (arguments, as_hex) in enumerate(keys.iter_rows()):
            if not arguments:
                continue
            key = tuple(arguments)
            if key not in known:
                known[key] = self._masked_arguments(key)
            made = known[key]
            if made is not None:
                rows.append(row)
                new_argv.append(made)
                new_hex.append(None if as_hex is None else _hexed(arguments, made, as_hex))
        if not rows:
            return []
        at = pl.Series(rows)
        return [_scattered(argv, at, new_argv), _scattered(hexed, at, new_hex)]

    def _masked_arguments(self, arguments: tuple[str, ...]) -> list[str] | None:
        """``arguments`` without secrets, judged together as one command; None where there are none."""
        words = [shlex.quote(argument) for argument in arguments]
        found = self.text(" ".join(words))
        if not found.cuts:
            return None
        made: list[str] = []
        at = 0
        for argument, word in zip(arguments, words, strict=True):
            made.append(_argument(argument, word, at, found) if found.holds((at, at + len(word))) else argument)
            at += len(word) + 1
        return made

    def _answer(self, command: NormalisedCommand, prediction: Prediction) -> tuple[NormalisedCommand, Prediction]:
        key = (id(command), id(prediction))  # both are kept, so an id stays theirs
        known = self._answers.get(key)
        if known is None:
            found = self.text(command.text)
            known = (command, prediction, masked_command(command, found), masked_prediction(prediction, found))
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            self._answers[key] = known
        return known[2], known[3]


def _argument(argument: str, word: str, at: int, found: Masked) -> str:
    """One argument of which something is a secret."""
    if word != argument and word != f"'{argument}'":  # quotes within it: its places are not those of the word
        return MASK
    begin = at + (word != argument)
    start, end = found.span((begin, begin + len(argument)))
    return found.text[start:end]


def _hexed(before: list[str], after: list[str], as_hex: list[str]) -> list[str]:
    return [
        old_hex if old == new else encode(new).hex() for old, new, old_hex in zip(before, after, as_hex, strict=True)
    ]


def _scattered(column: pl.Series, at: pl.Series, values: list[list[str]] | list[list[str] | None]) -> pl.Series:
    """``column`` with new lists in the rows ``at``."""
    new = pl.DataFrame({"": at.cast(pl.UInt32), "new": pl.Series(values, dtype=pl.List(pl.String))})
    frame = column.to_frame("old").with_row_index("").join(new, on="", how="left", maintain_order="left")
    is_new = pl.col("").is_in(at.cast(pl.UInt32).implode())
    return frame.select(pl.when(is_new).then("new").otherwise("old").alias(column.name)).to_series()
