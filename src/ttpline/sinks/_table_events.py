"""The table of ``ingest``: events without answers."""

from dataclasses import dataclass, field

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ttpline.columns.event_batch import TIME_FORMAT, EventBatch
from ttpline.domain.printable import printable

KEPT_EVENTS = 100
"""First events shown; the others are counted."""
SHOWN_CHARACTERS = 300
"""Of a command."""


@dataclass(slots=True)
class EventTable:
    """The first ``KEPT_EVENTS`` events in input order, and how many there were."""

    total: int = 0
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, batch: EventBatch) -> None:
        self.total += batch.frame.height
        head = batch.frame.head(KEPT_EVENTS - len(self.rows))
        times = head["time"].dt.to_string(TIME_FORMAT)
        columns = head.select("host", "user", "origin", "command_line").iter_rows()
        for time, (host, user, origin, command) in zip(times, columns, strict=True):
            place = f"{user or '?'}@{host}" if host else user or ""
            shown = (time or "–")[:19].replace("T", " ")
            self.rows.append((shown, printable(place), origin, printable(command[:SHOWN_CHARACTERS])))

    def rendered(self) -> RenderableType:
        """The table and, where there are more events, how to get them."""
        table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, show_edge=False, header_style="bold dim")
        table.add_column("time (UTC)", style="dim", max_width=19)
        table.add_column("who", style="cyan", overflow="fold", max_width=20)
        table.add_column("from", style="dim")
        table.add_column("command", ratio=1, overflow="fold")
        for time, place, origin, command in self.rows:
            table.add_row(Text(time), Text(place), origin, Text(command))
        more = self.total - len(self.rows)
        if more <= 0:
            return table
        note = Text(f"… and {more:,} more events; all of them: --to jsonl:out.jsonl", style="italic")
        return Group(table, note)
