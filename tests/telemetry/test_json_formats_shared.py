"""The JSON formats on real files: every command of the expected twins, field by field, and none besides."""

import json
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from ttpline.domain.event import CommandEvent
from ttpline.telemetry._times import epoch, rfc3339
from ttpline.telemetry.auditd import AuditdReader
from ttpline.telemetry.base import TelemetryReader, readers
from ttpline.testing.reading import Reading, reading_of

FIELDS = ("host", "user", "pid", "ppid", "uid", "auid", "exe", "cwd", "success", "session")
"""Fields that a twin may have under our name; what it does not have is not compared."""


def expected_of(shared: Path, name: str) -> dict[str, list[dict[str, Any]]]:
    twins: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in (shared / "telemetry" / "expected" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        twins[json.loads(line)["file"]].append(json.loads(line))
    return twins


def read(shared: Path, name: str, file: str) -> Reading:
    return reading_of(readers().get(name), (shared / "telemetry" / file).read_bytes())


def microseconds(time: Any) -> int | None:
    return (rfc3339(time) or epoch(time)) if isinstance(time, str) else epoch(time)


@pytest.mark.parametrize("name,total", [("cowrie", 31), ("osquery", 6), ("kypo", 724), ("auoms", 25)])
def test_every_command_is_as_expected_and_none_is_invented(shared: Path, name: str, total: int) -> None:
    found = 0
    for file, rows in expected_of(shared, name).items():
        reading = read(shared, name, file)
        assert not reading.skipped.counts, file
        assert [event.source.record for event in reading.events] == [row["n"] for row in rows], file
        for event, row in zip(reading.events, rows, strict=True):
            found += 1
            where = (file, row["n"])
            assert microseconds(event.time) == microseconds(row["time"]), where
            for field in FIELDS:
                assert field not in row or getattr(event, field) == row[field], (where, field)
            if row["command_line"] is not None:
                assert event.command_line == row["command_line"], where
            if row.get("status") is not None:
                assert event.success is (row["status"] == "succeeded"), where
    assert found == total


def test_auoms_twins_without_command_are_failed_calls_given_by_their_callers_title(shared: Path) -> None:
    # The twin has null there: what the call tried is not in the log. As for auditd, the event stands with the title
    # of the process that tried, marked as failed, not complete and without arguments.
    ((file, rows),) = expected_of(shared, "auoms").items()
    failed = {row["n"] for row in rows if row["command_line"] is None}
    for event in read(shared, "auoms", file).events:
        is_failed = event.source.record in failed
        assert (event.success is False, event.origin == "proctitle", not event.complete) == (is_failed,) * 3
        assert event.argv is None


def test_what_osquery_reports_of_its_own_schedule_is_no_command(shared: Path) -> None:
    reading = read(shared, "osquery", "osquery/beats-rootkit.log")
    assert (reading.events, reading.skipped.counts) == ([], {})


def test_a_snapshot_of_running_processes_and_a_process_that_went_are_no_executions(shared: Path) -> None:
    reading = read(shared, "osquery", "osquery/process_events.log")
    assert {6, 8}.isdisjoint(event.source.record for event in reading.events)


FILES = {
    "cowrie": ["cowrie/cowrie.json", "cowrie/wild-2021.json"],
    "osquery": ["osquery/process_events.log", "osquery/beats-rootkit.log"],
    "auoms": ["auditd/otrf-log4shell-auoms-1.jsonl"],
}


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_recognised_by_its_own_reader_only(shared: Path, name: str) -> None:
    everyone = [readers().get(one) for one in readers().names()]
    for file in FILES[name]:
        head = (shared / "telemetry" / file).read_bytes()[:65536]
        assert [reader.name for reader in everyone if reader.sniff(head) > 0] == [name], file


def test_kypo_files_are_recognised(shared: Path) -> None:
    files = sorted((shared / "telemetry" / "kypo").rglob("*.json"))
    assert len(files) == 8
    for file in files:
        assert readers().get("kypo").sniff(file.read_bytes()[:65536]) == 0.95


SAME_FIELDS = (
    "time", "host", "user", "uid", "auid", "euid", "session", "tty", "pid", "ppid", "exe", "cwd", "argv", "argv_hex",
    "command_line", "origin", "complete", "success", "platform",
)  # fmt: skip

LOST_BY_LAUREL = {
    # LAUREL 0.5.1 cannot parse a TTY record, and says so on stderr.
    ("traps", ":1718000013.568:41028"),
    # Likewise, from RHEL 7.
    ("golibaudit-audit-rhel7", ":1491924063.550:1065565"),
}
TORN_BY_LAUREL = {("golibaudit-audit-rhel7", ":1481077231.371:479")}
"""An event whose records stand apart: LAUREL gives it up before its CWD comes."""


def events_of(reader: TelemetryReader, data: bytes) -> dict[str, CommandEvent]:
    return {event.event_id: event for event in reading_of(reader, data).events}


@pytest.fixture(scope="module")
def laurel() -> str:
    found = shutil.which("laurel")
    if found is None:
        pytest.skip("laurel is not installed")
    return found


LOGS = (
    "auditbeat-sudo-asuser", "auditbeat-sudo", "beats-audit-rhel7", "beats-execve", "crowdsec-base64-exec",
    "golibaudit-audit-rhel7", "golibaudit-lost_messages", "golibaudit-normal", "golibaudit-out_of_order", "msticpy-1",
    "plaso-audit_enriched", "traps",
)  # fmt: skip


@pytest.mark.parametrize("name", LOGS)
def test_laurels_output_gives_the_events_that_the_audit_log_itself_gives(
    shared: Path, tmp_path: Path, laurel: str, name: str
) -> None:
    log = shared / "telemetry" / "auditd" / f"{name}.log"
    config = tmp_path / "laurel.toml"
    config.write_text(
        f'directory = "{tmp_path}"\nuser = "root"\n[auditlog]\nfile = "audit.log"\nsize = 100000000\ngenerations = 1\n'
        '[transform]\nexecve-argv = ["array"]\n'
    )
    with log.open("rb") as stream:
        subprocess.run([laurel, "-c", str(config)], stdin=stream, capture_output=True, check=False, timeout=60)
    output = tmp_path / "audit.log"
    if not output.exists():
        pytest.skip("laurel wrote nothing: it needs to run as root")
    ours = events_of(AuditdReader(), log.read_bytes())
    theirs = events_of(readers().get("laurel"), output.read_bytes())
    lost = {event_id for file, event_id in LOST_BY_LAUREL if file == name}
    assert theirs.keys() == ours.keys() - lost
    for event_id, event in theirs.items():
        for field in SAME_FIELDS:
            if field == "cwd" and (name, event_id) in TORN_BY_LAUREL:
                continue
            assert getattr(event, field) == getattr(ours[event_id], field), (event_id, field)
