"""Atomic Red Team: small attack tests, each for one technique, as one row a command.

Built from a checkout: ``atomics/T*/T*.yaml``. See ``docs/datasets/atomic-red-team.md`` for the rules.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ttpline.datasets.origins._atomic_commands import commands_of
from ttpline.datasets.origins._atomic_technique import Techniques
from ttpline.datasets.origins._atomic_tests import AtomicTest, tests_of
from ttpline.datasets.origins._atomic_yaml import MAX_BYTES, read_yaml
from ttpline.datasets.origins._checkout import checkout_commit, checkout_files, read_file
from ttpline.datasets.origins._output import write_outputs, write_rows
from ttpline.datasets.origins.base import BuildReport, BuildRequest, Origin
from ttpline.errors import DatasetError

COLUMNS = (
    "command", "technique", "subtechnique", "technique_name", "tactics", "platform", "executor", "source",
    "source_ref", "group", "license", "source_technique", "platforms", "id_masked",
)  # fmt: skip
PATTERN = "atomics/T*/T*.yaml"
_FILE = re.compile(r"T\d{4}(?:\.\d{3})?", re.ASCII)


def build(request: BuildRequest) -> BuildReport:
    """One row a command; a file or test that cannot be used is counted, a checkout without tests is an error."""
    repo = request.inputs["repo"]
    files = list(_files(repo))
    techniques = Techniques(request.attack_version)
    problems: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    notes: list[str] = []
    converted: dict[str, str] = {}
    rows: dict[tuple[str, str, str], tuple[str, ...]] = {}
    tests = commands = 0
    for path in files:
        for test in _tests(path, repo, problems, notes):
            written = techniques.written(test.technique)
            if written is None:
                problems[f"unknown technique {test.technique}"] += 1
                continue
            if written.note:
                converted[test.technique] = f"{written.subtechnique} ({written.note})"
            found = commands_of(test, discovery=written.is_discovery, left_out=left_out)
            tests += bool(found)
            commands += len(found)
            platform = platform_of(test.platforms)
            for command, masked in found:
                key = (command, written.subtechnique, platform)
                rows.setdefault(
                    key,
                    (command, written.technique, written.subtechnique, written.name, ";".join(written.tactics),
                     platform, test.executor, ORIGIN.name, test.guid, test.guid, ORIGIN.licence, test.technique,
                     ";".join(test.platforms), str(int(masked))),
                )  # fmt: skip
        request.progress(path.stat().st_size)
    if not rows:
        raise DatasetError(f"holds no test with a command ({PATTERN})", where=str(repo), remedy=ORIGIN.how_to_get)
    facts: dict[str, Any] = {
        "origin": ORIGIN.name,
        "commit": checkout_commit(repo),
        "licence": ORIGIN.licence,
        "citation": ORIGIN.citation,
        "attack_version": techniques.target.version,
        "files": len(files),
        "tests with commands": tests,
        "rows": len(rows),
        "duplicates": commands - len(rows),
        "rows with a masked id": sum(row[-1] == "1" for row in rows.values()),
        "by platform": _counted(rows, "platform"),
        "by executor": _counted(rows, "executor"),
        "converted": dict(sorted(converted.items())),
        "left_out": dict(sorted(left_out.items())),
        "problems": dict(sorted(problems.items())),
        "notes": notes,
    }
    write_outputs(request, lambda path: write_rows(path, COLUMNS, rows.values()), facts)
    return BuildReport(len(rows), facts, _lines(facts), len(notes))


def _files(repo: Path) -> Iterator[Path]:
    for path in checkout_files(repo, PATTERN):
        if path.stem == path.parent.name and _FILE.fullmatch(path.stem):
            yield path


def _tests(path: Path, repo: Path, problems: Counter[str], notes: list[str]) -> list[AtomicTest]:
    where = path.relative_to(repo).as_posix()
    try:
        return list(tests_of(read_yaml(read_file(path, MAX_BYTES), where), problems))
    except DatasetError as error:
        problems["file that cannot be read"] += 1
        notes.append(str(error))
        return []


def platform_of(platforms: tuple[str, ...]) -> str:
    """The first of linux, macos, windows that a test is for; containers count as linux, clouds are ``other``."""
    known = ["linux" if name == "containers" else name for name in platforms]
    return next((name for name in ("linux", "macos", "windows") if name in known), "other")


def _counted(rows: Mapping[tuple[str, str, str], tuple[str, ...]], column: str) -> dict[str, int]:
    return dict(Counter(row[COLUMNS.index(column)] for row in rows.values()).most_common())


def _lines(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    shown = [(name, f"{facts[name]:,}") for name in ("files", "tests with commands", "rows", "duplicates")]
    shown += [(f"platform {name}", f"{value:,}") for name, value in facts["by platform"].items()]
    shown += [(f"left out: {name}", f"{value:,}") for name, value in facts["left_out"].items()]
    shown += [(name, f"{value:,}") for name, value in facts["problems"].items()]
    shown += [(f"{name} is written as", value) for name, value in facts["converted"].items()]
    return (("commit", facts["commit"] or "not known"), *shown, *(("note", note) for note in facts["notes"][:10]))


def input_bytes(inputs: Mapping[str, Path]) -> int:
    return sum(path.stat().st_size for path in _files(inputs["repo"]))


ORIGIN = Origin(
    name="atomic-red-team",
    description="attack tests of Red Canary and contributors, each for one ATT&CK technique",
    licence="MIT",
    citation="Atomic Red Team, Copyright (c) 2018 Red Canary, Inc., https://github.com/redcanaryco/atomic-red-team",
    homepage="https://github.com/redcanaryco/atomic-red-team",
    inputs=("repo",),
    build=build,
    input_bytes=input_bytes,
    how_to_get="git clone https://github.com/redcanaryco/atomic-red-team, then --repo its folder",
)
