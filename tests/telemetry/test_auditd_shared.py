"""Real logs and traps with independent oracles: LAUREL, libauparse, Beats, and the generator's own truth."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ttpline.domain.event import CommandEvent
from ttpline.domain.raw_text import encode, from_surrogates
from ttpline.errors import UnknownFormatError
from ttpline.telemetry.auditd import AuditdReader

LOGS = (
    "auditbeat-chown", "auditbeat-sudo", "auditbeat-sudo-asuser", "auditbeat-useradd", "beats-audit-cent7-node",
    "beats-audit-rhel7", "beats-execve", "crowdsec-base64-exec", "golibaudit-audit-rhel7", "golibaudit-coalesce-rhel7",
    "golibaudit-lost_messages", "golibaudit-normal", "golibaudit-out_of_order", "msticpy-1", "plaso-audit_enriched",
    "plaso-selinux", "traps",
)  # fmt: skip

REPORTED = {"USER_CMD", "TTY", "USER_TTY"}

# Our field -> the oracles' field, for every execution and every reported command.
FIELDS = {
    "pid": "pid", "ppid": "ppid", "uid": "uid", "euid": "euid", "auid": "auid", "session": "ses", "exe": "exe",
    "cwd": "cwd", "success": "success", "tty": "tty", "host": "node",
}  # fmt: skip

# Where we say something else than the oracles, and why we are right.
ARGUED: dict[tuple[str, int], dict[str, Any]] = {
    # The file is a collection of one record a type, so this event comes in three pieces: CWD on line 10, EXECVE on 15,
    # PATH on 19. The oracles list EXECVE among its records and give no arguments. Line 15 has them: argc=7, a0 to a6.
    ("golibaudit-audit-rhel7", 479): {
        "argv": ["auditctl", "-a", "exit,always", "-F", "arch=b32", "-S", "execve"]
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "telemetry" / "auditd"


def rows_of(path: Path, reader: AuditdReader | None = None) -> list[CommandEvent]:
    with path.open("rb") as stream:
        return [row for batch in (reader or AuditdReader()).read(stream, path.name) for row in batch.rows()]


def skips_of(path: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    with path.open("rb") as stream:
        for batch in AuditdReader().read(stream, path.name):
            for reason, count in batch.skipped.counts.items():
                counts[reason] = counts.get(reason, 0) + count
    return counts


def id_of(event: dict[str, Any]) -> str:
    seconds, _, thousandths = event["timestamp"].partition(".")
    return f"{event['node'] or ''}:{seconds}.{thousandths.zfill(3)}:{event['serial']}"


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def is_command(event: dict[str, Any]) -> bool:
    records = set(event["records"])
    return event["syscall"] in ("execve", "execveat") or "EXECVE" in records or bool(records & REPORTED)


def argv_of(event: dict[str, Any]) -> tuple[str | None, Any]:
    """The oracles' arguments: as text, or in hex when one of them is not UTF-8."""
    return ("hex", event["argv_hex"]) if event.get("argv_hex") else ("text", event["argv"])


@pytest.mark.parametrize("in_columns", [True, False])
@pytest.mark.parametrize("name", LOGS)
def test_every_execution_agrees_with_laurel_and_libauparse(folder: Path, name: str, in_columns: bool) -> None:
    expected = {id_of(e): e for e in json_lines(folder / "expected" / f"{name}.jsonl") if is_command(e)}
    rows = rows_of(folder / f"{name}.log", AuditdReader(in_columns=in_columns))
    assert sorted(row.event_id for row in rows) == sorted(expected), "nothing invented, nothing missing, nothing twice"
    for row in rows:
        event = expected[row.event_id]
        event |= ARGUED.get((name, event["serial"]), {})
        for ours, theirs in FIELDS.items():
            assert getattr(row, ours) == event[theirs], (row.event_id, ours)
        kind, argv = argv_of(event)
        found = row.argv_hex if kind == "hex" else row.argv
        assert (None if found is None else list(found)) == argv, row.event_id
        if "user_cmd" in event:
            assert (row.origin, row.command_line) == ("user_cmd", event["user_cmd"])


def test_the_oracles_differ_only_in_a_title_that_we_do_not_use(folder: Path) -> None:
    # traps 41004 is `grep "" /etc/passwd`. LAUREL takes two NULs in a row for the start of a set title and joins the
    # rest, libauparse shows spaces. The EXECVE record has all three arguments, so neither reading is needed here;
    # read as the second source, the title has an empty argument between its two NULs.
    differing = [
        (name, event["serial"], event["differs"])
        for name in LOGS
        for event in json_lines(folder / "expected" / f"{name}.jsonl")
        if event["differs"]
    ]
    assert differing == [("traps", 41004, ["proctitle"])]
    lines = [line for line in (folder / "traps.log").read_bytes().splitlines(keepends=True) if b":41004)" in line]
    without = b"".join(line for line in lines if b"EXECVE" not in line)
    (row,) = [row for batch in AuditdReader().read(io.BytesIO(without), "x") for row in batch.rows()]
    assert (row.argv, row.origin) == (("grep", "", "/etc/passwd"), "proctitle")


