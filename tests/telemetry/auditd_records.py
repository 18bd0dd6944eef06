"""Audit records of our own making, and what the reader makes of them, for the tests beside this file."""

import io
from collections.abc import Iterable

from ttpline.domain.event import CommandEvent
from ttpline.telemetry.auditd import READER, AuditdReader

STAMP = "audit(1718000000.137:1001)"


def call(
    stamp: str = STAMP, *, arch: str = "c000003e", syscall: str = "59", result: str = "success=yes exit=0",
    ids: str = "auid=1000 uid=1000", tail: str = "", tty: str = "pts0", ses: str = "3", exe: str = '"/usr/bin/id"',
) -> str:  # fmt: skip
    return (
        f"type=SYSCALL msg={stamp}: arch={arch} syscall={syscall} {result} a0=1 a1=2 a2=3 a3=4 items=2 ppid=2100 "
        f"pid=2222 {ids} gid=1000 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty={tty} ses={ses} "
        f'comm="id" exe={exe} subj=unconfined key=(null){tail}'
    )


def execve(*words: str, stamp: str = STAMP) -> str:
    return f"type=EXECVE msg={stamp}: argc={len(words)} " + " ".join(f'a{i}="{word}"' for i, word in enumerate(words))


def raw_execve(body: str, stamp: str = STAMP) -> str:
    return f"type=EXECVE msg={stamp}: {body}"


def cwd(value: str = '"/home/alice"', stamp: str = STAMP) -> str:
    return f"type=CWD msg={stamp}: cwd={value}"


def title(value: str, stamp: str = STAMP) -> str:
    return f"type=PROCTITLE msg={stamp}: proctitle={value}"


def hexed(text: str | bytes) -> str:
    return (text.encode() if isinstance(text, str) else text).hex().upper()


def read(
    lines: Iterable[str | bytes] | bytes, reader: AuditdReader = READER
) -> tuple[list[CommandEvent], dict[str, int]]:
    log = lines if isinstance(lines, bytes) else b"".join(
        (line.encode() if isinstance(line, str) else line) + b"\n" for line in lines
    )  # fmt: skip
    rows: list[CommandEvent] = []
    skips: dict[str, int] = {}
    for batch in reader.read(io.BytesIO(log), "audit.log"):
        rows += batch.rows()
        for reason, count in batch.skipped.counts.items():
            skips[reason] = skips.get(reason, 0) + count
    return rows, skips


def one(*lines: str | bytes, reader: AuditdReader = READER) -> CommandEvent:
    rows, skips = read(lines, reader)
    assert len(rows) == 1 and not skips
    return rows[0]
