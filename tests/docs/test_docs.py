"""Documents are under test: shown commands run, links lead somewhere, every registered name has its page."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ttpline.models.base import families
from ttpline.sinks.base import sinks
from ttpline.telemetry.base import readers

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("samples/*.md")])
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
MAKE_TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def shown_commands() -> Iterator[tuple[str, str]]:
    """Every command line of every ``sh`` block; a trailing backslash continues it."""
    for document in DOCUMENTS:
        for block in BLOCK.findall(document.read_text()):
            for line in block.replace("\\\n", " ").splitlines():
                command = line.split("  #")[0].strip()
                if command and not command.startswith("#"):
                    yield str(document.relative_to(ROOT)), command


COMMANDS = list(dict.fromkeys(shown_commands()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the documents speak of: the samples, and a user's own files under the names used there."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "samples", folder / "samples")
    shutil.copy(ROOT / "samples/commands.csv", folder / "mine.csv")
    shutil.copy(ROOT / "samples/commands.txt", folder / "cmds.txt")
    shutil.copy(ROOT / "samples/audit.log", folder / "audit.log")
    return folder


@pytest.mark.parametrize(("document", "command"), COMMANDS)
def test_shown_command_runs(document: str, command: str, folder: Path) -> None:
    words = command.split()
    if words[0] == "make":
        assert set(words[1:]) <= MAKE_TARGETS, f"{document} shows a target that the Makefile lacks"
        return
    if words[0] in {"git", "cd", "python3"}:
        return
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command.replace(".venv/bin/", "").replace("/var/log/audit/", "")],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, f"{document}: {command}\n{run.stdout[-1500:]}\n{run.stderr[-1500:]}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_that_are_there(document: Path) -> None:
    prose = FENCED.sub("", document.read_text())
    targets = [target for target, _ in LINK.findall(prose) if "://" not in target]
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize(
    ("folder_name", "names"),
    [("formats", readers().names()), ("sinks", sinks().names()), ("models", families().names())],
)
def test_every_registered_name_has_a_page_and_no_page_is_left_over(folder_name: str, names: list[str]) -> None:
    pages = {path.stem for path in (ROOT / "docs" / folder_name).glob("*.md")} - {"README", "archives", "documents"}
    assert pages == set(names)


def test_no_document_speaks_of_a_command_that_is_not_there() -> None:
    commands = {path.stem for path in (ROOT / "src/ttpline/cli").glob("*.py")}
    spoken = {words[1] for _, line in COMMANDS if (words := line.replace(".venv/bin/", "").split())[0] == "ttpline"}
    assert {word for word in spoken if not word.startswith("-")} <= commands
