"""Files with lines of several formats, and events that several files tell."""

import io
from pathlib import Path

import pytest

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import CommandEvent
from ttpline.domain.skipped import REPEATED, SkipCounter
from ttpline.telemetry._inputs import read_inputs

AUDIT = (
    b"type=SYSCALL msg=audit(1718000000.%03d:%d): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=7 auid=1000 "
    b'uid=0 gid=0 euid=0 tty=pts0 ses=1 comm="id" exe="/usr/bin/id"\n'
    b'type=EXECVE msg=audit(1718000000.%03d:%d): argc=2 a0="id" a1="-u"\n'
)
EVENT = (
    b'{"event_id":"e%d","command_line":"uname -a","origin":"input","complete":true,'
    b'"source":{"format":"text","uri":"x","record":1,"offset":0,"length":2}}\n'
)


def audit(serial: int) -> bytes:
    return AUDIT % (serial, serial, serial, serial)


def read(*paths: Path) -> tuple[list[CommandEvent], SkipCounter]:
    batches: list[EventBatch] = list(read_inputs([str(path) for path in paths]))
    skipped = SkipCounter()
    for batch in batches:
        skipped.merge(batch.skipped)
    return [event for batch in batches for event in batch.rows()], skipped


def test_lines_of_two_formats_are_each_read_by_their_own_reader(tmp_path: Path) -> None:
    log = tmp_path / "both.log"
    log.write_bytes(b"".join(audit(n) + EVENT % n for n in range(40)))
    events, skipped = read(log)
    assert sorted(event.command_line for event in events) == ["id -u"] * 40 + ["uname -a"] * 40
    assert skipped.total == 0


def test_a_format_that_begins_far_into_the_file_is_found(tmp_path: Path) -> None:
    log = tmp_path / "late.log"
    log.write_bytes(b"".join(audit(n) for n in range(500)) + EVENT % 1)
    events, skipped = read(log)
    assert [event.command_line for event in events] == ["id -u"] * 500 + ["uname -a"]
    assert skipped.total == 0


def test_places_are_those_of_the_whole_file(tmp_path: Path) -> None:
    log = tmp_path / "both.log"
    data = audit(1) + EVENT % 1 + audit(2)
    log.write_bytes(data)
    events, _ = read(log)
    places = {event.event_id: event.source for event in events if event.source.uri.endswith("both.log")}
    last = next(source for source in places.values() if source.record == 4)
    assert data[last.offset : last.offset + last.length] == audit(2)[:-1]


def test_a_line_of_no_format_is_still_counted_once(tmp_path: Path) -> None:
    log = tmp_path / "both.log"
    log.write_bytes(audit(1) + b"who knows\n" + EVENT % 1)
    events, skipped = read(log)
    assert len(events) == 2
    assert skipped.counts == {"not an audit record": 1}


def test_an_event_of_two_files_is_given_once_and_counted(tmp_path: Path) -> None:
    old, new = tmp_path / "audit.log.1", tmp_path / "audit.log"
    old.write_bytes(audit(1) + audit(2))
    new.write_bytes(audit(2) + audit(3))
    events, skipped = read(old, new)
    assert len(events) == 3
    assert skipped.counts == {REPEATED: 1}


def test_equal_lines_of_two_histories_are_two_commands(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(b"command\nls\n")
    events, skipped = read(tmp_path)
    assert len(events) == 2
    assert skipped.total == 0


def test_the_same_id_with_another_command_is_another_event(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(audit(1))
    (tmp_path / "b").write_bytes(audit(1).replace(b'a1="-u"', b'a1="-g"'))
    events, _ = read(tmp_path)
    assert [event.command_line for event in events] == ["id -u", "id -g"]


@pytest.mark.parametrize("kinds", [b"text", b"\x00\x01"])
def test_standard_input_is_read_as_what_its_head_is(kinds: bytes) -> None:
    batches = list(read_inputs(["-"], stdin=io.BytesIO(audit(1) + kinds + b"\n")))
    assert [event.command_line for batch in batches for event in batch.rows()] == ["id -u"]
