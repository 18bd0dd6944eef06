"""tldr-pages: the examples of everyday commands that volunteers write, as ordinary ("Normal") commands.

Built from a checkout: ``pages/{linux,common,osx,windows}/*.md``. See ``docs/datasets/tldr.md`` for the rules.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ttpline.datasets.origins._checkout import checkout_commit, checkout_files, read_file
from ttpline.datasets.origins._output import write_outputs, write_rows
from ttpline.datasets.origins._tldr_offensive import is_offensive_command, is_offensive_page
from ttpline.datasets.origins._tldr_pages import examples
from ttpline.datasets.origins._tldr_values import Filler
from ttpline.datasets.origins.base import BuildReport, BuildRequest, Origin
from ttpline.errors import DatasetError

COLUMNS = ("command", "platform", "source", "source_ref", "license")
PLATFORMS = {"linux": "linux", "osx": "macos", "windows": "windows", "common": "common"}
"""Folders of pages; ``common`` last, so that an example that is on a system's page too is that system's."""

SEED = 20240817
MAX_PAGE_BYTES = 1 << 20
"""A page has eight examples at most and a few kilobytes."""

NOT_DRAWN = "common, not drawn"

MIN_CHARACTERS, MAX_CHARACTERS = 2, 4000


def build(request: BuildRequest) -> BuildReport:
    """One row an example, placeholders filled; offensive tools left out and counted, equal rows once."""
    repo = request.inputs["repo"]
    left_out: Counter[str] = Counter()
    notes: list[str] = []
    rows: dict[tuple[str, str], tuple[str, ...]] = {}
    pages = found = 0
    seed = SEED if request.seed is None else request.seed
    for path, platform in _pages(repo):
        pages += 1
        reference = f"{path.parent.name}/{path.name}"
        for command in _commands(path, Filler(seed, platform, reference), left_out, notes):
            found += 1
            rows.setdefault((command, platform), (command, platform, "tldr-pages", reference, ORIGIN.licence))
        request.progress(path.stat().st_size)
    if not rows:
        raise DatasetError(
            "holds no page with an example (pages/linux/*.md, …)", where=str(repo), remedy=ORIGIN.how_to_get
        )
    duplicates = found - len(rows)
    if request.common_rows is not None:
        drawn = _drawn([key for key in rows if key[1] == "common"], request.common_rows, seed)
        left_out[NOT_DRAWN] = sum(platform == "common" for _, platform in rows) - len(drawn)
        rows = {key: row for key, row in rows.items() if key[1] != "common" or key in drawn}
    facts: dict[str, Any] = {
        "origin": ORIGIN.name,
        "commit": checkout_commit(repo),
        "licence": ORIGIN.licence,
        "citation": ORIGIN.citation,
        "seed": seed,
        "pages": pages,
        "rows": len(rows),
        "duplicates": duplicates,
        "by platform": dict(Counter(platform for _, platform in rows).most_common()),
        "left_out": dict(sorted(left_out.items())),
        "notes": notes,
    }
    write_outputs(request, lambda path: write_rows(path, COLUMNS, rows.values()), facts)
    return BuildReport(len(rows), facts, _lines(facts), len(notes))


def _drawn(keys: list[tuple[str, str]], count: int, seed: int) -> set[tuple[str, str]]:
    """``count`` of ``keys``, each by a number of its own, so that a new page moves few others in or out."""
    return set(sorted(keys, key=lambda key: hashlib.sha256(f"{seed}\0{key[0]}".encode()).digest())[:count])


def _pages(repo: Path) -> Iterator[tuple[Path, str]]:
    for folder, platform in PLATFORMS.items():
        for path in checkout_files(repo, f"pages/{folder}/*.md"):
            yield path, platform


def _commands(path: Path, filler: Filler, left_out: Counter[str], notes: list[str]) -> Iterator[str]:
    try:
        text = read_file(path, MAX_PAGE_BYTES).decode()
    except (DatasetError, UnicodeDecodeError) as error:
        reason = error.reason if isinstance(error, DatasetError) else "is not UTF-8"
        notes.append(f"{filler.page}: {reason}")
        return
    is_offensive = is_offensive_page(path.stem)
    for index, example in enumerate(examples(text)):
        command = filler.fill(example, index)
        if is_offensive or is_offensive_command(command):
            left_out["offensive tool"] += 1
        elif not MIN_CHARACTERS <= len(command) <= MAX_CHARACTERS:
            left_out["shorter than 2 or longer than 4000 characters"] += 1
        else:
            yield command


def _lines(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    shown = [(name, f"{facts[name]:,}") for name in ("pages", "rows", "duplicates")]
    shown += [(f"platform {name}", f"{value:,}") for name, value in facts["by platform"].items()]
    shown += [(f"left out: {name}", f"{value:,}") for name, value in facts["left_out"].items()]
    return (("commit", facts["commit"] or "not known"), *shown, *(("note", note) for note in facts["notes"][:10]))


def input_bytes(inputs: Mapping[str, Path]) -> int:
    return sum(path.stat().st_size for path, _ in _pages(inputs["repo"]))


ORIGIN = Origin(
    name="tldr",
    description="examples of everyday commands from tldr-pages, for the Normal class",
    licence="CC-BY-4.0",
    citation="the tldr-pages team and contributors, https://github.com/tldr-pages/tldr",
    homepage="https://tldr.sh",
    inputs=("repo",),
    build=build,
    input_bytes=input_bytes,
    how_to_get="git clone https://github.com/tldr-pages/tldr, then --repo its folder",
)
