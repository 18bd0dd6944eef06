"""Process creations in flat JSON, many at once: what ``json_forms`` and ``process`` say of one record."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from ttpline.domain.event import Origin
from ttpline.telemetry._event_columns import EventColumns
from ttpline.telemetry._regular.ids import text_checksums
from ttpline.telemetry._regular.places import Column, word_at
from ttpline.telemetry._regular.skeleton import Kind
from ttpline.telemetry._regular.table import Table
from ttpline.telemetry._windows.event import COMMAND_IDS
from ttpline.telemetry._windows.json_forms import (
    CHANNELS,
    COMPUTERS,
    MESSAGES,
    PROVIDERS,
    RECORD_IDS,
    TIMES,
    time_of,
)
from ttpline.telemetry._windows.process import WINDOWS_SYSMON
from ttpline.telemetry._windows.values import NOTHING

_SCRIPTS = COMMAND_IDS - {1, 4688}
_OTHER_FORMS = ("Event", "System", "winlog", "Id", "event_data")
_DATA = (
    "CommandLine", "ProcessId", "ParentCommandLine", "Image", "User", "LogonId", "ParentProcessId", "CurrentDirectory",
    "ProcessGuid", "NewProcessName", "SubjectUserName", "SubjectLogonId", "NewProcessId", "CreatorProcessId",
)  # fmt: skip
_WORDS = (*MESSAGES, *PROVIDERS, *CHANNELS, *COMPUTERS, *RECORD_IDS, *TIMES, *_DATA)

COLUMNS = {
    "EventID": Column(("EventID",), frozenset({Kind.TEXT, Kind.NUMBER})),
    "EventData": Column(("EventData",), frozenset({Kind.MISSING, Kind.NULL})),
    **{name: Column((name,), frozenset({Kind.MISSING})) for name in _OTHER_FORMS},
    **{name: word_at(name) for name in _WORDS},
}
"""Of a flat record; one that may have another form is not taken."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of event: its id, how its provider or channel is known, and by which fields where there is neither;
    then which fields say what."""

    event_id: bytes
    is_sysmon: bool
    origin: str
    signs: tuple[str, ...]
    exe: str
    user: str
    session: str
    pid: str
    ppid: tuple[str, ...]
    cwd: str | None = None


_SYSMON = _Kind(
    b"1", True, "sysmon", ("ProcessGuid", "Image"), "Image", "User", "LogonId", "ProcessId", ("ParentProcessId",),
    "CurrentDirectory",
)  # fmt: skip
_SECURITY = _Kind(
    b"4688", False, "security", ("NewProcessName",), "NewProcessName", "SubjectUserName", "SubjectLogonId",
    "NewProcessId", ("ProcessId", "CreatorProcessId"),
)  # fmt: skip


def flat_events(table: Table) -> EventColumns:
    """The process creations of ``table``; script blocks, and what is in any way unusual, are left."""
    is_script = np.any([table.equals("EventID", b"%d" % number) for number in _SCRIPTS], axis=0)
    is_plain = table.is_digits("EventID") & ~table.begins("EventID", b"0")
    table = table.leave(is_script | ~is_plain)
    is_other = ~table.has("CommandLine") & ~table.is_empty(MESSAGES)  # then the message may tell it
    is_other |= table.is_a("ProcessId", Kind.TEXT) & table.is_empty("ProcessId")
    frames = []
    for kind in (_SYSMON, _SECURITY):
        is_kind = table.equals("EventID", kind.event_id)
        table.leave(is_kind & is_other)
        if len(rows := table.where(is_kind & ~is_other)):
            frames.append(_frame(rows, kind))
    if not frames:
        return table.where(np.zeros(len(table), np.bool_)).events(None)
    found = pl.concat(frames).sort("line") if len(frames) > 1 else frames[0]
    if found["is_left"].any():
        table.left.append(found.filter("is_left")["line"].to_numpy())
        found = found.filter(~pl.col("is_left"))
    table = table.where(np.isin(table.lines, found["line"].to_numpy()))
    fields = found.drop("line", "is_left").to_dict()
    return table.events(fields.pop("event_id"), **fields, origin=Origin.COMMAND_LINE.value, complete=True)


def _frame(rows: Table, kind: _Kind) -> pl.DataFrame:
    """The events among ``rows``, and those that are left."""
    firsts = {"provider": PROVIDERS, "channel": CHANNELS, "computer": COMPUTERS}
    fields = {
        "command": "CommandLine", "exe": kind.exe, "user": kind.user, "session": kind.session, "guid": "ProcessGuid",
        "parent_command_line": "ParentCommandLine", "cwd": kind.cwd,
    }  # fmt: skip
    is_signed = np.all([~rows.is_a(sign, Kind.MISSING) for sign in kind.signs], axis=0)
    given = pl.DataFrame(
        [
            *rows.words(**firsts).get_columns(),
            *rows.cells({name: one for name, one in fields.items() if one}, NOTHING).get_columns(),
            pl.Series("line", rows.lines),
            _time(rows).alias("time"),
            rows.numbers(kind.pid).alias("pid"),
            rows.numbers(kind.ppid).alias("ppid"),
            rows.numbers(RECORD_IDS).alias("record"),
            pl.Series("is_signed", is_signed),
            pl.Series("is_blank", rows.is_blank("CommandLine")),
        ]
    )
    events = given.select(*_said(kind, is_ascii=rows.is_ascii))
    if not events["is_kind"].all():
        events = events.filter("is_kind")
    if events["event_id"].null_count():
        events = events.with_columns(event_id=pl.coalesce("event_id", _key(events, kind)))
    return events.drop("is_kind", "lowered", "guid")


@cache
def _said(kind: _Kind, *, is_ascii: bool) -> tuple[pl.Expr, ...]:
    lowered = {name: pl.col(name).str.to_lowercase() for name in ("provider", "channel", "computer", "session")}
    is_kind = pl.coalesce(lowered["provider"], lowered["channel"]).str.contains(kind.origin, literal=True)
    command = pl.coalesce(pl.when(~pl.col("is_blank")).then("command"), "exe")
    is_linux = (pl.col("provider") != WINDOWS_SYSMON) & lowered["provider"].str.contains("linux", literal=True)
    is_strange = pl.lit(False)
    if not is_ascii:  # capitals of other alphabets
        names = ("provider", "channel", "computer", "session", "guid")
        is_strange = pl.any_horizontal(pl.col(name).str.len_bytes() != pl.col(name).str.len_chars() for name in names)
    platform = pl.when(is_linux & kind.is_sysmon).then(pl.lit("linux")).otherwise(pl.lit("windows"))
    return (
        *(pl.col(name) for name in ("line", "time", "user", "pid", "ppid", "exe", "parent_command_line", "guid")),
        pl.col("cwd") if kind.cwd else pl.lit(None, pl.String).alias("cwd"),
        is_kind.fill_null(pl.col("is_signed")).alias("is_kind"),
        (command.is_null() | is_strange.fill_null(False)).alias("is_left"),
        command.alias("command_line"),
        pl.col("computer").alias("host"),
        lowered["session"].alias("session"),
        platform.alias("platform"),
        pl.format("win:{}:{}:{}", lowered["computer"], lowered["channel"], "record").alias("event_id"),
        lowered["computer"].alias("lowered"),
    )


def _key(events: pl.DataFrame, kind: _Kind) -> pl.Expr:
    """For exports that leave the record's number out."""
    if kind.is_sysmon:
        guid = pl.col("guid").str.strip_chars("{} ").str.to_lowercase()
        return pl.when(guid != "").then(pl.format("sysmon:{}:{}", "lowered", guid))
    crcs = pl.lit(text_checksums(events["command_line"].fill_null("")))
    return pl.format("win4688:{}:{}:{}:{}", "lowered", "time", "pid", crcs)


def _time(rows: Table) -> pl.Series:
    """The first field that holds a time."""
    found = rows.times(TIMES[0], time_of)
    for name in TIMES[1:]:
        if not found.null_count():
            break
        found = found.zip_with(found.is_not_null(), rows.times(name, time_of))
    return found
