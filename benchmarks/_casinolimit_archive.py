"""An archive in CasinoLimit's layout, made from a seed: as many megabytes of audit records as are asked for."""

import json
import random
from pathlib import Path

TECHNIQUES = (
    "T1082: System Information Discovery", "T1595: Active Scanning", "T1018: Remote System Discovery",
    "T1059: Command and Scripting", "T1069: Permission Groups Discovery", "T1046: Network Service Discovery",
)  # fmt: skip
MACHINES = ("bastion", "intranet", "mail", "files")
PROGRAMS = ("ls", "cat", "grep", "find", "curl", "ssh", "python3", "systemctl", "ps", "id", "sed", "awk")
LABELLED = 0.1
EXECUTIONS = 0.35
"""The rest are other system calls of the same processes, whose only command is the title."""


def _untrusted(value: bytes) -> str:
    plain = all(0x21 <= byte <= 0x7E and byte != 0x22 for byte in value)
    return f'"{value.decode()}"' if plain else value.hex().upper()


def _command(choice: random.Random) -> list[bytes]:
    """Few commands come often, many come once."""
    rank = int(choice.paretovariate(0.7))
    words = [PROGRAMS[rank % len(PROGRAMS)], f"/srv/data/{rank}"]
    if rank % 3 == 0:
        words += ["-o", f"http://192.0.2.{rank % 250}/{rank}"]
    if rank % 17 == 0:
        words += [f"--filter={'x' * (rank % 200)}", "a b"]
    return [word.encode() for word in words]


def _event(choice: random.Random, clock_ms: int, serial: int) -> str:
    argv = _command(choice)
    stamp = f"msg=audit({clock_ms // 1000}.{clock_ms % 1000:03d}:{serial}):"
    executes = choice.random() < EXECUTIONS
    program = argv[0].decode()
    identity = "auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3"
    call = f"arch=c000003e syscall={59 if executes else 257} success=yes exit=0 a0=55d4c0 a1=55d4d0 a2=0 a3=8 items=2"
    process = f"ppid={choice.randint(900, 30000)} pid={choice.randint(900, 30000)}"
    what = f'comm="{program}" exe="/usr/bin/{program}" subj=unconfined key="all"'
    capabilities = "cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"
    file = f'item=0 name="/usr/bin/{program}" inode=1234 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00'
    title = b"\0".join(argv)[:128].rstrip(b"\0")
    arguments = " ".join(f"a{index}={_untrusted(argument)}" for index, argument in enumerate(argv))
    records = [
        f"type=SYSCALL {stamp} {call} {process} {identity} {what}",
        *([f"type=EXECVE {stamp} argc={len(argv)} {arguments}"] if executes else []),
        f'type=CWD {stamp} cwd="/root"',
        f"type=PATH {stamp} {file} nametype=NORMAL {capabilities}",
        f"type=PROCTITLE {stamp} proctitle={_untrusted(title)}",
    ]
    return "\n".join(records) + "\n"


def make(root: Path, megabytes: int, instances: int, seed: int) -> int:
    """Write ``root/syslogs`` and ``root/labels``; the bytes of log that were written."""
    total = 0
    per_log = megabytes * 1_000_000 // (instances * len(MACHINES))
    for number in range(instances):
        choice = random.Random(f"{seed}:{number}")
        labels: dict[str, dict[str, object]] = {}
        for machine in MACHINES:
            folder = root / "syslogs" / f"inst{number:03d}" / f"{machine}-{number + 1:02d}"
            folder.mkdir(parents=True)
            clock_ms, serial, size = 1_716_000_000_000, 1000, 0
            by_technique: dict[str, list[str]] = {technique: [] for technique in TECHNIQUES}
            with (folder / "audit.log").open("w", encoding="ascii") as log:
                while size < per_log:
                    clock_ms, serial = clock_ms + choice.randint(1, 40), serial + 1
                    size += log.write(_event(choice, clock_ms, serial))
                    if choice.random() < LABELLED:
                        by_technique[choice.choice(TECHNIQUES)].append(str(serial))
            total += size
            for technique, serials in by_technique.items():
                uid = f"{machine}-{technique[:5]}"
                labels[uid] = {"id": uid, "auditd_events": {machine: serials}, "technique": technique}
        folder = root / "labels" / "syslogs_labels" / "system_labels"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"inst{number:03d}.json").write_text(json.dumps(labels))
    return total
