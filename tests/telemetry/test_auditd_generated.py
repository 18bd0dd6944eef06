"""Generated logs: columns agree with the one-by-one path, nothing depends on how the bytes arrive, nothing breaks."""

import io
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ttpline.errors import TelemetryError
from ttpline.telemetry.auditd import AuditdReader

Result = tuple[list[dict[str, Any]], Counter[str], int]

ARGUMENT = st.one_of(
    st.sampled_from([b"", b"ls", b"-la", b"3005", b"cafe", b"/etc/passwd", b"it's", b"a b", b"a=b", b"#035UID=x"]),
    st.binary(max_size=12).map(lambda raw: raw.replace(b"\0", b"0")),
    st.text(max_size=6).map(lambda text: text.encode(errors="replace").replace(b"\0", b"0")),
    st.sampled_from([b"\xf4\x8f\xbe\x80", "\U0010ffff".encode(), b"\xff\xfe"]),
)


def encoded(raw: bytes, *, force_hex: bool = False) -> bytes:
    """As the kernel writes a string that it does not trust."""
    if force_hex or any(byte <= 0x20 or byte >= 0x7F or byte == ord('"') for byte in raw):
        return raw.hex().upper().encode()
    return b'"' + raw + b'"'


@st.composite
def events(draw: st.DrawFn) -> list[bytes]:
    """The record lines of one event, mostly an ordinary execution."""
    ms, serial = draw(st.integers(0, 999)), draw(st.integers(1, 6))
    stamp = b"audit(17180000%02d.%03d:%d)" % (draw(st.integers(1, 3)), ms, serial)
    node = draw(st.sampled_from([b"", b"", b"", b"node=web01 ", b"node=db.example.com "]))
    argv = draw(st.lists(ARGUMENT, min_size=1, max_size=5))
    arch, number = draw(
        st.sampled_from([(b"c000003e", 59), (b"c000003e", 59), (b"40000003", 11), (b"c000003e", 42), (b"feed", 59)])
    )
    worked = draw(st.sampled_from([b"success=yes exit=0", b"success=yes exit=0", b"success=no exit=-2"]))
    auid = draw(st.sampled_from([b"1000", b"4294967295"]))
    tail = draw(
        st.sampled_from([b" key=(null)", b' subj=unconfined key="x"', b" subj=snap.x (enforce) key=6101", b"", b" a"])
    )
    user = draw(st.sampled_from([b"", b"alice", b"unset", b"unknown(1000)", "zoë".encode()]))
    enriched = b'\x1dARCH=x86_64 SYSCALL=execve AUID="a" UID="%b" GID="g"' % user if user else b""
    exe = encoded(draw(st.sampled_from([b"/usr/bin/ls", b"/dev/shm/.x (deleted)", b""])))
    call = (
        b"arch=%b syscall=%d %b a0=1 a1=2 a2=3 a3=4 items=2 ppid=2 pid=%d auid=%b uid=0 gid=0 euid=0 suid=0 fsuid=0"
        b' egid=0 sgid=0 fsgid=0 tty=%b ses=3 comm="x" exe=%b%b%b'
    ) % (arch, number, worked, serial, auid, draw(st.sampled_from([b"pts0", b"(none)"])), exe, tail, enriched)
    words = [b"a%d=%b" % (index, encoded(raw)) for index, raw in enumerate(argv)]
    title = b"\0".join(argv)[:128]
    records = [
        (b"SYSCALL", call),
        (b"EXECVE", b"argc=%d %b" % (len(argv), b" ".join(words))),
        (b"CWD", b"cwd=" + encoded(draw(st.sampled_from([b"/", b"/home/a b"])))),
        (b"PATH", b'item=0 name="/usr/bin/ls"'),
        (b"PROCTITLE", b"proctitle=" + encoded(title)),
        (b"USER_CMD", b"pid=1 uid=0 auid=0 ses=1 msg='cwd=\"/\" cmd=%b res=success'" % encoded(argv[0])),
        (b"TTY", b'tty pid=1 uid=0 auid=0 ses=1 comm="sh" data=' + encoded(argv[0])),
    ]
    present = draw(st.sampled_from([0b11111] * 4 + [0b11101, 0b01101, 0b00001, 0b00010, 0b10000, 0b100000, 0b1000000]))
    return [
        node + b"type=%b msg=%b: %b" % (kind, stamp, body)
        for bit, (kind, body) in enumerate(records)
        if present >> bit & 1
    ]


