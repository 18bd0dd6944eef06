"""The message of an event as people read it, back into fields: ``Label: value`` lines, as Event Viewer renders them.

Only English messages are read; in other languages the labels differ, and nothing is found.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_SECURITY = MappingProxyType(
    {
        "subject": MappingProxyType(
            {
                "security id": "SubjectUserSid",
                "account name": "SubjectUserName",
                "account domain": "SubjectDomainName",
                "logon id": "SubjectLogonId",
            }
        ),
        "creator subject": MappingProxyType(
            {
                "security id": "SubjectUserSid",
                "account name": "SubjectUserName",
                "account domain": "SubjectDomainName",
                "logon id": "SubjectLogonId",
            }
        ),
        "target subject": MappingProxyType(
            {
                "security id": "TargetUserSid",
                "account name": "TargetUserName",
                "account domain": "TargetDomainName",
                "logon id": "TargetLogonId",
            }
        ),
        "process information": MappingProxyType(
            {
                "new process id": "NewProcessId",
                "new process name": "NewProcessName",
                "token elevation type": "TokenElevationType",
                "creator process id": "ProcessId",
                "creator process name": "ParentProcessName",
                "process command line": "CommandLine",
            }
        ),
    }
)
"""Security 4688: section -> label -> field."""

_SECTION = re.compile(r"([A-Za-z][A-Za-z ]{1,40}):[ \t]*", re.ASCII)
_LABEL = re.compile(r"[ \t]*([A-Za-z][A-Za-z ]{1,40}):[ \t]?(.*)", re.ASCII)
_BLOCK = re.compile(r"Creating Scriptblock text \((\d{1,9}) of (\d{1,9})\):[ \t]*\r?\n?", re.ASCII)
_BLOCK_ID = re.compile(r"\r?\n\r?\n?ScriptBlock ID: ([0-9a-fA-F-]{36})\r?\n(?:Path: ?(.*))?", re.ASCII)


def data_of_message(event_id: int | None, message: str) -> Mapping[str, str]:
    """``EventData`` as far as the message of this event shows it; empty for an event that is no command.

    >>> data_of_message(1, "Process Create:\\r\\nUtcTime: 2026-01-02 03:04:05.678\\r\\nCommandLine: cmd /c a: b\\r\\n")
    {'UtcTime': '2026-01-02 03:04:05.678', 'CommandLine': 'cmd /c a: b'}
    """
    match event_id:
        case 1:
            return _sysmon(message)
        case 4688:
            return _security(message)
        case 4104:
            return _script_block(message)
        case 4103:
            return _pipeline(message)
    return {}


def _sysmon(message: str) -> dict[str, str]:
    """Sysmon writes ``Name: value``, the names those of its fields; a value goes on over lines without a name."""
    found: dict[str, str] = {}
    last = ""
    for line in message.replace("\r\n", "\n").split("\n")[1:]:
        name, colon, value = line.partition(": ")
        if not colon and line.endswith(":"):
            name, colon = line[:-1], ":"
        if colon and name.isascii() and name.isalnum() and name not in found:
            found[name], last = value, name
        elif last and line:
            found[last] += "\n" + line
    return found


def _security(message: str) -> dict[str, str]:
    found: dict[str, str] = {}
    section: Mapping[str, str] = {}
    last = ""
    for line in message.replace("\r\n", "\n").split("\n"):
        header = _SECTION.fullmatch(line)
        if header and header[1].lower() in _SECURITY:
            section, last = _SECURITY[header[1].lower()], ""
            continue
        if not line.strip():
            last = ""
            continue
        label = _LABEL.fullmatch(line)
        if label and label[1].lower() in section:
            last = section[label[1].lower()]
            found.setdefault(last, label[2].strip("\t ") if last != "CommandLine" else label[2].lstrip("\t "))
        elif last == "CommandLine":
            found[last] += "\n" + line
    return {name: value for name, value in found.items() if value not in ("", "-")}


def _script_block(message: str) -> dict[str, str]:
    start = _BLOCK.match(message)
    if start is None:
        return {}
    end = next(reversed([*_BLOCK_ID.finditer(message, start.end())]), None)
    text = message[start.end() : end.start() if end else len(message)]
    found = {"MessageNumber": start[1], "MessageTotal": start[2], "ScriptBlockText": text}
    if end is not None:
        found["ScriptBlockId"] = end[1]
        if end[2] and end[2].strip():
            found["Path"] = end[2].strip()
    return found


def _pipeline(message: str) -> dict[str, str]:
    """4103: the payload first, then ``Context:`` with indented ``Name = value`` lines."""
    payload, _, rest = message.partition("\nContext:")
    context = rest.partition("\nUser Data:")[0]
    return {"Payload": payload.strip("\r\n"), "ContextInfo": context} if payload else {}
