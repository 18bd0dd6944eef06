"""Labelled commands: ``commands.txt``, written for people, to CSV."""

import csv
import io
import re
from dataclasses import dataclass

_HEADING = re.compile(r"\[(Normal|T\d{4}(?:\.\d{3})?) (linux|windows|macos) ([a-z0-9-]+)\]")
COLUMNS = ("command", "technique", "platform", "group", "count")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled command and how often it was seen."""

    command: str
    technique: str
    platform: str
    group: str
    count: int


def read(text: str) -> list[Row]:
    """``[technique platform group]`` headings, then lines of count and command; ``#`` begins a note.

    >>> read("[T1003.008 linux amber]\\n3 cat /etc/shadow\\n")[0].group
    'amber-t1003'
    """
    rows: list[Row] = []
    heading: re.Match[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if found := _HEADING.fullmatch(line):
            heading = found
            continue
        count, _, command = line.partition(" ")
        if heading is None or not count.isdecimal() or not command.strip():
            raise ValueError(f"commands.txt, line {number}: neither a heading nor a count and a command: {line!r}")
        technique, platform, campaign = heading.groups()
        group = f"{campaign}-{technique.split('.')[0].lower()}"  # sub-techniques of one campaign stay together
        rows.append(Row(command, technique, platform, group, int(count)))
    return rows


def to_csv(rows: list[Row]) -> bytes:
    """RFC 4180 quoting, LF line ends, UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((row.command, row.technique, row.platform, row.group, row.count) for row in rows)
    return out.getvalue().encode()
