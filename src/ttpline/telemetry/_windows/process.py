"""Process creations: what Sysmon 1 and Security 4688 say of the process."""

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from ttpline.telemetry._times import rfc3339
from ttpline.telemetry._windows.event import WindowsEvent
from ttpline.telemetry._windows.values import guid, known, process_id

WINDOWS_SYSMON = "Microsoft-Windows-Sysmon"


def sysmon_fields(event: WindowsEvent) -> dict[str, Any] | None:
    """Event fields of a Sysmon 1; None where neither command line nor program is known.

    A cut event without command line may have had one: then the program does not stand for it.
    Sysmon for Linux writes the same fields under its own provider.
    """
    get = event.data.get
    exe = known(get("Image"))
    command = _command(get("CommandLine"), exe if event.complete else None)
    if command is None:
        return None
    time = event.time
    if time is None and isinstance(written := get("UtcTime"), str):
        time = rfc3339(written)
    provider = event.provider
    is_linux = provider is not None and provider != WINDOWS_SYSMON and "linux" in provider.lower()
    return {
        "event_id": record_key(event) or _sysmon_key(event),
        "command_line": command,
        "time": time,
        "host": event.computer,
        "user": known(get("User")),
        "session": _session(get("LogonId")),
        "pid": process_id(get("ProcessId")),
        "ppid": process_id(get("ParentProcessId")),
        "exe": exe,
        "cwd": known(get("CurrentDirectory")),
        "parent_command_line": known(get("ParentCommandLine")),
        "platform": "linux" if is_linux else "windows",
    }


def security_fields(event: WindowsEvent) -> dict[str, Any] | None:
    """Event fields of a Security 4688; None where neither command line nor program is known.

    Windows leaves the command line empty unless a policy asks for it: then the program stands for it.
    """
    data = event.data
    exe = known(data.get("NewProcessName"))
    command = _command(data.get("CommandLine"), exe if event.complete else None)
    if command is None:
        return None
    pid = process_id(data.get("NewProcessId"))
    return {
        "event_id": record_key(event) or process_key(event.computer, event.time, pid, command),
        "command_line": command,
        "time": event.time,
        "host": event.computer,
        "user": known(data.get("SubjectUserName")),
        "session": _session(data.get("SubjectLogonId")),
        "pid": pid,
        "ppid": process_id(_first(data, "ProcessId", "CreatorProcessId")),
        "exe": exe,
        "parent_command_line": known(data.get("ParentCommandLine")),
        "platform": "windows",
    }


def _session(logged: Any) -> str | None:
    """The logon's number in hex; messages write it in capitals, fields do not."""
    found = known(logged)
    return found.lower() if found else None


def _first(data: Mapping[str, Any], *names: str) -> Any:
    return next((data[name] for name in names if data.get(name) is not None), None)


def _command(logged: Any, exe: str | None) -> str | None:
    """The command line as logged, its spaces too; the program where there is none."""
    found = known(logged)
    return found if found is not None and not found.isspace() else exe


def record_key(event: WindowsEvent) -> str | None:
    """What the log itself calls the event: the same in an EVTX file and in every export of it.

    >>> record_key(WindowsEvent(1, {}, computer="PC1.example.com", channel="Security", record_id=7))
    'win:pc1.example.com:security:7'
    """
    if event.record_id is None or not event.computer or not event.channel:
        return None
    return f"win:{event.computer.lower()}:{event.channel.lower()}:{event.record_id}"


def _sysmon_key(event: WindowsEvent) -> str | None:
    process = guid(event.data.get("ProcessGuid"))
    return f"sysmon:{event.computer.lower()}:{process}" if event.computer and process else None


def process_key(computer: str | None, time: int | None, pid: int | None, command: str) -> str | None:
    """For exports that leave the record's number out: a host creates a process id once at a moment."""
    if not computer or time is None or pid is None:
        return None
    return f"win4688:{computer.lower()}:{time}:{pid}:{crc32(command.encode(errors='surrogatepass'))}"
