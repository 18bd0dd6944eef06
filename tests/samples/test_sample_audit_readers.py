"""Readers on the sample audit log: ours, and two that others wrote, where they are installed."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

WHO = ("pid", "ppid", "uid", "euid", "auid", "session", "tty")
UNSET = 4294967295


@pytest.fixture(scope="module")
def truth(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (root / "samples/audit.expected.jsonl").read_text("utf-8").splitlines()]


def key(row: dict[str, Any]) -> tuple[str, int]:
    return row["time"], row["pid"]


def our_rows(root: Path) -> list[dict[str, Any]]:
    from ttpline.telemetry.auditd import READER

    with (root / "samples/audit.log").open("rb") as stream:
        return [event.to_dict() for batch in READER.read(stream, "audit.log") for event in batch.rows()]


def test_our_reader_gives_every_execution_as_it_was(root: Path, truth: list[dict[str, Any]]) -> None:
    names = ("time", "argv", "exe", "cwd", "success", *WHO)
    wanted = [{name: row[name] for name in names} for row in truth if row["origin"] == "execve" and row["success"]]
    found = [row for row in our_rows(root) if row["origin"] == "execve" and row["success"]]
    assert sorted(({name: row[name] for name in names} for row in found), key=key) == sorted(wanted, key=key)
    assert all(row["complete"] and row["platform"] == "linux" for row in found)


def test_our_reader_keeps_failed_executions_as_failed(root: Path, truth: list[dict[str, Any]]) -> None:
    names = ("time", "exe", "cwd", *WHO)
    wanted = [{name: row[name] for name in names} for row in truth if row["origin"] == "execve" and not row["success"]]
    found = [row for row in our_rows(root) if row["success"] is False and row["origin"] != "user_cmd"]
    assert sorted(({name: row[name] for name in names} for row in found), key=key) == sorted(wanted, key=key)


def test_our_reader_gives_what_sudo_was_asked(root: Path, truth: list[dict[str, Any]]) -> None:
    wanted = [(row["time"], row["pid"], row["command"]) for row in truth if row["origin"] == "user_cmd"]
    found = [(row["time"], row["pid"], row["command_line"]) for row in our_rows(root) if row["origin"] == "user_cmd"]
    assert sorted(found) == sorted(wanted)


def test_our_reader_gives_the_bytes_that_are_not_utf8(root: Path, truth: list[dict[str, Any]]) -> None:
    wanted = {row["time"]: row["argv_hex"] for row in truth if "argv_hex" in row}
    found = {row["time"]: [text.lower() for text in row["argv_hex"]] for row in our_rows(root) if row["argv_hex"]}
    assert found == wanted


def test_our_reader_skips_nothing(root: Path) -> None:
    from ttpline.telemetry.auditd import READER

    with (root / "samples/audit.log").open("rb") as stream:
        assert sum(batch.skipped.total for batch in READER.read(stream, "audit.log")) == 0


def test_laurel_agrees_with_the_truth(root: Path, tmp_path: Path, truth: list[dict[str, Any]]) -> None:
    laurel = shutil.which("laurel")
    if laurel is None:
        pytest.skip("laurel is not installed")
    config = tmp_path / "laurel.toml"
    config.write_text(f'directory = "{tmp_path}"\n[auditlog]\nfile = "out.log"\n[transform]\nexecve-argv = ["array"]\n')
    with (root / "samples/audit.log").open("rb") as log:
        done = subprocess.run([laurel, "-c", config], stdin=log, capture_output=True, text=True, timeout=60, check=True)
    assert "with 0 errors" in done.stderr
    events = [json.loads(line) for line in (tmp_path / "out.log").read_text("utf-8").splitlines()]
    found = {int(event["ID"].split(":")[1]): event for event in events}
    for row in truth:
        if row["origin"] == "execve":
            event = found[row["serial"]]
            arguments = [unquote_to_bytes(text) for text in event.get("EXECVE", {}).get("ARGV", [])]
            assert arguments == [text.encode("utf-8", "surrogateescape") for text in row["argv"] or []]
            syscall = event["SYSCALL"]
            assert [syscall[name] for name in ("pid", "ppid", "uid", "euid")] == [row[name] for name in WHO[:4]]
            assert (syscall["auid"], syscall["ses"]) == (row["auid"] or _unset(row, "auid"), row["session"] or UNSET)
            assert (syscall["exe"], event["CWD"]["cwd"]) == (row["exe"], row["cwd"])


def _unset(row: dict[str, Any], name: str) -> int:
    return UNSET if row[name] is None else int(row[name])


def test_ausearch_reads_it_without_complaint(root: Path, truth: list[dict[str, Any]]) -> None:
    ausearch = shutil.which("ausearch", path="/usr/sbin:/sbin:/usr/bin")
    if ausearch is None:
        pytest.skip("ausearch is not installed")
    command = [ausearch, "-if", str(root / "samples/audit.log"), "-i", "-m", "EXECVE"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert done.stderr == b""
    text = done.stdout.decode("utf-8", "surrogateescape")
    # Interpreted text has lost the boundaries of arguments, so words are what can be compared.
    found = {int(serial): body for serial, body in re.findall(r"^type=EXECVE .*:(\d+)\) : (argc=.*)$", text, re.M)}
    for row in truth:
        if row["origin"] == "execve" and row["success"] and not row["is_split"] and "\n" not in "".join(row["argv"]):
            shown = " ".join(f"a{index}={argument}" for index, argument in enumerate(row["argv"]))
            assert found[row["serial"]].split() == f"argc={len(row['argv'])} {shown}".split()
