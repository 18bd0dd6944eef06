"""``ttpline dataset``: what a user sees, and what a script can rely on."""

import hashlib
import json
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from ttpline.cli.main import run
from ttpline.datasets.origins import casinolimit
from ttpline.datasets.origins.base import FileSet, RemoteFile

RECORDS = """\
type=SYSCALL msg=audit(1716000000.100:7): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=0 items=2 \
ppid=1 pid=2 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 \
comm="id" exe="/usr/bin/id"
type=EXECVE msg=audit(1716000000.100:7): argc=2 a0="id" a1="-un"
type=PROCTITLE msg=audit(1716000000.100:7): proctitle=6964002D756E
"""
LABELS = {"u1": {"id": "u1", "auditd_events": {"web": ["7"]}, "technique": "T1033: System Owner/User Discovery"}}


@pytest.fixture
def archive(tmp_path: Path) -> tuple[str, str]:
    logs, labels = tmp_path / "syslogs.zip", tmp_path / "syslogs_labels.zip"
    with zipfile.ZipFile(logs, "w") as file:
        file.writestr("syslogs/run1/web-01/audit.log", RECORDS)
    with zipfile.ZipFile(labels, "w") as file:
        file.writestr("syslogs_labels/system_labels/run1.json", json.dumps(LABELS))
    return str(logs), str(labels)


