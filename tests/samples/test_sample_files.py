"""The sample files are what ``scripts/build_samples.py`` writes, and hold nothing of anybody."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

BUILT = ("audit.log", "audit.expected.jsonl", "commands.csv")
WRITTEN = ("commands.txt", "README.md")
ADDRESS = re.compile(r"(?<![\w.-])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}(?![\w.])")
DOCUMENTATION = {("192", "0", "2"), ("198", "51", "100"), ("203", "0", "113")}
OF_EVERY_MACHINE = {("127", "0", "0"), ("0", "0", "0"), ("169", "254", "169")}
"""Loopback, any, and the metadata address of cloud machines."""
URL_HOST = re.compile(r"(?:https?|ftp|imaps|ldap)://(?:[^/\s'\"@]*@)?([A-Za-z][\w.-]*)")


@pytest.fixture(scope="module")
def rebuilt(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rebuilt")
    script = root / "scripts" / "build_samples.py"
    subprocess.run([sys.executable, str(script), "--out", str(folder)], check=True, capture_output=True, timeout=120)
    return folder


def texts(root: Path) -> list[str]:
    rows = [json.loads(line) for line in (root / "samples/audit.expected.jsonl").read_text("utf-8").splitlines()]
    words = [" ".join(row.get("argv") or [row.get("command", "")]) for row in rows]
    return [*words, *(root / "samples/commands.csv").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", BUILT)
def test_a_built_file_is_byte_for_byte_what_the_script_writes(name: str, root: Path, rebuilt: Path) -> None:
    assert (root / "samples" / name).read_bytes() == (rebuilt / name).read_bytes(), "run scripts/build_samples.py"


def test_the_script_writes_no_other_file(rebuilt: Path) -> None:
    assert {path.name for path in rebuilt.iterdir()} == set(BUILT)


@pytest.mark.parametrize("name", (*BUILT, *WRITTEN))
def test_every_sample_is_explained_in_the_readme(name: str, root: Path) -> None:
    assert (root / "samples" / name).is_file()
    assert f"`{name}`" in (root / "samples/README.md").read_text("utf-8") or name == "README.md"


def test_only_documentation_addresses_occur(root: Path) -> None:
    found = {match.groups() for text in texts(root) for match in ADDRESS.finditer(text)}
    assert found >= DOCUMENTATION
    assert found <= DOCUMENTATION | OF_EVERY_MACHINE


def test_only_example_domains_occur(root: Path) -> None:
    hosts = {host for text in texts(root) for host in URL_HOST.findall(text)}
    assert len(hosts) > 10
    assert {host for host in hosts if not re.search(r"(^|\.)example\.(com|net)$", host)} == set()


def test_the_plain_commands_are_twenty_lines(root: Path) -> None:
    lines = (root / "samples/commands.txt").read_text("utf-8").splitlines()
    assert len(lines) == len(set(lines)) == 20
    assert all(line == line.strip() != "" for line in lines)
