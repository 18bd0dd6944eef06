"""Reads ``workday.txt`` and ``intrusion.txt`` into events in order of time; ``samples/README.md`` has the notation."""

import base64
import hashlib
import re
import shlex
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import programs
from .records import Event, Execution, Process, RefusedRuleChange
from .world import DAEMONS, UNSET, USERS, found_path, home

SECOND = 1000
_PLACEHOLDER = re.compile(r"⟦([a-z0-9]+)(?::([^⟧]*))?⟧")
_ATTRIBUTES = re.compile(r"\[([^\]]*)\] ")
SUDO_MS = 62
"""From the start of sudo to that of the command."""
SUDO_OPTIONS_WITH_VALUE = {"-u", "-g"}


@dataclass(frozen=True, slots=True)
class _Step:
    """The process that the lines below belong to, since when, and the sudo that waits for it, if any."""

    at: int
    process: Process
    sudo: Process | None


@dataclass(slots=True)
class Plan:
    """``events`` as (milliseconds of the day, order of planning, event)."""

    events: list[tuple[int, int, Event]] = field(default_factory=list)

    def add(self, at: int, event: Event) -> None:
        self.events.append((at, len(self.events), event))

    def in_order(self) -> list[tuple[int, Event]]:
        return [(at, event) for at, _, event in sorted(self.events, key=lambda item: item[:2])]


