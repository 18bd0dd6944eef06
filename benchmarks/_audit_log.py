"""A believable audit log of any size: what a busy host with execve rules and file watches writes, enriched.

Of 100 events about 72 are executions, 6 failed ones, 12 other system calls (file watches), 10 user-space records of
logins and services. A third of the commands has an argument of its own, so distinct commands keep coming. Addresses are
those for documentation.
"""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

COMMANDS = (
    ("ls", "-la", "/tmp"),
    ("cat", "/etc/passwd"),
    ("sh", "-c", "ps aux | grep ssh"),
    ("/usr/sbin/cron", "-f"),
    ("curl", "-s", "http://192.0.2.1/a.sh", "-o", "/tmp/a b"),
    ("python3", "-c", "import os; print(os.getcwd())"),
    ("grep", "-r", "needle" * 10, "/var/log"),
    ("systemctl", "status", "sshd"),
    ("tar", "czf", "/tmp/x.tgz", "/home/alice"),
    ("id",),
    ("find", "/srv", "-name", "*.conf", "-newer", "/tmp/stamp", "-exec", "cp", "{}", "/tmp/conf", ";"),
    ("bash", "-c", 'for f in /srv/*; do sha256sum "$f"; done'),
    ("ssh", "-o", "BatchMode=yes", "ops@host.example.com", "uptime"),
    ("cp", "/home/alice/r\u00e9sum\u00e9.odt", "/mnt/backup"),
)
USERS = ((1000, "alice"), (1001, "bob"), (0, "root"), (33, "www-data"))
ITEM = (
    "inode=1234 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 "
    'cap_fver=0 cap_frootid=0\x1dOUID="root" OGID="root"'
)


def encoded(text: str) -> str:
    """As the kernel writes a string that it does not trust."""
    raw = text.encode()
    plain = all(0x20 < byte < 0x7F and byte != 0x22 for byte in raw)
    return f'"{text}"' if plain else raw.hex().upper()


def _call(chance: random.Random, stamp: str, syscall: str, number: int, result: str, program: str) -> str:
    uid, user = chance.choice(USERS)
    ids = " ".join(f"{name}={uid}" for name in ("gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid"))
    names = " ".join(f'{name}="{user}"' for name in ("GID", "EUID", "SUID", "FSUID", "EGID", "SGID", "FSGID"))
    return (
        f"type=SYSCALL {stamp}arch=c000003e syscall={number} {result} a0=55d0a0 a1=55d0b0 a2=55d0c0 a3=8 items=2 "
        f"ppid={chance.randint(1000, 4000)} pid={chance.randint(4000, 60000)} auid={uid} uid={uid} {ids} "
        f'tty=pts0 ses=3 comm={encoded(program[-15:])} exe="/usr/bin/{program}" subj=unconfined key="exec"'
        f'\x1dARCH=x86_64 SYSCALL={syscall} AUID="{user}" UID="{user}" {names}\n'
    )


def _execution(chance: random.Random, stamp: str, *, failed: bool) -> str:
    argv = [*chance.choice(COMMANDS)]
    if chance.random() < 1 / 3:
        argv.append(f"/data/{chance.randint(0, 10**6)}")
    program = argv[0].rpartition("/")[2]
    title = "\0".join(argv).encode()[:128].decode(errors="ignore")
    words = " ".join(f"a{number}={encoded(word)}" for number, word in enumerate(argv))
    result = "success=no exit=-2" if failed else "success=yes exit=0"
    event = _call(chance, stamp, "execve", 59, result, program)
    event += "" if failed else f"type=EXECVE {stamp}argc={len(argv)} {words}\n"
    event += f'type=CWD {stamp}cwd="/home/alice"\n'
    for item in range(1 if failed else 2):
        event += f'type=PATH {stamp}item={item} name="/usr/bin/{program}" {ITEM}\n'
    return event + f"type=PROCTITLE {stamp}proctitle={encoded(title)}\ntype=EOE {stamp}\n"


def _watched(chance: random.Random, stamp: str) -> str:
    return (
        _call(chance, stamp, "openat", 257, "success=yes exit=3", "vim")
        + f'type=CWD {stamp}cwd="/etc"\ntype=PATH {stamp}item=0 name="/etc/hosts" {ITEM}\n'
        + f"type=PROCTITLE {stamp}proctitle={encoded('vim' + chr(0) + '/etc/hosts')}\ntype=EOE {stamp}\n"
    )


def _reported(chance: random.Random, stamp: str) -> str:
    kind, operation = chance.choice((("USER_AUTH", "PAM:authentication"), ("CRED_ACQ", "PAM:setcred")))
    who = f"pid={chance.randint(4000, 60000)} uid=0 auid=1000 ses=3 subj=unconfined"
    if chance.random() < 0.1:
        command = encoded("cat /var/log/auth.log")
        said = f'cwd="/home/alice" cmd={command} exe="/usr/bin/sudo" terminal=pts/0 res=success'
        return f'type=USER_CMD {stamp}{who} msg=\'{said}\'\x1dUID="root" AUID="alice"\n'
    said = f'op={operation} acct="alice" exe="/usr/sbin/sshd" hostname=192.0.2.7 terminal=ssh res=success'
    return f'type={kind} {stamp}{who} msg=\'{said}\'\x1dUID="root" AUID="alice"\n'


def _events(seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    milliseconds, serial = 1_718_000_000_000, 1000
    while True:
        serial += 1
        milliseconds += chance.randint(0, 900)
        stamp = f"msg=audit({milliseconds // 1000}.{milliseconds % 1000:03d}:{serial}): "
        kind = chance.random()
        if kind < 0.78:
            yield _execution(chance, stamp, failed=kind >= 0.72)
        else:
            yield _watched(chance, stamp) if kind < 0.90 else _reported(chance, stamp)


def write_log(path: Path, size: int, seed: int) -> str:
    """At least ``size`` bytes of log in whole events at ``path``; their SHA-256."""
    digest, written = hashlib.sha256(), 0
    with path.open("wb") as file:
        for event in _events(seed):
            raw = event.encode()
            digest.update(raw)
            written += file.write(raw)
            if written >= size:
                break
    return f"sha256:{digest.hexdigest()}"
