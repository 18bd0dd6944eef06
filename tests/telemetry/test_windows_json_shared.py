"""Windows events as JSON against what general parsers make of the same files."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from ttpline.domain.event import CommandEvent
from ttpline.telemetry._inputs import read_inputs

FIELDS = ("command_line", "host", "user", "pid", "ppid", "exe", "parent_command_line")
FILES = ("otrf-log4shell-sysmon-sentinel.jsonl", "otrf-style-security-4688.jsonl", "otrf-style-sysmon.jsonl")


def events_of(path: Path) -> list[CommandEvent]:
    return [event for batch in read_inputs([str(path)]) for event in batch.rows()]


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def expected(shared: Path, twin: str, file: str) -> dict[int, dict[str, object]]:
    lines = (shared / "telemetry" / "expected" / twin).read_text(encoding="utf-8").splitlines()
    return {row["n"]: row for row in map(json.loads, lines) if row["file"] == file}


@pytest.mark.parametrize("name", FILES)
def test_every_field_is_what_the_oracle_says_and_nothing_is_invented(shared: Path, name: str) -> None:
    truth = expected(shared, "windows_json.jsonl", f"windows/{name}")
    events = {event.source.record: event for event in events_of(shared / "telemetry" / "windows" / name)}
    assert events.keys() == truth.keys()
    for record, row in truth.items():
        event = events[record]
        assert {field: getattr(event, field) for field in FIELDS} == {field: row.get(field) for field in FIELDS}
        assert moment(event.time) == moment(str(row["time"]))


def test_evtx_dump_says_what_the_evtx_file_says(shared: Path) -> None:
    """The dump holds the first 150 process creations of the file."""
    truth = list(expected(shared, "windows_evtx.jsonl", "windows/evtx/omerbenamram-sysmon.evtx").values())[:150]
    events = events_of(shared / "telemetry" / "windows" / "sysmon-evtx_dump.jsonl")
    assert len(events) == len(truth) == 150
    for event, row in zip(events, truth, strict=True):
        assert {field: getattr(event, field) for field in FIELDS} == {field: row.get(field) for field in FIELDS}
        assert moment(event.time) == moment(str(row["time"]))


def test_winlogbeat_gives_the_same_commands_as_the_files_it_was_made_of(shared: Path) -> None:
    folder = shared / "telemetry"
    names = ("windows/otrf-style-sysmon.jsonl", "windows/otrf-style-security-4688.jsonl")
    wanted = [event for name in names for event in events_of(folder / name)]
    found = events_of(folder / "ecs" / "winlogbeat-process.ndjson")
    assert [event.source.format for event in found] == ["ecs"] * 270
    shown = ("command_line", "host", "pid", "ppid", "exe", "time")
    assert [[getattr(event, name) for name in shown] for event in found] == [
        [getattr(event, name) for name in shown] for event in wanted
    ]


def test_auditbeat_commands_have_the_id_and_the_command_of_the_audit_log(shared: Path) -> None:
    """Its three ``ran-command`` records tell two events: one stands in two of the files it was made of."""
    found = events_of(shared / "telemetry" / "ecs" / "auditbeat.ndjson")
    of_log = {
        event.event_id: event
        for name in ("auditbeat-sudo.log", "auditbeat-sudo-asuser.log")
        for event in events_of(shared / "telemetry" / "auditd" / name)
    }
    assert [event.command_line for event in found] == ["bash", "su"]
    for event in found:
        same = of_log[event.event_id]
        for name in ("command_line", "time", "user", "uid", "auid", "pid", "cwd", "origin", "session"):
            if getattr(same, name) is not None:
                assert getattr(event, name) == getattr(same, name), name
