"""``<Event>`` text, well-formed or not: what is in it, and whether it is whole."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.telemetry._event_xml import event_xml, unescaped

WHOLE = (
    "<Event xmlns='http://example.com/events'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{1}'/>"
    "<EventID>1</EventID><TimeCreated SystemTime='2024-06-10T06:13:21.123456700Z'/><EventRecordID>77</EventRecordID>"
    "<Execution ProcessID='801' ThreadID='802'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>"
    "<Computer>LAB-PC1.example.com</Computer><Security UserID='S-1-5-18'/></System><EventData>"
    "<Data Name='Image'>C:\\Windows\\x.exe</Data><Data Name='CommandLine'>x &quot;a&quot; &gt;&#x20;out "
    "&amp;&amp; y</Data>"
    "<Data Name='Empty'></Data><Data Name='None'/></EventData></Event>"
)


def test_all_of_a_whole_event_is_read() -> None:
    event = event_xml("May 11 18:10:20 lab sysmon: " + WHOLE)
    assert event is not None and event.is_whole and event.cut is None
    assert (event.provider, event.event_id, event.record_id) == ("Microsoft-Windows-Sysmon", 1, 77)
    assert (event.time, event.process_id) == ("2024-06-10T06:13:21.123456700Z", 801)
    assert (event.channel, event.computer) == ("Microsoft-Windows-Sysmon/Operational", "LAB-PC1.example.com")
    assert event.user == "S-1-5-18"
    assert event.data == {"Image": "C:\\Windows\\x.exe", "CommandLine": 'x "a" > out && y', "Empty": ""}


@pytest.mark.parametrize("cut", range(0, len(WHOLE), 7))
def test_a_cut_event_says_so_and_invents_nothing(cut: int) -> None:
    event = event_xml(WHOLE[:cut])
    whole = event_xml(WHOLE)
    assert whole is not None
    if event is not None:
        assert not event.is_whole
        assert event.data.items() <= whole.data.items()
        assert event.cut is None or event.cut[0] not in event.data
        assert event.record_id in (None, 77) and event.event_id in (None, 1)


def test_a_value_that_the_end_cuts_is_given_apart() -> None:
    event = event_xml(WHOLE[: WHOLE.index(" &quot;a")])
    assert event is not None and event.cut == ("CommandLine", "x") and "CommandLine" not in event.data


def test_references_without_semicolon_are_read_and_make_it_not_whole() -> None:
    event = event_xml(WHOLE.replace("C:\\Windows\\x.exe", "&lt unknown process&gt "))
    assert event is not None and not event.is_whole
    assert event.data["Image"] == "<unknown process>"


def test_stray_brackets_and_ampersands_stay_in_their_value() -> None:
    event = event_xml(WHOLE.replace("C:\\Windows\\x.exe", "a < b && c <d e> </x>"))
    assert event is not None and not event.is_whole
    assert event.data["Image"] == "a < b && c <d e> </x>"
    assert event.data["CommandLine"].startswith("x ")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("&apos;&quot;", "'\""),
        ("&#9;&#x41;", "\tA"),
        ("&#xD800;&#0;&#1114112;", "&#xD800;&#0;&#1114112;"),
        ("&x;", "&x;"),
    ],
)
def test_only_named_and_numeric_references_are_replaced(text: str, meant: str) -> None:
    assert unescaped(text) == meant


def test_no_reference_is_replaced_twice() -> None:
    assert unescaped("&amp;lt;&amp;#65;") == "&lt;&#65;"


def test_text_without_an_event_is_none() -> None:
    assert event_xml("no event") is None


@pytest.mark.parametrize(
    "unit", ["<Data Name='", "<Data ", "<Event", "<Data Name='a'>", "<", "<Provider ", "&lt ", "&"]
)
def test_much_of_one_thing_is_read_in_time(unit: str) -> None:
    began = time.monotonic()
    event_xml("<Event><System></System>" + unit * (500_000 // len(unit)))
    event_xml("<Event><System>" + unit * (500_000 // len(unit)))
    assert time.monotonic() - began < 2


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["<Event>", "<System>", "</System>", "<Data Name='a'>", "</Data>", "x", "&lt;", "<", "'"]))
)
def test_any_text_gives_an_event_or_none(parts: list[str]) -> None:
    event = event_xml("".join(parts))
    assert event is None or set(event.data) <= {"a", ""}
