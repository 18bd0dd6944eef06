"""``syslog``: commands in ``auth.log``, ``secure``, ``messages``, ``syslog``: sudo, cron, sshd, shells and others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from zlib import crc32

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.raw_text import decode
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._lines import LongLine, head_text, line_blocks
from ttpline.telemetry._syslog.headers import SyslogClock, SyslogLine, message_text, split_line
from ttpline.telemetry._syslog.hints import may_tell
from ttpline.telemetry._syslog.rows import Context, SaidRows
from ttpline.telemetry._syslog.sysmon import is_sysmon
from ttpline.telemetry._times import UTC_NAME, zone
from ttpline.telemetry.base import FOREIGN

NOT_SYSLOG = "not a syslog line"
_BLANK = b" \t\r\0"
_AUDIT = re.compile(rb"(?:type=\S{1,40} msg=|audit: type=\d{1,5} )audit\(")
_COWRIE = re.compile(rb"\d{4}-\d\d-\d\d[T ][\d:.]{8,15}(?:Z|[+-]\d{4}) \[")


@dataclass(frozen=True, slots=True)
class SyslogReader:
    """``tz``: the zone of times without one. ``year``: of the first line; without it old-style lines have no time."""

    name: str = "syslog"
    description: str = "syslog files (auth.log, secure, messages): commands of sudo, cron, sshd, pkexec, doas, shells"
    tz: str = UTC_NAME
    year: int | None = None

    def sniff(self, head: bytes) -> float:
        """0.9 where half of the lines or more are syslog's and no other format's; less where fewer are."""
        lines = [line for line in head_text(head).encode(errors="replace").split(b"\n") if line.strip(_BLANK)]
        if len(lines) > 1:
            lines.pop()  # may be cut
        mine = sum(self.claims_line(line) > 0 for line in lines)
        if not mine:
            return 0.0
        return 0.9 if 2 * mine >= len(lines) else round(0.45 * mine / len(lines), 3)

    def claims_line(self, line: bytes) -> float:
        """0.7 for a line with a syslog header whose message is not a record of another format."""
        parts = split_line(line)
        if parts is None or is_foreign(parts, line):
            return 0.0
        is_sure = parts.is_new or parts.stamp[8] is None or (b"T" in parts.stamp[8] and parts.host is not None)
        return 0.7 if is_sure and (parts.tag is not None or parts.host is not None) else 0.0

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        rows = EventRows(self.name, uri)
        said, clock = SaidRows(rows), SyslogClock(zone(self.tz), self.year)
        for block in line_blocks(stream):
            if isinstance(block, LongLine):
                rows.count()
                rows.skip(block.record, "line of more than 1 MiB", block.sample.encode())
                continue
            rows.count(len(block.lines))
            places = zip(block.lines, block.offsets.tolist(), block.lengths.tolist(), strict=True)
            for record, (line, offset, length) in enumerate(places, block.first_record):
                if line.startswith(b"\0"):
                    line = line.lstrip(b"\0")  # what a crash left before the first line after it
                parts = split_line(line)
                if parts is None:
                    if line.strip(_BLANK):
                        rows.skip(record, NOT_SYSLOG, line)
                elif is_foreign(parts, line):
                    rows.skip(record, FOREIGN, line)
                else:
                    clock.see(parts)
                    _message(parts, line, Place(record, offset, length), said, clock)
            yield from rows.full()
        said.end()
        yield from rows.rest()


def is_foreign(parts: SyslogLine, line: bytes) -> bool:
    """Whether the message is a record of another format: of the audit log, Sysmon or Cowrie."""
    message = parts.message
    if b"audit(" in message and _AUDIT.search(message) is not None:
        return True
    return is_sysmon(line) or (message[:2] == b"20" and _COWRIE.match(message) is not None)


def _message(parts: SyslogLine, line: bytes, place: Place, said: SaidRows, clock: SyslogClock) -> None:
    if parts.ssh is None and not may_tell(parts.tag, parts.message):
        said.passed()
        return
    tag = None if parts.tag is None else decode(parts.tag)
    time = clock.time(parts)
    host = None if parts.host is None else decode(parts.host)
    id = None
    if host and time is not None and clock.is_exact(parts):
        id = f"syslog:{host.lower()}:{time}:{parts.pid or ''}:{crc32(line.rstrip(_BLANK))}"
    session = None if parts.ssh is None else decode(parts.ssh)
    context = Context(tag, time, host, parts.pid, session=session, id=id, by_logger=parts.ssh is not None)
    said.message(message_text(parts.message), place, line, context)


READER = SyslogReader()
