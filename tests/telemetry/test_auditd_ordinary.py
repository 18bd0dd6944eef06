"""Which events go through columns: the ordinary ones must, or the reader is slow and nothing says so."""

import io

import pytest

from ttpline.telemetry._auditd.blocks import line_blocks
from ttpline.telemetry._auditd.events import record_counts
from ttpline.telemetry._auditd.headers import HostNames, scan_headers
from ttpline.telemetry._auditd.ordinary import ordinary_events
from ttpline.telemetry._auditd.reasons import Skips
from ttpline.telemetry._auditd.window import JoinWindow

STAMP = "msg=audit(1718000000.137:1001)"
CALL = (
    "arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=2100 pid=2222 auid=1000 uid=1000 "
    "gid=1000 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 "
    'comm="id" exe="/usr/bin/id" subj=unconfined key=(null)'
)
ENRICHED = '\x1dARCH=x86_64 SYSCALL=execve AUID="bob" UID="alice" GID="users" EUID="root"'
EXECVE = 'argc=3 a0="sh" a1="-c" a2=6964203E202F746D70'
FAILED = CALL.replace("success=yes exit=0", "success=no exit=-2")


def in_columns(*records: tuple[str, str], prefix: str = "", all_titles: bool = False) -> tuple[int, int]:
    """How many events were dealt with in columns, and how many rows that made."""
    log = "".join(f"{prefix}type={kind} {STAMP}: {body}\n" for kind, body in records).encode()
    hosts = HostNames()
    window = JoinWindow(hosts)
    for block in line_blocks(io.BytesIO(log)):
        window.add(block.data, block.offset, scan_headers(block.data, block.offset, 1, hosts, Skips("x")).table)
    closed = window.close(final=True)
    event_of_line = closed.event_of_line
    counts = record_counts(closed, event_of_line)
    found = ordinary_events(closed, event_of_line, counts, counts.max(axis=1) > 0, "x", all_titles=all_titles)
    return int(found.done.sum()), 0 if found.frame is None else len(found.frame)


@pytest.mark.parametrize(
    "records",
    [
        [("SYSCALL", CALL), ("EXECVE", EXECVE), ("CWD", 'cwd="/"'), ("PATH", "item=0"), ("PROCTITLE", 'proctitle="x"')],
        [("SYSCALL", CALL + ENRICHED), ("EXECVE", EXECVE), ("CWD", ' cwd="/"')],
        [("SYSCALL", CALL.replace("subj=unconfined", "subj=snap.x (enforce)")), ("EXECVE", EXECVE)],
        [("SYSCALL", FAILED), ("PROCTITLE", "proctitle=6C73002D6C61")],
        [("SYSCALL", FAILED)],
        [("PROCTITLE", 'proctitle="id"'), ("SYSCALL", CALL)],
    ],
)
@pytest.mark.parametrize(
    "prefix",
    ["", "node=web01 ", "node=" + "long." * 20 + "example.com ", "<85>Jun 10 06:13:21 web01 audispd[611]: "],
)
def test_ordinary_executions_go_through_columns(records: list[tuple[str, str]], prefix: str) -> None:
    assert in_columns(*records, prefix=prefix) == (1, 1)


def test_other_system_calls_are_dismissed_in_columns() -> None:
    call = CALL.replace("syscall=59", "syscall=257")
    assert in_columns(("SYSCALL", call), ("PATH", "item=0"), ("PROCTITLE", 'proctitle="vim"')) == (1, 0)


@pytest.mark.parametrize(
    ("records", "rows"),
    [
        ([("PROCTITLE", 'proctitle="vim"')], 1),
        ([("CWD", 'cwd="/"'), ("PATH", "item=0"), ("PROCTITLE", "proctitle=6C73002D6C61")], 1),
        ([("PROCTITLE", "proctitle=" + "41" * 128)], 1),
        ([("PATH", "item=0")], 0),
    ],
)
@pytest.mark.parametrize("result", ["success=yes exit=0", "success=no exit=-2"])
def test_titles_beside_other_system_calls_go_through_columns_when_asked_for(
    records: list[tuple[str, str]], rows: int, result: str
) -> None:
    call = CALL.replace("syscall=59", "syscall=257").replace("success=yes exit=0", result)
    assert in_columns(("SYSCALL", call), *records, all_titles=True) == (1, rows)


def test_a_title_that_is_not_utf8_gets_a_second_look() -> None:
    call = CALL.replace("syscall=59", "syscall=257")
    assert in_columns(("SYSCALL", call), ("PROCTITLE", "proctitle=6C73FF"), all_titles=True) == (0, 0)


@pytest.mark.parametrize(
    "records",
    [
        [("SYSCALL", CALL), ("EXECVE", 'argc=2 a0="sh"')],
        [("SYSCALL", CALL), ("EXECVE", 'argc=2 a0="sh" a1=FF')],
        [("SYSCALL", CALL), ("EXECVE", 'argc=1 a0="sh"'), ("EXECVE", 'a1="-c"')],
        [("SYSCALL", CALL.replace('"/usr/bin/id"', "2F746D70")), ("EXECVE", EXECVE)],
        [("SYSCALL", CALL), ("SYSCALL", CALL), ("EXECVE", EXECVE)],
        [("SYSCALL", CALL.replace("arch=c000003e", "arch=feed")), ("PROCTITLE", 'proctitle="id"')],
        [("EXECVE", EXECVE)],
    ],
)
def test_whatever_is_odd_gets_a_second_look(records: list[tuple[str, str]]) -> None:
    assert in_columns(*records) == (0, 0)
