"""Writes the documents that are made from the code: ``docs/events.md`` from ``EVENT_FIELDS``.

.venv/bin/python scripts/build_docs.py           write
.venv/bin/python scripts/build_docs.py --check   exit 1 if a document is out of date
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ttpline.domain.event import EVENT_FIELDS, EventField, Origin

ROOT = Path(__file__).parents[1]

ORIGINS: Mapping[Origin, str] = {
    Origin.EXECVE: "the arguments of an execve call, as the kernel saw them",
    Origin.PROCTITLE: "the process title of an audit record: at most 128 bytes",
    Origin.USER_CMD: "what sudo says it ran",
    Origin.TTY: "what was typed on a terminal",
    Origin.COMMAND_LINE: "one string, as Windows logs it",
    Origin.HISTORY: "a shell's history",
    Origin.INPUT: "a list of commands: one a line, or a column of a table",
}


def _row(field: EventField) -> str:
    kind = field.kind.value + (" / null" if field.nullable else "")
    return f"| `{field.name}` | {kind} | {field.doc.strip()} |"


def events_page() -> str:
    """``docs/events.md``: every field of an event, and every origin."""
    fields = "\n".join(map(_row, EVENT_FIELDS))
    origins = "\n".join(f"| `{origin.value}` | {ORIGINS[origin]} |" for origin in Origin)
    return f"""# Events

<!-- made by scripts/build_docs.py from EVENT_FIELDS; change it there -->

One event is one execution of a command, as a log tells it. `ttpline ingest --to jsonl` writes one a line, keys in
this order; in `classify --to jsonl` the same object stands under `event`; [`jsonl`](formats/jsonl.md) reads both.

| field | type | meaning |
|---|---|---|
{fields}

`source`: `format` and `uri` of the log, `record` counted from 1, `offset` and `length` in bytes of the uncompressed
input, so that `uri[offset : offset + length]` are the lines the event was made of.

A byte that is not UTF-8 is one lone surrogate, `\\udc80` to `\\udcff` (as in Python, PEP 383).

## Origins

| origin | what it is |
|---|---|
{origins}
"""


PAGES: Mapping[str, Callable[[], str]] = {"docs/events.md": events_page}


def main(arguments: list[str]) -> int:
    """Write all pages, or say which are out of date."""
    stale = [name for name, page in PAGES.items() if _text_of(ROOT / name) != page()]
    for name in stale:
        if "--check" in arguments:
            print(f"{name} is out of date: run scripts/build_docs.py", file=sys.stderr)
        else:
            (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
            print(f"wrote {name}")
    return 1 if stale and "--check" in arguments else 0


def _text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
