"""A small archive in the layout of CasinoLimit, made here record by record, its truth known by construction."""

import json
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ttpline.datasets.origins.base import BuildReport, BuildRequest
from ttpline.datasets.origins.casinolimit import build
from ttpline.telemetry.auditd import AuditdReader


def untrusted(value: bytes) -> str:
    """As the kernel logs a string it does not trust: quoted when every byte is plain, else upper-case hex."""
    plain = all(0x21 <= byte <= 0x7E and byte != 0x22 for byte in value)
    return f'"{value.decode()}"' if plain else value.hex().upper()


def title_of(argv: Sequence[bytes]) -> bytes:
    """What the kernel keeps: 128 bytes, less what is not printable in Latin-1 at the end."""
    title = (b"\0".join(argv) + b"\0")[:128]
    while title and not (0x20 <= title[-1] <= 0x7E or title[-1] >= 0xA0):
        title = title[:-1]
    return title


@dataclass
class Machine:
    """One ``audit.log`` being written."""

    lines: list[str] = field(default_factory=list)
    clock_ms: int = 1_716_000_000_000

    def _event(self, serial: int, records: Sequence[str]) -> None:
        self.clock_ms += 7
        stamp = f"audit({self.clock_ms // 1000}.{self.clock_ms % 1000:03d}:{serial}):"
        self.lines += [record.replace("@", f"msg={stamp}", 1) for record in records]

    @staticmethod
    def _call(number: int, exe: str, success: str = "yes") -> str:
        return (
            f"type=SYSCALL @ arch=c000003e syscall={number} success={success} exit=0 a0=55d a1=55e a2=55f a3=0 items=2 "
            f"ppid=900 pid=901 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 "
            f'comm="x" exe="{exe}" subj=unconfined key="all"'
        )

    def execve(self, serial: int, *argv: bytes) -> None:
        arguments = " ".join(f"a{index}={untrusted(argument)}" for index, argument in enumerate(argv))
        self._event(
            serial,
            [
                self._call(59, "/usr/bin/x"),
                f"type=EXECVE @ argc={len(argv)} {arguments}",
                'type=CWD @ cwd="/root"',
                f"type=PROCTITLE @ proctitle={untrusted(title_of(argv))}",
            ],
        )

    def syscall(self, serial: int, *argv: bytes) -> None:
        """A system call other than execve, by a process of this title."""
        self._event(serial, [self._call(257, "/usr/bin/x"), f"type=PROCTITLE @ proctitle={untrusted(title_of(argv))}"])

    def failed_execve(self, serial: int, *callers_argv: bytes) -> None:
        """An execve that found nothing to run: no EXECVE record, and the title of who called."""
        self._event(
            serial,
            [self._call(59, "/usr/bin/x", "no"), f"type=PROCTITLE @ proctitle={untrusted(title_of(callers_argv))}"],
        )

    def sudo(self, serial: int, command: str) -> None:
        said = f'cwd="/root" cmd="{command}" exe="/usr/bin/sudo" terminal=pts/0 res=success'
        self._event(serial, [f"type=USER_CMD @ pid=5 uid=1000 auid=1000 ses=3 subj=unconfined msg='{said}'"])

    @property
    def text(self) -> bytes:
        return ("\n".join(self.lines) + "\n").encode()


@dataclass
class Tree:
    """``logs`` and ``labels`` by path below their roots."""

    logs: dict[str, bytes] = field(default_factory=dict)
    labels: dict[str, bytes] = field(default_factory=dict)

    def label(self, instance: str, **by_uid: tuple[str, dict[str, list[int]]]) -> None:
        document = {
            uid: {"id": uid, "auditd_events": {m: [str(s) for s in serials] for m, serials in events.items()},
                  "technique": technique}
            for uid, (technique, events) in by_uid.items()
        }  # fmt: skip
        self.labels[f"syslogs_labels/system_labels/{instance}.json"] = json.dumps(document).encode()

    def log(self, instance: str, machine: str, log: Machine) -> None:
        self.logs[f"syslogs/{instance}/{machine}/audit.log"] = log.text

    def folders(self, root: Path) -> tuple[Path, Path]:
        for kind, files in (("logs", self.logs), ("labels", self.labels)):
            (root / kind).mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                path = root / kind / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        return root / "logs", root / "labels"

    def zips(self, root: Path) -> tuple[Path, Path]:
        for kind, files in (("logs", self.logs), ("labels", self.labels)):
            with zipfile.ZipFile(root / f"{kind}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in files.items():
                    archive.writestr(name, content)
        return root / "logs.zip", root / "labels.zip"


@dataclass
class Truth:
    """What a random tree holds: times seen of each (title, technique), and of unlabelled titles."""

    labelled: Counter[tuple[str, str]] = field(default_factory=Counter)
    unlabelled: Counter[str] = field(default_factory=Counter)


TECHNIQUES = (
    "T1069: Permission Groups Discovery",
    "T1082: System Information Discovery",
    "T1005: Data from Local System",
)
WORDS = (
    b"cat",
    b"/etc/passwd",
    b"-la",
    b"id",
    b"caf\xc3\xa9",
    b"a b",
    b'say "hi"',
    b"x" * 150,
    b"http://192.0.2.7/a",
    b"\xff",
)


def random_tree(seed: int, instances: int = 3, events: int = 60) -> tuple[Tree, Truth]:
    """Machines, commands and labels by chance; every labelled serial is an event, every event has a title."""
    choice = random.Random(seed)
    tree, truth = Tree(), Truth()
    for number in range(instances):
        instance = f"inst{number:02d}"
        labels: dict[str, tuple[str, dict[str, list[int]]]] = {}
        for machine in ("web", "db"):
            log, by_technique = Machine(), {technique: list[int]() for technique in TECHNIQUES}
            for serial in range(100, 100 + events):
                argv = [choice.choice(WORDS) for _ in range(choice.randint(1, 4))]
                (log.execve if choice.random() < 0.6 else log.syscall)(serial, *argv)
                title = title_of(argv).replace(b"\0", b" ").decode(errors="backslashreplace")
                chosen = choice.sample(TECHNIQUES, choice.choice((0, 1, 1, 2)))
                truth.unlabelled[title] += not chosen
                for technique in chosen:
                    by_technique[technique].append(serial)
                    truth.labelled[title, technique] += 1
            tree.log(instance, f"{machine}-{number + 1:02d}", log)
            for technique, serials in by_technique.items():
                labels[f"{machine}-{technique[:5]}"] = (technique, {machine: serials})
        tree.label(instance, **labels)
    return tree, truth


Build = Callable[..., BuildReport]


@pytest.fixture
def run_build(tmp_path: Path) -> Build:
    """Builds ``tmp_path/out.csv`` from (logs, labels)."""

    def run(inputs: tuple[Path, Path], **options: object) -> BuildReport:
        request = BuildRequest(
            inputs={"syslogs": inputs[0], "labels": inputs[1]},
            output=tmp_path / "out.csv",
            report=tmp_path / "out.json",
            **{"reader": AuditdReader(all_titles=True).read, **options},  # type: ignore[arg-type]
        )
        return build(request)

    return run
