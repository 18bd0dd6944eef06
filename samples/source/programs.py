"""What sshd, cron, sudo and systemd tell the audit system, as on Debian 12."""

from typing import Protocol

from .kernel import untrusted
from .records import Event, Execution, LoginUid, Message, Process
from .world import UNSET, USERS, home

SSHD, CRON, SUDO = "/usr/sbin/sshd", "/usr/sbin/cron", "/usr/bin/sudo"
SSHD_ARGV = [b"/usr/sbin/sshd", b"-D", b"-R"]
SSHD_AUTH_MS = 210
"""From the start of sshd's process for a connection to the end of authentication."""


class Log(Protocol):
    def add(self, at: int, event: Event) -> None: ...


def _message(process: Process, kind: str, operation: str, user: str, where: str, *, ok: bool = True) -> Message:
    result = "success" if ok else "failed"
    account = untrusted(user.encode())
    return Message(
        process, kind, f"op={operation} acct={account} exe={untrusted(process.exe.encode())} {where} res={result}"
    )


def _sshd(log: Log, at: int, listener: Process) -> Process:
    process = Process(0, 0, UNSET, "/", None, SSHD_ARGV, SSHD, parent=listener)
    log.add(at, Execution(process, "Normal", SSHD, SSHD_ARGV))
    return process


def ssh_login(log: Log, at: int, user: str, tty: str, address: str, listener: Process) -> Process:
    """A login by key; gives the user's shell."""
    first = _sshd(log, at, listener)
    uid, where = USERS[user], f"hostname={address} addr={address} terminal=ssh"
    at += SSHD_AUTH_MS
    log.add(at, _message(first, "USER_AUTH", "pubkey", user, f"hostname=? addr={address} terminal=ssh"))
    log.add(at + 2, _message(first, "USER_ACCT", "PAM:accounting grantors=pam_permit", user, where))
    log.add(at + 3, _message(first, "CRED_ACQ", "PAM:setcred grantors=pam_permit", user, where))
    session = Process(0, 0, uid, "/", None, SSHD_ARGV, SSHD, parent=listener, same=first)
    log.add(at + 4, LoginUid(session, user, f"sshd: {user} [priv]".encode()))
    grantors = "pam_selinux,pam_loginuid,pam_keyinit,pam_permit,pam_unix,pam_systemd,pam_mail,pam_limits,pam_env"
    log.add(at + 31, _message(session, "USER_START", f"PAM:session_open grantors={grantors}", user, where))
    names = f' ID="{user}"'
    body = f"op=login id={uid} exe={untrusted(SSHD.encode())} hostname={address} addr={address}"
    terminal = f"terminal=/dev/{tty.replace('pts', 'pts/')} res=success"
    log.add(at + 38, Message(session, "USER_LOGIN", f"{body} {terminal}", names))
    shell = Process(
        uid, uid, uid, home(user), tty, [b"-bash"], "/usr/bin/bash",
        parent=Process(uid, uid, uid, "/", None, SSHD_ARGV, SSHD, parent=session, login=session),
        login=session,
    )  # fmt: skip
    log.add(at + 52, Execution(shell, "Normal", "/bin/bash", [b"-bash"]))
    return shell


def ssh_logout(log: Log, at: int, shell: Process) -> None:
    session = shell.login
    if session is None:
        raise ValueError("this shell is not from a login")
    user = next(name for name, uid in USERS.items() if uid == session.auid)
    where = "hostname=? addr=? terminal=ssh"
    log.add(at, _message(session, "USER_END", "PAM:session_close grantors=pam_loginuid,pam_unix", user, where))
    log.add(at + 1, _message(session, "CRED_DISP", "PAM:setcred grantors=pam_permit", user, where))
    body = f"op=login id={session.auid} exe={untrusted(SSHD.encode())} {where} res=success"
    log.add(at + 3, Message(session, "USER_LOGOUT", body, f' ID="{user}"'))