@st.composite
def logs(draw: st.DrawFn, damage: int = 4) -> bytes:
    """A log of some events, interleaved, repeated, damaged here and there."""
    lines = [line for event in draw(st.lists(events(), min_size=1, max_size=6)) for line in event]
    chance = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(0, damage))):
        at = chance.randrange(len(lines))
        match chance.randrange(7):
            case 0:
                lines.insert(chance.randrange(len(lines) + 1), lines[at])
            case 1:
                lines.insert(chance.randrange(len(lines)), lines.pop(at))
            case 2:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            case 3:
                place = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:place] + bytes([chance.randrange(256)]) + lines[at][place + 1 :]
            case 4:
                lines[at] = b"<85>Jun 10 06:13:21 web01 audispd[611]: " + lines[at].replace(b"\x1d", b"#035")
            case 5:
                lines[at] += b"\r"
            case _:
                lines.insert(at, chance.choice([b"", b"----", b"\0\0\0", b"type=", b"time->Mon Jun 10 06:13:21 2024"]))
    return b"\n".join(lines) + draw(st.sampled_from([b"\n", b"\n", b""]))


def read(log: bytes, reader: AuditdReader, stream: io.RawIOBase | io.BytesIO | None = None) -> Result:
    """Rows, skips and records of ``log``."""
    rows: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    records = 0
    for batch in reader.read(stream or io.BytesIO(log), "x.log"):  # type: ignore[arg-type]
        rows += [row.to_dict() for row in batch.rows()]
        counts += batch.skipped.counts
        records += batch.records_read
    return rows, counts, records


def outcome(log: bytes, reader: AuditdReader, stream: io.RawIOBase | None = None) -> Result | str:
    try:
        return read(log, reader, stream)
    except TelemetryError as error:
        return str(error)


@given(logs(), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_columns_say_what_the_one_by_one_path_says(log: bytes, all_titles: bool) -> None:
    columns = AuditdReader(all_titles=all_titles)
    one_by_one = AuditdReader(all_titles=all_titles, in_columns=False)
    assert outcome(log, columns) == outcome(log, one_by_one)


class Dribble(io.RawIOBase):
    """Hands out a few bytes at a time, as a pipe may."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step, self._at = data, step, 0

    def read(self, size: int = -1) -> bytes:
        part = self._data[self._at : self._at + min(self._step, size)]
        self._at += len(part)
        return part


@given(logs(), st.integers(1, 50), st.sampled_from([1, 60, 1000]), st.sampled_from([300, 1 << 20]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_blocks_and_short_reads_change_nothing(log: bytes, step: int, block: int, window: int) -> None:
    whole = AuditdReader(window_bytes=window)
    in_blocks = AuditdReader(window_bytes=window, block_bytes=block)
    assert outcome(log, in_blocks, Dribble(log, step)) == outcome(log, whole)


@given(logs())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_event_ids_are_unique_and_events_stand_in_the_order_of_their_first_records(log: bytes) -> None:
    result = outcome(log, AuditdReader())
    if isinstance(result, str):
        return
    rows = result[0]
    assert len({row["event_id"] for row in rows}) == len(rows)
    records = [row["source"]["record"] for row in rows]
    assert records == sorted(records)
    lines = log.split(b"\n")
    for row in rows:
        source = row["source"]
        text = log[source["offset"] : source["offset"] + source["length"]]
        assert (
            source["offset"] == len(b"\n".join(lines[: source["record"] - 1])) + (source["record"] > 1) or b"\0" in log
        )
        assert b"type=" in text.split(b"\n", 1)[0]


@pytest.mark.fuzz
@given(st.binary(max_size=2000))
@settings(max_examples=150, deadline=None)
def test_random_bytes_raise_nothing_but_telemetry_errors(data: bytes) -> None:
    outcome(data, AuditdReader())
    assert 0.0 <= AuditdReader().sniff(data) <= 1.0


@pytest.mark.fuzz
@given(logs(damage=40))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_badly_damaged_logs_raise_nothing_but_telemetry_errors(log: bytes) -> None:
    columns, one_by_one = outcome(log, AuditdReader()), outcome(log, AuditdReader(in_columns=False))
    assert columns == one_by_one
