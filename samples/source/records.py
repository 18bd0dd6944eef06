"""One process execution, or one message of a login program, as the lines of an audit log (ENRICHED, Debian 12)."""

import zlib
from dataclasses import dataclass

from .kernel import TASK_COMM_LEN, execve_records, proctitle, untrusted
from .world import (
    ARCH_NAMES,
    EXECVE_NUMBERS,
    FILE_CAPS,
    LOADER,
    RESOLVED,
    SCRIPTS,
    SETUID,
    STATIC,
    UNSET,
    USERS,
    group_of,
    name_of,
)

GROUP_SEPARATOR = "\x1d"
"""What auditd puts between a record and its own interpretation of it."""
RULE_KEY = "exec"


@dataclass(slots=True)
class Process:
    """A process; ``pid`` and ``session`` are given out when the log is written, in order of time."""

    uid: int
    euid: int
    auid: int
    cwd: str
    tty: str | None
    argv: list[bytes]
    exe: str
    pid: int = 0
    session: int = UNSET
    parent: "Process | None" = None
    login: "Process | None" = None
    """The process whose login session this one belongs to."""
    same: "Process | None" = None
    """The process that this one was before it called ``execve`` itself, without a fork."""

    @property
    def ids(self) -> str:
        """The eight of SYSCALL; no program here is set-group-id."""
        gid = group_of(self.uid)[1]
        return (
            f"uid={self.uid} gid={gid} euid={self.euid} suid={self.euid} fsuid={self.euid} "
            f"egid={gid} sgid={gid} fsgid={gid}"
        )

    @property
    def names(self) -> str:
        """The same, as auditd's enrichment writes them."""
        user, effective, group = name_of(self.uid), name_of(self.euid), group_of(self.uid)[0]
        return (
            f'UID="{user}" GID="{group}" EUID="{effective}" SUID="{effective}" FSUID="{effective}" '
            f'EGID="{group}" SGID="{group}" FSGID="{group}"'
        )

    @property
    def comm(self) -> bytes:
        return self.exe.rsplit("/", 1)[-1].encode()[:TASK_COMM_LEN]


@dataclass(slots=True)
class Execution:
    """One call of ``execve``: the process as it is after the call, and what was asked for."""

    process: Process
    label: str
    path: str
    wanted: list[bytes]
    failure: int = 0
    """A negative error number; the process then still is what it was."""
    arch: str = "c000003e"

    def resolved(self) -> str:
        absolute = self.path if self.path.startswith("/") else normalised(f"{self.process.cwd}/{self.path}")
        if absolute in SCRIPTS:
            return self.resolve(SCRIPTS[absolute].split()[0])
        return self.resolve(absolute)

    @staticmethod
    def resolve(path: str) -> str:
        return RESOLVED.get(path, path.replace("/bin/", "/usr/bin/", 1) if path.startswith("/bin/") else path)

    def script(self) -> str | None:
        """The interpreter and its argument, where the file begins with ``#!``."""
        absolute = self.path if self.path.startswith("/") else normalised(f"{self.process.cwd}/{self.path}")
        return SCRIPTS.get(absolute)

    def argv(self) -> list[bytes]:
        """As the kernel logs it: for a script, its interpreter first."""
        interpreter = self.script()
        if interpreter is None:
            return self.wanted
        return [*interpreter.encode().split(), self.path.encode(), *self.wanted[1:]]

    def comm(self) -> bytes:
        return self.path.rsplit("/", 1)[-1].encode()[:TASK_COMM_LEN]

    def lines(self, stamp: str) -> list[str]:
        process, ok = self.process, self.failure == 0
        exe, comm = (self.resolved(), self.comm()) if ok else (process.exe, process.comm)
        paths = self._paths()
        syscall = EXECVE_NUMBERS[self.arch]
        pointers = [zlib.crc32(f"{stamp}{index}".encode()) for index in range(3)]
        where = "561" if self.arch == "c000003e" else ""  # a 64-bit heap address, or a 32-bit one
        a0, a1, a2 = (f"{where}{pointer:08x}{'0' if where else ''}" for pointer in pointers)
        parent = process.parent.pid if process.parent else 1
        out = [
            (
                f"type=SYSCALL msg={stamp}: arch={self.arch} syscall={syscall} success={'yes' if ok else 'no'} "
                f"exit={self.failure} a0={a0} a1={a1} a2={a2} a3=8 items={len(paths)} ppid={parent} pid={process.pid} "
                f"auid={process.auid} {process.ids} tty={process.tty or '(none)'} ses={process.session} "
                f"comm={untrusted(comm)} exe={untrusted(exe.encode())} subj=unconfined "
                f'key="{RULE_KEY}"{GROUP_SEPARATOR}ARCH={ARCH_NAMES[self.arch]} SYSCALL=execve '
                f'AUID="{name_of(process.auid)}" {process.names}'
            )
        ]
        if ok and exe in FILE_CAPS and process.euid != 0:
            caps = f"{FILE_CAPS[exe]:016x}"
            out.append(
                f"type=BPRM_FCAPS msg={stamp}: fver=2 fp={caps} fi=0 fe=1 old_pp=0 old_pi=0 old_pe=0 old_pa=0 "
                f"pp={caps} pi=0 pe={caps} pa=0 frootid=0"
            )
        if ok:  # a failed call never reaches the hook that logs the arguments
            out += [f"type=EXECVE msg={stamp}: {body}" for body in execve_records(self.argv())]
        out.append(f"type=CWD msg={stamp}: cwd={untrusted(process.cwd.encode())}")
        out += [f"type=PATH msg={stamp}: item={item} {body}" for item, body in enumerate(paths)]
        out.append(f"type=PROCTITLE msg={stamp}: proctitle={proctitle(self.argv() if ok else process.argv)}")
        out.append(f"type=EOE msg={stamp}: ")
        return out

    def _paths(self) -> list[str]:
        if self.failure:
            if self.failure == -2:  # no such file
                return [f"name={untrusted(self.path.encode())} nametype=UNKNOWN{_NO_CAPS}"]
            return [self._path(self.path, mode="0100644", owner=self.process.uid)]
        interpreter = self.script()
        exe = self.resolved()
        owner = self.process.uid if self.path.startswith(("/var/tmp/", "/dev/shm/", "/tmp/", "./")) else 0
        files = [self._path(self.path, "0104755" if exe in SETUID else "0100755", 0 if exe in SETUID else owner)]
        if interpreter:
            files.append(self._path(interpreter.split()[0]))
        if exe not in STATIC:
            files.append(self._path(LOADER[self.arch]))
        return files

    def _path(self, path: str, mode: str = "0100755", owner: int = 0) -> str:
        caps = _NO_CAPS
        if path in FILE_CAPS:
            caps = f" cap_fp={FILE_CAPS[path]:016x} cap_fi=0 cap_fe=1 cap_fver=2 cap_frootid=0"
        absolute = path if path.startswith("/") else normalised(f"{self.process.cwd}/{path}")
        inode = 131072 + zlib.crc32(self.resolve(absolute).encode()) % 2_000_000
        return (
            f"name={untrusted(path.encode())} inode={inode} dev=fe:01 mode={mode} ouid={owner} ogid={owner} rdev=00:00 "
            f'nametype=NORMAL{caps}{GROUP_SEPARATOR}OUID="{name_of(owner)}" OGID="{name_of(owner)}"'
        )