def payload(size: int) -> str:
    """Text that looks like base64 of a program; the same on each run."""
    blocks = (hashlib.sha256(b"sample payload %d" % number).digest() for number in range(size // 40 + 2))
    return base64.b64encode(b"".join(blocks)).decode()[:size]


def to_bytes(word: str) -> bytes:
    """A word of the scenario as the bytes of an argument.

    >>> to_bytes("ao⟦fb⟧t"), to_bytes("⟦b64:id⟧")
    (b'ao\\xfbt', b'aWQ=')
    """
    out, end = b"", 0
    for match in _PLACEHOLDER.finditer(word):
        out += word[end : match.start()].encode()
        kind, value = match.group(1), match.group(2) or ""
        if kind == "payload":
            out += payload(int(value)).encode()
        elif kind == "b64":
            out += base64.b64encode(value.encode())
        else:
            out += bytes.fromhex(kind)
        end = match.end()
    return out + word[end:].encode()


def plan(folder: Path) -> Plan:
    """The whole day."""
    result = Plan()
    for name in ("workday.txt", "intrusion.txt"):
        _Script(result).read((folder / name).read_text(encoding="utf-8"))
    return result


class _Script:
    """One file of the scenario; ``actors`` are the shells and daemons that its lines name."""

    def __init__(self, result: Plan) -> None:
        self.plan = result
        self.actors: dict[str, Process] = {}
        for name, daemon in DAEMONS.items():
            uid = USERS[daemon.user]
            argv = [word.encode() for word in daemon.title]
            self.actors[name] = Process(uid, uid, UNSET, daemon.cwd, None, argv, daemon.exe, pid=daemon.pid)

    def read(self, text: str) -> None:
        for block in _blocks(text):
            head, *children = block
            times, rest = head.split(" ", 1)
            fraction = 0 if "." in times else zlib.crc32(rest.encode()) % SECOND
            for at in _times(times):
                self._head(at + fraction, rest, children)

    def _head(self, at: int, rest: str, children: list[str]) -> None:
        who, words = rest.split(" ", 1)
        match who:
            case "login":
                user, tty, address = words.split()
                self.actors[user] = programs.ssh_login(self.plan, at, user, tty, address, self.actors["sshd"])
            case "logout":
                programs.ssh_logout(self.plan, at, self.actors.pop(words))
            case "badlogin":
                user, address = words.split()
                programs.failed_login(self.plan, at, user, address, self.actors["sshd"])
            case "start" | "stop":
                programs.service(self.plan, at, who, words, self.actors["systemd"])
            case "timer":
                unit, words = words.split(" ", 1)
                programs.service(self.plan, at, "start", unit, self.actors["systemd"])
                end = self._steps(at + 4, self.actors["systemd"], words, children)
                programs.service(self.plan, end + 30, "stop", unit, self.actors["systemd"])
            case "cron":
                user, words = words.split(" ", 1)
                job = programs.cron_open(self.plan, at, user, self.actors["cron"])
                label, command = words.split(" ", 1)
                end = self._steps(
                    at + 6, job, f"{label} [exec path=/bin/sh] /bin/sh -c {shlex.quote(command)}", children
                )
                programs.cron_close(self.plan, end + 25, job, user)
            case _ if words.startswith("cd "):
                # A new state of the same process: what it was before has yet to be written.
                shell = self.actors[who]
                self.actors[who] = replace(shell, cwd=words.removeprefix("cd "), same=shell)
            case _:
                self._steps(at, self.actors[who], words, children)

    def _steps(self, at: int, actor: Process, words: str, children: list[str]) -> int:
        """A command and the ones below it; when the last of them was started."""
        stack = [self._step(at, actor, words)]
        steps = list(stack)
        for child in children:
            marks, delay, words = child.split(" ", 2)
            del stack[len(marks) :]
            stack.append(self._step(stack[-1].at + int(delay), stack[-1].process, words))
            steps.append(stack[-1])
        last = max(step.at for step in steps)
        for step in steps:
            if step.sudo is not None:
                programs.sudo_close(self.plan, last + 180, step.sudo)
        return last

    def _step(self, at: int, parent: Process, words: str) -> "_Step":
        label, rest = words.split(" ", 1)
        found = _ATTRIBUTES.match(rest)
        attributes = dict(_attribute(item) for item in found.group(1).split()) if found else {}
        argv = [to_bytes(word) for word in shlex.split(rest[found.end() :] if found else rest)]
        process = self._execute(at, parent, label, attributes, argv)
        sudo = None
        if argv[0] == b"sudo" and "denied" not in attributes:
            sudo, user, command = process, *_sudo_target(argv)
            programs.sudo_open(self.plan, at, sudo, user, b" ".join(command))
            below = {"as": user, **{name: value for name, value in attributes.items() if name == "cwd"}}
            at += SUDO_MS
            process = self._execute(at, sudo, label, below, command)
        elif "denied" in attributes:
            programs.sudo_denied(self.plan, at, process, b" ".join(_sudo_target(argv)[1]))
        elif argv[:2] == [b"auditctl", b"-D"]:
            self.plan.add(at + 3, RefusedRuleChange(process))
        if "actor" in attributes:
            self.actors[attributes["actor"]] = process
        return _Step(at, process, sudo)

    def _execute(self, at: int, parent: Process, label: str, attributes: dict[str, str], argv: list[bytes]) -> Process:
        first = argv[0].decode("utf-8", "surrogateescape")
        path = attributes.get("path", found_path(first))
        setuid = path in ("/usr/bin/sudo", "/usr/bin/pkexec", "/usr/bin/passwd", "/usr/bin/su")
        uid = USERS[attributes["as"]] if "as" in attributes else parent.uid
        euid = 0 if setuid else USERS[attributes["euid"]] if "euid" in attributes else uid
        if "as" not in attributes and "euid" not in attributes and not setuid:
            euid = parent.euid
        failure = int(attributes.get("fail", "0"))
        process = Process(
            uid, euid, parent.auid, attributes.get("cwd", parent.cwd), parent.tty, parent.argv, parent.exe,
            parent=parent.parent if "exec" in attributes else parent,
            login=parent.login,
            same=parent if "exec" in attributes else None,
        )  # fmt: skip
        if argv[0].startswith(b"-") and "cwd" not in attributes:
            process.cwd = home(next(name for name, number in USERS.items() if number == uid))
        arch = "40000003" if attributes.get("arch") == "i386" else "c000003e"
        execution = Execution(process, "Normal" if label == "-" else label, path, argv, failure, arch)
        if not failure:
            process.argv, process.exe = execution.argv(), execution.resolved()
        self.plan.add(at, execution)
        return process


def _attribute(item: str) -> tuple[str, str]:
    name, _, value = item.partition("=")
    return name, value


def _sudo_target(argv: list[bytes]) -> tuple[str, list[bytes]]:
    """Who runs what: ``sudo -u postgres psql`` -> ``postgres``, ``[psql]``; ``sudo -i`` is root's login shell."""
    user, rest = "root", argv[1:]
    while rest and rest[0].startswith(b"-"):
        if rest[0] == b"-i":
            return user, [b"-bash"]
        if rest[0].decode() in SUDO_OPTIONS_WITH_VALUE:
            user, rest = rest[1].decode(), rest[2:]
        else:
            rest = rest[1:]
    return user, rest


def _blocks(text: str) -> Iterator[list[str]]:
    """A line that begins with a time, and the ``+`` lines below it."""
    block: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("+"):
            block.append(line)
            continue
        if block:
            yield block
        block = [line]
    if block:
        yield block


def _times(text: str) -> list[int]:
    """``08-11:05:01`` is four times; ``08,14:00:00`` two; in milliseconds of the day.

    >>> _times("01,03:00:02")
    [3602000, 10802000]
    >>> _times("00:00:01.250")
    [1250]
    """
    hours, minute, second = text.split(":")
    out = []
    for item in hours.split(","):
        first, _, last = item.partition("-")
        out += [
            (hour * 60 + int(minute)) * 60 * SECOND + round(float(second) * SECOND)
            for hour in range(int(first), int(last or first) + 1)
        ]
    return out
