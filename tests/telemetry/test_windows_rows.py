"""Which Windows events are commands, and script blocks put together from their parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.telemetry.windows_events import POWERSHELL, created, part, reading

from ttpline.telemetry._windows import WindowsEvent
from ttpline.telemetry._windows.powershell import pipeline_of
from ttpline.telemetry._windows.rows import MAX_HELD_EVENTS


def lines(events: list[WindowsEvent]) -> list[tuple[str, bool]]:
    return [(event.command_line, event.complete) for event in reading(events).events]


def test_a_block_is_joined_in_order_of_its_parts_and_stands_at_its_first() -> None:
    found = reading([part(2, 3, "b"), created("x"), part(3, 3, "c"), part(1, 3, "a"), created("y")]).events
    assert [event.command_line for event in found] == ["abc", "x", "y"]
    assert [event.source.record for event in found] == [1, 2, 5]
    assert (found[0].source.offset, found[0].source.length) == (0, 40)
    assert all(event.complete for event in found)


def test_a_block_without_all_its_parts_is_given_and_not_complete() -> None:
    assert lines([part(1, 3, "a"), part(3, 3, "c"), created("x")]) == [("ac", False), ("x", True)]


def test_events_wait_for_an_open_block_only_so_long() -> None:
    found = lines([part(1, 2, "a"), *(created(f"c{at}", record=at) for at in range(MAX_HELD_EVENTS + 50))])
    assert found[0] == ("a", False)
    assert len(found) == MAX_HELD_EVENTS + 51


def test_a_part_that_comes_again_is_counted_and_no_block_of_its_own() -> None:
    found = reading([part(1, 2, "a"), part(1, 2, "a"), part(2, 2, "b"), part(2, 2, "b")])
    assert [event.command_line for event in found.events] == ["ab"]
    assert found.skipped.counts == {"the same event again": 2}


def test_blocks_of_two_computers_with_one_id_are_two() -> None:
    other = part(1, 2, "x")
    other.computer = "ws8"
    last = part(2, 2, "y")
    last.computer = "ws8"
    assert lines([part(1, 2, "a"), other, last, part(2, 2, "b")]) == [("ab", True), ("xy", True)]


def test_an_empty_block_is_no_command() -> None:
    assert lines([part(1, 1, " \n")]) == []


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), max_size=30))
def test_whatever_the_order_records_rise_and_no_text_is_lost(parts: list[tuple[int, int]]) -> None:
    events = [part(number, 3, f"<{at}>", block=f"b{block}") for at, (number, block) in enumerate(parts)]
    found = reading(events)
    records = [event.source.record for event in found.events]
    assert records == sorted(records)
    given_parts = sum(event.command_line.count("<") for event in found.events)
    assert given_parts + found.skipped.total == len(parts)


@pytest.mark.parametrize(
    "event",
    [
        WindowsEvent(7045, {"ImagePath": "x"}, provider="Service Control Manager"),
        WindowsEvent(4698, {"TaskContent": "x"}, provider="Microsoft-Windows-Security-Auditing"),
        WindowsEvent(1, {"Image": "x"}, provider="Microsoft-Windows-Kernel-General"),
        WindowsEvent(4104, {"ScriptBlockText": "x"}, provider="Something"),
        WindowsEvent(None, {"CommandLine": "x"}),
        WindowsEvent(4103, {"Payload": 'CommandInvocation(Out-Default): "Out-Default"'}, provider=POWERSHELL),
    ],
)
def test_what_ran_nothing_is_neither_event_nor_skip(event: WindowsEvent) -> None:
    found = reading([event])
    assert not found.events
    assert not found.skipped.total


def test_the_program_stands_for_a_command_line_that_was_not_logged_but_not_for_one_that_was_cut() -> None:
    data = {"NewProcessName": "C:\\a.exe", "CommandLine": "", "NewProcessId": "0x10", "ProcessId": "0x8"}
    event = WindowsEvent(4688, data, provider="Microsoft-Windows-Security-Auditing", computer="ws7", time=5)
    (found,) = reading([event]).events
    assert (found.command_line, found.exe, found.pid, found.ppid) == ("C:\\a.exe", "C:\\a.exe", 16, 8)
    event.complete = False
    assert reading([event]).skipped.counts == {"a process creation without command line and program": 1}


def test_the_same_event_from_two_exports_has_one_id() -> None:
    assert reading([created("a", record=7), created("a", record=7)]).skipped.counts == {"the same event again": 1}


def test_a_pipeline_is_its_commands_with_what_was_bound_to_them() -> None:
    payload = (
        'CommandInvocation(Get-Item): "Get-Item"\r\n'
        'CommandInvocation(Set-Content): "Set-Content"\r\n'
        'ParameterBinding(Get-Item): name="Path"; value="C:\\it\'s"\r\n'
        'ParameterBinding(Set-Content): name="InputObject"; value="much\r\ndata"\r\n'
        'ParameterBinding(Set-Content): name="Value"; value="two\r\nlines"\r\n'
        'CommandInvocation(Out-Default): "Out-Default"\r\n'
    )
    assert pipeline_of(payload) == "Get-Item -Path 'C:\\it''s' | Set-Content -Value 'two\r\nlines'"