_NO_CAPS = " cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"


def normalised(path: str) -> str:
    """``/a/./b`` -> ``/a/b``; ``..`` goes up.

    >>> normalised("/var/www/../tmp/./x")
    '/var/tmp/x'
    """
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


@dataclass(slots=True)
class Message:
    """A record from user space: what sshd, cron, sudo and systemd tell the audit system."""

    process: Process
    type: str
    body: str
    extra: str = ""
    """More names for the enriched part."""
    command: bytes | None = None
    """USER_CMD only: what sudo was asked to run."""

    def lines(self, stamp: str) -> list[str]:
        process = self.process
        return [
            (
                f"type={self.type} msg={stamp}: pid={process.pid} uid={process.uid} auid={process.auid} "
                f"ses={process.session} subj=unconfined msg='{self.body}'{GROUP_SEPARATOR}"
                f'UID="{name_of(process.uid)}" AUID="{name_of(process.auid)}"{self.extra}'
            )
        ]


@dataclass(slots=True)
class LoginUid:
    """A login program sets the login uid by writing to ``/proc/self/loginuid``: LOGIN, and the write behind it."""

    process: Process
    user: str
    title: bytes

    def lines(self, stamp: str) -> list[str]:
        process, uid = self.process, USERS[self.user]
        tty = process.tty or "(none)"
        return [
            (
                f"type=LOGIN msg={stamp}: pid={process.pid} uid=0 subj=unconfined old-auid={UNSET} "
                f"auid={uid} tty={tty} old-ses={UNSET} ses={process.session} res=1{GROUP_SEPARATOR}"
                f'UID="root" OLD-AUID="unset" AUID="{self.user}"'
            ),
            (
                f"type=SYSCALL msg={stamp}: arch=c000003e syscall=1 success=yes exit={len(str(uid))} a0=3 "
                f"a1=7ffd{zlib.crc32(stamp.encode()):08x} a2={len(str(uid))} a3=0 items=0 "
                f"ppid={process.parent.pid if process.parent else 1} pid={process.pid} auid={uid} "
                f"uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty={tty} ses={process.session} "
                f"comm={untrusted(process.comm)} exe={untrusted(process.exe.encode())} subj=unconfined "
                f'key=(null){GROUP_SEPARATOR}ARCH=x86_64 SYSCALL=write AUID="{self.user}" {process.names}'
            ),
            f"type=PROCTITLE msg={stamp}: proctitle={untrusted(self.title)}",
            f"type=EOE msg={stamp}: ",
        ]


@dataclass(slots=True)
class RefusedRuleChange:
    """``auditctl -D`` while the rules are locked (``-e 2``): the kernel says no, and says so."""

    process: Process

    def lines(self, stamp: str) -> list[str]:
        process = self.process
        return [
            (
                f"type=CONFIG_CHANGE msg={stamp}: pid={process.pid} uid={process.uid} auid={process.auid} "
                f"ses={process.session} subj=unconfined op=remove_rule audit_enabled=2 res=0{GROUP_SEPARATOR}"
                f'UID="{name_of(process.uid)}" AUID="{name_of(process.auid)}"'
            )
        ]


Event = Execution | Message | LoginUid | RefusedRuleChange
