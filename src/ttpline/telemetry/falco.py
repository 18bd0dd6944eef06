"""Falco's alerts as JSON: each tells of a process and its command line.

Only ``output_fields`` is read: the sentence in ``output`` has the same values without their boundaries.
"""

from typing import Any

import msgspec

from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.ids import copied_id
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import number, text, user_id
from ttpline.telemetry._times import epoch, rfc3339

_EXECUTIONS = frozenset({"execve", "execveat"})
_MISSING = frozenset({"<NA>", "<NA", "N/A"})


class _Record(msgspec.Struct):
    fields: Any = msgspec.field(name="output_fields", default=None)
    rule: Any = None
    hostname: Any = None
    time: Any = None


class _Shape:
    record = _Record
    mark = b"priority"
    command_marks = ()

    def sniff(self, record: dict[str, Any]) -> float:
        if "rule" not in record or "priority" not in record:
            return 0.0
        return 0.95 if isinstance(record.get("output_fields"), dict) or {"output", "time"} <= record.keys() else 0.0

    def add(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        fields = record.fields
        if record.rule is None:
            raise WrappedError
        if not isinstance(fields, dict):
            raise UnreadableRecordError("an alert without output_fields")
        command = _known(fields.get("proc.cmdline")) or _known(fields.get("proc.exeline"))
        if command is None:
            return
        time = _time(fields.get("evt.time")) or _time(fields.get("evt.rawtime")) or _time(record.time)
        host, pid = text(record.hostname) or _known(fields.get("evt.hostname")), number(fields.get("proc.pid"))
        rows.add(
            place,
            raw,
            command,
            event_id=copied_id("falco", host, time, pid, command.encode(errors="surrogatepass")),
            time=time,
            host=host,
            user=_known(fields.get("user.name")),
            uid=user_id(fields.get("user.uid")),
            auid=user_id(fields.get("user.loginuid")),
            session=number(fields.get("proc.sid")),
            pid=pid,
            ppid=number(fields.get("proc.ppid")),
            exe=_known(fields.get("proc.exepath")),
            cwd=_known(fields.get("proc.cwd")),
            parent_command_line=_known(fields.get("proc.pcmdline")),
            success=_success(fields),
            platform="linux",
        )


def _known(value: Any) -> str | None:
    found = text(value)
    return None if found in _MISSING else found


def _success(fields: dict[str, Any]) -> bool | None:
    """Of the execution; the result of another system call says nothing about it."""
    result = _known(fields.get("evt.res"))
    return result == "SUCCESS" if result is not None and fields.get("evt.type") in _EXECUTIONS else None


def _time(value: Any) -> int | None:
    if isinstance(value, str):
        return rfc3339(value) or epoch(value)
    return epoch(value) if isinstance(value, int | float) else None


READER = JsonReader(name="falco", description="Falco alerts as JSON", shape=_Shape())
