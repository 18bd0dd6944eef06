"""Events in order of time -> the bytes of the log, and the truth about each command in it."""

import json
import zlib
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from .kernel import MAX_EXECVE_AUDIT_LEN
from .records import Event, Execution, LoginUid, Message, Process
from .scenario import Plan
from .world import ARCH_NAMES, EXECVE_NUMBERS, UNSET

DAY = datetime(2026, 3, 17, tzinfo=UTC)
"""A Tuesday. Fixed, as the log must have the same bytes on each run."""
FIRST_SERIAL, FIRST_PID, FIRST_SESSION = 184_203, 30_112, 411
"""A server that has been up for some weeks."""


class _Numbers:
    """Process ids, sessions and serials, given out in order of time."""

    def __init__(self) -> None:
        self.serial, self.pid, self.session = FIRST_SERIAL, FIRST_PID, FIRST_SESSION

    def next_serial(self, at: int) -> int:
        # Now and then an event that no rule keeps takes a serial too.
        self.serial += 2 if zlib.crc32(b"%d" % at) % 9 == 0 else 1
        return self.serial

    def settle(self, process: Process, at: int) -> None:
        """Gives ``process`` and its ancestors their pid and session, once."""
        for other in (process.parent, process.same):
            if other is not None:
                self.settle(other, at)
        if process.pid == 0:
            if process.same is not None:
                process.pid = process.same.pid
            else:
                # Processes that never call execve take numbers as well.
                self.pid += 1 + zlib.crc32(b"%d %d" % (at, self.pid)) % 4
                process.pid = self.pid
        if process.login is not None:
            process.session = process.login.session


def build(plan: Plan) -> tuple[bytes, list[dict[str, Any]]]:
    """The log, and one row for each execution and each USER_CMD in it."""
    numbers = _Numbers()
    truth: list[dict[str, Any]] = []
    lines: list[str] = []
    group: list[list[str]] = []
    previous: int | None = None
    for at, event in plan.in_order():
        numbers.settle(event.process, at)
        if isinstance(event, LoginUid):
            numbers.session += 1
            event.process.session = numbers.session
        serial = numbers.next_serial(at)
        millis = round(DAY.timestamp()) * 1000 + at
        records = event.lines(f"audit({millis // 1000}.{millis % 1000:03d}:{serial})")
        truth += _truth(event, serial, millis)
        if at != previous:
            lines += _interleaved(group)
            group = []
        group.append(records)
        previous = at
    lines += _interleaved(group)
    # surrogateescape is not needed: whatever is not ASCII is hex by the kernel's rule.
    return ("\n".join(lines) + "\n").encode("ascii"), truth


def _interleaved(group: list[list[str]]) -> list[str]:
    """Two processors that write at the same time take turns, record by record."""
    return [line for turn in zip_longest(*group) for line in turn if line is not None]


def _truth(event: Event, serial: int, millis: int) -> list[dict[str, Any]]:
    process = event.process
    time = datetime.fromtimestamp(millis // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{millis % 1000:03d}000Z"
    row: dict[str, Any] = {"serial": serial, "time": time}
    who = {
        "pid": process.pid,
        "ppid": process.parent.pid if process.parent else 1,
        "uid": process.uid,
        "euid": process.euid,
        "auid": None if process.auid == UNSET else process.auid,
        "session": None if process.session == UNSET else process.session,
        "tty": process.tty,
    }
    match event:
        case Execution():
            ok = event.failure == 0
            argv = event.argv() if ok else None
            row |= {"origin": "execve", "success": ok, "technique": event.label}
            row["argv"] = [arg.decode("utf-8", "surrogateescape") for arg in argv] if argv else None
            if argv and any(not _is_utf8(arg) for arg in argv):
                row["argv_hex"] = [arg.hex() for arg in argv]
            row |= {"path": event.path, "exe": event.resolved() if ok else process.exe, "cwd": process.cwd, **who}
            row |= {"arch": ARCH_NAMES[event.arch], "syscall": EXECVE_NUMBERS[event.arch]}
            row["is_split"] = argv is not None and sum(map(len, argv)) * 2 > MAX_EXECVE_AUDIT_LEN
            return [row]
        case Message(command=bytes() as command):
            row |= {"origin": "user_cmd", "success": "res=success" in event.body}
            row |= {"command": command.decode("utf-8", "surrogateescape"), "cwd": process.cwd, **who}
            return [row]
        case _:
            return []


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    """One row a line; bytes that are not UTF-8 as ``\\udcXX`` escapes, all else as itself."""
    return "".join(_json(row) + "\n" for row in rows).encode()


def _json(row: dict[str, Any]) -> str:
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(row)
    return text
