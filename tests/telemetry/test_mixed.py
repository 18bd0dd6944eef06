"""Files with lines of several formats, and events that several files tell."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttpline.columns.event_batch import EventBatch
from ttpline.domain.event import CommandEvent
from ttpline.domain.skipped import REPEATED, SkipCounter
from ttpline.telemetry import _inputs
from ttpline.telemetry._auditd.headers import HostNames, is_record, scan_headers
from ttpline.telemetry._auditd.reasons import Skips
from ttpline.telemetry._inputs import read_inputs
from ttpline.telemetry._json.reader import JsonReader
from ttpline.telemetry.base import readers

AUDIT = (
    b"type=SYSCALL msg=audit(1718000000.%03d:%d): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=7 auid=1000 "
    b'uid=0 gid=0 euid=0 tty=pts0 ses=1 comm="id" exe="/usr/bin/id"\n'
    b'type=EXECVE msg=audit(1718000000.%03d:%d): argc=2 a0="id" a1="-u"\n'
)
EVENT = (
    b'{"event_id":"e%d","command_line":"uname -a","origin":"input","complete":true,'
    b'"source":{"format":"text","uri":"x","record":1,"offset":0,"length":2}}\n'
)
READERS = readers(plugins=False)


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


def test_what_is_only_told_again_is_no_reason_to_look_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "again.log"
    log.write_bytes(EVENT % 1 * 2)
    monkeypatch.setattr(_inputs, "formats_of_lines", lambda *_: pytest.fail("read twice"))
    events, skipped = read(log)
    assert len(events) == 1
    assert skipped.total == skipped.repeated == 1


LINES = st.builds(
    lambda start, name, middle, stamp, end: (start + name + middle + stamp + end).encode(errors="surrogateescape"),
    st.sampled_from(["", "node=a ", "node= ", "Jun 10 06:13:21 web1 audispd: ", "\ufeff", "----"]),
    st.sampled_from(["type=SYSCALL", "type=UNKNOWN[1337]", "type=", "type=cwd", "tipe=CWD"]),
    st.sampled_from([" msg=audit(", " audit(", " msg=audit (", ""]),
    st.sampled_from(["1718000000.001:7", "1718000000.1:7", "06/10/24 06:13:20.001:7", "1718000000.001:", ".:1"]),
    st.sampled_from(["): a=1", ") : a=1", "):", ")", "): a=\0b", "): \0", "):\t"]),
)


@given(LINES | st.binary(max_size=60))
def test_a_line_is_a_record_where_the_reader_finds_one(line: bytes) -> None:
    if b"\n" not in line and b"\r" not in line:
        assert is_record(line) == (len(scan_headers(line + b"\n", 0, 1, HostNames(), Skips("line")).table) > 0)


OBJECTS = st.dictionaries(
    st.sampled_from(
        ["EventID", "event", "eventid", "process", "@timestamp", "name", "columns", "_raw", "_source", "cmd"]
    ),
    st.none()
    | st.integers()
    | st.sampled_from(["cowrie.command.input", "1", "4688"])
    | st.dictionaries(st.just("args"), st.none()),
)


@given(OBJECTS, st.sampled_from(["", " ", "\0", "}", "\r", "\ufeff"]), st.integers(0, 40))
def test_a_line_of_json_is_claimed_as_the_file_of_that_line_alone(
    record: dict[str, object], end: str, cut: int
) -> None:
    raw = (json.dumps(record) + end).encode()
    for line in (raw, raw[: len(raw) - cut]):
        for reader in map(READERS.get, READERS.names()):
            if isinstance(reader, JsonReader) and reader.claims_line(line):
                assert reader.claims_line(line) == reader.sniff(line)
