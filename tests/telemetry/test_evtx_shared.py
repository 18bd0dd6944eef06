"""``evtx`` against the twins of the shared files, field by field."""

import json
from pathlib import Path
from typing import Any

import pytest

from ttpline.domain.event import CommandEvent
from ttpline.telemetry.evtx import READER
from ttpline.testing.reading import reading_of

FOLDER = Path("telemetry")


def expected_of(shared: Path, twin: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of a twin by the file they are of."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in (shared / FOLDER / "expected" / f"{twin}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["file"], []).append(row)
    return found


def facts(event: CommandEvent) -> dict[str, Any]:
    """What a twin says, as it says it, but for the parent's program, which events do not have."""
    return {
        "n": event.source.record,
        "command_line": event.command_line,
        "time": event.time,
        "host": event.host,
        "user": event.user,
        "pid": event.pid,
        "ppid": event.ppid,
        "exe": event.exe,
        "parent_command_line": event.parent_command_line,
    }


FILES = (
    ("beats-sysmon-9.01.evtx", 3),
    ("omerbenamram-sysmon.evtx", 227),
    ("omerbenamram-Security_short_selected.evtx", 0),
    ("omerbenamram-new-user-security.evtx", 0),
)


@pytest.mark.parametrize(("file", "commands"), FILES)
def test_every_command_of_the_twin_is_read_and_no_other(shared: Path, file: str, commands: int) -> None:
    name = f"windows/evtx/{file}"
    rows = expected_of(shared, "windows_evtx").get(name, [])
    assert len(rows) == commands
    reading = reading_of(READER, (shared / FOLDER / name).read_bytes())
    assert reading.error is None
    wanted = [{key: value for key, value in row.items() if key not in ("file", "parent")} for row in rows]
    assert [facts(event) for event in reading.events] == wanted


def test_each_of_the_eight_chunks_that_are_none_is_counted(shared: Path) -> None:
    data = (shared / FOLDER / "windows/evtx/omerbenamram-sysmon.evtx").read_bytes()
    assert reading_of(READER, data).skipped.counts == {"a damaged chunk: it does not begin as one": 8}
