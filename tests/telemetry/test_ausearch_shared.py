"""``ausearch -i`` text of the traps: the truth by construction, but for what interpreting loses."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ttpline.domain.event import CommandEvent
from ttpline.domain.raw_text import encode, from_surrogates
from ttpline.telemetry._inputs import read
from ttpline.telemetry.auditd import AuditdReader
from ttpline.telemetry.ausearch import AusearchReader
from ttpline.testing.reading import reading_of

FIELDS = {"pid": "pid", "ppid": "ppid", "exe": "exe", "cwd": "cwd", "success": "success", "tty": "tty", "host": "node",
          "session": "ses"}  # fmt: skip


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "telemetry" / "auditd"


def id_of(event: dict[str, Any]) -> str:
    seconds, _, thousandths = event["timestamp"].partition(".")
    return f"{event['node'] or ''}:{seconds}.{thousandths.zfill(3)}:{event['serial']}"


def interpreted(folder: Path) -> dict[str, CommandEvent]:
    reading = reading_of(AusearchReader(), (folder / "traps-interpreted.log").read_bytes())
    assert dict(reading.skipped.counts) == {"unknown record type": 1}
    assert len({event.event_id for event in reading.events}) == len(reading.events)
    return {event.event_id: event for event in reading.events}


def arguments_of(event: dict[str, Any]) -> bytes | None:
    if event.get("argv_hex"):
        return b" ".join(map(bytes.fromhex, event["argv_hex"]))
    return None if event.get("argv") is None else " ".join(event["argv"]).encode()


def test_every_trap_is_read_as_it_was_set(folder: Path) -> None:
    lines = (folder / "golden" / "traps.truth.jsonl").read_text(encoding="utf-8").splitlines()
    truth = {id_of(event): event for event in map(json.loads, lines)}
    events = interpreted(folder)
    assert sorted(events) == sorted(truth), "nothing invented, nothing missing, nothing twice"
    for key, event in events.items():
        note = truth[key]["note"]
        arguments = arguments_of(truth[key])
        if arguments is not None:
            assert encode(from_surrogates(event.command_line)) == arguments, note
        if "tty_data_hex" in truth[key]:
            assert encode(from_surrogates(event.command_line)).hex() == truth[key]["tty_data_hex"], note
        for ours, theirs in FIELDS.items():
            if theirs in truth[key]:
                assert getattr(event, ours) == truth[key][theirs], (note, ours)
        assert event.argv is None and event.argv_hex is None


def test_interpreted_and_raw_text_tell_the_same(folder: Path) -> None:
    with (folder / "traps.log").open("rb") as stream:
        raw = {row.event_id: row for batch in AuditdReader().read(stream, "x") for row in batch.rows()}
    events = interpreted(folder)
    assert events.keys() == raw.keys()
    for key, event in events.items():
        for field in ("time", "host", "pid", "ppid", "exe", "cwd", "tty", "session", "origin", "complete", "success"):
            assert getattr(event, field) == getattr(raw[key], field), (key, field)


def test_interpreted_text_is_recognised_as_such_only(folder: Path) -> None:
    head = (folder / "traps-interpreted.log").read_bytes()[:65536]
    assert AusearchReader().sniff(head) == 0.95 and AuditdReader().sniff(head) == 0
    events = list(read(str(folder / "traps-interpreted.log")))
    assert len(events) == 30 and {event.source.format for event in events} == {"ausearch"}


@pytest.mark.parametrize("name", ["traps", "beats-audit-rhel7", "plaso-audit_enriched"])
def test_raw_text_is_none_of_it(folder: Path, name: str) -> None:
    assert AusearchReader().sniff((folder / f"{name}.log").read_bytes()[:65536]) == 0


def test_another_zone_moves_all_times(folder: Path) -> None:
    data = (folder / "traps-interpreted.log").read_bytes()
    prague = [row for batch in AusearchReader(tz="Europe/Prague").read(io.BytesIO(data), "x") for row in batch.rows()]
    assert prague[0].time == "2024-06-10T04:13:21.823000Z"
