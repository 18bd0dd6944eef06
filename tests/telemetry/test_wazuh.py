"""Windows events in Wazuh's alerts: names in small letters, values escaped once or twice."""

import json
from pathlib import Path
from typing import Any

import pytest

import ttpline
from ttpline.domain.event import CommandEvent

COMMAND = r'"C:\Windows\System32\cmd.exe" /c net view \\fs01 & type "C:\new folder\table.txt"'


def alert(event_id: str, data: dict[str, Any], *, twice: bool, channel: str, provider: str) -> dict[str, Any]:
    if twice:
        data = {name: json.dumps(value)[1:-1] for name, value in data.items()}
    system = {
        "providerName": provider,
        "eventID": event_id,
        "systemTime": "2026-03-04T10:11:12.123456700Z",
        "eventRecordID": "4711",
        "processID": "2204",
        "channel": channel,
        "computer": "ws7.contoso.local",
    }
    return {
        "timestamp": "2026-03-04T10:11:13.001+0000",
        "rule": {"level": 3, "id": "61603"},
        "agent": {"id": "006", "name": "ws7"},
        "id": "1772619073.4711",
        "decoder": {"name": "windows_eventchannel"},
        "data": {"win": {"system": system, "eventdata": data}},
        "location": "EventChannel",
    }


def sysmon(*, twice: bool, event_id: str = "1") -> dict[str, Any]:
    data = {
        "utcTime": "2026-03-04 10:11:12.123",
        "processGuid": "{4b1c8a0e-0001-0002-0003-000000000004}",
        "processId": "5120",
        "image": r"C:\Windows\System32\cmd.exe",
        "commandLine": COMMAND,
        "currentDirectory": "C:\\Users\\kim\\",
        "user": r"CONTOSO\kim",
        "logonId": "0x3e7",
        "parentProcessId": "880",
        "parentImage": r"C:\Windows\explorer.exe",
        "parentCommandLine": r"C:\Windows\Explorer.EXE",
    }
    return alert(
        event_id,
        data,
        twice=twice,
        channel="Microsoft-Windows-Sysmon/Operational",
        provider="Microsoft-Windows-Sysmon",
    )


def read(tmp_path: Path, *records: dict[str, Any]) -> list[CommandEvent]:
    file = tmp_path / "alerts.json"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return list(ttpline.read(str(file)))


@pytest.mark.parametrize("twice", [True, False])
def test_a_process_creation(tmp_path: Path, twice: bool) -> None:
    (event,) = read(tmp_path, sysmon(twice=twice), sysmon(twice=twice, event_id="3"))
    assert event.command_line == COMMAND
    assert event.time == "2026-03-04T10:11:12.123456Z"
    assert (event.host, event.user, event.pid, event.ppid) == ("ws7.contoso.local", r"CONTOSO\kim", 5120, 880)
    assert (event.exe, event.cwd) == (r"C:\Windows\System32\cmd.exe", "C:\\Users\\kim\\")
    assert event.parent_command_line == r"C:\Windows\Explorer.EXE"
    assert event.event_id == "win:ws7.contoso.local:microsoft-windows-sysmon/operational:4711"
    assert event.source.format == "windows-json"


@pytest.mark.parametrize("twice", [True, False])
def test_a_script_block_keeps_its_lines(tmp_path: Path, twice: bool) -> None:
    text = 'if ($a) {\r\n\tWrite-Host "x\\n"\r\n}'
    data = {
        "messageNumber": "1",
        "messageTotal": "1",
        "scriptBlockText": text,
        "scriptBlockId": "b1",
        "path": r"C:\a.ps1",
    }
    provider = "Microsoft-Windows-PowerShell"
    record = alert("4104", data, twice=twice, channel=f"{provider}/Operational", provider=provider)
    (event,) = read(tmp_path, record)
    assert event.command_line == text


def test_a_document_of_the_index_is_read_too(tmp_path: Path) -> None:
    (event,) = read(tmp_path, {"_index": "wazuh-alerts-4.x-2026.03.04", "_id": "a", "_source": sysmon(twice=True)})
    assert event.command_line == COMMAND


def test_the_line_of_another_log_in_an_alert_goes_to_its_reader(tmp_path: Path) -> None:
    line = "Mar  4 10:11:12 web1 sudo:      kim : TTY=pts/0 ; PWD=/home/kim ; USER=root ; COMMAND=/usr/bin/id -u"
    record = {"timestamp": "2026-03-04T10:11:13.001+0000", "rule": {"id": "5402"}, "agent": {"name": "web1"}}
    (event,) = read(
        tmp_path, {**record, "full_log": line, "decoder": {"name": "sudo"}, "location": "/var/log/auth.log"}
    )
    assert (event.source.format, event.command_line, event.host) == ("syslog", "/usr/bin/id -u", "web1")
