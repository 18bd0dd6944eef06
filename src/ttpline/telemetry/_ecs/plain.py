"""Starts of programs in ECS documents of agents that say all themselves (Elastic Defend), many at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ttpline.domain.event import Origin
from ttpline.telemetry._columns import text_lists
from ttpline.telemetry._ecs.meaning import PLATFORMS, SUCCESS, is_execution, joined
from ttpline.telemetry._event_columns import EventColumns
from ttpline.telemetry._lines import Int64s
from ttpline.telemetry._regular.places import ABSENT, Column
from ttpline.telemetry._regular.skeleton import Kind
from ttpline.telemetry._regular.table import FEW_DISTINCT, Table
from ttpline.telemetry._times import rfc3339

_TEXTS = (
    "process.executable", "process.command_line", "process.working_directory", "process.parent.command_line",
    "event.outcome", "event.id", "host.hostname", "host.name", "host.os.type", "host.os.platform", "host.os.family",
    "user.name", "user.domain", "agent.type", "agent.hostname",
)  # fmt: skip
_LABELS = ("event.action", "event.category", "event.type")
_WORDS = ("@timestamp", "user.id", "user.audit.id", "user.effective.id")
_NUMBERS = ("process.pid", "process.ppid", "process.parent.pid")
_LISTS = ("process.args", "process.parent.args")
_OTHERS = ("event.original", "winlog", "auditd")
_DOTTED = ("process.command_line", "process.args", "process.executable")


def _columns(names: Sequence[str], kinds: frozenset[Kind]) -> dict[str, Column]:
    return {name: Column(tuple(name.split(".")), kinds) for name in names}


PLAIN_COLUMNS = {
    **_columns(
        ("event", "process"), frozenset({Kind.OTHER})
    ),  # objects, as what is asked of them below is there or not
    **_columns(_TEXTS, ABSENT | {Kind.TEXT}),
    **_columns(_WORDS, ABSENT | {Kind.TEXT, Kind.NUMBER}),
    **_columns(_NUMBERS, ABSENT | {Kind.NUMBER}),
    **_columns(_LISTS, ABSENT | {Kind.LIST}),
    **_columns(_LABELS, ABSENT | {Kind.TEXT, Kind.LIST}),
    **_columns(_OTHERS, ABSENT),
    **{f".{name}": Column((name,), ABSENT) for name in _DOTTED},
}
"""What ``ecs._Record`` takes, but for what Winlogbeat, Auditbeat and copies of audit records have."""


def _says(name: str) -> pl.Expr:
    """A text that is not empty."""
    return pl.when(pl.col(name) != "").then(pl.col(name))


def _known(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase().replace_strict(PLATFORMS, default=None, return_dtype=pl.String)


_BY_PATH = (
    pl.when(pl.col("process.executable").str.contains(r"^[A-Za-z]:\\"))
    .then(pl.lit("windows"))
    .when(pl.col("process.executable").str.starts_with("/"))
    .then(pl.lit("linux"))
)
_PLATFORMS = (
    _known("host.os.type"),
    _known("host.os.platform"),
    _known("host.os.family"),
    pl.when(pl.col("agent.type") == "winlogbeat").then(pl.lit("windows")),
    _BY_PATH,
)
"""The first that says something counts."""

_IS_WINDOWS = pl.col("platform").eq_missing("windows")
_IS_EXACT = pl.col("args").is_not_null() & ~_IS_WINDOWS
_SAID = (
    pl.col("platform"),
    pl.col("process.executable").alias("exe"),
    pl.col("process.working_directory").alias("cwd"),
    pl.when(_IS_EXACT)
    .then("args")
    .otherwise(pl.coalesce(_says("process.command_line"), "process.executable"))
    .alias("command_line"),
    _IS_EXACT.alias("is_exact"),
    pl.when(_IS_EXACT).then(pl.lit(Origin.EXECVE.value)).otherwise(pl.lit(Origin.COMMAND_LINE.value)).alias("origin"),
    pl.coalesce(_says("host.hostname"), _says("host.name"), "agent.hostname").alias("host"),
    pl.when(_IS_WINDOWS & (pl.col("user.domain") != "") & (pl.col("user.name") != ""))
    .then(pl.format("{}\\{}", "user.domain", "user.name"))
    .otherwise("user.name")
    .alias("user"),
    pl.coalesce(pl.when(~_IS_WINDOWS).then("parents"), _says("process.parent.command_line")).alias(
        "parent_command_line"
    ),
    pl.col("event.outcome").replace_strict(SUCCESS, default=None, return_dtype=pl.Boolean).alias("success"),
    _says("event.id").alias("id"),
)
_OWN_NAME = pl.format("ecs:{}:{}", pl.col("host").fill_null(""), "id")


def plain_events(table: Table) -> EventColumns:
    """What ``ecs`` says of each document of ``table`` by itself."""
    labels, which = table.distinct(*_LABELS)
    table = table.where(np.array([is_execution(*one) for one in labels], np.bool_)[which])
    is_told = table.is_there("process.command_line", "process.args")
    has_line = ~(table.is_empty("process.command_line") & table.is_empty("process.executable"))
    table = table.leave(~(is_told & has_line))
    args, args_of = table.distinct("process.args")
    parents, parent_of = table.distinct("process.parent.args")
    time, pid = table.times("@timestamp", rfc3339), table.numbers("process.pid")
    ppid = table.numbers("process.parent.pid")
    if ppid.null_count():
        ppid = ppid.zip_with(ppid.is_not_null(), table.numbers("process.ppid"))
    given = table.cells({name: name for name in _TEXTS}).hstack(
        [time.alias("time"), pid.alias("pid"), _joined(args, args_of, "args"), _joined(parents, parent_of, "parents")]
    )
    said = given.with_columns(platform=_platforms(given)).select(*_SAID)
    argv = _lists(args).gather(args_of)
    if not said["is_exact"].all():
        argv = argv.zip_with(said["is_exact"], pl.Series([None], dtype=pl.List(pl.String)).new_from_index(0, len(argv)))
    return table.events(
        _names(table, said, time, pid),
        **said.drop("is_exact", "id").to_dict(),
        argv=argv,
        time=time,
        uid=table.user_ids("user.id"),
        auid=table.user_ids("user.audit.id"),
        euid=table.user_ids("user.effective.id"),
        session=pl.Series([None], dtype=pl.Int64).new_from_index(0, len(table)),
        pid=pid,
        ppid=ppid,
        complete=True,
    )


def _platforms(given: pl.DataFrame) -> pl.Series:
    """Mostly the first says all."""
    found = given.select(_PLATFORMS[0]).to_series()
    for other in _PLATFORMS[1:]:
        if not found.null_count():
            break
        found = found.zip_with(found.is_not_null(), given.select(other).to_series())
    return found


def _lists(values: Sequence[tuple[Any, ...]]) -> pl.Series:
    lists = [one or None for (one,) in values]
    if len(lists) <= FEW_DISTINCT:
        return pl.Series(lists, dtype=pl.List(pl.String))
    return text_lists(lists, lambda texts: pl.Series(texts, dtype=pl.String))


def _joined(lists: Sequence[tuple[Any, ...]], which: Int64s, name: str) -> pl.Series:
    """Command lines of lists of arguments; null for those that are empty."""
    return pl.Series(name, [joined(one) if one else None for (one,) in lists], dtype=pl.String).gather(which)


def _names(table: Table, said: pl.DataFrame, time: pl.Series, pid: pl.Series) -> pl.Series:
    """By the event's own id, else by what it says; null where neither will do."""
    named = said.select(_OWN_NAME).to_series()
    if not named.null_count():
        return named
    crcs = pl.Series(table.checksums(named.is_null().to_numpy()))
    frame = pl.DataFrame({"host": said["host"], "time": time, "pid": pid, "crc": crcs})
    told = pl.format("ecs:{}:{}:{}:{}", "host", "time", pl.col("pid").cast(pl.String).fill_null(""), "crc")
    return named.zip_with(named.is_not_null(), frame.select(told).to_series())
