"""``powershell-history``: what PSReadLine keeps of the commands typed (``ConsoleHost_history.txt``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import Origin
from ttpline.domain.raw_text import decode
from ttpline.telemetry._event_rows import EventRows
from ttpline.telemetry._history.lines import TOO_LONG, Entry, history_lines, skip_long
from ttpline.telemetry._history.names import has_name
from ttpline.telemetry._lines import LongLine

NAMES = ("consolehost_history", "host_history")
"""PSReadLine names it by the host: ``ConsoleHost``, ``Visual Studio Code Host``, ``Windows PowerShell ISE Host``."""

REMEDY = "is it a history of PowerShell? say what it is with --from"


@dataclass(frozen=True, slots=True)
class PowershellHistoryReader:
    """A line that ends with a backtick goes on in the next one; the backtick is PSReadLine's own.

    It has no times, and nothing in it tells it from any other text: only its name does.
    """

    name: str = "powershell-history"
    description: str = "history of PowerShell (ConsoleHost_history.txt)"

    def sniff(self, head: bytes) -> float:
        return 0.0

    def claims_name(self, name: str) -> bool:
        return has_name(name, *NAMES)

    def read(self, stream: BinaryIO, uri: str) -> Iterator[EventBatch]:
        rows = EventRows(self.name, uri, REMEDY)
        entry: Entry | None = None
        for line in history_lines(stream):
            rows.count()
            if isinstance(line, LongLine):
                if entry is None:
                    skip_long(rows, line)
                else:
                    entry.is_too_long = True
                    _finish(entry, rows, complete=False)
                    entry = None
                continue
            if entry is None:
                if line.is_blank:
                    continue
                entry = Entry(line)
            goes_on = line.raw.endswith(b"`")
            entry.add(line, line.raw[:-1] if goes_on else line.raw)
            if not goes_on:
                _finish(entry, rows)
                entry = None
            yield from rows.full()
        if entry is not None:
            _finish(entry, rows, complete=False)
        yield from rows.rest()


def _finish(entry: Entry, rows: EventRows, *, complete: bool = True) -> None:
    raw = b"\n".join(entry.parts)
    if entry.is_too_long:
        rows.skip(entry.first.record, TOO_LONG, raw)
    elif raw.strip():
        is_whole = complete and not entry.damaged
        rows.add(entry.place, raw, decode(raw), origin=Origin.HISTORY, complete=is_whole)


READER = PowershellHistoryReader()
