"""How many commands of real logs are read exactly: against what independent parsers make of ``../shared/telemetry``.

A command is exact when its command line, time, host, user, process and parent process are the oracle's. Where an oracle
is known to be wrong or to leave something out, the tests beside the readers say so; here it counts as a difference.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ttpline.domain.event import CommandEvent
from ttpline.telemetry._times import epoch, rfc3339
from ttpline.telemetry.base import readers

FIELDS = ("command_line", "host", "user", "pid", "ppid", "exe")
TWINS = {
    "auoms": "auoms",
    "cowrie": "cowrie",
    "evtx": "windows_evtx",
    "kypo": "kypo",
    "osquery": "osquery",
    "sysmon-linux": "sysmon_linux",
    "windows-csv": "windows_csv",
    "windows-json": "windows_json",
}
HEADER_ROWS = {"windows-csv": 1}
"""A table's oracle counts its rows without the header."""


def truth(shared: Path) -> dict[str, dict[str, int]]:
    """Format -> ``commands`` of the oracle, how many are ``exact``, and how many events it does not have."""
    folder = shared / "telemetry"
    return {name: _compared(folder, name, twin) for name, twin in TWINS.items()}


def _compared(folder: Path, name: str, twin: str) -> dict[str, int]:
    wanted: dict[str, dict[int, Mapping[str, Any]]] = defaultdict(dict)
    for line in (folder / "expected" / f"{twin}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        wanted[row["file"]][row["n"] + HEADER_ROWS.get(name, 0)] = row
    commands = exact = invented = 0
    for file, rows in wanted.items():
        with (folder / file).open("rb") as stream:
            batches = readers(plugins=False).get(name).read(stream, file)
            events = {event.source.record: event for batch in batches for event in batch.rows()}
        commands += len(rows)
        exact += sum(record in events and _is_exact(events[record], row) for record, row in rows.items())
        invented += len(events.keys() - rows.keys())
    return {"commands": commands, "exact": exact, "invented": invented}


def _is_exact(event: CommandEvent, row: Mapping[str, Any]) -> bool:
    # An oracle gives no command for a failed execve, which ran nothing; the event has its caller's title.
    names = [name for name in FIELDS if name in row and not (row[name] is None and event.success is False)]
    same = all((row[name] or None) == (getattr(event, name) or None) for name in names)
    return same and _moment(row.get("time")) == _moment(event.time)


def _moment(written: Any) -> int | None:
    """In milliseconds: oracles write seconds as floats, and FILETIME has a digit more than we keep."""
    if written is None:
        return None
    found = rfc3339(str(written))
    found = epoch(str(written)) if found is None else found
    return None if found is None else found // 1000
