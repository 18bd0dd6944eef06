"""Syslog as rows of JSON and CSV: Sentinel's table, shippers; other readers keep what is theirs."""

import json
from pathlib import Path
from typing import Any

import pytest

from ttpline.telemetry._inputs import read, read_inputs
from ttpline.telemetry.base import readers
from ttpline.testing.reading import reading_of

CASES = Path(__file__).parents[1] / "cases" / "telemetry"
READER = readers().get("syslog-rows")
SUDO = "alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id -u"


def sentinel(message: str, program: str | None = "sudo", **more: Any) -> dict[str, Any]:
    return {
        "TimeGenerated": "2025-06-10T06:13:21.250Z",
        "Computer": "web1.example.com",
        "Facility": "authpriv",
        "HostName": "web1",
        "SyslogMessage": message,
        "ProcessID": 4711,
        "ProcessName": program,
    } | more


def lines(*rows: dict[str, Any]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def test_sudo_in_a_sentinel_row_is_a_command() -> None:
    (event,) = reading_of(READER, lines(sentinel(SUDO))).events
    assert (event.command_line, event.user, event.host, event.pid) == ("/usr/bin/id -u", "alice", "web1", 4711)
    assert event.time == "2025-06-10T06:13:21.250000Z"
    assert event.event_id.startswith("syslog-rows:web1:")


def test_time_is_when_it_happened_not_when_the_row_came() -> None:
    late = sentinel(SUDO, EventTime="2025-06-10T06:10:00Z")
    (event,) = reading_of(READER, lines(late)).events
    assert event.time == "2025-06-10T06:10:00.000000Z"


def test_the_same_row_in_an_array_has_the_same_id() -> None:
    as_lines = reading_of(READER, lines(sentinel(SUDO)))
    as_array = reading_of(READER, json.dumps([sentinel(SUDO)], indent=2).encode())
    assert [event.event_id for event in as_lines.events] == [event.event_id for event in as_array.events]


def test_control_characters_that_the_agent_escaped_are_themselves() -> None:
    (event,) = reading_of(READER, lines(sentinel("(root) CMD (echo#011x)", "CRON"))).events
    assert event.command_line == "echo\tx"


@pytest.mark.parametrize("message", [None, 7, ""])
def test_row_without_a_message_is_no_command(message: Any) -> None:
    reading = reading_of(READER, lines(sentinel(SUDO), sentinel("x") | {"SyslogMessage": message}))
    assert len(reading.events) == 1


def test_rows_of_auoms_and_sysmon_keep_their_own_readers_in_a_file_of_lines(tmp_path: Path) -> None:
    auoms = (CASES / "auoms" / "sentinel.jsonl").read_bytes()
    sysmon = lines(json.loads((CASES / "syslog-rows" / "query.json").read_text())[5])
    file = tmp_path / "table.jsonl"
    file.write_bytes(lines(sentinel(SUDO)) * 2 + auoms + sysmon)
    events = list(read(str(file)))
    assert {event.source.format for event in events} == {"syslog-rows", "auoms", "sysmon-linux"}
    alone = reading_of(readers().get("auoms"), auoms).events
    assert [event.event_id for event in events if event.source.format == "auoms"] == [one.event_id for one in alone]


def test_in_an_array_all_of_the_table_is_read(tmp_path: Path) -> None:
    file = tmp_path / "query.json"
    file.write_bytes((CASES / "syslog-rows" / "query.json").read_bytes())
    batches = list(read_inputs([str(file)]))
    assert sum(batch.frame.height for batch in batches) == 5
    assert not sum(batch.skipped.total for batch in batches)


def test_pieces_of_a_sudo_message_are_joined_past_rows_of_others() -> None:
    auoms = json.loads((CASES / "auoms" / "sentinel.jsonl").read_text().splitlines()[0])
    rows = [
        sentinel("bob : TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/echo a"),
        auoms,
        sentinel("bob : (command continued) b"),
    ]
    events = reading_of(READER, json.dumps(rows).encode()).events
    assert events[0].command_line == "/bin/echo a b"
    assert len(events) == 2


def test_a_record_that_breaks_off_behind_its_command_is_not_complete() -> None:
    cut = json.dumps(sentinel(SUDO) | {"Type": "Syslog"})[:-9].encode()
    (event,) = reading_of(READER, lines(sentinel("x")) + cut).events
    assert event.command_line == "/usr/bin/id -u"
    assert not event.complete


@pytest.mark.parametrize(
    "row",
    [
        {"message": SUDO, "host": "web1"},
        {"program": "sudo", "message": SUDO, "host": "web1"},
        {"appname": "sudo", "message": SUDO, "severity": "info"},
    ],
)
def test_documents_that_only_look_alike_are_not_claimed(row: dict[str, Any]) -> None:
    assert READER.sniff(lines(row)) == 0


def test_csv_with_semicolons_and_a_row_too_short() -> None:
    data = (
        "TimeGenerated;Computer;Facility;ProcessName;ProcessID;SyslogMessage\r\n"
        f'2025-06-10T06:13:21.250Z;web1;auth;sudo;1;"{SUDO}"\r\n'
        "2025-06-10T06:13:21.250Z;web1\r\n"
    ).encode()
    reading = reading_of(READER, data)
    assert [event.command_line for event in reading.events] == ["/usr/bin/id -u"]
    assert reading.events[0].source.record == 2
    assert reading.skipped.counts == {"row of more or fewer cells than the header": 1}
