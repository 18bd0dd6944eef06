"""``windows-csv`` against the twin of the shared file, field by field."""

import json
from pathlib import Path
from typing import Any

from ttpline.telemetry.windows_csv import READER
from ttpline.testing.reading import reading_of

FILE = "windows/msticpy-4688-1.csv"


def test_every_row_of_the_twin_is_read_and_no_other(shared: Path) -> None:
    twin = shared / "telemetry" / "expected" / "windows_csv.jsonl"
    rows: list[dict[str, Any]] = [json.loads(line) for line in twin.read_text(encoding="utf-8").splitlines()]
    assert {row["file"] for row in rows} == {FILE}
    reading = reading_of(READER, (shared / "telemetry" / FILE).read_bytes())
    found = [
        (e.source.record - 1, e.command_line, e.host, e.user, e.pid, e.ppid, e.exe, e.parent_command_line, e.time)
        for e in reading.events
    ]
    fields = ("n", "command_line", "host", "user", "pid", "ppid", "exe", "parent_command_line")
    # The twin has the time as the cell says it, to the millisecond; the header is row 1 of ours.
    wanted = [(*(row[name] for name in fields), row["time"].replace(" ", "T") + "000Z") for row in rows]
    assert found == wanted
    assert reading.skipped.total == 0


def test_it_is_taken_for_windows_events_and_not_for_any_table(shared: Path) -> None:
    assert READER.sniff((shared / "telemetry" / FILE).read_bytes()[:65536]) == 0.95