def test_build_casinolimit_writes_a_table_and_a_report(
    archive: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "commands.csv"
    code = run(["dataset", "build", "casinolimit", "--syslogs", archive[0], "--labels", archive[1], "-o", str(output)])
    said = capsys.readouterr()
    assert (code, said.out) == (0, "")
    assert output.read_text().splitlines() == [
        "proctitle,technique,count,command_line,origin,complete",
        "id -un,T1033: System Owner/User Discovery,1,id -un,execve,true",
    ]
    assert "1 of 1 with both" in said.err
    assert "hal-05224264" in said.err
    assert json.loads((tmp_path / "commands.csv.report.json").read_text())["table"]["occurrences"] == 1


def test_build_without_its_inputs_is_a_usage_error(
    archive: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ["-o", str(tmp_path / "x.csv")]
    assert run(["dataset", "build", "casinolimit", "--syslogs", archive[0], *output]) == 2
    assert "casinolimit needs --labels" in capsys.readouterr().err
    assert run(["dataset", "build", "tldr", "--repo", str(tmp_path), "--labels", archive[1], *output]) == 2
    assert "tldr is not built from --labels" in capsys.readouterr().err
    assert run(["dataset", "build", "nothing", *output]) == 2
    assert "there are: atomic-red-team, casinolimit, tldr" in capsys.readouterr().err


def test_input_that_is_not_there_and_output_that_cannot_be_have_their_codes(
    archive: tuple[str, str], tmp_path: Path
) -> None:
    build = ["dataset", "build", "casinolimit", "--labels", archive[1]]
    assert run([*build, "--syslogs", str(tmp_path / "no"), "-o", str(tmp_path / "x.csv")]) == 3
    assert run([*build, "--syslogs", archive[0], "-o", "/dev/null/x.csv"]) == 5


def test_strict_fails_when_something_was_unreadable(tmp_path: Path, archive: tuple[str, str]) -> None:
    with zipfile.ZipFile(archive[0], "a") as file:
        file.writestr("syslogs/run1/db-01/audit.log", RECORDS + "no record at all\n")
    build = ["dataset", "build", "casinolimit", "--syslogs", archive[0], "--labels", archive[1]]
    output = ["-o", str(tmp_path / "commands.csv")]
    assert run([*build, *output]) == 0
    assert run([*build, *output, "--strict"]) == 1


def test_build_tldr_from_a_checkout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tldr/pages/linux").mkdir(parents=True)
    (tmp_path / "tldr/pages/linux/ls.md").write_text("# ls\n\n- List:\n\n`ls -l`\n")
    output = tmp_path / "normal.csv"
    assert run(["dataset", "build", "tldr", "--repo", str(tmp_path / "tldr"), "-o", str(output)]) == 0
    assert output.read_text().splitlines()[1] == "ls -l,linux,tldr-pages,linux/ls.md,CC-BY-4.0"
    assert "CC-BY-4.0" in capsys.readouterr().err


def test_build_atomic_red_team_from_a_checkout(tmp_path: Path) -> None:
    folder = tmp_path / "art/atomics/T1033"
    folder.mkdir(parents=True)
    (folder / "T1033.yaml").write_text(
        "attack_technique: T1033\natomic_tests:\n- name: a\n  auto_generated_guid: g\n  supported_platforms: [linux]\n"
        "  executor: {name: sh, command: who -a}\n"
    )
    output = tmp_path / "attack.csv"
    assert run(["dataset", "build", "atomic-red-team", "--repo", str(tmp_path / "art"), "-o", str(output)]) == 0
    assert output.read_text().splitlines()[1].startswith("who -a,T1033,T1033,System Owner/User Discovery,")


def test_fetch_from_a_folder_shows_licence_and_citation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"proctitle,technique\n"
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    table = RemoteFile("table.csv", "https://example.com/table.csv", 1000, f"git-blob:{blob}")
    monkeypatch.setitem(casinolimit.ORIGIN.file_sets, "table", FileSet("a table", (table,)))
    (tmp_path / "here").mkdir()
    (tmp_path / "here/table.csv").write_bytes(content)
    fetch = ["dataset", "fetch", "casinolimit", "--from", str(tmp_path / "here"), "-o", str(tmp_path / "data")]
    assert run(fetch) == 0
    said = capsys.readouterr().err
    assert "verified" in said
    assert "cite" in said
    assert (tmp_path / "data/table.csv").read_bytes() == content
    (tmp_path / "data/table.csv").unlink()
    (tmp_path / "here/table.csv").write_bytes(b"another")
    assert run(fetch) == 3
    said = capsys.readouterr().err
    assert "is not the file that is meant" in said
    assert "it is as it was" in said and "removed" not in said
    assert (tmp_path / "here/table.csv").read_bytes() == b"another"


def test_fetch_of_what_cannot_be_fetched_says_how_to_get_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dataset", "fetch", "tldr"]) == 2
    assert "git clone" in capsys.readouterr().err
    assert run(["dataset", "fetch", "casinolimit", "--from", "file:///tmp/x"]) == 2
    assert "give a folder as it is" in capsys.readouterr().err


def test_fetch_offline_says_so_in_plain_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fetch = ["dataset", "fetch", "casinolimit", "--from", "http://nothing.invalid/x", "-o", str(tmp_path)]
    assert run(fetch) == 3
    said = capsys.readouterr().err
    assert "may be offline" in said
    assert "Traceback" not in said


def test_help_shows_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dataset", "--help"]) == 0
    said = capsys.readouterr().out
    assert "fetch" in said
    assert "build" in said


@pytest.mark.slow
def test_ctrl_c_ends_with_130_and_the_next_run_goes_on(tmp_path: Path) -> None:

    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as logs, zipfile.ZipFile(tmp_path / "labels.zip", "w") as labels:
        for number in range(10):
            lines = [RECORDS.replace("100:7", f"{serial % 1000:03d}:{serial}") for serial in range(1000)]
            logs.writestr(f"syslogs/run{number:02d}/web-01/audit.log", "".join(lines))
            label = {"u": {"id": "u", "auditd_events": {"web": [str(s) for s in range(1000)]}, "technique": "T1033: O"}}
            labels.writestr(f"syslogs_labels/system_labels/run{number:02d}.json", json.dumps(label))
    inputs = ["--syslogs", str(tmp_path / "logs.zip"), "--labels", str(tmp_path / "labels.zip")]
    command = [sys.executable, "-m", "ttpline", "dataset", "build", "casinolimit", *inputs]
    state = tmp_path / "commands.csv.state"
    with subprocess.Popen(
        [*command, "-o", str(tmp_path / "commands.csv")], stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while len(list(state.glob("*.json"))) < 2 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    assert (process.returncode, said) == (130, "ttpline: interrupted\n")
    assert not (tmp_path / "commands.csv").exists()
    assert list(state.glob("*.json"))
    for name in ("commands.csv", "fresh.csv"):
        subprocess.run([*command, "-o", str(tmp_path / name)], check=True, capture_output=True)
    assert (tmp_path / "commands.csv").read_bytes() == (tmp_path / "fresh.csv").read_bytes()
    assert "\nid -un,T1033: O,10000," in (tmp_path / "fresh.csv").read_text()