def test_the_traps_are_read_as_they_were_set(folder: Path) -> None:
    truth = {id_of(event): event for event in json_lines(folder / "golden" / "traps.truth.jsonl")}
    rows = rows_of(folder / "traps.log")
    assert sorted(row.event_id for row in rows) == sorted(truth)
    for row in rows:
        event = truth[row.event_id]
        note = event["note"]
        kind, argv = argv_of({"argv_hex": None, **event})
        found = row.argv_hex if kind == "hex" else row.argv
        assert (None if found is None else list(found)) == argv, note
        for ours in ("pid", "uid", "auid"):
            assert getattr(row, ours) == event[ours], note
        for ours, theirs in {**FIELDS, "session": "ses"}.items():
            if theirs in event:
                assert getattr(row, ours) == event[theirs], (note, ours)
        if "tty_data_hex" in event:
            assert encode(from_surrogates(row.command_line)).hex() == event["tty_data_hex"]


def test_a_failed_execve_keeps_the_callers_title_and_claims_no_arguments(folder: Path) -> None:
    (row,) = [row for row in rows_of(folder / "traps.log") if row.success is False]
    assert (row.argv, row.origin, row.complete) == (None, "proctitle", False)
    assert row.command_line == "/usr/lib/jvm/java/bin/java -jar app.jar"


def test_the_cut_last_line_of_the_traps_is_counted_and_its_event_is_whole(folder: Path) -> None:
    assert skips_of(folder / "traps.log") == {"unknown record type": 1, "last line has no line end": 1}
    last = rows_of(folder / "traps.log")[-1]
    assert last.complete and last.argv == ("scp", "/tmp/loot.tgz", "ops@192.0.2.44:/in")


def test_lines_in_syslog_and_from_the_kernel_are_one_event_with_the_others(folder: Path) -> None:
    plain = {row.event_id: row for row in rows_of(folder / "traps.log")}
    rows = rows_of(folder / "syslog-mixed.log")
    assert len(rows) == 6
    for row in rows:
        same = plain[row.event_id.removeprefix("web01")]
        assert row.host == "web01"
        for field in ("argv", "argv_hex", "command_line", "exe", "cwd", "uid", "user", "success", "time"):
            assert getattr(row, field) == getattr(same, field)
    assert all(row.complete for row in rows[:-1])


def test_damaged_headers_are_counted_and_good_lines_between_them_read(folder: Path) -> None:
    assert skips_of(folder / "plaso-selinux.log") == {"damaged record header": 4, "unknown record type": 4}


def test_interpreted_text_is_counted_with_a_remedy(folder: Path) -> None:
    with (folder / "traps-interpreted.log").open("rb") as stream:
        (batch,) = AuditdReader().read(stream, "i.log")
    assert len(batch.frame) == 0
    assert set(batch.skipped.counts) == {"interpreted text of ausearch -i"}
    assert batch.skipped.samples[0].remedy is not None


def test_auoms_json_is_not_this_format(folder: Path) -> None:
    path = folder / "otrf-log4shell-auoms-1.jsonl"
    assert AuditdReader().sniff(path.read_bytes()[:65536]) == 0.0
    with path.open("rb") as stream, pytest.raises(UnknownFormatError, match="not one line"):
        list(AuditdReader().read(stream, path.name))


@pytest.mark.parametrize("name", LOGS)
def test_every_log_is_recognised(folder: Path, name: str) -> None:
    assert AuditdReader().sniff((folder / f"{name}.log").read_bytes()[:65536]) > 0.9


def test_arguments_and_offsets_are_those_of_the_elastic_pipeline(folder: Path) -> None:
    golden = json.loads((folder / "golden" / "beats-execve.log-expected.json").read_text())
    rows = rows_of(folder / "beats-execve.log")
    assert [(row.source.offset, list(row.argv or ())) for row in rows] == [
        (event["log.offset"], event["process.args"]) for event in golden
    ]


def test_sudo_commands_are_those_of_auditbeat(folder: Path) -> None:
    golden = json.loads((folder / "golden" / "auditbeat-sudo.log-expected.json").read_text())
    expected = {
        event["auditd"]["sequence"]: (
            event["auditd"]["data"]["cmd"],
            event["process"]["pid"],
            event["process"]["working_directory"],
            event["user"]["audit"]["id"],
            event["auditd"]["session"],
        )
        for event in golden
        if event["auditd"]["message_type"] == "user_cmd"
    }
    rows = rows_of(folder / "auditbeat-sudo.log")
    found = {
        int(row.event_id.rsplit(":", 1)[1]): (row.command_line, row.pid, row.cwd, str(row.auid), str(row.session))
        for row in rows
    }
    assert found == expected
