"""The English message text of an event as the fields it was made from, for exports that keep nothing else."""

import re

_PAIR = re.compile(r"^[ \t]*([A-Za-z][A-Za-z ]{0,39}):[ \t]*(.*?)[ \t]*$")
_SYSMON_PAIR = re.compile(r"([A-Za-z]{2,40}): ?(.*)")
_BLOCK_HEAD = re.compile(r"\s{0,9}Creating Scriptblock text \((\d{1,9}) of (\d{1,9})\):\n")
_BLOCK_TAIL = "\nScriptBlock ID:"
_SECURITY_TAIL = "\n\nToken Elevation Type indicates"
_COMMAND = "Process Command Line:"

_SUBJECT = ("subject", "creator subject")
_SECURITY = {
    "New Process ID": "NewProcessId",
    "New Process Name": "NewProcessName",
    "Creator Process ID": "ProcessId",
    "Creator Process Name": "ParentProcessName",
}
_SUBJECT_FIELDS = {
    "Account Name": "SubjectUserName",
    "Account Domain": "SubjectDomainName",
    "Logon ID": "SubjectLogonId",
}

_SYSMON_FIELDS = (
    "RuleName", "UtcTime", "ProcessGuid", "ProcessId", "Image", "FileVersion", "Description", "Product", "Company",
    "OriginalFileName", "CommandLine", "CurrentDirectory", "User", "LogonGuid", "LogonId", "TerminalSessionId",
    "IntegrityLevel", "Hashes", "ParentProcessGuid", "ParentProcessId", "ParentImage", "ParentCommandLine",
    "ParentUser",
)  # fmt: skip
"""In their order in the message: a line that begins with no later one goes on with the value before it."""
_SYSMON_PLACES = {name: at for at, name in enumerate(_SYSMON_FIELDS)}


def data_of_message(event_id: int | None, message: str) -> dict[str, str]:
    """Field name -> text for the events that are commands; empty where the message is not as Windows writes it.

    >>> data_of_message(1, "Process Create:\\nProcessId: 12\\nCommandLine: a b\\nUser: c")["CommandLine"]
    'a b'
    """
    text = message.replace("\r\n", "\n")
    match event_id:
        case 1 if text.lstrip().startswith("Process Create"):
            return _sysmon(text)
        case 4688:
            return _security(text)
        case 4104:
            return _script_block(text)
        case 4103:
            payload, _, rest = text.partition("\nContext:\n")
            return {"Payload": payload.strip(), "ContextInfo": rest.partition("\nUser Data:")[0]} if rest else {}
        case 400 | 800:
            return {"Message": message}
    return {}


def _sysmon(text: str) -> dict[str, str]:
    parts: dict[str, list[str]] = {}
    last = -1
    open_part: list[str] = []
    for line in text.split("\n"):
        pair = _SYSMON_PAIR.match(line)
        place = _SYSMON_PLACES.get(pair[1], -1) if pair else -1
        if pair and place > last:
            last, open_part = place, [pair[2]]
            parts[pair[1]] = open_part
        else:
            open_part.append(line)
    data = {name: "\n".join(lines) for name, lines in parts.items()}
    return {name: value.rstrip("\n") if name.endswith("CommandLine") else value.strip() for name, value in data.items()}


def _security(text: str) -> dict[str, str]:
    data: dict[str, str] = {}
    head, found, rest = text.partition(_COMMAND)
    section = ""
    for line in head.split("\n"):
        pair = _PAIR.match(line)
        if pair is None:
            continue
        name, value = pair.groups()
        if not value and line[:1] not in ("\t", " "):
            section = name.lower()
        elif name in _SECURITY:
            data.setdefault(_SECURITY[name], value)
        elif section in _SUBJECT and name in _SUBJECT_FIELDS:
            data.setdefault(_SUBJECT_FIELDS[name], value)
    if found:
        command, tail, _ = rest.partition(_SECURITY_TAIL)
        if not tail:
            command = rest.partition("\n\n")[0]
        # The label ends with a tab; blanks after it belong to the command, a line end behind it to the message.
        data["CommandLine"] = command.removeprefix("\t").removeprefix("\t").removesuffix("\n")
    return data if "NewProcessName" in data else {}


def _script_block(text: str) -> dict[str, str]:
    head = _BLOCK_HEAD.match(text)
    if head is None:
        return {}
    block, tail, rest = text[head.end() :].rpartition(_BLOCK_TAIL)
    if not tail:
        return {}
    ident, _, path = rest.partition("\n")
    return {
        "MessageNumber": head[1],
        "MessageTotal": head[2],
        "ScriptBlockText": block.removesuffix("\n"),
        "ScriptBlockId": ident.strip(),
        "Path": path.partition("Path:")[2].strip(),
    }
