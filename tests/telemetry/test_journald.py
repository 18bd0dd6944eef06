"""Exports of the systemd journal: both forms tell the same; binary fields, cuts and bounds."""

import io
import json
import struct
from typing import Any

import pytest

from ttpline.telemetry._journal import export_records
from ttpline.telemetry.journald import JournaldReader
from ttpline.testing.reading import Reading, reading_of

BASE = {
    "__CURSOR": "s=a;i=1", "__REALTIME_TIMESTAMP": "1718000001823456", "_BOOT_ID": "c", "_HOSTNAME": "lab-web1",
    "SYSLOG_IDENTIFIER": "CRON", "_PID": "77", "_TRANSPORT": "syslog",
}  # fmt: skip


def export(*entries: dict[str, Any]) -> bytes:
    out = b""
    for entry in entries:
        for name, value in entry.items():
            raw = value if isinstance(value, bytes) else str(value).encode()
            is_binary = isinstance(value, bytes) or b"\n" in raw
            out += name.encode() + (b"\n" + struct.pack("<Q", len(raw)) if is_binary else b"=") + raw + b"\n"
        out += b"\n"
    return out


def as_json(*entries: dict[str, Any], indent: int | None = None) -> bytes:
    texts = [
        {name: list(value) if isinstance(value, bytes) else value for name, value in entry.items()} for entry in entries
    ]
    return b"".join(json.dumps(one, indent=indent).encode() + b"\n" for one in texts)


def both(*entries: dict[str, Any]) -> list[Reading]:
    forms = [export(*entries), as_json(*entries), as_json(*entries, indent=1)]
    for form in forms:
        assert JournaldReader().sniff(form) == 0.95
    return [reading_of(JournaldReader(), form) for form in forms]


@pytest.mark.parametrize("command", ["run-parts /etc", "a\nb\n\nc", "caf\xe9"])
def test_both_forms_tell_the_same(command: str) -> None:
    entry = {**BASE, "MESSAGE": f"(root) CMD ({command})".encode("latin-1")}
    for got in both(entry, {**BASE, "__CURSOR": "s=a;i=2", "MESSAGE": "(root) CMD (true)"}):
        first, second = got.events
        assert first.command_line == command.replace("\xe9", "\udce9")
        assert (first.time, first.host, first.pid) == ("2024-06-10T06:13:21.823456Z", "lab-web1", 77)
        assert (first.event_id, second.event_id) == ("journald:s=a;i=1", "journald:s=a;i=2")
        assert second.command_line == "true" and not got.skipped.total


def test_sudo_in_the_journal_has_login_session_and_parent() -> None:
    entry = {
        **BASE, "SYSLOG_IDENTIFIER": "sudo", "_AUDIT_LOGINUID": "1000", "_AUDIT_SESSION": "3", "_CMDLINE": "sudo -i id",
        "MESSAGE": "   bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/id",
    }  # fmt: skip
    for got in both(entry):
        (event,) = got.events
        assert (event.auid, event.session, event.parent_command_line) == (1000, 3, "sudo -i id")
        assert (event.user, event.command_line) == ("bob", "/usr/bin/id")


def test_unset_logins_are_null() -> None:
    entry = {**BASE, "_AUDIT_LOGINUID": "4294967295", "_AUDIT_SESSION": "4294967295", "MESSAGE": "(root) CMD (a)"}
    for got in both(entry):
        assert (got.events[0].auid, got.events[0].session) == (None, None)


def test_what_a_service_prints_is_no_command() -> None:
    for got in both(
        {**BASE, "_TRANSPORT": "stdout", "MESSAGE": "(root) CMD (a)"}, {**BASE, "MESSAGE": "(root) CMD (b)"}
    ):
        assert [event.command_line for event in got.events] == ["b"]


def test_sysmon_events_in_the_journal_are_sysmons() -> None:
    xml = (
        '<Event><System><Provider Name="Linux-Sysmon"/><EventID>1</EventID><TimeCreated SystemTime="2024-06-10T06:13:21'
        '.000100000Z"/><EventRecordID>4</EventRecordID><Computer>lab-web1</Computer></System><EventData>'
        '<Data Name="CommandLine">nproc</Data></EventData></Event>'
    )
    for got in both({**BASE, "SYSLOG_IDENTIFIER": "sysmon", "MESSAGE": xml}):
        (event,) = got.events
        assert (event.event_id, event.command_line) == ("sysmon:lab-web1:4:1718000001000100", "nproc")


def test_a_message_left_out_of_json_is_counted_with_a_remedy() -> None:
    got = reading_of(JournaldReader(), as_json({**BASE, "SYSLOG_IDENTIFIER": "sudo", "MESSAGE": None}))
    assert dict(got.skipped.counts) == {"journal entry whose message was left out": 1}
    assert "--all" in str(got.skipped.samples[0].remedy)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_records_are_the_same_however_the_bytes_come(size: int) -> None:
    class Short(io.BytesIO):
        def read(self, wanted: int | None = -1, /) -> bytes:
            return super().read(min(size, wanted) if wanted is not None and wanted >= 0 else size)

    data = export(BASE, {**BASE, "MESSAGE": b"a\n\nb"}, BASE)
    records = list(export_records(Short(data)))
    assert [data[r.place.offset : r.place.offset + r.place.length] for r in records] == [r.raw for r in records]
    assert [r.fields.get(b"MESSAGE") for r in records] == [None, b"a\n\nb", None]
    assert all(record.is_whole for record in records)


def test_a_record_past_the_bound_is_passed_over_and_said() -> None:
    long = {**BASE, "COREDUMP": b"\n\nx" * 2_000_000, "MESSAGE": "(root) CMD (a)"}
    got = reading_of(JournaldReader(), export(long) + export({**BASE, "MESSAGE": "(root) CMD (b)"}))
    assert [event.command_line for event in got.events] == ["b"]
    assert dict(got.skipped.counts) == {"journal entry of more than 4 MiB": 1}


def test_a_length_that_lies_costs_no_memory_and_no_time() -> None:
    got = reading_of(JournaldReader(), b"__CURSOR=a\nMESSAGE\n" + b"\xff" * 8 + b"x\n" * 1000)
    assert got.events == [] and got.skipped.total == 1
