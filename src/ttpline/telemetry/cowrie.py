"""Cowrie, the SSH and Telnet honeypot: what visitors typed, and what they sent as a command, out of its JSON log."""

from typing import Any, ClassVar

import msgspec
import polars as pl

from ttpline.domain.event import Origin
from ttpline.telemetry._event_columns import EventColumns
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.ids import copied_id
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import text
from ttpline.telemetry._regular.ids import copied_ids
from ttpline.telemetry._regular.places import Column, word_at
from ttpline.telemetry._regular.skeleton import Kind
from ttpline.telemetry._regular.table import Table
from ttpline.telemetry._times import epoch, rfc3339

_COMMAND = "cowrie.command.input"
"""One for each line typed and each request to run something. ``cowrie.command.success`` and ``.failed`` say what became
of it, command by command; ``cowrie.session.input`` is what a program was given to read."""

_OWN = "cowrie."
_TOLD = pl.concat_str("input", pl.lit("\0"), "message")


class _Record(msgspec.Struct):
    eventid: Any = None
    input: Any = None
    timestamp: Any = None
    sensor: Any = None
    session: Any = None
    username: Any = None
    message: Any = None


class _Shape:
    record = _Record
    mark = _OWN.encode()
    command_marks = ((b"command.input",),)
    columns: ClassVar = {
        "eventid": Column(("eventid",), frozenset({Kind.TEXT})),
        "input": Column(("input",), frozenset(Kind)),
        "message": Column(("message",), frozenset(Kind)),
        **{name: word_at(name) for name in ("timestamp", "sensor", "session", "username")},
    }

    def sniff(self, record: dict[str, Any]) -> float:
        event = record.get("eventid")
        return 0.95 if isinstance(event, str) and event.startswith("cowrie.") else 0.0

    def add(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        if record.eventid is None:
            raise WrappedError
        if record.eventid != _COMMAND:
            return
        if not isinstance(record.input, str):
            raise UnreadableRecordError("a command event without its input")
        if not record.input:  # the Enter key alone
            return
        time = _time(record.timestamp)
        host, session = text(record.sensor), text(record.session)
        said = record.message if isinstance(record.message, str) else ""
        told = f"{record.input}\0{said}".encode(errors="surrogatepass")
        rows.add(
            place,
            raw,
            record.input,
            event_id=copied_id("cowrie", host, time, session, told),
            origin=Origin.INPUT,
            time=time,
            host=host,
            session=session,
            user=text(record.username),
            platform="linux",
        )

    def events(self, table: Table) -> EventColumns:
        is_command = table.equals("eventid", _COMMAND.encode())
        is_unread = ~table.begins("eventid", self.mark) | (is_command & ~table.is_a("input", Kind.TEXT))
        table = table.leave(is_unread).where(is_command[~is_unread])
        table = table.where(~table.is_empty("input"))
        said = table.texts("input", "message")
        if not (is_text := table.is_a("message", Kind.TEXT)).all():
            said = said.with_columns(message=pl.when(pl.Series(is_text)).then("message").otherwise(pl.lit("")))
        words = table.words("sensor", "session", "username")
        time = table.times("timestamp", rfc3339)
        told = said.select(_TOLD).to_series()
        return table.events(
            copied_ids("cowrie", words["sensor"], time, words["session"], told),
            command_line=said["input"],
            origin=Origin.INPUT.value,
            complete=True,
            time=time,
            host=words["sensor"],
            session=words["session"],
            user=words["username"],
            platform="linux",
        )


def _time(value: Any) -> int | None:
    return rfc3339(value) if isinstance(value, str) else epoch(value)


READER = JsonReader(
    name="cowrie", description="Cowrie honeypot: its JSON log (commands typed by visitors)", shape=_Shape()
)
