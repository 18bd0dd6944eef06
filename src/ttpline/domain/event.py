"""One execution of a command, as a log tells it.

``EVENT_FIELDS`` is the one place where the fields stand: the batch schema (``columns/event_batch.py``), the row type
below, the JSON and ``docs/events.md`` are all made from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a field holds."""

    TEXT = "str"
    INTEGER = "int"
    BOOLEAN = "bool"
    TIME = "RFC 3339 UTC, µs"
    TEXTS = "list[str]"
    TEXT_OR_INTEGER = "str / int"
    SOURCE = "object"


class Origin(Enum):
    """Where the command came from."""

    EXECVE = "execve"
    PROCTITLE = "proctitle"
    USER_CMD = "user_cmd"
    TTY = "tty"
    COMMAND_LINE = "command_line"
    HISTORY = "history"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class EventField:
    """``name``, ``kind``, whether it may be null, and what it means."""

    name: str
    kind: Kind
    nullable: bool
    doc: str


EVENT_FIELDS: tuple[EventField, ...] = (
    EventField("event_id", Kind.TEXT, False, "the same on every reading of the same bytes; unique in a file"),
    EventField("time", Kind.TIME, True, "as the record says, never the clock"),
    EventField("host", Kind.TEXT, True, "the machine, as the log names it"),
    EventField("user", Kind.TEXT, True, "only from the log itself, never looked up"),
    EventField("uid", Kind.INTEGER, True, "real user id"),
    EventField("auid", Kind.INTEGER, True, "login user id; unset (4294967295) is null"),
    EventField("euid", Kind.INTEGER, True, "effective user id"),
    EventField("session", Kind.TEXT_OR_INTEGER, True, "login session, a number where the format counts them"),
    EventField("tty", Kind.TEXT, True, "terminal; none is null"),
    EventField("pid", Kind.INTEGER, True, "process"),
    EventField("ppid", Kind.INTEGER, True, "parent process"),
    EventField("exe", Kind.TEXT, True, "path of the program that ran"),
    EventField("cwd", Kind.TEXT, True, "working directory"),
    EventField("parent_command_line", Kind.TEXT, True, "command line of the parent, where the log has it"),
    EventField("argv", Kind.TEXTS, True, "exact arguments, where the source has boundaries"),
    EventField("argv_hex", Kind.TEXTS, True, "the same in hex, only where an argument is not UTF-8"),
    EventField("command_line", Kind.TEXT, False, "POSIX-quoted join of argv, or the logged string"),
    EventField("origin", Kind.TEXT, False, " · ".join(origin.value for origin in Origin)),
    EventField("complete", Kind.BOOLEAN, False, "false: cut title, missing record, damaged XML"),
    EventField("success", Kind.BOOLEAN, True, "false: a failed execve, which ran nothing"),
    EventField("platform", Kind.TEXT, True, "linux · windows · macos"),
    EventField("technique", Kind.TEXT, True, "a label that the input itself carries"),
    EventField("source", Kind.SOURCE, False, "{format, uri, record, offset, length}"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where in which log: ``record`` counts from 1, ``offset`` and ``length`` are bytes of the uncompressed input."""

    format: str
    uri: str
    record: int
    offset: int
    length: int

    def to_dict(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Source":
        return cls(**{field.name: row[field.name] for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class CommandEvent:
    """One row of an ``EventBatch``; see ``EVENT_FIELDS`` for the meaning of each field.

    ``time`` is RFC 3339 text in UTC with six decimals, so that it survives every format unchanged.
    """

    event_id: str
    command_line: str
    origin: str
    complete: bool
    source: Source
    time: str | None = None
    host: str | None = None
    user: str | None = None
    uid: int | None = None
    auid: int | None = None
    euid: int | None = None
    session: str | int | None = None
    tty: str | None = None
    pid: int | None = None
    ppid: int | None = None
    exe: str | None = None
    cwd: str | None = None
    parent_command_line: str | None = None
    argv: tuple[str, ...] | None = None
    argv_hex: tuple[str, ...] | None = None
    success: bool | None = None
    platform: str | None = None
    technique: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, keys in the order of ``EVENT_FIELDS``."""
        row: dict[str, Any] = {}
        for field in EVENT_FIELDS:
            value = getattr(self, field.name)
            if field.kind is Kind.SOURCE:
                value = value.to_dict()
            elif field.kind is Kind.TEXTS and value is not None:
                value = list(value)
            row[field.name] = value
        return row

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "CommandEvent":
        """The inverse of ``to_dict``; unknown keys are refused, missing nullable ones are null."""
        values = dict(row)
        values["source"] = Source.from_dict(values["source"])
        for name in ("argv", "argv_hex"):
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        return cls(**values)
