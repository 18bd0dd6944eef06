"""Syslog as rows: Sentinel's ``Syslog`` table, and what Fluentd, Vector, rsyslog, syslog-ng and Logstash make of lines.

Each names the program, its message, the machine, the process and the time in fields of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ttpline.telemetry._json.ids import MICROSECONDS, copied_id
from ttpline.telemetry._json.values import number, text
from ttpline.telemetry._syslog.headers import unescaped
from ttpline.telemetry._syslog.rows import Context

SENTINEL_MESSAGE = "SyslogMessage"

_PROGRAMS = (
    "ProcessName", "appname", "app_name", "ident", "programname", "app-name", "program", "PROGRAM", "SYSLOG_IDENTIFIER",
)  # fmt: skip
_MESSAGES = (SENTINEL_MESSAGE, "message", "msg", "MESSAGE", "Message")
_HOSTS = ("HostName", "Computer", "hostname", "HOSTNAME", "host", "HOST", "logsource", "_HOSTNAME")
_PIDS = ("ProcessID", "procid", "proc_id", "pid", "PID", "_PID", "SYSLOG_PID")
_TIMES = (
    "TimeGenerated", "TimeGenerated [UTC]", "timereported", "timestamp", "@timestamp", "ISODATE", "time", "date",
    "_SOURCE_REALTIME_TIMESTAMP",
)  # fmt: skip
_EVENT_TIMES = ("EventTime", "EventTime [UTC]")
_SIGNS = (
    "facility", "severity", "priority", "pri", "procid", "pid", "syslogfacility", "syslogseverity", "FACILITY",
    "PRIORITY", "PID",
)  # fmt: skip
"""One of them beside program, message and machine: many logs of other kinds have those three."""

SURE = 0.9
HARDLY_SURE = 0.6

Clock = Callable[[Any], int | None]
"""A time as a row writes it, in microseconds."""


@dataclass(frozen=True, slots=True)
class SyslogRow:
    """``message``: its text, control characters as themselves."""

    message: str
    context: Context


def sureness(row: Mapping[str, Any]) -> float:
    """How sure it is that ``row`` is one of these.

    >>> sureness({"SyslogMessage": "a", "ProcessName": "b"}), sureness({"message": "a"})
    (0.9, 0.0)
    """
    if isinstance(row.get(SENTINEL_MESSAGE), str):
        return SURE if "ProcessName" in row or "Facility" in row else 0.0
    if _first(row, _PROGRAMS) is None or _first(row, _MESSAGES) is None or _first(row, _HOSTS) is None:
        return 0.0
    return HARDLY_SURE if any(sign in row for sign in _SIGNS) else 0.0


def row_of(row: Mapping[str, Any], clock: Clock) -> SyslogRow | None:
    """What the row says; None where it has no message."""
    message = _first(row, _MESSAGES)
    if message is None:
        return None
    host, pid = _first(row, _HOSTS), number(_value(row, _PIDS))
    logged = clock(_value(row, _TIMES))
    id = copied_id("syslog-rows", host and host.lower(), logged, pid or "", message.encode(errors="surrogatepass"))
    time = _finer(clock(_value(row, _EVENT_TIMES)), logged)
    said = unescaped(message.removeprefix(" "))  # what stands between tag and message in a line
    return SyslogRow(said, Context(_first(row, _PROGRAMS), time, host, pid, id=id))


def _finer(event: int | None, logged: int | None) -> int | None:
    """When it happened; the time it was logged at has parts of the same second."""
    if event is None or (logged is not None and 0 <= logged - event < MICROSECONDS):
        return logged
    return event


def _value(row: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((value for name in names if (value := row.get(name)) not in (None, "")), None)


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := text(row.get(name))) is not None), None)
