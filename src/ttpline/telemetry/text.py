"""``text``: one command a line. Read only when asked for by name: any file has lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import polars as pl

from ttpline.columns.event_batch import EventBatch, event_frame
from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode
from ttpline.domain.skipped import SkippedRecord
from ttpline.telemetry._columns import checksums, event_ids, source_series
from ttpline.telemetry._lines import MAX_LINE_BYTES, LineBlock, LongLine, line_blocks

BLANK = " \t\r"
"""A line of nothing else holds no command; it counts as a record all the same."""


@dataclass(frozen=True, slots=True)
class TextReader:
    """Each line that is not blank is one complete command, kept byte for byte (control characters and NUL too)."""

    name: str = "text"
    description: str = "one command a line; only with --from text"
    max_line: int = MAX_LINE_BYTES

    def sniff(self, head: bytes) -> float:
        """Never sure: reading a page of prose or XML as commands would be a silent error."""
        return 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        for block in line_blocks(stream, max_line=self.max_line):
            yield self._too_long(block, uri) if isinstance(block, LongLine) else self._batch(block, uri)

    def _batch(self, block: LineBlock, uri: str) -> EventBatch:
        text = _text_column(block)
        is_blank = (text.str.strip_chars(BLANK) == "").to_numpy()
        complete = pl.Series([True]).new_from_index(0, len(text))
        if block.damaged:
            complete = pl.Series([index not in block.damaged for index in range(len(text))])
        frame = event_frame(
            {
                "event_id": event_ids(block.records, checksums(block.lines)),
                "command_line": text,
                "origin": pl.Series([Origin.INPUT.value]).new_from_index(0, len(text)),
                "complete": complete,
                "source": source_series(self.name, uri, block.records, block.offsets, block.lengths),
            },
            len(text),
        )
        kept = frame.filter(np.logical_not(is_blank)) if is_blank.any() else frame
        return EventBatch(kept, records_read=len(text))

    def _too_long(self, line: LongLine, uri: str) -> EventBatch:
        batch = EventBatch(event_frame({}, 0), records_read=1)
        reason = f"line of more than {self.max_line} bytes"
        batch.skipped.add(SkippedRecord(uri, line.record, reason, line.sample, "split the file or check its format"))
        return batch


def _text_column(block: LineBlock) -> pl.Series:
    """The lines without CR. Split by polars where all is UTF-8; line by line, exactly, where it is not."""
    try:
        # ``decode`` also looks for reserved characters, which costs more than decoding and which ASCII cannot hold.
        whole = block.data.decode()
        whole = whole if whole.isascii() else decode(block.data)
    except UnicodeDecodeError:
        return pl.Series([decode(line.removesuffix(b"\r")) for line in block.lines], dtype=pl.String)
    text = pl.Series([whole]).str.split("\n").explode()
    return text.str.strip_suffix("\r") if "\r" in whole else text


READER = TextReader()
