"""The sample audit log has the form that the kernel and auditd give it; read here without our reader."""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

LINE = re.compile(r"type=([A-Z_]+) msg=audit\((\d+\.\d{3}):(\d+)\): (.*)")
FIELD = re.compile(r'(?:^|[ \x1d])([A-Za-z0-9_\[\]-]+)=("[^"]*"|\'[^\']*\'|[^ \x1d]*)')
ARGUMENT = re.compile(r'(?:^| )a(\d+)(?:\[\d+\])?=("[^"]*"|[0-9A-F]*)')
RUNNING_BEFORE = {1, 611, 688, 702, 871}
"""systemd, cron, sshd, the monitoring agent, PHP."""
ENRICHED = {"SYSCALL", "PATH", "LOGIN", "CONFIG_CHANGE"}

Event = list[tuple[str, str]]


@pytest.fixture(scope="module")
def lines(root: Path) -> list[tuple[str, str, int, str]]:
    text = (root / "samples/audit.log").read_bytes().decode("ascii")
    assert text.endswith("\n")
    return [_record(line) for line in text.removesuffix("\n").split("\n")]


def _record(line: str) -> tuple[str, str, int, str]:
    match = LINE.fullmatch(line)
    assert match is not None, line
    return match.group(1), match.group(2), int(match.group(3)), match.group(4)


@pytest.fixture(scope="module")
def events(lines: list[tuple[str, str, int, str]]) -> dict[int, Event]:
    found: dict[int, Event] = defaultdict(list)
    for kind, _, serial, body in lines:
        found[serial].append((kind, body))
    return found


@pytest.fixture(scope="module")
def truth(root: Path) -> dict[int, dict[str, Any]]:
    rows = [json.loads(line) for line in (root / "samples/audit.expected.jsonl").read_text("utf-8").splitlines()]
    return {row["serial"]: row for row in rows}


def fields(body: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in FIELD.findall(body.split("\x1d")[0])}


def value(text: str) -> bytes:
    return text[1:-1].encode() if text.startswith('"') else bytes.fromhex(text)


def argv(event: Event) -> list[bytes]:
    arguments: dict[int, bytes] = defaultdict(bytes)
    for kind, body in event:
        if kind == "EXECVE":
            for index, text in ARGUMENT.findall(body):
                arguments[int(index)] += value(text)
    return [arguments[index] for index in sorted(arguments)]


def executions(events: dict[int, Event]) -> dict[int, Event]:
    return {serial: event for serial, event in events.items() if fields(event[0][1]).get("key") == "exec"}


def test_serials_and_times_rise(lines: list[tuple[str, str, int, str]]) -> None:
    first: dict[int, str] = {}
    for _, time, serial, _ in lines:
        assert first.setdefault(serial, time) == time
    assert list(first) == sorted(first)
    assert list(first.values()) == sorted(first.values())


def test_the_day_is_full_and_the_file_is_small(root: Path, events: dict[int, Event]) -> None:
    assert 250 <= len(executions(events)) <= 400
    assert (root / "samples/audit.log").stat().st_size < 600_000


def test_every_execution_is_a_whole_event(events: dict[int, Event]) -> None:
    for event in executions(events).values():
        kinds = [kind for kind, _ in event if kind not in ("PATH", "BPRM_FCAPS")]
        syscall = fields(event[0][1])
        ok = syscall["success"] == "yes"
        assert [kind for kind in kinds if kind != "EXECVE"] == ["SYSCALL", "CWD", "PROCTITLE", "EOE"]
        assert ("EXECVE" in kinds) is ok
        assert ok is (syscall["exit"] == "0")
        assert int(syscall["items"]) == sum(kind == "PATH" for kind, _ in event)


def test_argc_is_the_number_of_arguments(events: dict[int, Event]) -> None:
    for event in executions(events).values():
        bodies = [body for kind, body in event if kind == "EXECVE"]
        if bodies:
            assert int(fields(bodies[0])["argc"]) == len(argv(event))


def test_the_arguments_are_the_truth(events: dict[int, Event], truth: dict[int, dict[str, Any]]) -> None:
    for serial, event in executions(events).items():
        wanted = truth[serial]["argv"] or []
        assert argv(event) == [argument.encode("utf-8", "surrogateescape") for argument in wanted]


def test_the_truth_has_every_execution_and_every_sudo(
    events: dict[int, Event], truth: dict[int, dict[str, Any]]
) -> None:
    sudo = {serial for serial, event in events.items() if event[0][0] == "USER_CMD"}
    assert set(truth) == set(executions(events)) | sudo
    assert len(sudo) >= 10
    for serial in sudo:
        assert value(re.findall(r"cmd=(\S+)", events[serial][0][1])[0]).decode() == truth[serial]["command"]


