"""One command a line, byte for byte."""

import io
from dataclasses import replace
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from ttpline.domain.event import CommandEvent
from ttpline.telemetry.text import READER
from ttpline.testing.reading import reading_of


def events_of(data: bytes) -> list[CommandEvent]:
    reading = reading_of(READER, data)
    assert reading.error is None
    return reading.events


def commands_of(data: bytes) -> list[str]:
    return [event.command_line for event in events_of(data)]


def test_both_line_ends_and_a_missing_last_one_are_read() -> None:
    assert commands_of(b"id\nwhoami\r\nls -la") == ["id", "whoami", "ls -la"]


def test_mark_of_utf8_is_no_part_of_the_first_command() -> None:
    assert commands_of(b"\xef\xbb\xbfid\n") == ["id"]


def test_utf16_of_powershell_is_read() -> None:
    assert commands_of("Get-Process\r\necho ü\r\n".encode("utf-16")) == ["Get-Process", "echo ü"]


def test_blank_lines_are_no_commands_but_records() -> None:
    reading = reading_of(READER, b"\nid\n \t\r\n\r\nls\n")
    assert [(event.command_line, event.source.record) for event in reading.events] == [("id", 2), ("ls", 5)]
    assert sum(batch.records_read for batch in reading.batches) == 5
    assert reading.skipped.total == 0


def test_control_characters_and_nul_are_kept() -> None:
    assert commands_of(b"printf '\x1b]0;x\x07'\na\0b\nc\rd\n\te \n") == [
        "printf '\x1b]0;x\x07'",
        "a\0b",
        "c\rd",
        "\te ",
    ]


def test_only_one_carriage_return_belongs_to_the_line_end() -> None:
    assert commands_of(b"id\r\r\n") == ["id\r"]


def test_bytes_that_are_no_utf8_are_lone_surrogates_at_the_door() -> None:
    assert commands_of(b"grep \xff x\nid\n") == ["grep \udcff x", "id"]


def test_reserved_characters_in_the_input_come_back_as_their_bytes() -> None:
    assert commands_of("echo \U0010ffff\n".encode())[0].encode(errors="surrogateescape") == "echo \U0010ffff".encode()


def test_fields_are_those_of_an_input_command() -> None:
    (event,) = events_of(b"id\n")
    told = {name: value for name, value in event.to_dict().items() if value is not None}
    assert told == {
        "event_id": f"1:{crc32(b'id')}",
        "command_line": "id",
        "origin": "input",
        "complete": True,
        "source": {"format": "text", "uri": "sample", "record": 1, "offset": 0, "length": 2},
    }


def test_event_id_is_tied_to_place_and_content_not_to_the_path() -> None:
    here, there = (reading_of(READER, b"id\nid\nls\n", uri).events for uri in ("a", "b"))
    assert [event.event_id for event in here] == [event.event_id for event in there]
    assert len({event.event_id for event in here}) == 3


def test_line_past_the_bound_is_counted_and_the_rest_is_read() -> None:
    reading = reading_of(replace(READER, max_line=10), b"id\n" + b"A" * 11 + b"\n" + b"B" * 10 + b"\n")
    assert [event.command_line for event in reading.events] == ["id", "B" * 10]
    (skipped,) = reading.skipped.samples
    assert (skipped.record, skipped.reason, skipped.sample) == (2, "line of more than 10 bytes", "A" * 11)


def test_line_of_broken_utf16_is_not_complete() -> None:
    assert [event.complete for event in events_of(b"\xff\xfei\0\n\0x")] == [True, False]


def test_it_is_never_sure() -> None:
    assert READER.sniff(b"id\nls\n") == 0.0


@given(st.binary(max_size=200))
def test_no_byte_of_a_command_is_lost(data: bytes) -> None:
    data = b"#" + data  # no mark of an encoding
    for event in events_of(data):
        place = event.source
        assert event.command_line.encode(errors="surrogateescape") == data[place.offset : place.offset + place.length]


def test_many_lines_stream_in_batches() -> None:
    rows = [batch.frame.height for batch in READER.read(io.BytesIO(b"id\n" * 150_000), "x")]
    assert sum(rows) == 150_000
    assert max(rows) <= 65_536
