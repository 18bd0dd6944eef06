"""The log "Windows PowerShell": what of 400, 403, 600 and 800 is a command, in every export of it."""

import csv
import io
import json
import time
from collections.abc import Callable
from html import escape
from typing import Any

import pytest
from tests.telemetry.windows_events import reading

from ttpline.domain.event import CommandEvent
from ttpline.telemetry._evtx.records import event_of
from ttpline.telemetry._windows import WindowsEvent
from ttpline.telemetry.base import readers
from ttpline.testing.reading import reading_of

PROVIDER, CHANNEL, COMPUTER = "PowerShell", "Windows PowerShell", "WS7.example.com"
APPLICATION = "powershell.exe -nop -c\n  whoami"
TIME = "2025-06-10T06:13:21.250000Z"


def lines(**fields: str) -> str:
    return "\r\n".join(f"\t{name}={value}" for name, value in fields.items())


def state(host_id: str = "aa-01", new: str = "Available", application: str = APPLICATION) -> list[str]:
    """The values of a 400 or 403."""
    old = "None" if new == "Available" else "Available"
    context = lines(
        NewEngineState=new, PreviousEngineState=old, SequenceNumber="13", HostName="ConsoleHost", HostVersion="5.1.1",
        HostId=host_id, HostApplication=application, EngineVersion="5.1.1", RunspaceId="bb-02", PipelineId="",
        CommandName="", CommandType="", ScriptName="", CommandPath="", CommandLine="",
    )  # fmt: skip
    return [new, old, context]


def details(line: str, *calls: str, pipeline: str = "7", total: str = "1", user: str = "CORP\\ann lee") -> list[str]:
    """The values of an 800."""
    context = lines(
        DetailSequence="1", DetailTotal=total, SequenceNumber="17", UserId=user, HostName="ConsoleHost",
        HostVersion="5.1.1", HostId="aa-01", HostApplication=APPLICATION, EngineVersion="5.1.1", RunspaceId="bb-02",
        PipelineId=pipeline, ScriptName="", CommandLine=line,
    )  # fmt: skip
    return [line, context, "".join(f"{call}\r\n" for call in calls)]


CALLS = ('CommandInvocation(Get-Item): "Get-Item"', 'ParameterBinding(Get-Item): name="Path"; value="C:\\a b"')
HOST_ONLY = ('CommandInvocation(Out-Default): "Out-Default"',)


def event(number: int, values: list[str], record: int | None = None) -> WindowsEvent:
    return WindowsEvent(number, {"Data": values}, PROVIDER, CHANNEL, COMPUTER, record, 5)


def commands(*events: WindowsEvent) -> list[str]:
    return [found.command_line for found in reading(events).events]


def test_an_engine_that_starts_is_the_command_of_its_process() -> None:
    (found,) = reading([event(400, state())]).events
    assert (found.command_line, found.origin, found.complete) == (APPLICATION, "command_line", True)


def test_one_start_is_one_command_however_often_the_engine_says_it() -> None:
    stopped = state(new="Stopped")
    provider = [lines(ProviderName="Registry", NewProviderState="Started", HostApplication=APPLICATION)]
    events = [event(600, provider), event(400, state()), event(400, state()), event(403, stopped), event(400, stopped)]
    found = reading(events)
    assert [one.command_line for one in found.events] == [APPLICATION]
    assert not found.skipped.total
    assert len(commands(event(400, state("aa-01")), event(400, state("aa-03")))) == 2


def test_the_line_of_a_pipeline_is_a_command_once() -> None:
    line = "(New-Object Net.WebClient).DownloadFile($u, 'x.exe')"
    first, second = details(line, *CALLS), details(line, *HOST_ONLY)
    (found,) = reading([event(800, first), event(800, second)]).events
    assert (found.command_line, found.origin) == (line, "history")
    assert (found.user, found.parent_command_line) == ("CORP\\ann lee", APPLICATION)
    assert commands(event(800, first), event(800, details(line, pipeline="8"))) == [line, line]


def test_without_a_line_the_pipeline_is_told_by_its_details() -> None:
    assert commands(event(800, details("", *CALLS))) == ["Get-Item -Path 'C:\\a b'"]
    assert commands(event(800, details("", *HOST_ONLY))) == []
    (part,) = reading([event(800, details("", *CALLS, total="2"))]).events
    assert not part.complete


def test_other_providers_and_powershell_2_tell_of_none() -> None:
    other = event(400, state())
    other.provider = "Microsoft-Windows-Kernel-PnP"
    old = lines(NewEngineState="Available", PreviousEngineState="None", HostId="x", EngineVersion="2.0", RunspaceId="y")
    found = reading([other, event(400, ["Available", "None", old])])
    assert not found.events and not found.skipped.total


def xml(number: int, values: list[str]) -> tuple[str, bytes]:
    data = "".join(f"<Data>{escape(value)}</Data>" for value in values)
    text = (
        '<Events><Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">'
        f'<System><Provider Name="{PROVIDER}"/>'
        f'<EventID Qualifiers="0">{number}</EventID><TimeCreated SystemTime="{TIME}"/><EventRecordID>9</EventRecordID>'
        f'<Execution ProcessID="0" ThreadID="0"/><Channel>{CHANNEL}</Channel><Computer>{COMPUTER}</Computer></System>'
        f"<EventData>{data}<Binary></Binary></EventData></Event></Events>"
    )
    return "windows-xml", text.encode()


