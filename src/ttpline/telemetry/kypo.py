"""KYPO Cyber Range: the commands of trainees, from bash and from the Metasploit console, one JSON object each."""

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
from ttpline.telemetry._regular.places import Column, text_at, word_at
from ttpline.telemetry._regular.skeleton import Kind
from ttpline.telemetry._regular.table import Table
from ttpline.telemetry._times import epoch, rfc3339

_PLATFORMS = {"bash-command": "linux"}
_PLATFORM = pl.col("cmd_type").replace_strict(_PLATFORMS, default=None, return_dtype=pl.String).alias("platform")
_PLACE = pl.concat_str("pool_id", "sandbox_id", separator="/", ignore_nulls=True)
_SESSION = pl.when(_PLACE != "").then(_PLACE).alias("session")


class _Record(msgspec.Struct):
    cmd: Any = None
    cmd_type: Any = None
    timestamp_str: Any = None
    timestamp: Any = None
    hostname: Any = None
    username: Any = None
    wd: Any = None
    pool_id: Any = None
    sandbox_id: Any = None


class _Shape:
    record = _Record
    mark = b"cmd_type"
    command_marks = ()
    columns: ClassVar = {
        "cmd": Column(("cmd",), frozenset({Kind.TEXT})),
        "cmd_type": Column(("cmd_type",), frozenset({Kind.TEXT})),
        "timestamp_str": text_at("timestamp_str"),
        **{name: word_at(name) for name in ("timestamp", "hostname", "username", "wd", "pool_id", "sandbox_id")},
    }

    def sniff(self, record: dict[str, Any]) -> float:
        kind = record.get("cmd_type")
        return 0.95 if isinstance(kind, str) and kind.endswith("-command") and "cmd" in record else 0.0

    def add(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        if record.cmd_type is None:
            raise WrappedError
        if not isinstance(record.cmd, str):
            raise UnreadableRecordError("a record without its command")
        if not record.cmd.strip():  # the Enter key alone
            return
        command = record.cmd
        stamp = record.timestamp if record.timestamp_str is None else record.timestamp_str
        time = rfc3339(stamp) if isinstance(stamp, str) else epoch(stamp)
        host, sandbox = text(record.hostname), text(record.sandbox_id)
        pool = text(record.pool_id)
        session = "/".join(one for one in (pool, sandbox) if one is not None) or None
        rows.add(
            place,
            raw,
            command,
            event_id=copied_id("kypo", host, time, session, command.encode(errors="surrogatepass")),
            origin=Origin.HISTORY,
            time=time,
            host=host,
            session=session,
            user=text(record.username),
            cwd=text(record.wd),
            platform=_PLATFORMS.get(str(record.cmd_type)),
        )

    def events(self, table: Table) -> EventColumns:
        table = table.where(~table.is_blank("cmd"))
        words = table.words("cmd", "cmd_type", "hostname", "username", "wd", "pool_id", "sandbox_id")
        time = table.times("timestamp_str", rfc3339)
        if not (has_text := table.has("timestamp_str")).all():
            time = time.zip_with(pl.Series(has_text), table.times("timestamp", rfc3339))
        words = words.with_columns(_SESSION, _PLATFORM)
        return table.events(
            copied_ids("kypo", words["hostname"], time, words["session"], words["cmd"]),
            command_line=words["cmd"],
            origin=Origin.HISTORY.value,
            complete=True,
            time=time,
            host=words["hostname"],
            session=words["session"],
            user=words["username"],
            cwd=words["wd"],
            platform=words["platform"],
        )


READER = JsonReader(
    name="kypo", description="KYPO Cyber Range: commands of trainees (bash, Metasploit) as JSON", shape=_Shape()
)
