"""Made-up logs of a given size, one maker a format: every second record is a command (in osquery, kypo and jsonl each),
no two events are the same. ``varied_log_of``: the same of 40 hosts, a few users and nearly as many commands as events.
"""

import json
import random
import shlex
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ttpline.domain.event import EVENT_FIELDS

_START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
_COMMANDS = (
    ("/usr/bin/curl", ["curl", "-fsSL", "-o", "/tmp/x", "https://www.example.com/download/setup-1.2.3.tar.gz"]),
    ("/usr/bin/bash", ["bash", "-c", 'for f in /var/log/*.gz; do zcat "$f" | grep -c error; done']),
    ("/usr/bin/ls", ["ls", "-la", "/srv/www/html"]),
    ("/usr/bin/python3.11", ["python3", "/opt/app/manage.py", "migrate", "--database", "default"]),
)


def _time(number: int) -> str:
    return (_START + timedelta(milliseconds=37 * number, microseconds=number % 997)).isoformat(timespec="microseconds")


def _zulu(number: int) -> str:
    return _time(number).replace("+00:00", "Z")


def ecs(number: int) -> str:
    exe, args = _COMMANDS[number // 2 % 4]
    is_start = number % 2 == 0
    return json.dumps(
        {
            "@timestamp": _zulu(number),
            "agent": {"id": "1c9d1f0a-0000-4000-8000-000000000001", "type": "endpoint", "version": "8.12.0"},
            "data_stream": {"dataset": "endpoint.events.process", "namespace": "default", "type": "logs"},
            "ecs": {"version": "8.10.0"},
            "event": {
                "action": "exec" if is_start else "connection_attempted",
                "category": ["process" if is_start else "network"],
                "created": _zulu(number),
                "id": f"NEcs{number:012x}+++++",
                "kind": "event",
                "type": ["start"],
                "sequence": number,
            },
            "host": {"hostname": "web7", "id": "h7", "ip": ["192.0.2.7"], "os": {"type": "linux", "name": "Linux"}},
            "process": {
                "args": args,
                "args_count": len(args),
                "command_line": " ".join(args),
                "entity_id": f"e{number:016x}",
                "executable": exe,
                "hash": {"sha256": f"{number:064x}", "md5": f"{number:032x}"},
                "name": args[0],
                "parent": {"pid": 900, "args": ["-bash"], "command_line": "-bash", "entity_id": f"p{number:016x}"},
                "pid": 1000 + number % 60000,
                "working_directory": "/home/amy",
            },
            "user": {"id": "1000", "name": "amy"},
        }
    )


def windows_json(number: int) -> str:
    exe, args = _COMMANDS[number // 2 % 4]
    return json.dumps(
        {
            "EventTime": _time(number)[:19].replace("T", " "),
            "@timestamp": _zulu(number),
            "Hostname": "WS7.example.com",
            "Keywords": "-9223372036854775808",
            "EventID": 1 if number % 2 == 0 else 7,
            "SourceName": "Microsoft-Windows-Sysmon",
            "ProviderGuid": "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
            "Version": 5,
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "RecordNumber": number + 1,
            "UtcTime": _time(number)[:23].replace("T", " "),
            "ProcessGuid": f"{{{number:08x}-0001-67c6-0100-000000000100}}",
            "ProcessId": str(4 * number),
            "Image": "C:" + exe.replace("/", "\\"),
            "ImageLoaded": "C:\\Windows\\System32\\ntdll.dll",
            "CommandLine": " ".join(args) if number % 2 == 0 else None,
            "CurrentDirectory": "C:\\Users\\amy\\",
            "User": "EXAMPLE\\amy",
            "Hashes": f"SHA1={number:040x},MD5={number:032x}",
            "ParentProcessId": "4000",
            "ParentImage": "C:\\Windows\\explorer.exe",
            "ParentCommandLine": "C:\\Windows\\explorer.exe",
        }
    )


def osquery(number: int) -> str:
    exe, args = _COMMANDS[number // 2 % 4]
    name = "process_events" if number % 2 == 0 else "socket_events"
    columns = {"auid": "1000", "cmdline": " ".join(args), "cwd": "/srv", "euid": "0", "parent": "900", "path": exe}
    columns |= {"pid": str(number), "time": str(1772600767 + number // 20), "uid": "1000", "gid": "1000"}
    row: dict[str, object] = {"name": name, "hostIdentifier": "web7", "calendarTime": "Wed Mar  4 05:06:07 2026 UTC"}
    row |= {"unixTime": 1772600767 + number // 20, "epoch": 0, "counter": number, "columns": columns, "action": "added"}
    return json.dumps(row)


def cowrie(number: int) -> str:
    kind = "cowrie.command.input" if number % 2 == 0 else "cowrie.session.params"
    line = " ".join(_COMMANDS[number // 2 % 4][1])
    row = {"eventid": kind, "input": line, "message": f"CMD: {line}", "sensor": "pot-1", "timestamp": _zulu(number)}
    return json.dumps(row | {"src_ip": "198.51.100.7", "session": f"{number // 40:012x}"})


def kypo(number: int) -> str:
    line = " ".join(_COMMANDS[number % 4][1])
    row = {"timestamp_str": _time(number), "hostname": "attacker", "username": "root", "wd": "/root", "cmd": line}
    return json.dumps(row | {"cmd_type": "bash-command", "sandbox_id": "7", "pool_id": "1", "ip": "192.0.2.8"})


def jsonl(number: int) -> str:
    exe, args = _COMMANDS[number % 4]
    row: dict[str, object] = {field.name: None for field in EVENT_FIELDS}
    row |= {"event_id": f"web7:1772600767.{number:09}:{number}", "time": _zulu(number), "host": "web7", "user": "amy"}
    row |= {"uid": 1000, "auid": 1000, "euid": 0, "session": 3, "tty": "pts0", "pid": number, "ppid": 900, "exe": exe}
    row |= {"cwd": "/srv", "argv": args, "command_line": shlex.join(args), "origin": "execve", "complete": True}
    row |= {"success": True, "platform": "linux"}
    row["source"] = {"format": "auditd", "uri": "audit.log", "record": number, "offset": 900 * number, "length": 899}
    return json.dumps(row)


def sysmon_linux(number: int) -> str:
    exe, args = _COMMANDS[number // 2 % 4]
    data = {
        "RuleName": "-",
        "UtcTime": _time(number)[:23].replace("T", " "),
        "ProcessGuid": f"{{{number:08x}-0001-67c6-0100-000000000100}}",
        "ProcessId": str(number),
        "Image": exe,
        "CommandLine": " ".join(args).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;"),
        "CurrentDirectory": "/srv",
        "User": "amy",
        "ParentProcessId": "900",
        "ParentImage": "/usr/bin/bash",
        "ParentCommandLine": "-bash",
    }
    values = "".join(f'<Data Name="{name}">{value}</Data>' for name, value in data.items())
    event = 1 if number % 2 == 0 else 5
    return (
        f'Mar  4 05:06:07 web7 sysmon: <Event><System><Provider Name="Linux-Sysmon" Guid="{{ff032593}}"/>'
        f"<EventID>{event}</EventID><Version>5</Version><TimeCreated SystemTime="
        f'"{_zulu(number)}"/><EventRecordID>{number + 1}</EventRecordID><Correlation/>'
        f'<Execution ProcessID="7" ThreadID="7"/><Channel>Linux-Sysmon/Operational</Channel><Computer>web7</Computer>'
        f'<Security UserId="0"/></System><EventData>{values}</EventData></Event>'
    )


def syslog(number: int) -> str:
    exe, args = _COMMANDS[number // 2 % 4]
    said = (
        f"sudo:      amy : TTY=pts/0 ; PWD=/home/amy ; USER=root ; COMMAND={' '.join([exe, *args[1:]])}"
        if number % 2 == 0
        else "sudo: pam_unix(sudo:session): session opened for user root(uid=0) by amy(uid=1000)"
    )
    return f"{_time(number)} web7 {said}"


LOGS: dict[str, Callable[[int], str]] = {
    "ecs": ecs,
    "windows-json": windows_json,
    "osquery": osquery,
    "cowrie": cowrie,
    "kypo": kypo,
    "jsonl": jsonl,
    "sysmon-linux": sysmon_linux,
    "syslog": syslog,
}
JSON = frozenset({"ecs", "windows-json", "osquery", "cowrie", "kypo", "jsonl"})


def log_of(name: str, size: int) -> bytes:
    """About ``size`` bytes of format ``name``."""
    return b"".join(_lines(LOGS[name], size))


def varied_log_of(name: str, size: int) -> bytes:
    """About ``size`` bytes of ``name``, one of ``JSON``, in which few values are those of another line."""
    rng = random.Random(SEED)
    return b"".join(_lines(lambda number: json.dumps(_varied(json.loads(LOGS[name](number)), rng)), size))


def _varied(row: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    for name, value in row.items():
        if isinstance(value, dict):
            _varied(value, rng)
        elif name in _HOST_NAMES:
            row[name] = f"host-{rng.randrange(40)}.example.com"
        elif name in _USER_NAMES:
            row[name] = rng.choice(("amy", "root", "EXAMPLE\\bob", "svc-backup"))
        elif name in _COMMAND_NAMES and isinstance(value, str):
            row[name] = " ".join(rng.choices(_WORDS, k=rng.randrange(1, 14)))
        elif name in ("args", "argv"):
            row[name] = rng.choices(_WORDS, k=rng.randrange(1, 9))
        elif name in ("exe", "executable", "path", "Image"):
            row[name] = "/usr/bin/" + rng.choice(_WORDS)
    return row


SEED = 20261124
_HOST_NAMES = frozenset({"hostname", "Hostname", "hostIdentifier", "host", "sensor"})
_USER_NAMES = frozenset({"username", "user", "User"})
_COMMAND_NAMES = frozenset({"cmd", "input", "cmdline", "command_line", "CommandLine"})
_WORDS = (
    *(
        "tar",
        "-xzf",
        "grep",
        "-r",
        "find",
        "/srv/www/html",
        "awk",
        "'{print $1}'",
        "systemctl",
        "restart",
        "nginx.service",
    ),
    *(
        "curl",
        "https://mirror.example.org",
        "/etc/hosts",
        "--config=/opt/app/app.yaml",
        "-o",
        'a "b"',
        "cat",
        "ps",
        "aux",
    ),
    *(
        "/var/log/syslog",
        "kill",
        "-HUP",
        "4711",
        "chmod",
        "0644",
        "rsync",
        "-az",
        "--delete",
        "deploy@192.0.2.20",
        "git",
    ),
    *("pull", "docker", "compose", "up", "-d", "sed", "-i", "s/a/b/", "C:\\Windows\\Temp\\x.txt", "python3", "-m"),
)


def _lines(make: Callable[[int], str], size: int) -> Iterator[bytes]:
    number = 0
    while size > 0:
        line = make(number).encode() + b"\n"
        size -= len(line)
        number += 1
        yield line
