"""Lines that are read as columns are read as each of them is by itself, whatever befell them."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ttpline.columns.event_batch import EventBatch
from ttpline.telemetry import _lines
from ttpline.telemetry._regular import layout
from ttpline.telemetry._regular import lines as regular
from ttpline.telemetry._regular.ids import number_checksums
from ttpline.telemetry.base import readers
from ttpline.testing.reading import reading_of

Row = dict[str, Any]

VALUES: tuple[Any, ...] = (
    None, 0, 7, -1, 1.5, 1e300, True, False, 10**18, 10**30, 4294967295, 1740816000123, "", " ", "\x1c", "-", "N/A",
    "(null)", "12", "007", "0x1f", "+5", "4294967295", "é", "\x00", "a\tb", '"', 'say "x" \\ y', "C:\\Windows\\a.exe",
    "/usr/bin/id", "2F6120C3A9", '"/a b"', "\ud800", "\udc80", "\U0001f600", "x" * 300, "1", "4688", "4104",
    "2025-03-01T08:00:00.123456Z", "2025-03-01 08:00:00", "2025-03-01T08:00:00+02:00", "2025-02-30T00:00:00Z",
    "2025-03-01T08:00:00.1234567890Z", "2025-03-01T08:00:60Z", "9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59Z",
    "/Date(1740816000123)/", "1740816000", "1740816000.5", [], ["a"], ["a", 'b "c"', ""], ["x", 1], [[]], [1, 2], {},
    {"a": 1}, {"name": "n", "os": {"type": "Windows"}}, "linux", "Windows", "exec", "start", ["process"], "execve",
    "fork",
    "winlogbeat", "Security", "Microsoft-Windows-Sysmon", "success", "succeeded", "removed", "cowrie.command.input",
    "\U0010ff80", "input", "2025-03-01 08:00:00.123456Z", "2025-03-01T08:00:00.123456z", "2025-03-01T08:00:00.12345+00",
    2**63, -(2**63), ["\x00", "\u00e9\U0001f600", "a/b\\"], ["\udcff"], ["\U0010ffff"], [None], {"event_id": "e"},
)  # fmt: skip


def cowrie(number: int) -> Row:
    kind = "cowrie.command.input" if number % 3 else "cowrie.login.failed"
    return {"eventid": kind, "input": f"ls -l {number}", "message": f"CMD: ls {number}", "sensor": "pot",
            "timestamp": f"2025-03-01T08:00:00.{number + 1:06}Z", "session": f"s{number % 4}"}  # fmt: skip


def kypo(number: int) -> Row:
    return {"timestamp_str": f"2025-03-01T08:00:00.{number + 1:06}+00:00", "hostname": "h", "username": "root",
            "wd": "/root", "cmd": f"echo {number}", "cmd_type": "bash-command", "sandbox_id": "7",
            "pool_id": 1}  # fmt: skip


def osquery(number: int) -> Row:
    columns = {"auid": "1000", "cmdline": f"id {number}", "cwd": "/srv", "euid": "0", "parent": "900",
               "path": "/bin/id", "pid": str(number), "time": "1740816000", "uid": "1000",
               "status": "succeeded"}  # fmt: skip
    return {"name": "process_events", "hostIdentifier": "h", "unixTime": 1740816000 + number, "columns": columns,
            "action": "added"}  # fmt: skip


def sysmon(number: int) -> Row:
    return {"EventID": 1 if number % 3 else 7, "SourceName": "Microsoft-Windows-Sysmon", "RecordNumber": number + 1,
            "Channel": "Microsoft-Windows-Sysmon/Operational", "Hostname": "WS7.example.com", "User": "EXAMPLE\\amy",
            "@timestamp": f"2025-03-01T08:00:00.{number:06}Z", "ProcessGuid": f"{{{number:08X}-0001}}",
            "ProcessId": str(number), "Image": "C:\\Windows\\cmd.exe", "CommandLine": f"cmd /c {number}",
            "CurrentDirectory": "C:\\", "ParentProcessId": "4000", "ParentCommandLine": "explorer.exe"}  # fmt: skip


def security(number: int) -> Row:
    row = {"EventID": 4688, "SourceName": "Microsoft-Windows-Security-Auditing", "Channel": "Security",
           "Computer": "WS7", "TimeCreated": f"2025-03-01T08:00:00.{number:06}Z", "NewProcessId": f"0x{number:x}",
           "SubjectLogonId": "0xAB", "NewProcessName": "C:\\a.exe", "CommandLine": f"a {number}",
           "SubjectUserName": "amy", "ProcessId": "0x4"}  # fmt: skip
    return row if number % 2 else {**row, "Message": "A new process has been created."}


def script(number: int) -> Row:
    """Parts of script blocks: what comes behind an open one waits."""
    return {"EventID": 4104, "SourceName": "Microsoft-Windows-PowerShell", "Channel": "PS", "Hostname": "WS7",
            "RecordNumber": number + 1, "ScriptBlockText": f"part {number}", "ScriptBlockId": f"b{number // 5}",
            "MessageNumber": str(number % 5), "MessageTotal": "3"}  # fmt: skip


def windows(number: int) -> Row:
    if number % 7 == 6:
        return script(number)
    return sysmon(number) if number % 2 else security(number)


def ecs(number: int) -> Row:
    args = ["ls", "-l", f"a b{number}"][: 1 + number % 3]
    return {"@timestamp": f"2025-03-01T08:00:00.{number:06}Z", "agent": {"type": "endpoint"}, "ecs": {"version": "8.1"},
            "event": {"action": "exec", "category": ["process"], "type": ["start"], "id": f"e{number}",
                      "outcome": "success"},
            "host": {"hostname": "h", "os": {"type": "linux"}}, "user": {"id": "1000", "name": "amy"},
            "process": {"args": args, "command_line": " ".join(args), "executable": "/bin/ls", "pid": number,
                        "parent": {"pid": 9, "args": ["-bash"], "command_line": "-bash"},
                        "working_directory": "/"}}  # fmt: skip


def ecs_windows(number: int) -> Row:
    row = ecs(number)
    row["host"]["os"] = {"type": "windows"}
    row["user"] = {"name": "amy", "domain": "EXAMPLE"}
    row["process"]["executable"] = "C:\\Windows\\cmd.exe"
    row["event"] = {"action": "start" if number % 2 else "end", "category": "process", "type": "start"}
    return row


def own(number: int) -> Row:
    args = ["ls", "-l", f"a b{number}"][: 1 + number % 3]
    return {"event_id": f"h:1740816000.123:{number}", "time": f"2025-03-01T08:00:00.{number:06}Z", "host": "h",
            "user": "amy", "uid": 1000, "auid": None, "euid": 0, "session": 3, "tty": "pts0", "pid": number,
            "ppid": 900, "exe": "/bin/ls", "cwd": "/", "parent_command_line": None, "argv": args, "argv_hex": None,
            "command_line": " ".join(args), "origin": "execve", "complete": True, "success": number % 5 != 0,
            "platform": "linux", "technique": None,
            "source": {"format": "auditd", "uri": "audit.log", "record": number + 1, "offset": 900 * number,
                       "length": 899}}  # fmt: skip


def own_short(number: int) -> Row:
    """Without what is null, with sessions that are texts."""
    row = {name: value for name, value in own(number).items() if value is not None}
    return row | {"session": f"0x{number % 3:x}", "origin": "command_line", "argv": [], "complete": number % 2 == 0}


def own_mixed(number: int) -> Row:
    if number % 4 == 3:
        return {"event": own(number), "prediction": {"techniques": []}}
    return own(number) | {"session": None if number % 3 else number, "time": None if number % 3 else "1999-12-31"}


MAKERS: dict[str, tuple[Callable[[int], Row], ...]] = {
    "cowrie": (cowrie,),
    "kypo": (kypo,),
    "osquery": (osquery,),
    "windows-json": (sysmon, security, windows),
    "ecs": (ecs, ecs_windows),
    "jsonl": (own, own_short, own_mixed),
}


def objects_in(row: Row) -> Iterator[Row]:
    yield row
    for value in row.values():
        if isinstance(value, dict):
            yield from objects_in(value)


@st.composite
def changed_lines(draw: st.DrawFn, row: Row, other: Row) -> bytes:
    """``row`` as some other program, version or accident might have written it."""
    target = draw(st.sampled_from(list(objects_in(row))))
    key = draw(st.sampled_from(sorted(target) or ["x"]))
    change = draw(st.sampled_from(["value", "value", "value", "remove", "add", "wrap", "dotted", "twice", "none"]))
    if change == "value":
        target[key] = draw(st.sampled_from(VALUES))
    elif change == "remove":
        target.pop(key, None)
    elif change == "add":
        target[
            draw(
                st.sampled_from(
                    ["zz", "event", "session", "winlog", "EventData", "Message", "ppid", "snapshot", "auditd", "Id"]
                )
            )
        ] = draw(st.sampled_from(VALUES))
    elif change == "wrap":
        row = {draw(st.sampled_from(["_source", "result"])): row}
    elif change == "dotted":
        row["process.command_line"] = draw(st.sampled_from(VALUES))
    separators = draw(st.sampled_from([None, (",", ":"), (" , ", " : ")]))
    text = json.dumps(row, ensure_ascii=draw(st.booleans()), separators=separators)
    if change == "twice":
        text = text[:-1] + f", {json.dumps(key)}: {json.dumps(draw(st.sampled_from(VALUES)))}}}"
    line = text.encode(errors="surrogatepass")
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(line)))
        piece = draw(st.sampled_from([b"", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", b"\0", b"\xff", b"\r",
                                      b"\n", b"u0041", b"\\u0041", b"\\ud800", b"\t", b"1", b"\xc3\xa9"]))  # fmt: skip
        line = line[:at] + piece + line[at + draw(st.integers(0, 2)) :]
    if draw(st.sampled_from([False] * 9 + [True])):
        foreign = [b"", b"   ", b"null", b"[]", b"{}", b"plain text", b'{"other": 1}', json.dumps(other).encode()]
        line = draw(st.sampled_from([*foreign, line[: len(line) // 2], line + b",", line + line]))
    return line


@st.composite
def logs(draw: st.DrawFn, name: str) -> bytes:
    make = draw(st.sampled_from(MAKERS[name]))
    ending = draw(st.sampled_from([b"\n", b"\n", b"\r\n"]))
    lines = [json.dumps(make(number)).encode() for number in range(draw(st.integers(4, 24)))]
    for _ in range(draw(st.integers(0, 12))):
        at = draw(st.integers(0, len(lines)))
        line = draw(changed_lines(make(draw(st.integers(0, 30))), ecs(1)))
        if draw(st.booleans()):
            lines.insert(at, line)
        else:
            lines[at : at + 1] = [line] * draw(st.integers(1, 3))
    return ending.join(lines) + draw(st.sampled_from([b"", ending]))


def told(batches: list[EventBatch]) -> list[tuple[Any, ...]]:
    return [(batch.frame, batch.skipped.counts, batch.skipped.samples, batch.records_read) for batch in batches]


def assert_alike(name: str, data: bytes, monkeypatch: pytest.MonkeyPatch, fewest: int = 1, block: int = 1 << 22) -> int:
    """The number of events. What was found in one block is known in the next."""
    reader = readers(plugins=False).get(name)
    with monkeypatch.context() as patch:
        patch.setattr(_lines, "BLOCK_BYTES", block)
        patch.setattr(regular, "FEWEST_LINES", fewest)
        patch.setattr(regular, "FEWEST_ALIKE", 2)
        patch.setattr(layout, "MOST_RUNS", 10**9)
        patch.setattr(regular, "POOR", 10**9)
        columns = told(reading_of(reader, data).batches)
        patch.setattr(regular.RegularLines, "of", lambda self, block: None)
        singly = told(reading_of(reader, data).batches)
    assert len(columns) == len(singly)
    for (frame, *rest), (other, *others) in zip(columns, singly, strict=True):
        assert frame.schema == other.schema
        assert frame.equals(other), [
            (column, frame[column].to_list(), other[column].to_list())
            for column in frame.columns
            if not frame[column].equals(other[column])
        ]
        assert rest == others
    return sum(frame.height for frame, *_ in columns)


@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_columns_and_single_records_say_the_same(name: str, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        block = data.draw(st.sampled_from([1 << 22, 8192, 3000, 700]))
        assert_alike(name, data.draw(logs(name)), monkeypatch, block=block)


@pytest.mark.parametrize("name", MAKERS)
def test_a_line_that_is_off_by_a_byte_or_two_is_read_as_it_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind lines that are alike, so that it is known where each of their bytes is."""
    for make in MAKERS[name]:
        alike = [json.dumps(make(number)).encode() for number in range(20)]
        line = json.dumps(make(8)).encode()
        changed = [
            line[:at] + piece + line[at + len(piece) :]
            for at in range(len(line))
            for piece in (b'"', b"\\", b'\\"', b'",', b"x", b"0", b"]", b"\x01")
        ]
        changed += [line[:at] + line[at + 1 :] for at in range(len(line))]
        data = b"\n".join([*alike, *changed])
        assert_alike(name, data, monkeypatch, block=sum(len(one) + 1 for one in alike))


@given(st.lists(st.integers(0, (1 << 32) - 1)), st.sampled_from([b":0", b"", b"\xff\x00ab"]))
def test_checksums_of_digits_are_those_of_their_text(numbers: list[int], end: bytes) -> None:
    assert number_checksums(np.array(numbers, np.int64), end).tolist() == [crc32(b"%d%b" % (n, end)) for n in numbers]


@pytest.mark.parametrize("name", MAKERS)
def test_nearly_all_of_a_log_of_one_program_is_read_as_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    of = regular.RegularLines.of

    def counted(self: regular.RegularLines, block: Any) -> Any:
        nonlocal taken
        table = of(self, block)
        taken += 0 if table is None else len(table)
        return table

    monkeypatch.setattr(regular.RegularLines, "of", counted)
    for make in MAKERS[name]:
        taken = 0
        lines = [json.dumps(make(number)).encode() for number in range(2000)]
        events = reading_of(readers(plugins=False).get(name), b"\n".join(lines)).events
        assert len(events) > 500
        assert taken >= (1400 if make is windows else 400 if make is own_mixed else 1700)
