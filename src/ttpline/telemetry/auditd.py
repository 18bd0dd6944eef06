"""The Linux audit log: ``audit.log``, raw or enriched, with or without ``node=``, as a file or inside syslog.

What a command was is spread over several records of one event; this reader joins them by (host, time, serial) and
gives one row an execution. See ``docs/formats/auditd.md`` for the rules, the fields and what is counted as skipped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl

from ttpline.columns.event_batch import BATCH_ROWS, EventBatch, event_frame
from ttpline.errors import UnknownFormatError
from ttpline.telemetry._auditd import reasons
from ttpline.telemetry._auditd.blocks import BLOCK_BYTES, line_blocks
from ttpline.telemetry._auditd.events import EventBuilder
from ttpline.telemetry._auditd.headers import HostNames, is_record, scan_headers
from ttpline.telemetry._auditd.reasons import Skips
from ttpline.telemetry._auditd.window import WINDOW_BYTES, JoinWindow
from ttpline.telemetry._live import is_live
from ttpline.telemetry._seen import SeenEvents


@dataclass(frozen=True, slots=True)
class AuditdReader:
    """Reads audit records; see ``telemetry.base.TelemetryReader`` for what every reader promises.

    ``all_titles``: the PROCTITLE beside a system call that executes nothing is a row as well (origin ``proctitle``),
    for data sets that are labelled by process title. ``window_bytes``: how far apart the records of one event may be.
    """

    all_titles: bool = False
    window_bytes: int = WINDOW_BYTES
    block_bytes: int = BLOCK_BYTES
    in_columns: bool = True

    name = "auditd"
    description = "Linux audit log: auditd, audispd in syslog, kernel messages; raw or enriched"

    def sniff(self, head: bytes) -> float:
        """0.95 when every second line of ``head`` or more is an audit record, 0.6 when one is, else 0."""
        whole = head[: head.rfind(b"\n") + 1] or head
        skips = Skips("sniff")
        scan = scan_headers(whole, 0, 1, HostNames(), skips)
        recognised = scan.recognised - skips.counter.counts[reasons.INTERPRETED]  # those are ausearch's
        if not recognised:
            return 0.0
        return 0.95 if 2 * recognised >= scan.records else 0.6

    def claims_line(self, line: bytes) -> float:
        """1 for a line that is an audit record, bare or in another log."""
        return 1.0 if is_record(line) else 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        """All events in the order of their first records; ``UnknownFormatError`` when not one line is a record."""
        return _Reading(self, uri).batches(stream)


class _Reading:
    """One input being read."""

    def __init__(self, reader: AuditdReader, uri: str) -> None:
        self._reader = reader
        self._uri = uri
        self._skips = Skips(uri)
        self._hosts = HostNames()
        self._window = JoinWindow(self._hosts, reader.window_bytes)
        self._builder = EventBuilder(uri, self._skips, SeenEvents(), reader.all_titles, reader.in_columns)
        self._records = 0
        self._given = False

    def batches(self, stream: BinaryIO) -> Iterator[EventBatch]:
        any_record, any_line, number, since_close = False, False, 1, 0
        for block in line_blocks(stream, self._reader.block_bytes):
            if not block.data and block.long_line is None:
                yield from self._closed(settled=stream.settled() if is_live(stream) else 0)
                continue
            if block.long_line is not None:
                self._skips.add(reasons.TOO_LONG, number, block.long_line)
                number, self._records, any_line = number + 1, self._records + 1, True
                continue
            scan = scan_headers(block.data, block.offset, number, self._hosts, self._skips)
            number += scan.lines
            any_record |= scan.recognised > 0
            any_line |= scan.records > 0
            self._records += scan.records
            self._window.add(block.data, block.offset, scan.table)
            since_close += len(block.data)
            if since_close >= 2 * self._reader.window_bytes:  # closing costs a look at all that is open
                since_close = 0
                yield from self._closed()
        yield from self._closed(final=True)
        if any_line and not any_record:
            raise UnknownFormatError(
                "not one line is an audit record", where=self._uri, remedy="name the format with --from"
            )
        if self._records or self._skips.counter.total or not self._given:
            yield self._batch(event_frame({"session": pl.Series([], dtype=pl.Int64)}, 0))

    def _closed(self, *, final: bool = False, settled: int = 0) -> Iterator[EventBatch]:
        for part in self._window.close(final=final, settled=settled).parts():
            frame = self._builder.build(part)
            if frame is not None:
                for start in range(0, len(frame), BATCH_ROWS):
                    yield self._batch(frame[start : start + BATCH_ROWS])

    def _batch(self, frame: pl.DataFrame) -> EventBatch:
        records, self._records, self._given = self._records, 0, True
        return EventBatch(frame, self._skips.take(), records)


READER = AuditdReader()
