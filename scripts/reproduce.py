"""The published study again: on its own table where that is, else the same study on the commands that are there.

.venv/bin/python scripts/reproduce.py [--quick] [--grid] [--json] [-o reproduce.html | reproduce.md | reproduce.json]

The table is looked for in $TTPLINE_CASINOLIMIT (a file or a folder), then where `ttpline dataset fetch casinolimit`
puts it (here, or in data/). See docs/study.md.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ttpline.cli._tables import print_table
from ttpline.domain.printable import printable
from ttpline.errors import TtplineError
from ttpline.evaluation.reproduction import Reproduction
from ttpline.evaluation.reproduction_data import StudyRows, find_table, grouped_rows, study_rows
from ttpline.evaluation.reproduction_run import ReproductionOptions, reproduce
from ttpline.reports.page import Page, Paragraph, Section, Table, render_page
from ttpline.reports.reproduction_page import NOT_THE_STUDY, reproduction_page
from ttpline.reports.reproduction_text import page_markdown

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
MOST_NORMAL = 1_500
"""Rows of the shared data's normal commands: with more, all trainings take longer than a few minutes on two cores."""


def main(arguments: Sequence[str]) -> int:
    """Run it and show it; 0 when it could be run, whatever the figures are."""
    options = _parser().parse_args(arguments)
    command = " ".join(["scripts/reproduce.py", *arguments])
    asked = ReproductionOptions(command, quick=options.quick, grid=options.grid)
    try:
        found = [reproduce(data, asked, _tell) for data in _data(quick=options.quick)]
        text = _render(found, options.output, as_json=options.json)
    except TtplineError as error:
        print(f"reproduce: {printable(str(error))}", file=sys.stderr)
        return 3
    if options.output is None:
        _show(found, text, as_json=options.json)
    else:
        options.output.write_text(text, encoding="utf-8")
        print(f"written: {options.output}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reproduce.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="next to no training, only the sample: for tests")
    parser.add_argument("--grid", action="store_true", help="the study's grid search with 3 folds as well")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="a page: .html, .md or .json")
    return parser


def _data(*, quick: bool) -> Iterator[StudyRows]:
    """What to run it on; what is said first goes to stderr at once, before anything is trained."""
    table = find_table(os.environ, Path.cwd())
    if table is not None and table.is_study:
        _tell(f"the study's table is here and verified: {table.path}")
        yield study_rows(table)
        return
    if table is not None:
        _tell(f"{table.path} is another table than the study's ({table.blob}). {NOT_THE_STUDY}")
        yield grouped_rows([table.path], about=(f"another table: {table.path.name}, {table.blob}",))
        return
    _tell(f"The study's table is not here ($TTPLINE_CASINOLIMIT, ./, ./data/). {NOT_THE_STUDY}")
    yield grouped_rows(
        [ROOT / "samples" / "commands.csv"],
        about=("the study's table is not here; this is the sample in this repository",),
    )
    attacks, normal = SHARED / "atomic_red_team.csv", SHARED / "normal_commands.csv"
    if not quick and attacks.is_file() and normal.is_file():
        about = ("the study's table is not here; these are commands of the shared data",)
        yield grouped_rows([attacks], [normal], about=about, most_normal=MOST_NORMAL)


def _render(found: Sequence[Reproduction], output: Path | None, *, as_json: bool) -> str:
    form = "json" if as_json else "table" if output is None else output.suffix.lower().lstrip(".")
    if form == "json":
        return json.dumps({"runs": [each.to_dict() for each in found]}, indent=2, ensure_ascii=False) + "\n"
    pages = [reproduction_page(each, pictures=form in ("html", "htm")) for each in found]
    if form in ("html", "htm"):
        return render_page(_one(pages))
    return "\n".join(page_markdown(page) for page in pages)


def _show(found: Sequence[Reproduction], text: str, *, as_json: bool) -> None:
    """Markdown in a pipe; the same with aligned tables on a terminal."""
    if as_json or not sys.stdout.isatty():
        print(text, end="")
        return
    for page in map(reproduction_page, found):
        print(f"\n{page.title}")
        for section in (Section("", page.summary), *page.sections):
            print(f"\n{section.heading}" if section.heading else "")
            for block in section.blocks:
                match block:
                    case Paragraph(sentence):
                        print(printable(sentence))
                    case Table(header, rows, caption):
                        print(caption, end="\n" if caption else "")
                        print_table(header, rows)


def _one(pages: Sequence[Page]) -> Page:
    """Several runs on one page, each under its own headings."""
    if len(pages) == 1:
        return pages[0]
    sections = []
    for page in pages:
        name = page.title.rpartition(": ")[2]
        sections.append(Section(page.title, page.summary))
        sections += [Section(f"{part.heading}, {name}", part.blocks) for part in page.sections]
    return Page("The study, on other commands than its own", sections)


def _tell(text: str) -> None:
    print(printable(text), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