def test_text_is_hex_only_where_the_kernel_writes_hex(events: dict[int, Event]) -> None:
    for event in executions(events).values():
        parts = [body for kind, body in event if kind == "EXECVE"]
        if len(parts) == 1:
            for _, text in ARGUMENT.findall(parts[0]):
                raw = value(text)
                is_plain = all(0x21 <= byte <= 0x7E and byte != 0x22 for byte in raw)
                assert text.startswith('"') is is_plain


def test_a_title_is_the_first_128_bytes_of_the_arguments(events: dict[int, Event]) -> None:
    cut = 0
    for event in executions(events).values():
        title = next(value(body.removeprefix("proctitle=")) for kind, body in event if kind == "PROCTITLE")
        assert 0 < len(title) <= 128
        if arguments := argv(event):
            assert b"\0".join(arguments).startswith(title)
            cut += len(b"\0".join(arguments)) > 128
    assert cut >= 4


def test_every_parent_was_seen_before(events: dict[int, Event]) -> None:
    seen = set(RUNNING_BEFORE)
    orphans = []
    ours = executions(events)
    for serial, event in sorted(events.items()):
        syscall = fields(event[0][1])
        if serial in ours and int(syscall["ppid"]) not in seen:
            # The one fork between sshd's session and a login shell never calls execve.
            orphans.append(event[0][1])
        if "pid" in syscall:
            seen.add(int(syscall["pid"]))
    logins = [event for event in events.values() if event[0][0] == "USER_LOGIN" and "res=success" in event[0][1]]
    assert all('comm="bash"' in orphan and "tty=pts" in orphan for orphan in orphans)
    assert len(orphans) == len(logins) > 0


def test_records_that_auditd_enriches_are_enriched(lines: list[tuple[str, str, int, str]]) -> None:
    for kind, _, _, body in lines:
        expected = (kind in ENRICHED and "nametype=UNKNOWN" not in body) or "msg='" in body
        assert ("\x1d" in body) is expected, body


def test_concurrent_processes_write_between_each_other(lines: list[tuple[str, str, int, str]]) -> None:
    returns, seen, previous = 0, set[int](), 0
    for _, _, serial, _ in lines:
        returns += serial != previous and serial in seen
        seen.add(serial)
        previous = serial
    assert returns >= 20


def test_the_hard_forms_are_there(events: dict[int, Event], truth: dict[int, dict[str, Any]]) -> None:
    syscalls = [event[0][1] for event in executions(events).values()]
    arguments = [argument for event in executions(events).values() for argument in argv(event)]
    assert any("arch=40000003 syscall=11 " in body for body in syscalls), "a 32-bit program"
    assert sum("success=no exit=-2 " in body for body in syscalls) >= 3, "no such file"
    assert any("success=no exit=-13 " in body for body in syscalls), "not executable"
    assert any(b"\xfb" in argument for argument in arguments), "not UTF-8"
    assert any("Übersicht".encode() in argument for argument in arguments), "UTF-8"
    assert any(b"\n" in argument for argument in arguments), "a line break"
    assert any(len(argument) > 7500 for argument in arguments), "longer than one record"
    assert any(sum(kind == "EXECVE" for kind, _ in event) == 3 for event in events.values()), "three EXECVE records"
    assert any(b"| base64 -d | sh" in argument for argument in arguments), "a decoded script"
    assert any("argv_hex" in row for row in truth.values())


def test_the_intruder_has_no_login_until_the_key_is_planted(truth: dict[int, dict[str, Any]]) -> None:
    attack = [row for row in truth.values() if row.get("technique") not in (None, "Normal")]
    planted = next(row for row in attack if row["technique"] == "T1098.004")
    own = [row for row in attack if row["ppid"] != 1 and row["time"] < planted["time"] and row["uid"] == 33]
    assert len(own) > 50
    assert all(row["auid"] is None and row["session"] is None for row in own)
    assert any(row["auid"] == 1003 and row["time"] > planted["time"] for row in attack)


def test_every_label_is_a_technique_in_use(truth: dict[int, dict[str, Any]]) -> None:
    from ttpline.attack.catalogue import load_catalogue

    in_use = {technique.id for technique in load_catalogue("18.1").techniques_in_use()}
    labels = {row["technique"] for row in truth.values() if row["origin"] == "execve"}
    assert "Normal" in labels
    assert labels - {"Normal"} - in_use == set()
    assert len(labels) > 40
