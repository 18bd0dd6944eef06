"""``evtx`` on files made for the purpose: damage of every kind, and what stands around it."""

import builtins
import io
import runpy
import struct
import sys
from pathlib import Path
from typing import Any

import pytest

from ttpline.errors import MissingExtraError
from ttpline.telemetry.evtx import READER
from ttpline.testing.reading import reading_of

CHUNK = 1 << 16
HEAD = 4096
START = 1_767_323_045_000_000

MAKE: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "make_evtx.py"))


def log(chunks: int = 2, events: int = 10) -> bytearray:
    """Commands ``c<chunk>-<event>``, each after an event that is none."""
    made = []
    for chunk in range(chunks):
        one = []
        for event in range(events):
            number = 1 + 2 * (chunk * events + event)
            other = MAKE["Made"](MAKE["SYSMON"], 3, number, START + number, {"Image": "x"})
            one += [other, MAKE["process_created"](number + 1, START + number, f"c{chunk}-{event} x")]
        made.append(one)
    return bytearray(MAKE["evtx_of"](made))


def commands(data: bytes | bytearray) -> list[str]:
    return [event.command_line.removesuffix(" x") for event in reading_of(READER, bytes(data)).events]


ALL = [f"c{chunk}-{event}" for chunk in range(2) for event in range(10)]


def records_of(data: bytes | bytearray, chunk: int) -> list[tuple[int, int]]:
    at, found = HEAD + chunk * CHUNK + 512, []
    while data[at : at + 4] == b"**\0\0":
        (size,) = struct.unpack_from("<I", data, at + 4)
        found.append((at, size))
        at += size
    return found


def test_places_are_those_of_the_records() -> None:
    data = log()
    events = reading_of(READER, bytes(data)).events
    assert [event.source.record for event in events] == list(range(2, 41, 2))
    places = [*records_of(data, 0), *records_of(data, 1)]
    assert [(event.source.offset, event.source.length) for event in events] == places[1::2]


def test_a_wrong_header_does_not_matter() -> None:
    data = log()
    data[8:HEAD] = b"\xff" * (HEAD - 8)
    assert commands(data) == ALL


def test_chunks_without_the_file_are_read() -> None:
    data = log()
    assert READER.sniff(bytes(data[HEAD:])) == 1.0
    assert commands(data[HEAD:]) == ALL


def test_a_chunk_that_is_none_costs_no_other() -> None:
    data = log()
    data[HEAD : HEAD + 8] = b"garbage!"
    reading = reading_of(READER, bytes(data))
    assert [event.command_line for event in reading.events] == [f"{name} x" for name in ALL[10:]]
    assert reading.skipped.counts == {"a damaged chunk: it does not begin as one": 1}


def test_room_to_grow_is_no_damage() -> None:
    assert not reading_of(READER, bytes(log() + bytes(3 * CHUNK))).skipped.total


def test_records_behind_a_gap_are_read() -> None:
    data = log()
    at, size = records_of(data, 0)[6]
    data[at : at + size] = b"\xaa" * size
    reading = reading_of(READER, bytes(data))
    assert [event.command_line for event in reading.events] == [f"{name} x" for name in ALL]
    assert reading.skipped.counts == {"damaged records: bytes between two records that are none": 1}


def test_a_record_that_the_parser_cannot_read_costs_no_other() -> None:
    data = log()
    at, size = records_of(data, 0)[5]
    data[at + 24 : at + size - 4] = b"\x5a" * (size - 28)
    reading = reading_of(READER, bytes(data))
    assert [event.command_line for event in reading.events] == [f"{n} x" for n in ALL if n != "c0-2"]
    assert reading.skipped.counts == {"a record whose binary XML is damaged": 1}


def test_a_file_cut_inside_a_chunk_gives_what_is_before() -> None:
    data = log()
    at, _ = records_of(data, 1)[9]
    reading = reading_of(READER, bytes(data[: at + 20]))
    assert [event.command_line for event in reading.events] == [f"{name} x" for name in ALL[:14]]
    assert reading.skipped.counts == {"the file ends inside a chunk": 1}


def test_without_the_package_the_file_is_known_and_the_install_named(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(log(1, 1))
    whole = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "evtx":
            raise ImportError(name)
        return whole(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "evtx", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    assert READER.sniff(data) == 1.0
    with pytest.raises(MissingExtraError, match=r"ttpline\[evtx\]"):
        list(READER.read(io.BytesIO(data), "x"))
