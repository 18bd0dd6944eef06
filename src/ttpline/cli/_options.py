"""Flags that several commands share, with their help."""

from typing import Annotated, Literal

import typer

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATH]...", help="Files and folders; - or nothing is standard input.", show_default=False),
]
From = Annotated[
    str, typer.Option("--from", metavar="FORMAT", help="Input format; auto looks at each file (ttpline formats).")
]
To = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        metavar="KIND[:TARGET]",
        help="Where to: table, jsonl, csv, parquet; can be given again. Default: table on a terminal, else jsonl:-",
        show_default=False,
    ),
]
Model = Annotated[str, typer.Option("--model", metavar="NAME|DIR", help="A packaged model or a model's folder.")]
AttackVersion = Annotated[
    str | None,
    typer.Option("--attack-version", metavar="18|19", help="ATT&CK version of the ids.  [default: the model's]"),
]
LabelSpace = Annotated[
    Literal["technique", "subtechnique", "tactic"], typer.Option("--label-space", help="What is ranked.")
]
Top = Annotated[int, typer.Option("--top", metavar="K", min=0, max=1000, help="Techniques for each command.")]
Platform = Annotated[
    Literal["auto", "linux", "windows", "macos"],
    typer.Option("--platform", help="Platform of events whose log does not say; auto leaves them open."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 when any record was unreadable.")]
Skipped = Annotated[
    str | None,
    typer.Option("--skipped", metavar="FILE", help="Write samples of what was skipped, with reasons, as JSON lines."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=COLUMN",
        help="csv: which column holds a field, such as command_line=cmd; can be given again.",
        show_default=False,
    ),
]
Delimiter = Annotated[str | None, typer.Option("--delimiter", metavar="CHAR", help="csv: what stands between cells.")]
Header = Annotated[bool, typer.Option("--header/--no-header", help="csv: whether the first row names the columns.")]
Jobs = Annotated[int, typer.Option(metavar="N", min=1, max=256, help="Processes; the output is the same.")]
Tz = Annotated[
    str,
    typer.Option("--tz", metavar="ZONE", help="Zone of times that name none, such as Europe/Prague or +02:00."),
]
DayFirst = Annotated[
    bool, typer.Option("--day-first", help="Dates such as 03/04/26 begin with the day, where the file does not tell.")
]
Year = Annotated[
    int | None,
    typer.Option(
        "--year", metavar="YYYY", min=1970, max=9999, help="Year of the first line of a syslog without years."
    ),
]
Mask = Annotated[
    bool, typer.Option("--mask", help="Replace passwords, tokens and keys in what is written; see docs/mask.md.")
]
Follow = Annotated[
    bool, typer.Option("--follow", "-F", help="Go on as files grow, through rotation; Ctrl-C ends. See docs/follow.md.")
]
State = Annotated[
    str | None,
    typer.Option(
        "--state", metavar="FILE", help="With --follow: remember here what was given; the next run goes on from there."
    ),
]
FollowWait = Annotated[
    float,
    typer.Option("--follow-wait", metavar="SECONDS", min=0.0, max=3600.0, help="How long an event waits for records."),
]
MaxExpansion = Annotated[
    int | None,
    typer.Option("--max-expansion", metavar="N", min=1, help="Most bytes one compressed byte may become (bombs)."),
]
