"""Hostile input costs bounded memory and linear time."""

import io
import time
from collections.abc import Iterator

import numpy as np
import pytest

from ttpline.errors import TelemetryError
from ttpline.telemetry._auditd.blocks import line_blocks
from ttpline.telemetry._auditd.headers import HostNames, scan_headers
from ttpline.telemetry._auditd.reasons import Skips
from ttpline.telemetry._auditd.window import JoinWindow
from ttpline.telemetry._seen import SeenEvents
from ttpline.telemetry.auditd import AuditdReader

HEADER = b"type=EXECVE msg=audit(1718000000.137:1001): "
WINDOW = 20_000


def never_ending() -> Iterator[bytes]:
    """Blocks of a log in which each event has one record and then another event begins, on ever new hosts."""
    number = 0
    while True:
        lines = []
        for _ in range(50):
            number += 1
            lines.append(b'node=h%d type=EXECVE msg=audit(1718000000.137:%d): argc=2 a0="x"\n' % (number, number))
        yield b"".join(lines)


def test_events_that_never_finish_are_closed_by_the_window() -> None:
    hosts = HostNames()
    window = JoinWindow(hosts, WINDOW)
    offset, closed, most_lines, most_bytes, most_hosts = 0, 0, 0, 0, 0
    for _, block in zip(range(200), never_ending(), strict=False):
        scan = scan_headers(block, offset, 1, hosts, Skips("x"))
        window.add(block, offset, scan.table)
        offset += len(block)
        closed += len(window.close())
        most_lines, most_bytes = max(most_lines, window.open_lines), max(most_bytes, window.open_bytes)
        most_hosts = max(most_hosts, len(hosts.names))
    assert closed > 9000
    assert most_bytes <= WINDOW + 2 * len(block)
    assert most_lines <= most_bytes // 60
    assert most_hosts <= most_lines + 50


def test_one_event_that_never_ends_is_closed_by_the_window_too() -> None:
    hosts = HostNames()
    window = JoinWindow(hosts, WINDOW)
    block = (HEADER + b'a7="x"\n') * 50
    for number in range(100):
        scan = scan_headers(block, number * len(block), 1, hosts, Skips("x"))
        window.add(block, number * len(block), scan.table)
        window.close()
        assert window.open_bytes <= WINDOW + 2 * len(block)


def test_an_endless_line_is_never_held() -> None:
    class Endless(io.RawIOBase):
        left = 64

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            return b"x" * size if self.left > 0 else b""

    blocks = list(line_blocks(Endless()))  # type: ignore[arg-type]
    assert [(len(block.data), len(block.long_line or b"")) for block in blocks] == [(0, 200)]


def test_seen_events_are_remembered_and_the_oldest_forgotten() -> None:
    seen = SeenEvents(limit=1000)
    values = np.arange(1, 2001, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for start in range(0, 2000, 50):
        part = values[start : start + 50]
        assert not seen.add(part).any()
        assert seen.add(part).all()
        assert len(seen) <= 1000
    assert seen.contains(values[-250:]).all()
    assert not seen.contains(values[:250]).any()


def test_a_repeat_within_one_batch_is_seen() -> None:
    assert SeenEvents().add(np.array([5, 6, 5], np.uint64)).tolist() == [False, False, True]


HOSTILE = {
    "argument names": HEADER + b"a0=" * 300_000,
    "arguments": HEADER + b"argc=1 " + b"a0= " * 250_000,
    "open quotes": HEADER + b'a0="' * 250_000,
    "spaces": HEADER + b" " * 1_000_000,
    "hex": HEADER + b"a0=" + b"41" * 500_000,
    "pieces": HEADER + b"".join(b"a0[%d]=41 " % number for number in range(80_000)),
    "one word": HEADER + b"a" * 1_000_000,
    "brackets": b"type=" + b"(" * 1_000_000,
    "types": b"type=" * 200_000,
    "syslog": b"Jun 10 06:13:20 " + b"a " * 500_000,
    "nodes": b"node=" + b"x" * 1_000_000,
    "nested": b"type=USER_CMD msg=audit(1718000000.137:1001): " + b"msg='" * 200_000,
    "quotes": b"type=USER_CMD msg=audit(1718000000.137:1001): msg='" + b"'" * 1_000_000,
    "nuls": HEADER + b"x\0" * 200_000,
    "marks": HEADER + b"\x1d" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_takes_linear_time(name: str) -> None:
    line = HOSTILE[name][: (1 << 20) - 1]
    started = time.process_time()
    for batch in AuditdReader().read(io.BytesIO(HEADER + b'argc=1 a0="id"\n' + line + b"\n"), "x"):
        list(batch.rows())
    assert time.process_time() - started < 5.0, "a megabyte takes well under a second when time is linear"


@pytest.mark.parametrize("line", [b"\n", b"x\n", b"type=\n", b"\0\n", b"type=EOE msg=audit(1.1:1):\n"])
def test_a_flood_of_tiny_lines_is_read(line: bytes) -> None:
    data = line * ((1 << 18) // len(line))
    try:
        records = sum(batch.records_read for batch in AuditdReader().read(io.BytesIO(data), "x"))
        assert records == (0 if line == b"\n" else data.count(b"\n"))
    except TelemetryError:
        assert b"audit(" not in line
