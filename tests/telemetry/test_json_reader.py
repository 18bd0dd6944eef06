"""What all JSON formats share, tried with a format of its own: where records may stand, and what damage costs."""

import io
import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.reader import JsonReader, WrappedError, unwrapped
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry.base import FOREIGN
from ttpline.testing.reading import Reading, ShortReads, reading_of


class _Record(msgspec.Struct):
    kind: Any = None
    cmd: Any = None


class _Shape:
    record = _Record
    mark = b"kind"
    command_marks = ((b"ran",),)

    def sniff(self, record: dict[str, Any]) -> float:
        return 0.95 if "kind" in record and "x" in record else 0.0

    def add(self, record: _Record, raw: bytes, place: Place, rows: EventRows) -> None:
        if record.kind is None:
            raise WrappedError
        if record.kind != "ran":
            return
        if not isinstance(record.cmd, str):
            raise UnreadableRecordError("no command")
        rows.add(place, raw, record.cmd)


READER = JsonReader(name="made-up", description="for tests", shape=_Shape())


def ran(command: object, **more: object) -> dict[str, object]:
    return {"x": 1, "kind": "ran", "cmd": command, **more}


def commands(data: bytes | str) -> list[str]:
    return [event.command_line for event in read(data).events]


def read(data: bytes | str) -> Reading:
    return reading_of(READER, data.encode() if isinstance(data, str) else data)


ONE, TWO = json.dumps(ran("ls -l")), json.dumps(ran('echo "é" }{ ]['))
BOTH = ["ls -l", 'echo "é" }{ ][']
PRETTY = json.dumps([ran(one) for one in BOTH], indent=2)


@pytest.mark.parametrize(
    "data",
    [
        f"{ONE}\n{TWO}\n",
        f"{ONE}\r\n\r\n{TWO}\r\n",
        f"{ONE}\n\n   \n{TWO}",
        f"[{ONE},{TWO}]",
        f"[\n{ONE},\n{TWO}\n]\n",
        f"[{ONE}\n,{TWO}\n]\n",
        f"{ONE},\n{TWO},\n",
        PRETTY,
        "\n".join(json.dumps(ran(one), indent="\t") for one in BOTH),
        f"\x1e{ONE}\n\x1e{TWO}\n",
        f"{ONE}{TWO}\n",
        json.dumps({"took": 3, "hits": {"total": 2, "hits": [{"_source": ran(one)} for one in BOTH]}}),
        json.dumps({"took": 3, "hits": {"total": 2, "hits": [{"_source": ran(one)} for one in BOTH]}}, indent=1),
        json.dumps({"preview": False, "results": [ran(one) for one in BOTH]}, indent=4),
        "\n".join(json.dumps({"_index": "a", "_id": one, "_source": ran(one)}) for one in BOTH),
        "\n".join(json.dumps({"preview": False, "result": ran(one)}) for one in BOTH),
        "\n".join(json.dumps({"preview": False, "result": {"_raw": json.dumps(ran(one))}}) for one in BOTH),
        "\n".join(json.dumps({"log": json.dumps(ran(one)), "stream": "stdout"}) for one in BOTH),
        "\n".join(json.dumps({"category": "a", "properties": {"log": json.dumps(ran(one))}}) for one in BOTH),
    ],
)  # fmt: skip
def test_records_are_found_wherever_they_stand(data: str) -> None:
    assert READER.sniff(data.encode()[:65536]) > 0.9 or data.startswith("\x1e")
    reading = read(data)
    assert [event.command_line for event in reading.events] == BOTH
    assert not reading.skipped.counts


