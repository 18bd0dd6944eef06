"""Our own events: what was written is read back as it was, and what is none of ours is counted."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttpline.domain.event import CommandEvent, Origin
from ttpline.domain.raw_text import decode, to_surrogates
from ttpline.telemetry.jsonl import READER
from ttpline.testing.reading import reading_of


def event(**fields: Any) -> dict[str, Any]:
    source = {"format": "auditd", "uri": "audit.log", "record": 7, "offset": 900, "length": 300}
    row = {"event_id": "e1", "command_line": "id", "origin": "execve", "complete": True, "source": source}
    return CommandEvent.from_dict(row | fields).to_dict()


def as_line(row: Any) -> bytes:
    """As our sink writes it: UTF-8 but for lone surrogates, which only an escape can carry."""
    try:
        return json.dumps(row, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row).encode() + b"\n"


def read_back(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    reading = reading_of(READER, b"".join(map(as_line, rows)))
    assert reading.error is None and reading.skipped.total == 0, reading.skipped
    return [event.to_dict() for event in reading.events]


def reasons_of(*lines: bytes) -> dict[str, int]:
    return dict(reading_of(READER, b"\n".join(lines)).skipped.counts)


def test_event_keeps_its_source_which_is_evidence() -> None:
    assert read_back(event()) == [event()]


def test_line_of_classify_is_read_for_its_event() -> None:
    scored = {"event": event(), "command": {"text": "id", "decoded": [], "parts": []}, "prediction": {}}
    assert [row.to_dict() for row in reading_of(READER, as_line(scored)).events] == [event()]


def test_undecodable_bytes_survive_the_round_trip() -> None:
    row = event(argv=["grep", "\udcff"], argv_hex=["67726570", "ff"], command_line="grep \udcff", cwd="/\udc80")
    assert read_back(row) == [row]


def test_empty_and_missing_lists_stay_apart() -> None:
    rows = [event(argv=[]), event(argv=None), event(argv=["a", ""]), event(argv=[])]
    assert [row["argv"] for row in read_back(*rows)] == [[], None, ["a", ""], []]


def test_time_keeps_its_microseconds_and_is_utc() -> None:
    rows = [event(time="2026-03-01T10:00:00.000001Z"), event(time="2026-03-01T10:00:00+02:00")]
    times = [row.time for row in reading_of(READER, b"".join(map(as_line, rows))).events]
    assert times == ["2026-03-01T10:00:00.000001Z", "2026-03-01T08:00:00.000000Z"]


def test_sessions_stay_numbers_where_all_are() -> None:
    assert [row["session"] for row in read_back(event(session=3), event(session=None))] == [3, None]
    assert [row["session"] for row in read_back(event(session="c1"), event())] == ["c1", None]


def test_sessions_of_both_kinds_keep_their_kind() -> None:
    sessions = [None, 3, None, 4, "c1", None, "3", 5]
    assert [row["session"] for row in read_back(*(event(session=session) for session in sessions))] == sessions


def test_sessions_that_change_kind_all_the_time_become_text() -> None:
    sessions = [number if number % 2 else f"c{number}" for number in range(200)]
    assert [row["session"] for row in read_back(*(event(session=session) for session in sessions))] == [
        str(session) for session in sessions
    ]


def test_sessions_of_a_long_file_keep_their_kind_too() -> None:
    sessions = [number if number < 600 or number % 50 else f"c{number}" for number in range(1200)]
    read = read_back(*(event(session=session, event_id=f"e{at}") for at, session in enumerate(sessions)))
    assert [row["session"] for row in read] == sessions


def test_odd_lines_stay_in_their_place_among_many_alike() -> None:
    lines = [as_line(event(event_id=f"e{at}", argv=["a", f"{at}"], pid=at)) for at in range(1000)]
    lines[10] = as_line(event(event_id="e10", command_line="grep \udcff"))
    lines[20] = as_line({"event": event(event_id="e20"), "prediction": {}})
    lines[30] = b'{"event_id": 1}\n'
    lines[999] = as_line(event(event_id="e999", pid=-1))
    reading = reading_of(READER, b"".join(lines))
    assert [found.event_id for found in reading.events] == [f"e{at}" for at in range(1000) if at != 30]
    assert [skipped.record for skipped in reading.skipped.samples] == [31]


def test_field_that_may_be_null_may_be_missing() -> None:
    row = {name: value for name, value in event().items() if value is not None}
    assert [found.to_dict() for found in reading_of(READER, as_line(row)).events] == [event()]


def test_field_of_a_later_version_is_passed_over() -> None:
    assert [found.to_dict() for found in reading_of(READER, as_line(event() | {"new": 1})).events] == [event()]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "not JSON"),
        (b'{"event_id": "\xff"}', "not JSON"),
        (b"[1]", "not an event: no object"),
        (b'{"a": 1}', "not an event: Object missing required field event_id"),
        (b'{"new":' + b"[" * 100_000, "JSON nested too deep"),
        (as_line(event() | {"pid": "7"}), "not an event: wrong value at $.pid"),
        (as_line(event() | {"pid": 1 << 63}), "not an event: wrong value at $.pid"),
        (as_line(event() | {"origin": "guess"}), "not an event: wrong value at $.origin"),
        (as_line(event() | {"time": "25:61"}), "not an event: wrong value at $.time"),
        (as_line(event() | {"time": "2026-03-01T10:00:00"}), "not an event: wrong value at $.time"),
        (as_line({"event": event() | {"argv": [1]}}), "not an event: wrong value at $.event.argv[…]"),
        (as_line(event() | {"user": "\ud800"}), "a lone surrogate stands for no byte"),
    ],
)
def test_line_that_is_no_event_is_counted_with_its_reason(line: bytes, reason: str) -> None:
    assert reasons_of(line.strip()) == {reason: 1}


def test_reasons_do_not_vary_with_the_input() -> None:
    lines = [as_line(event() | {"origin": f"guess{number}"}).strip() for number in range(50)]
    assert reasons_of(*lines) == {"not an event: wrong value at $.origin": 50}


def test_bad_lines_are_told_by_number_and_the_others_are_read() -> None:
    reading = reading_of(READER, as_line(event()) + b"\nbroken\n" + as_line(event(event_id="e2")))
    assert [found.event_id for found in reading.events] == ["e1", "e2"]
    (skipped,) = reading.skipped.samples
    assert (skipped.record, skipped.sample) == (3, "broken")


@pytest.mark.parametrize(
    ("head", "sureness"),
    [
        (as_line(event()), 0.99),
        (b"\n" + as_line({"event": event(), "prediction": {}}), 0.99),
        (as_line(event(command_line="x" * 90_000))[:65_536], 0.9),
        (b'{"message": "id"}\n', 0.0),
        (b"id\n", 0.0),
        (b"", 0.0),
    ],
)
def test_sniffing_knows_our_events(head: bytes, sureness: float) -> None:
    assert READER.sniff(head) == sureness


raw_text = st.binary(max_size=12).map(lambda raw: to_surrogates(decode(raw)))
text = st.one_of(st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x10FF7F), max_size=12), raw_text)
number = st.integers(-(1 << 63), (1 << 63) - 1)
rows = st.builds(
    event,
    event_id=text,
    command_line=text,
    origin=st.sampled_from([origin.value for origin in Origin]),
    complete=st.booleans(),
    host=st.none() | text,
    user=st.none() | text,
    uid=st.none() | number,
    session=st.none() | number,
    argv=st.none() | st.lists(text, max_size=3),
    success=st.none() | st.booleans(),
)


@settings(max_examples=150)
@given(st.lists(rows, max_size=4))
def test_events_are_the_same_after_writing_and_reading(rows: list[dict[str, Any]]) -> None:
    assert read_back(*rows) == rows
