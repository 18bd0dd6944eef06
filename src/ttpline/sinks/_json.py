"""Events and answers as JSON lines: the events by columns, the answers once a distinct command."""

import re
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import numpy.typing as npt
import polars as pl

from ttpline.columns.event_batch import TIME_FORMAT
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Prediction
from ttpline.sinks._answer_json import answer_json
from ttpline.sinks._slices import slices

REMEMBERED = 16_384
"""Answers kept in rendered form for the next batches; telemetry repeats itself."""

_NOT_FOR_JSON = re.compile(rb"\xf4\x8f[\xbe\xbf][\x80-\xbf]|\xc2[\x80-\x9f]")


def _escape(match: re.Match[bytes]) -> bytes:
    raw = match.group()
    if raw[0] == 0xC2:
        return b"\\u00%02x" % raw[1]
    return b"\\udc%02x" % (raw[3] if raw[2] == 0xBE else raw[3] + 0x40)


def escaped(encoded: bytes) -> bytes:
    r"""Undecodable bytes as lone surrogates, and C1 controls, which some terminals obey, as ``\u00XX``.

    Both are spelled with a backslash inside JSON strings, where alone they can stand.

    >>> escaped('"bad \U0010ffff"'.encode())
    b'"bad \\udcff"'
    """
    if not _may_need_escapes(encoded):
        return encoded
    # Line by line, because a search for both costs ten times a look for the first byte of either.
    lines = encoded.split(b"\n")
    return b"\n".join(_NOT_FOR_JSON.sub(_escape, line) if _may_need_escapes(line) else line for line in lines)


def _may_need_escapes(encoded: bytes) -> bool:
    # The search for a single byte is many times faster than one for two, and this one byte is rare.
    return b"\xc2" in encoded or (b"\xf4" in encoded and b"\xf4\x8f" in encoded)


def event_lines(frame: pl.DataFrame) -> pl.Series:
    """One JSON object a row, keys in the order of ``EVENT_SCHEMA``."""
    frame = frame.with_columns(pl.col("time").dt.to_string(TIME_FORMAT))
    return frame.select(pl.struct(pl.all()).struct.json_encode().alias("event")).to_series()


class AnswerLines:
    """Renders ``command`` and ``prediction`` once for each distinct command; remembers the last ``REMEMBERED``."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[NormalisedCommand, Prediction, bytes]] = {}

    def of(self, batch: ScoredBatch, at: npt.NDArray[np.int64]) -> list[bytes]:
        """For rows that point at the commands ``at``: the rest of each line after its event."""
        distinct, place = np.unique(at, return_inverse=True)
        lines = [self._line(batch.commands[index], batch.predictions[index]) for index in distinct.tolist()]
        return [lines[index] for index in place.tolist()]

    def _line(self, command: NormalisedCommand, prediction: Prediction) -> bytes:
        key = (id(command), id(prediction))  # both are kept with the line, so an id stays theirs
        known = self._known.get(key)
        if known is None:
            known = (command, prediction, b"," + escaped(answer_json(command, prediction))[1:] + b"\n")
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = known
        return known[2]


def json_lines(batch: ScoredBatch, answers: AnswerLines) -> Iterator[bytes]:
    """The batch as JSON lines, a slice at a time."""
    frame = batch.events.frame
    if batch.command_of is None:
        yield from event_pieces(frame)
        return
    for rows, events in zip(slices(frame), event_pieces(frame), strict=True):
        pieces = [b'{"event":'] * (3 * (rows.stop - rows.start))
        pieces[1::3] = events.split(b"\n")[:-1]
        pieces[2::3] = answers.of(batch, batch.command_of[rows])
        yield b"".join(pieces)


def event_pieces(frame: pl.DataFrame) -> Iterator[bytes]:
    """What ``json_lines`` gives for events alone."""
    for rows in slices(frame):
        yield escaped(_joined(event_lines(frame[rows])))


def _joined(lines: pl.Series) -> bytes:
    """Each row and a line feed; the CSV writer without quoting is the fastest way there."""
    buffer = BytesIO()
    lines.to_frame().write_csv(buffer, include_header=False, quote_style="never")
    return buffer.getvalue()
