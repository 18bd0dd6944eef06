"""Sysmon for Linux: whole, cut, spread over lines, in rows."""

import json

import pytest

from ttpline.telemetry.sysmon_linux import SysmonLinuxReader
from ttpline.testing.reading import Reading, reading_of

HEAD = "Jun 10 06:13:21 lab-web1 sysmon: "


def event(command: str = "id -un", number: int = 1, record: int = 7, parent: str = "bash") -> str:
    return (
        f'<Event><System><Provider Name="Linux-Sysmon"/><EventID>{number}</EventID><TimeCreated SystemTime="2024-06-10'
        f'T06:13:21.000100000Z"/><EventRecordID>{record}</EventRecordID><Computer>Lab-Web1</Computer></System><EventData>'
        f'<Data Name="ProcessId">77</Data><Data Name="Image">/usr/bin/id</Data>'
        f'<Data Name="CommandLine">{command}</Data>'
        f'<Data Name="User">erin</Data><Data Name="TerminalSessionId">4294967295</Data>'
        f'<Data Name="ParentProcessId">70</Data><Data Name="ParentImage">{parent}</Data></EventData></Event>'
    )


def reading(*lines: str) -> Reading:
    return reading_of(SysmonLinuxReader(), "".join(line + "\n" for line in lines).encode())


@pytest.mark.parametrize("number", [3, 5, 11, 16, 255])
def test_other_events_are_read_past(number: int) -> None:
    got = reading(HEAD + event(number=number))
    assert got.events == [] and not got.skipped.total


def test_text_in_a_command_does_not_make_it_another_event() -> None:
    (found,) = reading(HEAD + event("echo &lt;EventID>3&lt; <EventID>5</EventID>")).events
    assert found.command_line == "echo <EventID>3< <EventID>5</EventID>"


@pytest.mark.parametrize(
    "prefix", ["", HEAD, "<14>1 2024-06-10T06:13:21Z lab sysmon 801 - - ", "2024-06-10T06:13:21Z lab sysmon: "]
)
def test_the_header_makes_no_difference(prefix: str) -> None:
    (found,) = reading(prefix + event()).events
    assert (found.command_line, found.host, found.pid, found.ppid) == ("id -un", "Lab-Web1", 77, 70)
    assert (found.user, found.session, found.complete) == ("erin", None, True)
    assert found.event_id == "sysmon:lab-web1:7:1718000001000100"


def test_a_command_over_several_lines_is_whole() -> None:
    got = reading(event("sh -c a\n\tb\nc"), event(record=8))
    assert [found.command_line for found in got.events] == ["sh -c a\n\tb\nc", "id -un"]
    assert all(found.complete for found in got.events)


def test_a_cut_event_is_given_as_far_as_it_goes_and_what_follows_is_not_its() -> None:
    whole = event()
    got = reading(HEAD + whole[: whole.index("-un")], "stray text", HEAD + event(record=8))
    assert [(found.command_line, found.complete) for found in got.events] == [("id ", False), ("id -un", True)]
    assert dict(got.skipped.counts) == {"a record of another format": 1}


def test_a_cut_before_the_command_leaves_the_program() -> None:
    whole = event()
    (found,) = reading(HEAD + whole[: whole.index('<Data Name="CommandLine')]).events
    assert (found.command_line, found.complete) == ("/usr/bin/id", False)


def test_a_cut_before_the_number_is_counted() -> None:
    got = reading(HEAD + event()[:55])
    assert dict(got.skipped.counts) == {"Sysmon event without its number": 1}


def test_references_without_semicolon_are_damage() -> None:
    (found,) = reading(HEAD + event(parent="&lt unknown process&gt ")).events
    assert (found.command_line, found.complete) == ("id -un", False)


@pytest.mark.parametrize("name", ["SyslogMessage", "Message", "message"])
def test_rows_of_an_export_hold_it_as_text(name: str) -> None:
    row = json.dumps({"Computer": "other", name: event('x "a"')}).replace("<", "\\u003c").replace(">", "\\u003e")
    (found,) = reading(row).events
    assert (found.command_line, found.host) == ('x "a"', "Lab-Web1")


def test_the_same_event_again_is_counted() -> None:
    got = reading(HEAD + event(), HEAD + event())
    assert len(got.events) == 1 and dict(got.skipped.counts) == {"the same event again": 1}
