"""Rows of ``DeviceProcessEvents``: what Microsoft Defender says of a process, in CSV and JSON alike."""

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from ttpline.telemetry._windows.values import known, process_id

CREATED = "processcreated"


def is_creation(row: Mapping[str, Any]) -> bool:
    """Other tables of Defender have the same columns with other actions. ``row``: names in lower case."""
    action = known(row.get("actiontype"))
    return action is None or action.lower() == CREATED


def defender_fields(row: Mapping[str, Any], time: int | None) -> dict[str, Any] | None:
    """Event fields, ``event_id`` among them; None where neither command line nor program is known.

    ``ReportId`` repeats; with the device and the time it names an event.
    """
    exe = _path(known(row.get("folderpath")), known(row.get("filename")))
    logged = known(row.get("processcommandline"))
    command = logged if logged is not None and not logged.isspace() else exe
    if command is None:
        return None
    host = known(row.get("devicename"))
    device = known(row.get("deviceid")) or host
    report = known(row.get("reportid"))
    key = None
    if device and time is not None:
        rest = report or str(crc32(f"{row.get('processid')}\0{command}".encode(errors="surrogatepass")))
        key = f"defender:{device}:{time}:{rest}"
    name, domain = known(row.get("accountname")), known(row.get("accountdomain"))
    is_windows = exe is None or not exe.startswith("/")
    return {
        "event_id": key,
        "command_line": command,
        "time": time,
        "host": host,
        "user": f"{domain}\\{name}" if name and domain else name,
        "session": known(row.get("logonid")),
        "pid": process_id(row.get("processid")),
        "ppid": process_id(row.get("initiatingprocessid")),
        "exe": exe,
        "parent_command_line": known(row.get("initiatingprocesscommandline")),
        "platform": "windows" if is_windows else None,
    }


def _path(folder: str | None, file: str | None) -> str | None:
    """``FolderPath`` ends with the file's name in this table; where it does not, the name is put behind it."""
    if folder is None or file is None or folder.lower().endswith(file.lower()):
        return folder or file
    mark = "/" if folder.startswith("/") else "\\"
    return f"{folder.rstrip(mark)}{mark}{file}"