def system(number: int) -> dict[str, Any]:
    return {
        "Provider": {"#attributes": {"Name": PROVIDER}},
        "EventID": {"#attributes": {"Qualifiers": 0}, "#text": number},
        "TimeCreated": {"#attributes": {"SystemTime": TIME}},
        "EventRecordID": 9,
        "Execution": {"#attributes": {"ProcessID": 0}},
        "Channel": CHANNEL,
        "Computer": COMPUTER,
    }


def nested(number: int, values: list[str]) -> tuple[str, bytes]:
    held = {"Event": {"System": system(number), "EventData": {"Data": {"#text": values}, "Binary": None}}}
    return "windows-json", json.dumps(held).encode() + b"\n"


def velociraptor(number: int, values: list[str]) -> tuple[str, bytes]:
    return "windows-json", json.dumps({"System": system(number), "EventData": {"Data": values}}).encode() + b"\n"


def message(number: int, values: list[str]) -> str:
    first, second, third = values
    if number == 400:
        return f"Engine state is changed from {second} to {first}. \r\n\r\nDetails: \r\n{third}"
    context = f"Context Information: \r\n{second} \r\n\r\nDetails: \r\n{third}"
    return f"Pipeline execution details for command line: {first}. \r\n\r\n{context}"


def flat(number: int, values: list[str]) -> tuple[str, bytes]:
    record = {
        "EventID": number, "SourceName": PROVIDER, "Channel": CHANNEL, "Hostname": COMPUTER, "RecordNumber": 9,
        "@timestamp": TIME, "Message": message(number, values),
    }  # fmt: skip
    return "windows-json", json.dumps(record).encode() + b"\n"


def cmdlet(number: int, values: list[str]) -> tuple[str, bytes]:
    record = {
        "Id": number, "ProviderName": PROVIDER, "LogName": CHANNEL, "MachineName": COMPUTER, "RecordId": 9,
        "TimeCreated": "/Date(1749536001250)/", "Message": message(number, values),
        "Properties": [{"Value": value} for value in values],
    }  # fmt: skip
    return "windows-json", json.dumps([record], indent=1).encode()


def winlogbeat(number: int, values: list[str]) -> tuple[str, bytes]:
    data = {f"param{at}": value for at, value in enumerate(values, 1) if value}
    winlog = {
        "event_id": str(number), "provider_name": PROVIDER, "channel": CHANNEL, "computer_name": COMPUTER,
        "record_id": 9, "event_data": data,
    }  # fmt: skip
    record = {"@timestamp": TIME, "winlog": winlog, "event": {"kind": "event"}, "agent": {"type": "winlogbeat"}}
    return "ecs", json.dumps(record).encode() + b"\n"


def table(*rows: list[Any]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def evtxecmd(number: int, values: list[str]) -> tuple[str, bytes]:
    header = [
        "RecordNumber", "EventRecordId", "TimeCreated", "EventId", "Provider", "Channel", "Computer", "MapDescription",
        "Payload",
    ]  # fmt: skip
    payload = json.dumps({"EventData": {"Data": ", ".join(value for value in values if value), "Binary": ""}})
    return "windows-csv", table(header, [1, 9, TIME, number, PROVIDER, CHANNEL, COMPUTER, "", payload])


def exported(number: int, values: list[str]) -> tuple[str, bytes]:
    header = ["Message", "Id", "ProviderName", "LogName", "MachineName", "RecordId", "TimeCreated"]
    return "windows-csv", table(header, [message(number, values), number, PROVIDER, CHANNEL, COMPUTER, 9, TIME])


EXPORTS = [xml, nested, velociraptor, flat, cmdlet, winlogbeat, evtxecmd, exported]


def only(format: str, data: bytes) -> CommandEvent:
    found = reading_of(readers().get(format), data)
    assert not found.skipped.total
    (one,) = found.events
    return one


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize(
    ("number", "values", "command"),
    [
        (400, state(), APPLICATION),
        (800, details("gi 'C:\\a b'", *CALLS), "gi 'C:\\a b'"),
        (800, details("", *CALLS), "Get-Item -Path 'C:\\a b'"),
    ],
    ids=["400", "800", "800 without line"],
)
def test_every_export_tells_the_same(
    export: Callable[[int, list[str]], tuple[str, bytes]], number: int, values: list[str], command: str
) -> None:
    found = only(*export(number, values))
    assert found.command_line.replace("\r\n", "\n") == command
    assert found.event_id == "win:ws7.example.com:windows powershell:9"
    assert (found.time, found.host, found.platform, found.pid) == (TIME, COMPUTER, "windows", None)


def test_a_binary_log_tells_the_same() -> None:
    parsed = event_of(nested(800, details("gi x", *CALLS))[1].decode())
    assert parsed is not None
    assert commands(parsed) == ["gi x"]


def test_a_message_whose_first_value_was_empty_is_not_taken_for_a_line() -> None:
    first, second, third = details("", *CALLS)
    text = (
        f"Pipeline execution details for command line: {second}. \n\nContext Information: \n{third} \n\nDetails: \n%3"
    )
    shifted = WindowsEvent(800, {"Message": text}, PROVIDER, CHANNEL, COMPUTER, None, 5)
    assert not first
    assert commands(shifted) == ["Get-Item -Path 'C:\\a b'"]


@pytest.mark.parametrize("unit", [" ", "\n", "HostApplication=", " UserId=", " EngineVersion=", "\nDetails:\n", ", "])
@pytest.mark.parametrize("number", [400, 800])
def test_hostile_text_is_read_in_time(unit: str, number: int) -> None:
    start = details("")[1] if number == 800 else state()[2]
    began = time.process_time()
    for text in (unit, start + unit, start[:50] + unit):
        reading([event(number, [text + unit * (1_000_000 // len(unit))])])
    assert time.process_time() - began < 3