def failed_login(log: Log, at: int, user: str, address: str, listener: Process) -> None:
    """An account that does not exist is logged as ``(unknown user)``, which is hex for its space."""
    process = _sshd(log, at, listener)
    name = user if user in USERS else "(unknown user)"
    where = f"hostname={address} addr={address} terminal=ssh"
    log.add(at + SSHD_AUTH_MS, _message(process, "USER_AUTH", "PAM:authentication grantors=?", name, where, ok=False))
    where = f"hostname=? addr={address} terminal=ssh"
    log.add(at + SSHD_AUTH_MS + 1700, _message(process, "USER_LOGIN", "login", name, where, ok=False))


def service(log: Log, at: int, verb: str, unit: str, systemd: Process) -> None:
    where = 'comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=?'
    log.add(at, Message(systemd, f"SERVICE_{verb.upper()}", f"unit={unit} {where} res=success"))


_CRON = "hostname=? addr=? terminal=cron"


def cron_open(log: Log, at: int, user: str, daemon: Process) -> Process:
    """The process that cron forks for a job, logged in as the job's owner."""
    title = [b"/usr/sbin/CRON", b"-f"]
    fork = Process(0, 0, UNSET, "/", None, title, CRON, parent=daemon)
    log.add(at, _message(fork, "USER_ACCT", "PAM:accounting grantors=pam_permit", user, _CRON))
    log.add(at + 1, _message(fork, "CRED_ACQ", "PAM:setcred grantors=pam_permit", user, _CRON))
    job = Process(0, 0, USERS[user], home(user), None, title, CRON, parent=daemon, same=fork)
    log.add(at + 2, LoginUid(job, user, b"\0".join(title)))
    grantors = "pam_loginuid,pam_env,pam_permit,pam_unix,pam_limits"
    log.add(at + 4, _message(job, "USER_START", f"PAM:session_open grantors={grantors}", user, _CRON))
    uid = USERS[user]
    return Process(uid, uid, uid, home(user), None, title, CRON, parent=job, login=job, same=None)


def cron_close(log: Log, at: int, job: Process, user: str) -> None:
    session = job.login
    if session is None:
        raise ValueError("a cron job has a login")
    log.add(at, _message(session, "CRED_DISP", "PAM:setcred grantors=pam_permit", user, _CRON))
    grantors = "pam_loginuid,pam_env,pam_permit,pam_unix,pam_limits"
    log.add(at + 1, _message(session, "USER_END", f"PAM:session_close grantors={grantors}", user, _CRON))


def _terminal(process: Process) -> str:
    return process.tty.replace("pts", "pts/") if process.tty else "?"


def _sudo_where(process: Process) -> str:
    return f"hostname=? addr=? terminal={'/dev/' + _terminal(process) if process.tty else '?'}"


def _user_cmd(process: Process, command: bytes, *, ok: bool) -> Message:
    body = f"cwd={untrusted(process.cwd.encode())} cmd={untrusted(command)} exe={untrusted(SUDO.encode())}"
    body += f" terminal={_terminal(process)} res={'success' if ok else 'failed'}"
    return Message(process, "USER_CMD", body, command=command)


def sudo_open(log: Log, at: int, process: Process, user: str, command: bytes) -> None:
    where = _sudo_where(process)
    caller = next(name for name, uid in USERS.items() if uid == process.uid)
    log.add(at + 22, _message(process, "USER_ACCT", "PAM:accounting grantors=pam_permit", caller, where))
    shown = b"/bin/bash" if command == b"-bash" else command
    log.add(at + 23, _user_cmd(process, shown, ok=True))
    log.add(at + 25, _message(process, "CRED_REFR", "PAM:setcred grantors=pam_permit", user, where))
    grantors = "pam_limits,pam_permit,pam_unix"
    log.add(at + 27, _message(process, "USER_START", f"PAM:session_open grantors={grantors}", user, where))


def sudo_close(log: Log, at: int, process: Process) -> None:
    where = _sudo_where(process)
    grantors = "pam_limits,pam_permit,pam_unix"
    log.add(at, _message(process, "USER_END", f"PAM:session_close grantors={grantors}", "root", where))
    log.add(at + 1, _message(process, "CRED_DISP", "PAM:setcred grantors=pam_permit", "root", where))


def sudo_denied(log: Log, at: int, process: Process, command: bytes) -> None:
    """``sudo -n`` without a password: refused, and logged."""
    log.add(at + 24, _user_cmd(process, command, ok=False))