@pytest.mark.parametrize("text", [f"{ONE}\n{TWO}\n", PRETTY])
@pytest.mark.parametrize(
    "mark,codec", [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")]
)
def test_marks_of_encodings_are_known_and_places_count_bytes_of_the_file(text: str, mark: bytes, codec: str) -> None:
    data = mark + text.encode(codec)
    assert READER.sniff(data) == 0.95
    reading = read(data)
    assert [event.command_line for event in reading.events] == BOTH
    for event in reading.events:
        piece = data[event.source.offset : event.source.offset + event.source.length]
        assert json.loads(piece.decode(codec))["cmd"] == event.command_line


def test_the_pieces_in_which_a_stream_comes_make_no_difference() -> None:
    data = (PRETTY * 3).encode()
    whole = read(data)
    assert len(whole.events) == 6
    for longest in (1, 7, 1000):
        pieces = reading_of(READER, ShortReads.of_random_length(data, longest, 1).as_binary())
        assert pieces.events == whole.events


def test_an_object_longer_than_a_piece_is_read_and_one_past_the_bound_is_counted() -> None:
    long = ran("a" * 3_000_000)
    assert [len(one) for one in commands(json.dumps([long, ran("b")], indent=1))] == [3_000_000, 1]
    reading = read(json.dumps([ran("a" * 20_000_000), ran("b")], indent=1))
    assert [event.command_line for event in reading.events] == ["b"]
    assert reading.skipped.total >= 1


def test_a_line_of_more_than_a_mebibyte_is_counted() -> None:
    reading = read(f"{ONE}\n{json.dumps(ran('a' * (1 << 20)))}\n{TWO}\n")
    assert [event.command_line for event in reading.events] == BOTH
    assert reading.skipped.counts == {"line of more than 1 MiB": 1}


def test_records_of_the_format_that_are_no_commands_are_nothing() -> None:
    reading = read(f'{{"x": 1, "kind": "logon"}}\n{ONE}\n{{"kind": "ran off", "x": 1}}\n')
    assert (len(reading.events), reading.skipped.counts) == (1, {})


def test_lines_of_another_format_are_counted_as_such() -> None:
    reading = read(f'{ONE}\n{{"other": 1}}\n[1, 2]\n7\n"kind ran"\n')
    assert reading.skipped.counts == {FOREIGN: 4}


def test_a_record_without_its_command_is_counted_with_its_reason() -> None:
    assert read('{"x": 1, "kind": "ran"}\n').skipped.counts == {"no command": 1}


def test_text_that_is_no_json_is_counted() -> None:
    reading = read(f"{ONE}\nkind ran\n{{nothing}}\n")
    assert reading.skipped.counts == {"not JSON": 1, FOREIGN: 1}


def test_a_record_cut_behind_its_command_is_an_event_that_is_not_complete() -> None:
    reading = read(f'{ONE}\n{{"x": 1, "kind": "ran", "cmd": "id -u", "mo')
    assert [(event.command_line, event.complete) for event in reading.events] == [("ls -l", True), ("id -u", False)]


def test_a_record_cut_inside_its_command_is_none() -> None:
    reading = read(f'{ONE}\n{{"x": 1, "kind": "ran", "cmd": "id -')
    assert len(reading.events) == 1
    assert reading.skipped.counts == {"not JSON": 1}


def test_a_pretty_record_cut_behind_its_command_is_an_event_and_reading_goes_on() -> None:
    cut = json.dumps(ran("id", more={"a": [1, 2]}), indent=2)[:-12]
    whole = json.dumps(ran("ls"), indent=2)
    reading = read(f"{cut}\n{whole}\n{whole}")
    assert [(event.command_line, event.complete) for event in reading.events] == [
        ("id", False),
        ("ls", True),
        ("ls", True),
    ]


def test_a_record_glued_to_a_cut_one_is_read_and_the_cut_one_counted() -> None:
    reading = read(f"{ONE}\n{ONE[:25]}{TWO}\n")
    assert [event.command_line for event in reading.events] == BOTH
    assert reading.skipped.counts == {"not JSON": 1}


def test_any_number_of_glued_records_is_read() -> None:
    """Kinesis Firehose puts nothing between the records that it writes."""
    reading = read("".join(json.dumps(ran(f"a{number}")) for number in range(500)) + "\n")
    assert [event.command_line for event in reading.events] == [f"a{number}" for number in range(500)]
    assert not reading.skipped.total


def test_nuls_of_a_crash_cost_nothing_but_what_they_replaced() -> None:
    nuls = "\0" * 500
    reading = read(f"{ONE}\n{nuls}{TWO}\n{nuls}\n")
    assert ([event.command_line for event in reading.events], reading.skipped.counts) == (BOTH, {})
    reading = read(f"{ONE[:20]}{nuls}{TWO}\n{ONE}")
    assert sorted(event.command_line for event in reading.events) == sorted(BOTH)
    assert reading.skipped.counts == {"not JSON": 1}


def test_text_between_pretty_objects_is_counted() -> None:
    reading = read(f"{json.dumps(ran('a'), indent=1)}\nSearch finished.\n{json.dumps(ran('b'), indent=1)}\n")
    assert [event.command_line for event in reading.events] == ["a", "b"]
    assert reading.skipped.counts == {"text between JSON objects": 1}


def test_bytes_that_are_no_utf8_and_bare_control_characters_are_kept() -> None:
    data = b'{"x": 1, "kind": "ran", "cmd": "a\xff\tb"}\n{"x": 1, "kind": "ran", "cmd": "\\udc80"}\n'
    assert commands(data) == ["a\udcff\tb", "\udc80"]


def test_two_records_alike_on_one_line_of_a_search_are_told_apart_by_what_they_say() -> None:
    reading = read(json.dumps({"results": [ran("a"), ran("b"), {"other": 1}]}))
    assert [event.command_line for event in reading.events] == ["a", "b"]
    assert len({event.event_id for event in reading.events}) == 2
    assert reading.skipped.counts == {FOREIGN: 1}


def test_a_record_that_has_a_list_of_its_own_called_results_is_no_search() -> None:
    record = json.dumps({"x": 1, "kind": "ran", "cmd": "id", "results": [{"a": 1}]}, indent=2)
    assert commands(record) == ["id"]


def test_one_record_longer_than_what_is_sniffed_is_recognised_by_its_beginning() -> None:
    assert READER.sniff(json.dumps(ran("a", more=["b" * 50] * 5000)).encode()[:65536]) == 0.95


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[", b"[]", b"{}", b"x", b"\0\0", b"\xff\xfe{", b"[1,2]", b"{{{{", b'{"kind']
)
def test_what_is_no_record_is_not_recognised_and_no_error(data: bytes) -> None:
    assert READER.sniff(data) == 0.0
    assert read(data).events == []


@pytest.mark.parametrize(
    "unit", ['{"a":[\n', "{\n", '{"a":{\n', "[{", '"', '\\"', '{"kind":"ran"', '{"x', '}\n{', '{"a":"\n', "}]", ',{"'],
)  # fmt: skip
@pytest.mark.parametrize("begin", ["", "[\n", '{"kind": 1\n'])
def test_hostile_brackets_take_linear_time(unit: str, begin: str) -> None:
    data = (begin + unit * (400_000 // len(unit))).encode()
    began = time.process_time()
    READER.sniff(data[:65536])
    read(data)
    assert time.process_time() - began < 10


def test_nesting_is_bounded() -> None:
    reading = read("[" + '{"kind":' * 2000 + "1" + "}" * 2000 + f",\n{ONE}]")
    assert [event.command_line for event in reading.events] == ["ls -l"]


@given(
    st.lists(st.text(max_size=30).filter(lambda text: text.isprintable()), min_size=1, max_size=5),
    st.sampled_from([None, 0, 1, "\t"]),
)
def test_whatever_a_command_says_it_comes_back(said: list[str], indent: int | str | None) -> None:
    data = json.dumps([ran(one) for one in said], indent=indent, ensure_ascii=False)
    assert commands(data) == said
    assert commands("".join(json.dumps(ran(one)) + "\n" for one in said)) == said


def test_envelopes_are_opened_a_few_deep_only() -> None:
    deep: Any = {"a": 1}
    for _ in range(10):
        deep = {"_source": deep}
    assert "_source" in unwrapped(deep)


def test_a_stream_without_peek_is_read() -> None:
    class Bare(io.RawIOBase):
        def __init__(self) -> None:
            self._data = io.BytesIO(PRETTY.encode())

        def read(self, size: int = -1) -> bytes:
            return self._data.read(size)

    batches = list(READER.read(Bare(), "x"))  # type: ignore[arg-type]
    assert sum(batch.frame.height for batch in batches) == 2
