"""CSV for spreadsheets: flat columns, RFC 4180, no cell that runs."""

from io import BytesIO

import polars as pl

from ttpline.columns.event_batch import event_frame
from ttpline.columns.scored_batch import ScoredBatch
from ttpline.sinks._cells import safe_frame
from ttpline.sinks._flat import ANSWER_SCHEMA, flat_answers, flat_events
from ttpline.sinks._output import ByteSink
from ttpline.sinks._slices import slices


class Csv(ByteSink):
    """One header, one row an event in input order, lines end in CR LF. Null is empty, empty text is ``""``.

    Cells are those of ``_cells.safe_cell``: control characters escaped, formulas kept from running.
    """

    description = "flat columns for spreadsheets, formula cells neutralised"

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self._has_header = self._output.is_continued
        self._is_scored = True

    def write(self, batch: ScoredBatch) -> None:
        events = batch.events.frame
        answers = None if batch.command_of is None else safe_frame(flat_answers(batch))
        for piece in slices(events):
            rows = safe_frame(flat_events(events[piece]))
            if answers is not None and batch.command_of is not None:
                rows = rows.hstack(answers[pl.Series(batch.command_of[piece])])
            self._write_rows(rows)
        self._is_scored = answers is not None

    def _write_rows(self, rows: pl.DataFrame) -> None:
        buffer = BytesIO()
        rows.write_csv(buffer, include_header=not self._has_header, line_terminator="\r\n", quote_style="necessary")
        self._has_header = True
        self._output.write(buffer.getvalue())

    def close(self) -> None:
        """Flush; without any row the file holds the header."""
        if not self._has_header:
            rows = flat_events(event_frame({}, 0))
            self._write_rows(rows.hstack(ANSWER_SCHEMA.to_frame()) if self._is_scored else rows)
        super().close()


SINK = Csv
